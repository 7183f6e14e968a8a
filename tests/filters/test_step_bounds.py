import numpy as np
import pytest

from matopt.filters import SignalMoments, StepBounds, step_bounds


def rows_of(x, length):
    rows = np.zeros((*x.shape, length), x.dtype)
    for k in range(min(length, x.shape[-1])):
        rows[..., k:, k] = x[..., : x.shape[-1] - k]
    return rows


@pytest.mark.parametrize("length", [1, 2, 7, 30])
@pytest.mark.parametrize("dtype", [float, complex])
def test_bounds_by_their_definitions(length, dtype, rng):
    x = rng.standard_normal((2, 24)).astype(dtype)
    if dtype is complex:
        x = x + 1j * rng.standard_normal((2, 24))
    bounds = step_bounds(x, length)
    u = rows_of(x, length)
    peak = np.max(np.sum(np.abs(u) ** 2, axis=-1))
    np.testing.assert_allclose(bounds.contraction, 2 / peak, rtol=1e-13)
    np.testing.assert_allclose(bounds.robust, 1 / peak, rtol=1e-13)
    # the Toeplitz estimate: every regressor that meets the series, ends included
    padded = np.concatenate([x, np.zeros((2, length - 1))], axis=1)
    whole = rows_of(padded, length).reshape(-1, length)
    R = whole.T @ whole.conj() / x.size
    eig = np.linalg.eigvalsh(R)
    np.testing.assert_allclose(bounds.mean, 2 / eig[-1], rtol=1e-10)
    mu, c = bounds.mean_square, 1 if dtype is complex else 2
    np.testing.assert_allclose(np.sum(mu * eig / (2 - c * mu * eig)), 1.0, rtol=1e-8)


def test_regressors_and_moments(rng):
    u = rng.standard_normal((3, 50, 4))
    bounds = step_bounds(u, regressors=True)
    R = np.einsum("rni,rnj->ij", u, u) / 150
    averages = step_bounds(SignalMoments(R, np.zeros(4), 1.0))
    np.testing.assert_allclose(bounds.mean, averages.mean)
    np.testing.assert_allclose(bounds.mean_square, averages.mean_square)
    assert averages.contraction is None and averages.safe == ()
    power = np.max(np.sum(u**2, axis=-1))
    np.testing.assert_allclose(bounds.contraction, 2 / power)


def test_a_burst_does_not_spoil_what_follows():
    """A running sum of squares would: 1e16 + 1 - 1e16 is 0."""
    x = np.ones(40)
    x[3] = 1e8
    quiet = step_bounds(x[20:], 5).contraction
    from matopt.filters.step_bounds import _window_sums

    sums = _window_sums(x[None] ** 2, 5)[0]
    np.testing.assert_array_equal(sums[8:], 5.0)
    assert quiet == 2 / 5


def test_what_is_safe_is_said(rng):
    """A gentle series may be safe below every bound but a burst makes one unsafe."""
    x = np.sign(rng.standard_normal(5000))
    even = step_bounds(x, 1)
    assert even.safe == ("mean", "mean_square", "contraction", "robust")
    x[7] = 10.0
    burst = step_bounds(x, 1)
    assert burst.safe == ("contraction", "robust")
    lines = str(burst).splitlines()
    assert len(lines) == 4
    assert "not safe" in lines[0] and "2 / lambda_max" in lines[0]
    assert "not safe" not in lines[2] and "2 / max |u|^2" in lines[2]
    averages = str(StepBounds(1.0, 0.5))
    assert len(averages.splitlines()) == 2 and "for averages" in averages


def test_below_contraction_no_step_lengthens_the_error(rng):
    x = np.cumsum(rng.standard_normal(300)) * 0.1  # far from independent
    u = rows_of(x, 3)
    gap = np.ones(3)
    for row in u:
        shorter = gap - 0.999 * step_bounds(x, 3).contraction * row * (row @ gap)
        assert np.linalg.norm(shorter) <= np.linalg.norm(gap) * (1 + 1e-15)
        gap = shorter


def test_silence_has_no_bound():
    bounds = step_bounds(np.zeros(9), 3)
    assert bounds == StepBounds(np.inf, np.inf, np.inf, np.inf)


@pytest.mark.parametrize(
    ("x", "length", "message"),
    [
        (np.ones(5), None, "length must be the number of taps, at least 1, got None"),
        (np.ones(5), 0, "length must be the number of taps"),
        (np.ones(0), 2, r"x must hold samples, got shape \(0,\)"),
        ([1.0, np.nan], 1, r"x must be finite, got nan at index \(1\)"),
    ],
)
def test_wrong_arguments(x, length, message):
    with pytest.raises(ValueError, match=message):
        step_bounds(x, length)
