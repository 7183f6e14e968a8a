"""Many runs beside the theory, with the filters themselves."""

from dataclasses import dataclass, replace
from importlib import import_module

import numpy as np
import pytest
from scipy.linalg import convolution_matrix

from matopt.filters import (
    LMS,
    NLMS,
    RLS,
    AffineProjection,
    AugmentedCLMS,
    AugmentedRLS,
    Autoregression,
    ConstrainedLMS,
    DiffusionLMS,
    Draw,
    Equalisation,
    FilteredXLMS,
    FrequencyDomainLMS,
    LeakyLMS,
    MixedNormLMS,
    MovingAverage,
    Prediction,
    Scenario,
    SignErrorLMS,
    SignSignLMS,
    SystemIdentification,
    Tracking,
    White,
    ZeroAttractingLMS,
    ensemble,
)
from matopt.filters.ensemble import Curves
from matopt.filters.theory import theory

PATH = np.array([1.0, -0.6, 0.3, 0.2])
COLOURED = MovingAverage((1.0, 0.6))
COMPLEX = MovingAverage((1.0, 0.6j), True)


@pytest.mark.parametrize("filter", [LMS(4, 0.03), NLMS(4, 0.4)], ids=repr)
@pytest.mark.parametrize("input", [COLOURED, COMPLEX], ids=["real", "complex"])
def test_independent_regressors_are_within_two_percent(filter, input):
    system = SystemIdentification(PATH, 0.1, input, regressors=True)
    e = ensemble(filter, system, 1500, 1, samples=400, history=20)
    curve, steady = e.expected, e.excess.steady(0.5)
    end = curve.excess[200:].mean()
    np.testing.assert_allclose(steady.mean, end, rtol=0.02)
    assert abs(steady.mean - end) < 4 * steady.standard_error
    first = slice(0, 100)
    np.testing.assert_allclose(
        e.excess.mean[first].mean(), curve.excess[first].mean(), rtol=0.02
    )
    error = e.error.steady(0.5).mean
    np.testing.assert_allclose(error, curve.error[200:].mean(), rtol=0.02)
    np.testing.assert_allclose(
        e.deviation.mean, curve.deviation[e.deviation.times], rtol=0.1
    )
    np.testing.assert_array_equal(e.deviation.times, np.arange(0, 400, 20))


def test_regularized_nlms_is_within_five_percent():
    system = SystemIdentification(np.zeros(8), 0.1, regressors=True)
    e = ensemble(NLMS(8, 0.5, 0.01), system, 150, 1, samples=1000)
    np.testing.assert_allclose(e.excess.steady(0.7).mean, e.theory.excess, rtol=0.05)


