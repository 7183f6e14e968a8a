"""Generated data are what they are said to be."""

import inspect
import itertools
import math
import tracemalloc

import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.studies.generators import (
    GENERATORS,
    generate,
    matrices,
    samples,
    stationary,
    systems,
)
from matopt.studies.generators.forms import FORMED

SIZES = {
    "radius": 0.5,
    "angle": 1.0,
    "zero": 0.5,
    "correlation": 0.5,
    "share": 0.3,
    "density": 0.5,
}
MANY = 200_000


def smallest(function):
    """Arguments of the least sizes."""
    return {
        name: SIZES.get(name, 2.0 if p.annotation == "float" else 1)
        for name, p in inspect.signature(function).parameters.items()
    }


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_same_arguments_make_the_same_arrays(name, size):
    function = GENERATORS[name]
    arguments = smallest(function)
    if size > 1:
        arguments |= {k: size for k, v in arguments.items() if v == 1 and k != "seed"}
    first, again = function(**arguments), function(**arguments)
    if not isinstance(first, dict):
        first, again = {"": first}, {"": again}
    assert first.keys() == again.keys()
    for key, made in first.items():
        np.testing.assert_array_equal(made, again[key])
        assert made.size and not np.isinf(made).any()
    if "seed" in arguments and size > 2:
        other = function(**{**arguments, "seed": 7})
        other = other if isinstance(other, dict) else {"": other}
        changed = [not np.array_equal(first[k], other[k], True) for k in first]
        assert any(changed)


def test_the_declared_shapes_are_what_is_formed():
    """Each size in turn is large, m too or not: memory is some times that declared."""
    for name, function in GENERATORS.items():
        small = {k: 4 if v == 1 else v for k, v in smallest(function).items()}
        function(**small)  # what it loads is not its own
        sizes = [k for k in small if isinstance(small[k], int) and k != "seed"]
        if name == "moved-points":
            sizes.remove("p")  # at most n
        for size, m in itertools.product(sizes, (4, 150)):
            arguments = small | {"m": m, size: 150}
            arguments = {k: v for k, v in arguments.items() if k in small}
            products = [[arguments[k] for k in s.split()] for s in FORMED[function]]
            declared = 8 * max(map(math.prod, products))
            tracemalloc.start()
            function(**arguments)
            taken = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert taken < 12 * declared + 40_000, (name, size)
            assert taken > 0.5 * declared, (name, size)


def test_what_is_too_large_is_refused_before_it_is_formed(monkeypatch):
    arguments = {"n": 11_181, "spread": 1.0, "seed": 0}  # 8 n^2 > 10^9
    monkeypatch.setattr(matrices, "_with_eigenvalues", lambda values, seed: values)
    message = "symmetric needs an array of 1.0 GB, the most is 1 GB; take smaller"
    with pytest.raises(ValueError, match=message):
        generate("symmetric", None, arguments)
    assert len(generate("symmetric", None, arguments | {"n": 11_180})) == 11_180


def spread(rows):
    return rows.T @ rows.conj() / len(rows)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (stationary.moving_average(3, MANY, 0.5, 0), toeplitz([1.25, 0.5, 0.0])),
        (
            stationary.autoregressive(3, MANY, 0.5, np.pi / 2, 0),
            toeplitz([1, 0, -0.25]),
        ),
        (
            stationary.lines(3, MANY, 1.0, 0.5, 0),
            toeplitz(np.cos([0, 1, 2]) + np.cos([0, 2, 4]) + [0.5, 0, 0]),
        ),
        (stationary.circular(4, MANY, 0.5, 0), toeplitz([1, 0.5, 0.25, 0.5])),
        (samples.exchangeable(3, MANY, 0.4, 0), 0.6 * np.eye(3) + 0.4),
        (
            samples.sparse_chain(3, MANY, 0.5, 0),
            toeplitz([1, 0.5, 0.25]),
        ),
        (
            stationary.matern(2, MANY, 1.0, 0.5, 0),
            toeplitz([1.5, (1 + np.sqrt(3)) * np.exp(-np.sqrt(3))]),
        ),
        (samples.normal(3, MANY, 10.0, 4), matrices.positive_definite(3, 10.0, 4)),
        (
            samples.separable(2, 3, MANY, 4.0, 1),
            np.kron(
                matrices.positive_definite(2, 4.0, 1),
                matrices.positive_definite(3, 4.0, 2),
            ),
        ),
    ],
)
def test_covariances(rows, expected):
    np.testing.assert_allclose(spread(rows), expected, atol=0.02)


