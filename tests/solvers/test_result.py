import copy
import json
import math
import os
import pickle
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest

import matopt as mo
from matopt.objectives import GaussianPrecisionLikelihood, SquaredDistance
from matopt.solvers import Finished, Result, SciPy, Status, Stop, minimize
from matopt.solvers.minimize import choose
from matopt.solvers.result import unasked
from matopt.spaces import PositiveDefinite, Symmetric, Toeplitz


@pytest.fixture
def result():
    S = np.array([[2.0, 0.3], [0.3, 1.0]])
    problem = GaussianPrecisionLikelihood.from_covariance(S).on(Symmetric(2))
    return minimize(problem, np.diag([1.0, 3.0]))


def same(a, b):
    if isinstance(a, tuple):
        return isinstance(b, tuple) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, np.ndarray):
        return (
            a.dtype == b.dtype and a.shape == b.shape and (a.tobytes() == b.tobytes())
        )
    return type(a) is type(b) and (a == b or (a != a and b != b))


def assert_same(a, b):
    for f in fields(Result):
        assert same(getattr(a, f.name), getattr(b, f.name)), f.name


def test_items_are_the_fields(result):
    assert result["fun"] == result.fun and result["success"] is True
    assert set(result.keys()) >= {"matrix", "x", "nit", "nfev", "message", "detail"}
    assert all(key in dir(result) for key in result.keys())
    with pytest.raises(KeyError, match=r"nope.*matrix"):
        result["nope"]
    with pytest.raises(KeyError):
        result["save"]


def test_fields_cannot_be_set(result):
    with pytest.raises(AttributeError):
        result.fun = 0.0


def test_the_repr_is_aligned_and_short(result):
    lines = replace(result, detail="SciPy: done").__repr__().splitlines()
    assert 9 <= len(lines) <= 13
    assert len({line.index(":") for line in lines}) == 1
    text = repr(result)
    assert "CONVERGED" in text and "2x2 float64" in text and result.solver in text
    assert "detail" not in text  # there is none


def test_html_is_escaped(result):
    evil = replace(result, objective="<script>alert(1)</script> & 'more'")
    html = evil._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "&amp;" in html
    assert html.startswith("<table>") and html.count("<tr>") == html.count("</tr>")


def test_scipy_reads_it(result):
    optimize = pytest.importorskip("scipy.optimize")
    answer = result.to_scipy()
    assert isinstance(answer, optimize.OptimizeResult)
    assert answer.success is True and answer.status == 0
    assert answer.x is result.x and answer.fun == result.fun
    failed = replace(result, status=Status.MAX_ITERATIONS).to_scipy()
    assert failed.success is False and failed.status != 0
    assert failed.message == Status.MAX_ITERATIONS.message


# What is made when asked for


def names():
    return {f.name for f in fields(Result)}


def test_each_field_of_a_run_is_known_or_made_later(result):
    later = vars(result)["_later"]
    assert {*vars(result), *later} - {"_later"} == names()
    assert not set(vars(result)) & set(later)


def test_a_field_is_made_once_and_what_made_it_is_let_go(result):
    asked = {name: getattr(result, name) for name in names()}
    assert all(getattr(result, name) is field for name, field in asked.items())
    assert not vars(result)["_later"]


@pytest.mark.parametrize("space", [Symmetric(2), PositiveDefinite(2), Toeplitz(2)])
def test_what_is_asked_for_later_is_as_the_run_ended(space):
    iterates = []
    problem = SquaredDistance(np.diag([1.0, 2.0])).on(space)
    at_once, result = minimize(problem), minimize(problem, callback=iterates.append)
    expected = np.array(at_once.matrix), at_once.history["value"]
    end = iterates[-1]
    with pytest.raises(Finished):
        end.restriction.counts.report(end)
    result.x[:] = end.x[:] = 7.0
    np.testing.assert_array_equal(result.matrix, expected[0])
    np.testing.assert_array_equal(result.history["value"], expected[1])
    assert result.space == repr(space) and result.stop == repr(Stop())
    assert result.solver == repr(choose(problem))


