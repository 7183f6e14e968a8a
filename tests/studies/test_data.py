import io
import zipfile

import numpy as np
import pytest

from matopt.studies.data import load
from matopt.studies.schema import Data, ProblemFileError


def array(folder, table, *, file="tiny.csv", **keys):
    digest = folder.write(table, file)
    return load("Y", Data(file=file, sha256=digest, **keys), folder.path)


TABLE = "a,b,g\n1,2,0\n3,6,0\n5,1,1\n"
WIDE = "\n".join(",".join(f"{c}{j}" for j in range(3000)) for c in ("c", "1"))
X = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 1.0]])


@pytest.mark.parametrize(
    ("transforms", "expected"),
    [
        ([], X),
        (["center"], X - [3.0, 3.0]),
        (["standardize"], (X - 3.0) / np.sqrt([8 / 3, 14 / 3])),
        (["group-means"], [[2.0, 4.0], [2.0, 4.0], [5.0, 1.0]]),
        (["group-center"], [[-1.0, -2.0], [1.0, 2.0], [0.0, 0.0]]),
        (["group-covariances"], [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]]),
        (["covariance"], X.T @ X / 3),
        (["covariance", "root", "covariance"], X.T @ X / 3),
        (["transpose"], X.T),
        (["flatten"], [1.0, 2.0, 3.0, 6.0, 5.0, 1.0]),
        (["intercept"], np.c_[np.ones(3), X]),
        ([{"power": -2}], X**-2.0),
        ([{"rows": 2}, {"columns": 1}], X[:2, :1]),
        ([{"rows": 2}, {"blocks": 1}], [[1.0, 0.0], [0.0, 6.0]]),
        ([{"rows": 2}, {"cross": 1}], [[0.0, 2.0], [3.0, 0.0]]),
        (["flatten", {"windows": 5}], [[1, 2, 3, 6, 5], [2, 3, 6, 5, 1]]),
        (["flatten", {"windows": 6}, "flatten", {"power": 1}], X.ravel()),
    ],
)
def test_transforms(folder, transforms, expected):
    shape = list(np.shape(expected))
    got = array(folder, TABLE, groups="g", transforms=transforms, shape=shape)
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    assert got.dtype == np.float64


def test_one_column_is_a_vector_or_a_declared_column(folder):
    assert array(folder, TABLE, columns=["b"], shape=[3]).tolist() == [2.0, 6.0, 1.0]
    assert array(folder, TABLE, columns=["b"], shape=[3, 1]).shape == (3, 1)


def test_toeplitz(folder):
    got = array(folder, TABLE, columns=["a"], transforms=["toeplitz"], shape=[3, 3])
    assert got.tolist() == [[1, 3, 5], [3, 1, 3], [5, 3, 1]]


def test_npz(folder):
    file = io.BytesIO()
    np.savez_compressed(file, X=X.astype(np.uint8))
    got = array(folder, file.getvalue(), file="a.npz", key="X", shape=[3, 2])
    assert got.tolist() == X.tolist()
    with pytest.raises(ProblemFileError, match="no array is named 'Z'"):
        array(folder, file.getvalue(), file="a.npz", key="Z", shape=[3, 2])


def test_a_damaged_archive_is_refused(folder, rng):
    file = io.BytesIO()
    np.savez_compressed(file, X=np.arange(600.0).reshape(300, 2))
    for _ in range(100):
        damaged = bytearray(file.getvalue())
        damaged[rng.integers(len(damaged))] ^= 255
        try:
            array(folder, bytes(damaged), file="a.npz", key="X", shape=[300, 2])
        except ProblemFileError:
            continue  # else the byte did not matter


def test_a_damaged_header_is_refused(folder):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        text = b"{'descr': '<f8', 'fortran_order': False, b'shape': (2, 2), }\n"
        head = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little")
        archive.writestr("X.npy", head + text + bytes(32))
    with pytest.raises(ProblemFileError, match=r"not a readable \.npz file"):
        array(folder, file.getvalue(), file="a.npz", key="X", shape=[2, 2])


def test_pickled_data_is_refused(folder):
    file = io.BytesIO()
    np.savez(file, X=np.array([{}], dtype=object))
    with pytest.raises(ProblemFileError, match="must hold numbers"):
        array(folder, file.getvalue(), file="a.npz", key="X", shape=[1])


