import numpy as np
import pytest

from matopt.filters import (
    Autoregression,
    Echo,
    Equalisation,
    LineEnhancement,
    MovingAverage,
    NoiseCancelling,
    Prediction,
    Sinusoids,
    SystemIdentification,
    Tracking,
    White,
)

COLOURED = MovingAverage((1.0, 0.7))
COMPLEX = MovingAverage((1.0, 0.5j), True)
PATH = np.array([1.0, -0.5, 0.25])
SCENARIOS = [
    SystemIdentification(PATH, 0.1),
    SystemIdentification(PATH + 1j, White(0.1, "binary", True), COMPLEX),
    SystemIdentification(PATH, 0.1, COLOURED, regressors=True),
    Prediction(Autoregression((-0.975, 0.95)), 2),
    Prediction(Autoregression((-0.5 + 0.3j,), 2.0, True)),
    LineEnhancement(Sinusoids((1.0,), (0.6,), 0.5), 3),
    Equalisation.haykin(3.1, 0.1),
    Equalisation((0.2, 1.0, 0.4j), 2, 0.1),
    NoiseCancelling(PATH, Sinusoids((1.0,), (0.2,)), COLOURED),
    NoiseCancelling(PATH, White(0.5), COLOURED, sensor=0.2),
    Echo(PATH, 0.01),
]


def regressors(x, length):
    rows = np.zeros((*x.shape, length), x.dtype)
    for k in range(length):
        rows[:, k:, k] = x[:, : x.shape[1] - k]
    return rows


@pytest.mark.parametrize("length", [2, 3, 5])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: type(s).__name__)
def test_moments_are_those_of_the_draws(scenario, length, rng):
    if getattr(scenario, "regressors", False) and length != 3:
        pytest.skip("regressors have one length")
    draw = scenario.draw(rng, 12_000, 16)
    m = scenario.moments(length)
    u = draw.x[:, -1] if draw.x.ndim == 3 else regressors(draw.x, length)[:, -1]
    d, runs = draw.d[:, -1], len(draw.d)
    tolerance = 0.07 * max(m.trace / length, m.power)
    assert np.max(np.abs(u.T @ u.conj() / runs - m.R)) < tolerance
    assert np.max(np.abs(u.T @ d.conj() / runs - m.p)) < tolerance
    assert abs(np.mean(np.abs(d) ** 2) - m.power) < tolerance
    optimal = scenario.optimal_error(draw, length)[:, -1]
    np.testing.assert_allclose(optimal, d - u @ m.weights.conj(), atol=1e-10)
    least = np.mean(np.abs(optimal) ** 2)
    np.testing.assert_allclose(least, m.minimum_error, rtol=0.08)


@pytest.mark.parametrize(
    ("W", "low", "high", "spread", "least"),
    [
        (2.9, 0.3339, 2.0295, 6.0782, 1.37559e-3),
        (3.1, 0.2136, 2.3761, 11.1238, 1.75244e-3),
        (3.3, 0.1256, 2.7263, 21.7132, 2.47406e-3),
        (3.5, 0.0656, 3.0707, 46.8216, 4.15553e-3),
    ],
)
def test_equaliser_table_of_haykin(W, low, high, spread, least):
    m = Equalisation.haykin(W).moments(11)
    np.testing.assert_allclose(m.eigenvalues[[0, -1]], [low, high], atol=5e-5)
    assert round(m.spread, 4) == spread
    assert f"{m.minimum_error:.5e}" == f"{least:.5e}"


@pytest.mark.parametrize(
    ("a1", "eigenvalues", "spread", "least"),
    [
        (-0.195, [0.9, 1.1], 1.222, 0.09653),
        (-0.975, [0.5, 1.5], 3.0, 0.07313),
        (-1.5955, [0.1818, 1.8182], 10.0, 0.03223),
        (-1.9114, [0.01979, 1.9802], 100.04, 0.003822),
    ],
)
def test_prediction_table_of_haykin(a1, eigenvalues, spread, least):
    m = Prediction(Autoregression((a1, 0.95))).moments(2)
    np.testing.assert_allclose(m.eigenvalues, eigenvalues, rtol=3e-4)
    np.testing.assert_allclose(m.spread, spread, rtol=5e-4)
    np.testing.assert_allclose(m.minimum_error, least, atol=5e-6)
    np.testing.assert_allclose(m.weights, [-a1, -0.95], rtol=1e-9)


def test_a_prediction_is_as_good_as_the_innovation():
    process = Autoregression((-0.5 + 0.3j, 0.2j), 2.0, True)
    least = Prediction(process).moments(4).minimum_error
    np.testing.assert_allclose(least, process.innovation, rtol=1e-12)


def test_tracking_draws_the_walk(rng):
    Q = np.array([[2.0, 0.5], [0.5, 1.0]]) * 1e-2
    scenario = Tracking([1.0, -1.0], Q, 0.1)
    draw = scenario.draw(rng, 5000, 11)
    steps = np.diff(draw.truth, axis=1).reshape(-1, 2)
    np.testing.assert_allclose(steps.T @ steps / len(steps), Q, atol=3e-4)
    np.testing.assert_array_equal(draw.truth[:, 0], np.tile([1.0, -1.0], (5000, 1)))
    u = regressors(draw.x, 2)
    clean = np.sum(draw.truth * u, axis=2)
    np.testing.assert_allclose(draw.d - clean, draw.noise, atol=1e-12)
    np.testing.assert_array_equal(scenario.moments(2).walk, Q)


def test_an_echo_decays_by_60_decibels(rng):
    room = Echo.exponential(4000, 1000.0, rng).room
    np.testing.assert_allclose(np.linalg.norm(room), 1.0)
    early, late = (np.std(room[k : k + 100]) for k in (0, 1000))
    np.testing.assert_allclose(early / late, 1000.0, rtol=0.3)


def test_the_same_generator_draws_the_same():
    a, b = (SCENARIOS[0].draw(np.random.default_rng(3), 2, 5).d for _ in range(2))
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SystemIdentification([]), "at least one tap"),
        (lambda: SystemIdentification([1j]), "the input is real"),
        (lambda: Tracking([1.0], 0.1).moments(2), "length must be .* 1, got 2"),
        (lambda: Tracking([1.0], 0.1, -1.0), "noise must be at least 0"),
        (lambda: Prediction(White(), 0), "ahead must be at least 1"),
        (lambda: LineEnhancement(Sinusoids((1.0,), (1.0,))), "singular"),
        (lambda: Equalisation((1.0,), -1), "delay must be at least 0"),
        (lambda: NoiseCancelling([1j], White()), "path are complex"),
        (lambda: Echo.exponential(0, 1.0, None), "taps must be at least 1"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