def test_options_that_are_written_into_after_the_run_are_not_its_own():
    problem = SquaredDistance(np.eye(2)).on(Symmetric(2))
    solver = SciPy("BFGS")
    result = minimize(problem, np.zeros((2, 2)), solver=solver)
    solver.options["maxiter"] = 1
    assert result.solver == "SciPy(method='BFGS', options={})" != repr(solver)


@pytest.mark.parametrize(
    "made", [copy.copy, copy.deepcopy, replace, lambda r: pickle.loads(pickle.dumps(r))]
)
def test_a_copy_has_all_fields(result, made):
    other = made(result)
    assert set(vars(other)) == names()
    assert_same(other, result)


def test_threads_that_ask_at_once_are_told_the_same():
    both = threading.Barrier(2)

    def make():
        both.wait(10.0)
        return np.eye(2)

    result = unasked({}, {"matrix": make})
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: result.matrix, range(2))
    assert first is second


def test_what_is_no_field_is_no_attribute(result):
    for one in (result, Result.__new__(Result)):
        with pytest.raises(AttributeError, match="has no attribute 'nope'"):
            _ = one.nope


# Files


def test_a_file_gives_back_every_bit(result, tmp_path):
    path = result.save(tmp_path / "run.npz")
    assert path == tmp_path / "run.npz"
    assert_same(Result.load(path), result)
    assert isinstance(Result.load(path).nit, int)


@pytest.mark.parametrize(
    "changes",
    [
        {"matrix": np.array([[1.0, 2j], [-2j, 3.0]])},
        {"matrix": (np.eye(2), np.ones((3, 1)) * 1j), "x": (np.ones(3), np.ones(6))},
        {"matrix": np.zeros((0, 0)), "x": np.zeros(0)},
        {"matrix": np.asfortranarray(np.arange(6.0).reshape(2, 3))},
        {"history": {}},
        {"history": {"value": np.zeros(0)}},
        {"fun": math.nan, "gradient_norm": math.inf},
        {"fun": -math.inf, "seconds": 5e-324},
        {"fun": 0.1 + 0.2, "seed": None, "status": Status.OUTSIDE_SOLVER_STOPPED},
        {"detail": 'quotes " and \n lines, λ', "objective": "", "seed": 2**70},
    ],
)
def test_whatever_is_in_it(result, tmp_path, changes):
    changed = replace(result, **changes)
    changed.save(tmp_path / "run.npz")
    assert_same(Result.load(tmp_path / "run.npz"), changed)


@pytest.mark.parametrize("name", ["run", "run.npz", "run.v2", "läuft 1"])
def test_the_suffix_may_be_left_out(result, tmp_path, name):
    path = result.save(str(tmp_path / name))
    assert path.suffix == ".npz"
    assert os.listdir(tmp_path) == [path.name]
    assert_same(Result.load(str(tmp_path / name)), result)


def test_writing_over_a_file_is_all_or_nothing(result, tmp_path, monkeypatch):
    path = result.save(tmp_path / "run.npz")
    other = replace(result, fun=1.0)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        other.save(path)
    assert_same(Result.load(path), result)
    assert os.listdir(tmp_path) == ["run.npz"]
    monkeypatch.undo()
    other.save(path)
    assert Result.load(path).fun == 1.0


def test_who_reads_the_old_file_goes_on_reading_it(result, tmp_path):
    path = result.save(tmp_path / "run.npz")
    with open(path, "rb") as reader:
        replace(result, fun=1.0).save(path)
        old = tmp_path / "old.npz"
        old.write_bytes(reader.read())
    assert_same(Result.load(old), result)


