import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.errors import NotPositiveDefinite
from matopt.linalg import (
    Bars,
    Lattice,
    lags_of_reflection,
    predictor_of_reflection,
    reflection_coefficients,
    reflection_of_predictor,
)

SIZES = [(n, dtype) for n in (1, 2, 5, 8) for dtype in (float, complex)]


def draw(shape, dtype, rng):
    A = rng.standard_normal(shape).astype(dtype)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def inside(n, dtype, rng):
    """Reflection coefficients of modulus below 0.95."""
    u = draw(n - 1, dtype, rng)
    return 0.95 * u / (1 + np.abs(u))


def twin(k):
    """P, e and r in plain Python, holomorphic in a real k: for complex steps."""
    conj = np.conj if k.dtype == complex else np.asarray
    return _twin(list(k), conj)


def _twin(k, conj, dtype=complex):
    n = len(k) + 1
    P, e, r = np.zeros((n, n), dtype), np.ones(n, dtype), np.ones(n, dtype)
    P[:, 0] = 1.0
    for m in range(1, n):
        z, a = k[m - 1], P[m - 1]
        r[m] = -z * e[m - 1] - sum(a[j] * r[m - j] for j in range(1, m))
        for j in range(1, m + 1):
            P[m, j] = a[j] + z * conj(a[m - j])
        e[m] = e[m - 1] * (1 - z * conj(z))
    return P, e, r


@pytest.mark.parametrize(("n", "dtype"), SIZES)
def test_parts_of_the_matrix_they_belong_to(n, dtype, rng):
    k = inside(n, dtype, rng)
    lattice = Lattice(k)
    T = toeplitz(lattice.correlations)
    for m in range(n):  # the normal equations T a = e e_0 of each order
        a = lattice.predictors[m, : m + 1]
        expected = np.zeros(m + 1)
        expected[0] = lattice.errors[m]
        np.testing.assert_allclose(T[: m + 1, : m + 1] @ a, expected, atol=1e-13)
        assert a[0] == 1.0
    W = lattice.whitener
    np.testing.assert_allclose(W @ T @ W.conj().T, np.diag(lattice.errors), atol=1e-13)
    np.testing.assert_array_equal(W, np.tril(W))
    trace = np.trace(np.linalg.inv(T)).real
    assert lattice.inverse_trace == pytest.approx(trace, rel=1e-11)
    np.testing.assert_allclose(reflection_coefficients(T[:, 0]), k, atol=1e-12)