def test_crossed_effects_have_their_covariance():
    made = samples.crossed_effects(2, 3, MANY, 2.0, 0.5, 1)
    J = made["basis"]
    np.testing.assert_allclose(
        spread(made["samples"]), 2.0 * J[0] + 0.5 * J[1] + J[2], atol=0.05
    )
    same_row = np.arange(6)[:, None] // 3 == np.arange(6) // 3
    np.testing.assert_array_equal(J[0], same_row)
    np.testing.assert_array_equal(J[1], np.arange(6)[:, None] % 3 == np.arange(6) % 3)


def test_random_slopes_have_their_covariance():
    made = stationary.random_slopes(3, MANY, 0.5, 4.0, 1)
    (J,) = made["basis"]
    np.testing.assert_array_equal(J, [[1, 0, -1], [0, 0, 0], [-1, 0, 1]])
    expected = toeplitz([1.0, 0.5, 0.25]) + 4.0 * J
    np.testing.assert_allclose(spread(made["samples"]), expected, atol=0.06)


def test_an_array_sees_its_sources():
    """One direction, five times: |sum of exp(i pi k sin)| at the broadside is n."""
    rows = stationary.sensor_array(4, MANY, 0.0, 0.25, 0)
    np.testing.assert_allclose(
        spread(rows), 5 * np.ones((4, 4)) + 0.25 * np.eye(4), atol=0.05
    )
    rows = stationary.sensor_array(2, MANY, 15.0, 1.0, 0)
    phases = np.exp(1j * np.pi * np.sin(np.deg2rad([-30, -15, 0, 15, 30])))
    assert abs(spread(rows)[1, 0] - phases.sum()) < 0.05


def test_vector_autoregression_is_stationary():
    rows = stationary.channels(3, 2, MANY, 0.8, 1)
    S = spread(rows)
    np.testing.assert_allclose(S[:2, :2], np.eye(2), atol=0.02)
    np.testing.assert_allclose(S[:4, :4], S[2:, 2:], atol=0.02)
    np.testing.assert_allclose(S[2:4, :2] @ S[2:4, :2].T, 0.64 * np.eye(2), atol=0.02)


def test_a_series_follows_its_equation():
    x = stationary.series(50_000, 0.9, 0.5, 3)
    a, b = 1.8 * np.cos(0.5), -0.81
    e = x[2:] - a * x[1:-1] - b * x[:-2]
    assert abs(e.std() - 1) < 0.02 and abs(np.mean(e[1:] * e[:-1])) < 0.02


def test_eigenvalues():
    values = np.linalg.eigvalsh(matrices.positive_definite(5, 1e4, 0))
    np.testing.assert_allclose(values, 10.0 ** np.arange(-4, 1), rtol=1e-9)
    values = np.linalg.eigvalsh(matrices.symmetric(3, 2.0, 0))
    np.testing.assert_allclose(values, [-2, 0, 2], atol=1e-14)
    n = 200
    K, M = matrices.stiffness(n), matrices.mass(n)
    mode = np.sin(np.pi * np.arange(1, n + 1) / (n + 1))
    assert mode @ K @ mode / (mode @ M @ mode) == pytest.approx(np.pi**2, rel=1e-4)


def test_stacks_and_weights():
    stack = matrices.positive_definites(3, 2, 10.0, 5)
    np.testing.assert_array_equal(stack[1], matrices.positive_definite(3, 10.0, 6))
    W = matrices.symmetric_weights(5, 1)
    assert (W == W.T).all() and W.min() >= 0 and W.max() <= 1


def test_entries_seen_and_positive_factors():
    made = systems.randomly_seen(40, 30, 0.3, 2, 0.1, 1)
    mask, whole = made["mask"], systems.low_rank(40, 30, 2, 0.1, 1)
    assert set(np.unique(mask)) == {0.0, 1.0} and abs(mask.mean() - 0.3) < 0.05
    np.testing.assert_array_equal(made["matrix"], np.where(mask == 1, whole, 0.0))
    A = systems.positive_low_rank(6, 5, 2, 0.0, 1)
    assert A.min() > 0 and np.linalg.matrix_rank(A) == 2
    noisy = systems.positive_low_rank(6, 5, 2, 0.1, 1)
    assert 0.0 <= (noisy - A).min() and (noisy - A).max() <= 0.1


def test_graphs():
    L = matrices.graph_laplacian(30, 0.3, 0)
    assert (L == L.T).all() and not L.sum(axis=0).any()
    assert set(np.unique(L - np.diag(np.diag(L)))) == {-1.0, 0.0}
    rows = samples.sparse_graph(8, MANY, 2.0, 0)
    K = np.linalg.inv(spread(rows))
    assert (np.abs(K) < 0.03).sum() > 30  # most pairs have no edge
    assert (np.abs(K - np.diag(np.diag(K))) > 0.25).any()