def test_a_folder_that_is_not_there(result, tmp_path):
    with pytest.raises(FileNotFoundError):
        result.save(tmp_path / "nowhere" / "run.npz")
    with pytest.raises(FileNotFoundError):
        Result.load(tmp_path / "run.npz")


def test_the_file_is_plain_arrays_and_json(result, tmp_path):
    with np.load(result.save(tmp_path / "run"), allow_pickle=False) as file:
        head = json.loads(file["header"].tobytes())
        np.testing.assert_array_equal(file["matrix"], result.matrix)
    assert head["format"] == "matopt.Result" and head["schema"] == 1


def rewrite(path, change):
    """Save the same arrays with a changed header."""
    with np.load(path) as file:
        arrays = dict(file)
    head = json.loads(arrays["header"].tobytes())
    change(head)
    arrays["header"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    np.savez(path, **arrays)


def test_another_schema_is_refused_by_number(result, tmp_path):
    path = result.save(tmp_path / "run")
    rewrite(path, lambda head: head.update(schema=7))
    with pytest.raises(ValueError, match="has schema 7, this matopt reads 1"):
        Result.load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head.update(format="other.Thing"),
        lambda head: head.pop("schema"),
        lambda head: head["values"].pop("fun"),
        lambda head: head["values"].update(extra=1),
        lambda head: head["values"].update(status={"status": "FINE"}),
        lambda head: head["values"].update(x={"array": "missing"}),
        lambda head: head["values"].update(x={}),
        lambda head: head.update(values=3),
        lambda head: head.update(values=list(head["values"])),
        lambda head: head["values"].update(x={"dict": []}),
    ],
)
def test_a_wrong_header_is_refused(result, tmp_path, change):
    path = result.save(tmp_path / "run")
    rewrite(path, change)
    with pytest.raises(ValueError, match="is not a result that matopt saved"):
        Result.load(path)


def test_a_damaged_file_is_refused(result, tmp_path, rng):
    path = tmp_path / "run.npz"
    with np.load(result.save(path)) as file:
        np.savez_compressed(path, **file)
    whole = path.read_bytes()
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[rng.integers(len(damaged))] ^= 255
        path.write_bytes(damaged)
        try:
            Result.load(path)
        except ValueError:
            continue  # else the byte did not matter


def test_a_header_too_deep_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    np.savez(path, header=np.frombuffer(b"[" * 100_000, dtype=np.uint8))
    with pytest.raises(ValueError, match="is not a result that matopt saved"):
        Result.load(path)


def test_other_files_are_refused(result, tmp_path):
    path = tmp_path / "run.npz"
    whole = result.save(path).read_bytes()
    contents = [b"", b"not a zip", whole[: len(whole) // 2], whole[100:]]
    contents.append(whole[:200] + bytes(50) + whole[250:])
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"run\.npz is not a result that matopt"):
            Result.load(path)
    with open(path, "wb") as file:
        np.save(file, np.eye(2))
    with pytest.raises(ValueError, match="is not a result that matopt saved"):
        Result.load(path)
    np.savez(path, a=np.eye(2))
    with pytest.raises(ValueError, match="is not a result that matopt saved"):
        Result.load(path)


def test_pickles_are_never_read(result, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "boom"),))

    path = result.save(tmp_path / "run")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["x"] = np.array([Bomb()], dtype=object)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="is not a result that matopt saved"):
        Result.load(path)
    assert not (tmp_path / "boom").exists()
    with zipfile.ZipFile(path) as file:
        assert "x.npy" in file.namelist()


def test_an_empty_history_of_a_run_that_was_stopped_at_once():
    problem = GaussianPrecisionLikelihood.from_covariance(np.eye(2)).on(Symmetric(2))
    result = minimize(problem, 2 * np.eye(2), stop=Stop(max_iterations=0))
    assert result.status is Status.MAX_ITERATIONS and result.nit == 0
    assert result.history["value"].shape == (1,)
    assert result.versions["numpy"] == np.__version__
    assert isinstance(mo.__version__, str)
