import numpy as np
import pytest

from matopt.filters.processes import (
    Autoregression,
    MovingAverage,
    Sinusoids,
    White,
    convolve_rows,
)

PROCESSES = [
    White(2.0, "uniform"),
    White(0.5, "binary", True),
    MovingAverage((1.0, -0.5, 0.3)),
    MovingAverage((1.0, 0.5j, -0.3), True),
    Autoregression((-0.975, 0.95)),
    Autoregression((-0.5 + 0.3j, 0.2j), 2.0, True),
    Sinusoids((1.0, 2.0), (0.3, 1.0), 0.1),
    Sinusoids((1.0,), (0.5,), 0.2, True),
]


@pytest.mark.parametrize("process", PROCESSES, ids=repr)
def test_draws_have_the_lags_from_the_first_sample_on(process, rng):
    s = process.draw(rng, 6000, 6)
    assert s.shape == (6000, 6)
    assert np.iscomplexobj(s) == process.is_complex
    measured = s.T @ s.conj() / 6000  # E s_i s_j*, i >= j: r_(i-j)
    R = process.covariance(6)  # E u_i u_j* with u_i = s_(n-i): r_(j-i)
    assert np.max(np.abs(measured - R.T)) < 0.06 * process.power


def test_uniform_and_binary_moments(rng):
    for process in (White(2.0, "uniform"), White(2.0, "uniform", True)):
        fourth, sixth = process.shape_moments
        size = np.abs(process.draw(rng, 1, 200_000)) / np.sqrt(2.0)
        np.testing.assert_allclose(np.mean(size**4), fourth, rtol=0.01)
        np.testing.assert_allclose(np.mean(size**6), sixth, rtol=0.02)


def test_autoregression_in_closed_form():
    """Haykin's AR(2), unit power: r_1 = -a1 / (1 + a2), r_2 = -a1 r_1 - a2 r_0."""
    process = Autoregression((-0.975, 0.95))
    r1 = 0.975 / 1.95
    np.testing.assert_allclose(process.lags(3), [1.0, r1, 0.975 * r1 - 0.95])
    variance = (1 - 0.95) * ((1 + 0.95) ** 2 - 0.975**2) / (1 + 0.95)
    np.testing.assert_allclose(process.innovation, variance)


def test_a_complex_autoregression_in_closed_form():
    a = 0.6 * np.exp(0.7j)
    lags = Autoregression((-a,), 3.0, True).lags(4)
    np.testing.assert_allclose(lags, 3.0 * a ** np.arange(4))


@pytest.mark.parametrize("taps", [1, 5, 80])
def test_convolution_of_rows_is_a_sum(taps, rng):
    x, b = rng.standard_normal((2, 90)), rng.standard_normal(taps)
    direct = np.zeros_like(x)
    for k in range(taps):
        direct[:, k:] += b[k] * x[:, : 90 - k]
    np.testing.assert_allclose(convolve_rows(x, b), direct, atol=1e-12)
    np.testing.assert_allclose(convolve_rows(x, 1j * b), 1j * direct, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: White(1.0, "cauchy"), "distribution must be one of"),
        (lambda: White(-1.0), "variance must be at least 0"),
        (lambda: MovingAverage(()), "must not be empty"),
        (lambda: MovingAverage((1.0, 1j)), "pass is_complex=True"),
        (lambda: Autoregression((-1.0,)), "stationary"),
        (lambda: Sinusoids((1.0,), (0.1, 0.2)), "equally many, got 1 and 2"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
