import numpy as np
import pytest
from scipy.linalg import toeplitz

from matopt.linalg import (
    LastPredictorForm,
    Lattice,
    Scatter,
    WhitenedForm,
    lags_of_reflection,
)

FORMS = {
    LastPredictorForm: lambda scatter: scatter.range_sums,
    WhitenedForm: lambda scatter: scatter.root,
}


def draw(shape, dtype, rng):
    A = rng.standard_normal(shape).astype(dtype)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize(("n", "m"), [(1, 3), (2, 1), (5, 2), (5, 9)])
def test_the_value_and_its_derivatives(form, dtype, n, m, rng):
    k, dk = (0.5 * draw(n - 1, dtype, rng) / n for _ in range(2))
    power, level = 1.7, 0.3  # t_0, and the change of ln t_0 along the direction
    X = draw((m, n), dtype, rng)
    scatter = Scatter(X)
    lattice = Lattice(k)
    term = form(lattice, power, FORMS[form](scatter))
    S = X.T @ X.conj() / m

    def exact(t):
        T = toeplitz(lags_of_reflection(power * np.exp(t * level), k + t * dk))
        return np.trace(np.linalg.inv(T) @ S).real

    assert term.value == pytest.approx(exact(0.0), rel=1e-12)
    h = 1e-5
    slope = (exact(h) - exact(-h)) / (2 * h)
    direction = lattice.along(dk)
    change, dbars = term.along(direction, level)
    assert change == pytest.approx(slope, abs=1e-7)
    by_bars = np.vdot(lattice.pull(term.bars), dk).real - term.value * level
    assert by_bars == pytest.approx(slope, abs=1e-7)
    second = (exact(1e-4) - 2 * exact(0.0) + exact(-1e-4)) / 1e-8
    bent = np.vdot(direction.pull(term.bars, dbars), dk).real - change * level
    assert bent == pytest.approx(second, abs=1e-5 * (1 + abs(second)))


def test_squares_keep_their_digits_where_range_sums_do_not():
    # samples of T itself: tr(T^-1 S) = n to the rounding of the square root of T
    k = np.array([-0.999, 0.9999, -0.99])
    lattice = Lattice(k)
    root = np.linalg.inv(lattice.whitener) * np.sqrt(lattice.errors)
    scatter = Scatter(2.0 * root.T)  # four samples, S = T
    sums = LastPredictorForm(lattice, 1.0, scatter.range_sums).value
    squares = WhitenedForm(lattice, 1.0, scatter.root).value
    assert abs(squares - 4) < 1e-10 < 1e-9 < abs(sums - 4) < 1e-4
