"""Signals that rise from nothing, or begin with rounding, are no divergence."""

import numpy as np
import pytest

from matopt import filters

NORMALIZED = [
    filters.NLMS(3, regularization=0.0),
    filters.GNGD(3, regularization=0.0),
    filters.RLS(3),
    filters.SlidingWindowRLS(3, 20),
    filters.TransformDomainLMS(3),
    filters.SubbandLMS(3, bands=2),
    filters.FrequencyDomainLMS(3),
    filters.PartitionedFrequencyDomainLMS(3, block=2),
]
BY_SAMPLES = [
    filters.SignDataLMS(3, 0.05),
    filters.MathewsLMS(3, 0.05, 1e-4),
    filters.ZeroAttractingLMS(3, 0.05, 1e-6),
]


def pulse(dtype):
    """From zero through numbers whose squares are zero, or have no inverse."""
    n = np.arange(3500)
    x = (np.exp(-(((n - 3000) / 80) ** 2)) * np.cos(0.9 * n)).astype(dtype)
    assert x[0] == 0.0 < np.abs(x[x != 0.0]).min() < 1e-40
    return x


@pytest.mark.parametrize("f", [*NORMALIZED, *BY_SAMPLES], ids=repr)
def test_a_pulse_rises_from_nothing(f):
    for dtype in (np.float64, np.float32) if f in BY_SAMPLES else (np.float64,):
        x = pulse(dtype)
        run = f.run(x, 2 * x)
        assert run.success and np.isfinite(run.error).all()
        after = 2 * x - np.convolve(x, run.weights)[:3500]
        assert np.abs(after).max() < 0.1


def test_a_pulse_rises_for_blocks_of_samples(monkeypatch):
    monkeypatch.setattr("matopt.filters.recursive._LONG", 1)
    x = pulse(float)
    run = filters.RLS(3).run(x, 2 * x)
    assert run.success and np.isfinite(run.error).all()
    np.testing.assert_allclose(run.weights, [2.0, 0.0, 0.0], atol=1e-3)


@pytest.mark.parametrize(
    "f",
    [
        filters.SignErrorLMS(4, 0.01),
        filters.SignSignLMS(4, 0.01),
        filters.ZeroAttractingLMS(4, 0.01, 1e-3),
        filters.ReweightedZeroAttractingLMS(4, 0.01, 1e-3),
    ],
    ids=repr,
)
def test_weights_move_by_themselves_before_an_echo_comes(f, rng):
    """What comes before it is the rounding of the convolution that made it."""
    x = rng.standard_normal(3000)
    d = np.concatenate([1e-17 * rng.standard_normal(500), x[:2500]])
    run = f.run(x, d)
    assert run.success and np.abs(run.error[:500]).max() > 1e-6


@pytest.mark.parametrize(
    "f", [filters.LMS(1, 0.05), filters.MathewsLMS(1, 0.05, 1e-4)], ids=repr
)
def test_an_error_may_have_a_square_where_no_sample_has(f):
    x = np.full(20, 1.5e-162)
    assert np.square(x).max() == 0.0 < (2 * x[0]) ** 2
    run = f.run(x, x, weights=[-1.0])
    assert run.success and (run.error == 2 * x).all()