def test_an_archive_that_would_expand_is_refused_by_its_header(folder):
    file = io.BytesIO()
    header = io.BytesIO()
    declared = {"descr": "<f8", "fortran_order": False, "shape": (50_000, 50_000)}
    np.lib.format.write_array_header_1_0(header, declared)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("X.npy", header.getvalue())
    with pytest.raises(ProblemFileError, match="larger than 8000000 bytes"):
        array(folder, file.getvalue(), file="a.npz", key="X", shape=[1])


@pytest.mark.parametrize(
    ("table", "keys", "message"),
    [
        (TABLE, {"shape": [2, 3]}, r"declared \(2, 3\) but the array has \(3, 3\)"),
        ("a\nx\n", {"shape": [1]}, "not a table of numbers"),
        ("a,b\n1\n", {"shape": [1]}, "not a table of numbers"),
        ("a\n" + "1" * 140_000, {"shape": [1]}, "not a table of numbers: field larger"),
        ("", {"shape": [1]}, "empty; the first line must name the columns"),
        ("\n", {"shape": [1]}, "empty; the first line must name the columns"),
        (TABLE, {"shape": [2], "transforms": [{"rows": 2}, {"blocks": -1}]}, "least 1"),
        (TABLE, {"shape": [2], "transforms": [{"rows": 2}, {"cross": 0}]}, "least 1"),
        (WIDE, {"shape": [1], "transforms": ["covariance"]}, "covariance exceeds 64"),
        (
            WIDE,
            {"shape": [1], "groups": "c0", "transforms": ["group-covariances"]},
            "group-covariances exceeds 64",
        ),
        ("a\nnan\n", {"shape": [1]}, "NaN or infinity"),
        ("a\n0\n", {"shape": [1], "transforms": [{"power": -1}]}, "NaN or infinity"),
        ("a\n1\n1\n", {"shape": [2], "transforms": ["standardize"]}, "is constant"),
        (TABLE, {"shape": [3], "columns": ["z"]}, "no one column is named 'z'"),
        (TABLE, {"shape": [3], "transforms": ["group-means"]}, "needs the key groups"),
        (TABLE, {"shape": [3], "transforms": [{"windows": 2}]}, "needs a vector"),
        (TABLE, {"shape": [2], "transforms": [{"rows": 2}, "root"]}, "root needs a sq"),
        (
            "a,b\n1,2\n2,1\n",
            {"shape": [2], "transforms": ["root"]},
            "positive definite",
        ),
        (TABLE, {"shape": [3], "transforms": ["toeplitz"]}, "needs a short vector"),
        (TABLE, {"shape": [3], "transforms": [{"rows": 4}]}, "rows = 4 needs an array"),
        ("a\n1\n2\n", {"shape": [3], "transforms": [{"blocks": 1}]}, "larger square"),
        (TABLE, {"shape": [3], "transforms": [{"rows": "m"}]}, "no parameter .* 'm'"),
        (TABLE, {"shape": ["m"]}, "no parameter is named 'm'"),
        ("a\n1\n", {"shape": [1], "transforms": [{"windows": 2}]}, "windows = 2"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bad_data_are_refused(folder, table, keys, message):
    with pytest.raises(ProblemFileError, match=message):
        array(folder, table, **keys)


def test_a_changed_file_is_refused(folder):
    data = Data(file="tiny.csv", shape=[4, 2], sha256="0" * 64)
    with pytest.raises(ProblemFileError, match="the file has changed"):
        load("Y", data, folder.path)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.csv"
    outside.write_text("a\n1\n")
    folder.path.joinpath("link.csv").symlink_to(outside)
    data = Data(file="link.csv", shape=[1], sha256="0" * 64)
    with pytest.raises(ProblemFileError, match="out of the folder"):
        load("Y", data, folder.path)


def test_a_missing_and_a_large_file_are_refused(folder):
    data = Data(file="none.csv", shape=[1], sha256="0" * 64)
    with pytest.raises(ProblemFileError, match="no such file"):
        load("Y", data, folder.path)
    with pytest.raises(ProblemFileError, match="larger than 1000000"):
        array(folder, "a\n" + "1\n" * 600_000, shape=[600_000])