@pytest.mark.parametrize(("n", "dtype"), SIZES)
def test_kernels_against_plain_python(n, dtype, rng):
    k = inside(n, dtype, rng)
    lattice = Lattice(k)
    P, e, r = twin(k)
    np.testing.assert_allclose(lattice.predictors, P, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(lattice.errors, e, rtol=1e-13)
    np.testing.assert_allclose(lattice.correlations, r, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("n", [2, 5, 8])
def test_derivatives_against_complex_steps(n, rng):
    k, dk = inside(n, float, rng), rng.standard_normal(n - 1)
    direction = Lattice(k).along(dk)
    steps = _twin(list(k + 1e-30j * dk), np.asarray)
    parts = direction.predictors, direction.errors, direction.correlations
    for part, step in zip(parts, steps, strict=True):
        exact = step.imag / 1e-30
        np.testing.assert_allclose(part, exact, rtol=1e-11, atol=1e-12)


def test_lags_against_the_autoconvolution_of_predictors(rng):
    # dT changes k_m by -sum_l (a * a)_l dt_(m-l) / e_(m-1), t_0 and t_1.. fixed below
    # m; a of order m - 1, since the backward predictor is a reversed and conjugated
    n = 6
    k, dk = inside(n, complex, rng), draw(n - 1, complex, rng)
    lattice = Lattice(k)
    direction = lattice.along(dk)
    dt = direction.correlations
    both = np.concatenate([dt[:0:-1].conj(), dt])  # from -(n - 1)
    for m in range(1, n):
        a, e = lattice.predictors[m - 1, :m], lattice.errors[m - 1]
        squared = np.convolve(a, a)
        delta = sum(c * both[n - 1 + m - i] for i, c in enumerate(squared))
        moved = -delta / e - k[m - 1] * direction.log_errors[m - 1]
        assert dk[m - 1] == pytest.approx(moved, abs=1e-11)


def test_derivatives_of_complex_parts_against_differences(rng):
    n, h = 5, 1e-6
    k, dk = inside(n, complex, rng), draw(n - 1, complex, rng)
    direction = Lattice(k).along(dk)
    parts = direction.predictors, direction.errors, direction.correlations
    for part, one, two in zip(parts, twin(k + h * dk), twin(k - h * dk), strict=True):
        np.testing.assert_allclose(part, (one - two) / (2 * h), atol=1e-7)


def bars_of(n, dtype, rng):
    return Bars(
        draw(n, dtype, rng),
        np.tril(draw((n, n), dtype, rng)),
        rng.standard_normal(n),
        draw(n, dtype, rng),
    )


KINDS = [
    ("predictor",),
    ("predictors",),
    ("errors",),
    ("correlations",),
    ("predictor", "errors"),
    ("predictor", "predictors", "errors", "correlations"),
]


@pytest.mark.parametrize("names", KINDS)
@pytest.mark.parametrize(("n", "dtype"), SIZES)
def test_pull_is_the_transpose_of_along(n, dtype, names, rng):
    k, dk = inside(n, dtype, rng), draw(n - 1, dtype, rng)
    lattice = Lattice(k)
    full = bars_of(n, dtype, rng)
    bars = Bars(**{name: getattr(full, name) for name in names})
    kept = {name: getattr(full, name).copy() for name in names}
    direction = lattice.along(dk)
    changes = {
        "predictor": direction.predictors[-1],
        "predictors": direction.predictors,
        "errors": direction.errors,
        "correlations": direction.correlations,
    }
    expected = sum(np.vdot(getattr(full, name), changes[name]).real for name in names)
    got = np.vdot(lattice.pull(bars), dk).real
    assert got == pytest.approx(expected, rel=1e-10, abs=1e-11)
    for name in names:  # a kernel uses up copies
        np.testing.assert_array_equal(getattr(full, name), kept[name])


@pytest.mark.parametrize("names", KINDS)
@pytest.mark.parametrize(("n", "dtype"), [(2, float), (5, float), (5, complex)])
def test_the_second_derivative_against_differences(n, dtype, names, rng):
    k, dk = inside(n, dtype, rng), draw(n - 1, dtype, rng)
    one, change = (bars_of(n, dtype, rng) for _ in range(2))
    h = 1e-6

    def at(t):
        moved = {x: getattr(one, x) + t * getattr(change, x) for x in names}
        return Lattice(k + t * dk).pull(Bars(**moved))

    bars, dbars = (Bars(**{x: getattr(b, x) for x in names}) for b in (one, change))
    got = Lattice(k).along(dk).pull(bars, dbars)
    exact = (at(h) - at(-h)) / (2 * h)
    np.testing.assert_allclose(got, exact, atol=1e-7 * (1 + np.abs(exact).max()))


def test_bars_that_do_not_change_may_be_left_out(rng):
    k, dk = inside(5, complex, rng), draw(4, complex, rng)
    direction = Lattice(k).along(dk)
    full = bars_of(5, complex, rng)
    zero = Bars(*(np.zeros_like(getattr(full, n)) for n in KINDS[-1]))
    np.testing.assert_array_equal(
        direction.pull(full, Bars()), direction.pull(full, zero)
    )


def test_autoregressive_lags_in_closed_form():
    t = 4.0 * 0.8 ** np.arange(6)
    np.testing.assert_allclose(
        reflection_coefficients(t), [-0.8, 0, 0, 0, 0], atol=1e-15
    )
    np.testing.assert_allclose(lags_of_reflection(4.0, [-0.8, 0, 0]), t[:4])
    np.testing.assert_allclose(predictor_of_reflection([-0.8, 0]), [1, -0.8, 0])
    assert reflection_coefficients([2.0]).shape == (0,)
    np.testing.assert_array_equal(lags_of_reflection(2.0, []), [2.0])


@pytest.mark.parametrize("dtype", [float, complex])
def test_step_down_undoes_step_up(dtype, rng):
    k = inside(9, dtype, rng)
    a = predictor_of_reflection(k)
    assert np.abs(np.roots(a)).max() < 1  # stable
    np.testing.assert_allclose(reflection_of_predictor(a), k, rtol=1e-10)


def test_errors_use_the_gaps():
    k = np.array([1.0, 0.5])  # the first is 1 to rounding
    np.testing.assert_allclose(
        Lattice(k, np.array([1e-20, 0.75])).errors, [1, 1e-20, 0.75e-20]
    )


def test_wrong_arguments():
    with pytest.raises(NotPositiveDefinite, match="leading minor of order 2 is not"):
        reflection_coefficients([1.0, 1.0, 0.0])
    with pytest.raises(NotPositiveDefinite, match="leading minor of order 1 is not"):
        reflection_coefficients([0.0, 0.0])
    with pytest.raises(ValueError, match=r"lags must not be empty, got shape \(0,\)"):
        reflection_coefficients([])
    with pytest.raises(ValueError, match="power must be positive, got -1"):
        lags_of_reflection(-1.0, [0.5])
    with pytest.raises(ValueError, match="reflection must be of modulus below 1, got"):
        predictor_of_reflection([0.5, 1.0])
    with pytest.raises(ValueError, match="predictor must start with 1, got 2"):
        reflection_of_predictor([2.0, 1.0])
    with pytest.raises(ValueError, match="predictor must start with 1, got nothing"):
        reflection_of_predictor([])
    with pytest.raises(ValueError, match="coefficient of order 2 has modulus"):
        reflection_of_predictor([1.0, 0.0, 1.5])