@pytest.mark.parametrize("reach", [0.02, 0.1])
def test_a_delay_line_is_within_six_percent(reach):
    system = SystemIdentification(PATH, 0.1)
    samples = int(60 / reach)
    e = ensemble(LMS(8, reach / 8), system, 500, 2, samples=samples)
    np.testing.assert_allclose(e.excess.steady(0.2).mean, e.theory.excess, rtol=0.06)
    np.testing.assert_allclose(e.misadjustment, e.theory.misadjustment, rtol=0.06)
    start = slice(0, samples // 20)
    np.testing.assert_allclose(
        e.excess.mean[start].mean(), e.expected.excess[start].mean(), rtol=0.06
    )


def test_a_coloured_delay_line_is_within_six_percent():
    """From the best weights on: its slowest mode takes thousands of samples."""
    system = SystemIdentification(np.zeros(8), 0.1, Autoregression((-0.8,)))
    e = ensemble(LMS(8, 0.1 / 8), system, 400, 3, samples=2000)
    end = e.expected.excess[1000:].mean()
    np.testing.assert_allclose(e.excess.steady(0.5).mean, end, rtol=0.06)


@pytest.mark.parametrize(
    ("W", "mean", "tolerance"), [(2.9, 3.18e-3, 0.05), (3.1, 5.09e-3, 0.08)]
)
def test_equaliser_curves_of_haykin(W, mean, tolerance):
    e = ensemble(LMS(11, 0.075), Equalisation.haykin(W), 2000, 4, samples=520)
    np.testing.assert_allclose(e.error.mean[480:].mean(), mean, rtol=tolerance)


@pytest.mark.parametrize("W", [2.9, 3.5])
def test_equaliser_by_least_squares(W):
    """Jmin (1 + L / (n - L - 1)) for n = 180..200, whatever the spread."""
    scenario = Equalisation.haykin(W)
    e = ensemble(RLS(11, 1.0, ridge=0.004), scenario, 500, 12, samples=201)
    end = slice(180, 201)
    expected = e.expected.error[end].mean()
    law = 1 + np.mean(11 / (np.arange(180, 201) - 12))
    np.testing.assert_allclose(expected, e.theory.minimum_error * law, rtol=1e-9)
    np.testing.assert_allclose(e.error.mean[end].mean(), expected, rtol=0.05)
    assert e.error.mean[40:50].mean() < 2.5 * e.theory.minimum_error


def test_recursive_least_squares_with_forgetting():
    system = SystemIdentification(PATH, 0.1, COLOURED, regressors=True)
    e = ensemble(RLS(4, 0.95), system, 500, 13, samples=200)
    np.testing.assert_allclose(e.excess.steady(0.5).mean, e.theory.excess, rtol=0.03)


def test_affine_projections_have_a_level_but_no_curve(tmp_path):
    system = SystemIdentification(np.zeros(8), 0.1)
    e = ensemble(AffineProjection(8, 2, 0.1), system, 200, 14, samples=500)
    assert e.expected is None
    np.testing.assert_allclose(e.excess.steady(0.6).mean, e.theory.excess, rtol=0.15)
    assert "theory" in e.plot(tmp_path / "e.svg").read_text("utf-8")


def test_equaliser_with_a_heavy_tail():
    """W = 3.5: the median of the runs, never their mean."""
    e = ensemble(LMS(11, 0.075), Equalisation.haykin(3.5), 1000, 5, samples=520)
    steady = e.error.steady(40 / 520)
    np.testing.assert_allclose(steady.median, 1.76e-2, rtol=0.15)
    assert steady.mean > 1.5 * steady.median


def test_one_tap_prediction_of_haykin():
    """AR(1), a = -0.99: independence says 0.01907, and is nearly right."""
    scenario = Prediction(Autoregression((-0.99,), 0.93627))
    e = ensemble(LMS(1, 0.05), scenario, 400, 6, samples=500, history=499)
    np.testing.assert_allclose(e.error.mean[300:].mean(), 0.01916, rtol=0.1)
    np.testing.assert_allclose(e.theory.minimum_error, 0.018632, rtol=1e-4)


def test_tracking():
    scenario = Tracking(PATH, 1e-4, 0.1, regressors=True)
    e = ensemble(LMS(4, 0.04), scenario, 800, 7, samples=400, history=50)
    np.testing.assert_allclose(e.excess.steady(0.5).mean, e.theory.excess, rtol=0.03)
    np.testing.assert_allclose(
        e.deviation.mean[-3:].mean(), e.theory.deviation, rtol=0.05
    )
    series = ensemble(
        LMS(4, 0.02), Tracking(PATH, 1e-5, 0.1), 300, 8, samples=600, history=50
    )
    assert series.deviation.mean[-1] < 2 * series.theory.deviation


FAMILY = [
    LeakyLMS(4, 0.02, 0.2),
    SignErrorLMS(4, 0.004),
    MixedNormLMS(4, 0.01, 0.5),
    ZeroAttractingLMS(4, 0.03, 1e-3),
    ConstrainedLMS(4, 0.03, np.ones((4, 1)), [1.0]),
    AugmentedCLMS(4, 0.03),
]


@pytest.mark.parametrize("filter", FAMILY, ids=lambda f: type(f).__name__)
def test_the_family_follows_its_theory(filter):
    """The filters themselves: from the start to the end of the curve."""
    is_complex = type(filter) is AugmentedCLMS
    input = White(is_complex=is_complex)
    system = SystemIdentification(PATH, 0.1, input, regressors=True)
    e = ensemble(filter, system, 400, 10, samples=600, history=100)
    curve, tolerance = e.expected, 0.04
    for part in (slice(0, 100), slice(400, None)):
        np.testing.assert_allclose(
            e.excess.mean[part].mean(), curve.excess[part].mean(), rtol=tolerance
        )
    np.testing.assert_allclose(
        e.deviation.mean[:2], curve.deviation[[0, 100]], rtol=0.06
    )
    expected = curve.excess[450:].mean() / e.theory.minimum_error
    np.testing.assert_allclose(e.misadjustment, expected, rtol=0.06)


def test_a_filter_without_theory_is_still_measured(tmp_path):
    e = ensemble(SignSignLMS(4, 0.01), SystemIdentification(PATH), 30, samples=50)
    assert e.theory is None and e.expected is None
    assert "theory" not in str(e)
    assert np.isfinite(e.misadjustment)
    assert "theory" not in e.plot(tmp_path / "e.svg").read_text("utf-8")


@pytest.mark.parametrize("path", [[1.0], [2.0], [0.0, 0.9, 0.3]])
@pytest.mark.parametrize("input", [White(), COLOURED, COMPLEX], ids=["w", "c", "z"])
def test_the_best_weights_behind_a_path(path, input):
    """The least norm of path * w - w_o, in the covariance of the input."""
    system = SystemIdentification([1.0, -0.5], 0.01, input)
    f = FilteredXLMS(2, 0.005, path)
    e = ensemble(f, system, 20, samples=3000, history=50)
    through = convolution_matrix(path, 2)
    taps = len(through)
    root = np.linalg.cholesky(input.covariance(taps)).conj().T
    wanted = root @ np.append([1.0, -0.5], np.zeros(taps - 2))
    best = np.linalg.lstsq(root @ through, wanted)[0]
    least = 0.01 + np.linalg.norm(root @ through @ best - wanted) ** 2
    np.testing.assert_allclose(e.weights, best, atol=1e-12)
    assert e.deviation.mean[0] == pytest.approx(np.sum(np.abs(best) ** 2))
    assert e.deviation.steady().mean < 0.01
    np.testing.assert_allclose(e.error.steady(0.5).mean, least, rtol=0.1)
    assert e.misadjustment == pytest.approx(e.excess.steady().mean / least)
    draw = system.draw(np.random.default_rng(0), 20, 50 + 3000)
    u = np.array([np.convolve(x, path)[49:51][::-1] for x in draw.x])
    np.testing.assert_allclose(e.excess.values[:, 0], np.abs(u @ best.conj()) ** 2)


@pytest.mark.parametrize("f", [AugmentedCLMS(2, 0.01), AugmentedRLS(2, 0.99)], ids=repr)
def test_two_parts_of_the_weights_on_real_signals(f):
    """Only their sum matters, and it is what is deviated from."""
    system = SystemIdentification([1.0, -0.5], 0.01)
    e = ensemble(f, system, 20, 3, samples=800, history=2)
    assert e.deviation.mean[0] == pytest.approx(1.25)
    assert e.deviation.steady().mean < 0.01
    draw = system.draw(np.random.default_rng(3), 20, 2 + 800)
    running = f.start(history=2)
    running.freeze()
    running.process(draw.x[:, :2], draw.d[:, :2])
    running.thaw()
    w = running.process(draw.x[:, 2:], draw.d[:, 2:]).history.sum(axis=2)
    off = np.sum((w - [1.0, -0.5]) ** 2, axis=2)
    np.testing.assert_allclose(e.deviation.values, off, atol=1e-14)


def test_two_parts_of_the_weights_follow_a_walk():
    walk = Tracking([1.0, -0.5], 1e-6, 0.01)
    e = ensemble(AugmentedCLMS(2, 0.01), walk, 20, samples=800, history=20)
    assert e.deviation.steady().mean < 0.01


@pytest.mark.parametrize("history", [None, 3])
def test_whole_blocks_begin_after_the_delay_line(history):
    f = FrequencyDomainLMS(4, block=5, constrained=False)
    system = SystemIdentification(PATH, 0.1)
    e = ensemble(f, system, 20, samples=300, history=history)
    assert e.excess.steady().mean < 0.1 * e.excess.mean[:10].mean()


def test_the_curves_are_those_of_single_runs():
    """The statistics, one run at a time: the delay line is full at the start."""
    system, f = SystemIdentification(PATH, 0.1, COMPLEX), LMS(6, 0.02)
    e = ensemble(f, system, 3, 9, samples=40, history=4)
    draw = system.draw(np.random.default_rng(9), 3, 48)
    truth = np.concatenate([PATH, [0, 0]])
    for r in range(3):
        w = np.zeros(6, complex)
        for n in range(40):
            u = draw.x[r, n + 3 : n + 9][::-1]
            if n % 4 == 0:
                gap = np.sum(np.abs(truth - w) ** 2)
                np.testing.assert_allclose(e.deviation.values[r, n // 4], gap)
            error = draw.d[r, n + 8] - np.vdot(w, u)
            excess = abs(error - draw.noise[r, n + 8]) ** 2
            np.testing.assert_allclose(e.error.values[r, n], abs(error) ** 2)
            np.testing.assert_allclose(e.excess.values[r, n], excess, atol=1e-14)
            w = w + 0.02 * u * error.conj()


def test_the_seed_decides_and_batches_and_threads_do_not_matter(monkeypatch):
    system, f = SystemIdentification(PATH, 0.1), LMS(4, 0.02)
    a, b = (ensemble(f, system, 7, 3, samples=50, threads=k) for k in (1, 2))
    np.testing.assert_array_equal(a.error.values, b.error.values)
    other = ensemble(f, system, 7, 4, samples=50)
    assert np.all(a.error.values != other.error.values)
    module = import_module("matopt.filters.ensemble")
    monkeypatch.setattr(module, "_BATCH", 3 * 53 * 2)
    c = ensemble(f, system, 7, 3, samples=50)
    assert c.error.values.shape == (7, 50)
    assert (c.runs, c.samples) == (7, 50)


def test_runs_that_diverge_are_infinite_and_named():
    e = ensemble(LMS(4, 1.5), SystemIdentification(PATH, 0.1), 20, 0, samples=400)
    assert np.all(e.diverged >= 0)
    assert np.isposinf(e.excess.mean[-1]) and np.isposinf(e.excess.median[-1])
    assert np.isposinf(e.excess.standard_error).all()
    assert e.excess.steady().mean == np.inf
    assert not np.isnan(e.error.values).any()
    assert "20 runs diverged. Lower step" in str(e)
    assert not e.theory.is_stable


def test_statistics_of_curves(rng):
    values = rng.exponential(size=(101, 8))
    curves = Curves(values, np.arange(8))
    np.testing.assert_allclose(curves.mean, values.sum(0) / 101)
    centred = values - curves.mean
    expected = np.sqrt((centred**2).sum(0) / 100 / 101)
    np.testing.assert_allclose(curves.standard_error, expected)
    np.testing.assert_array_equal(curves.median, np.sort(values, axis=0)[50])
    np.testing.assert_array_equal(curves.quantile(0.1), np.sort(values, axis=0)[10])
    steady = curves.steady(0.5)
    each = values[:, 4:].mean(axis=1)
    np.testing.assert_allclose(steady.mean, each.mean())
    np.testing.assert_allclose(steady.median, np.sort(each)[50])
    np.testing.assert_allclose(steady.standard_error, each.std(ddof=1) / np.sqrt(101))


@dataclass(frozen=True)
class _Own(Scenario):
    """Somebody's own: truth is not known, x is d of the sample before."""

    def draw(self, rng, runs, samples):
        s = White().draw(rng, runs, samples + 1)
        return Draw(s[:, :-1].copy(), s[:, 1:].copy())

    def moments(self, length):
        return Prediction(White()).moments(length)


def test_an_own_scenario_needs_two_methods():
    e = ensemble(LMS(2, 0.05), _Own(), 50, samples=300)
    np.testing.assert_allclose(e.excess.steady().mean, e.theory.excess, rtol=0.2)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda s: ensemble(FilteredXLMS(4, 0.1, [0, 1]), Tracking(PATH, 1e-5), 2),
            ValueError,
            "scenario must have weights that do not walk, got Tracking",
        ),
        (
            lambda s: ensemble(LMS(3, 0.1), replace(s, regressors=True), 2),
            ValueError,
            r"filter must have length 4, .* got LMS\(length=3, step=0.1\); take that",
        ),
        (
            lambda s: ensemble(LMS(4, 0.1), s, 1),
            ValueError,
            "runs must be at least 2 and samples at least 1, got 1 and 2000",
        ),
        (
            lambda s: ensemble(DiffusionLMS(4, 0.1, np.eye(2)), s, 2),
            ValueError,
            "filter must be one of single signals, got DiffusionLMS",
        ),
        (
            lambda s: theory(LMS(3, 0.1), s.moments(4)),
            ValueError,
            "moments are those of 4 weights but the filter has 3",
        ),
        (
            lambda s: Curves(np.ones((2, 2)), np.arange(2)).quantile(2),
            ValueError,
            r"q must be in \[0, 1\]",
        ),
        (
            lambda s: Curves(np.ones((2, 2)), np.arange(2)).steady(0),
            ValueError,
            "fraction must be in",
        ),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make(SystemIdentification(PATH, 0.1))