def test_missing_entries():
    rows = samples.incomplete(4, 5000, 10.0, 0.4, 1)
    assert not np.isnan(rows[:, 0]).any()
    assert np.isnan(rows[:, 1:]).mean() == pytest.approx(0.4, abs=0.02)


def test_t_samples_have_heavy_tails():
    z, t = samples.normal(2, MANY, 1.0, 1), samples.student(2, MANY, 1.0, 5.0, 1)
    assert t.var() / z.var() == pytest.approx(5 / 3, rel=0.05)
    assert samples.shifted(3, MANY, 1.0, 0).mean(axis=0).round(1).tolist() == [1, 2, 3]


@pytest.mark.parametrize(("width", "spread"), [(2.9, 6.08), (3.3, 21.71), (3.5, 46.82)])
def test_the_equaliser_is_haykins(width, spread):
    """His table 5.1 has the eigenvalue spread of the input for each W."""
    made = systems.equaliser(11, MANY, width, 0)
    R = made["design"].T @ made["design"] / MANY
    values = np.linalg.eigvalsh(R)
    assert values[-1] / values[0] == pytest.approx(spread, rel=0.03)
    w = np.linalg.solve(R, made["design"].T @ made["target"] / MANY)
    assert np.argmax(np.abs(w)) == 5  # symmetric about the middle tap
    np.testing.assert_allclose(w, w[::-1], atol=0.05)


def test_systems_without_noise_are_consistent():
    made = systems.impulse_response(4, 30, 0.5, 0.0, 1)
    taps = np.exp(-np.arange(4) / 4) * np.cos(np.arange(4))
    np.testing.assert_allclose(made["target"], made["design"] @ taps, atol=1e-12)
    assert (made["design"][1:, 1:] == made["design"][:-1, :-1]).all()  # delays
    made = systems.rotation(3, 10, 0.0, 1)
    x, v = made["positions"], made["velocities"]
    np.testing.assert_allclose((x * v).sum(axis=0), 0, atol=1e-12)  # speed only turns
    made = systems.moved_points(4, 2, 9, 0.0, 1)
    Q = np.linalg.lstsq(made["points"], -made["opposite"])[0]
    np.testing.assert_allclose(Q.T @ Q, np.eye(2), atol=1e-10)
    cross = -made["opposite"].T @ made["points"]
    np.testing.assert_allclose(made["cross"], cross, atol=1e-12)
    made = systems.partly_seen(6, 5, 3, 1, 0.0, 1)
    assert np.linalg.matrix_rank(made["rows"]) == 1
    assert (made["rows"][:, :3] == made["columns"][:3]).all()
    seen = systems.oscillation(5, 4, 0.0, 0)
    assert (seen[1:, :-1] == seen[:-1, 1:]).all()
    made = systems.ill_posed(3, 4, 0.0, 0)
    assert made["design"][1, 2] == 0.25 and made["target"][0] == pytest.approx(11 / 6)
    made = systems.sparse_regression(6, 40, 2, 0.0, 1)
    s = np.linalg.lstsq(made["design"], made["target"])[0]
    np.testing.assert_allclose(s[:, 0], [1, -1, 0, 0, 0, 0], atol=1e-12)
    made = systems.periodic(5, 3, 0.0, 0)
    turned = systems.toeplitz(np.exp([0.0, -0.5, -2, -2, -0.5]))
    np.testing.assert_allclose(made["target"], turned @ made["signal"])
    made = systems.prediction(4, 9, 0.5, 0)
    assert (made["past"][1:] == made["next"][:-1]).all()


@pytest.mark.parametrize(
    ("name", "key", "arguments", "message"),
    [
        ("normall", None, {}, "did you mean 'normal'"),
        ("normal", None, {"n": 2}, "its arguments are n, m, condition, seed"),
        ("descending", None, {"n": 2.5}, "n must be an integer, got 2.5"),
        ("descending", None, {"n": 0}, "n must be from 1 to 100000, got 0"),
        ("descending", "x", {"n": 2}, "takes no key, got 'x'"),
        (
            "rotation",
            None,
            {"n": 2, "m": 2, "noise": 0.1, "seed": 0},
            "key must be one",
        ),
        (
            "rotation",
            "positions",
            {"n": 2, "m": 2, "noise": "a", "seed": 0},
            "a number",
        ),
    ],
)
def test_bad_arguments_are_refused(name, key, arguments, message):
    with pytest.raises(ValueError, match=message):
        generate(name, key, arguments)
