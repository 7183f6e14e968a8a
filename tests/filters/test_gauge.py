"""Signals that rise from nothing, or begin with rounding, are no divergence."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class OneByOne(filters.StochasticGradient):
    """NLMS by the loop over single samples, for it is a little attracted to zero."""

    length: int
    rule = filters.Rule(0.5, normalized=True, regularization=1e-6, attraction=1e-9)
    advice = "Lower the step."


BEGINNERS = [
    filters.NLMS(4),
    filters.LeakyNLMS(4),
    filters.NLMF(4, 0.1),
    filters.AffineProjection(4, 2),
    filters.RLS(4),
    filters.QRRLS(4),
    filters.SlidingWindowRLS(4, 60),
    filters.TransformDomainLMS(4),
    filters.SubbandLMS(4, bands=4),
    filters.FrequencyDomainLMS(4),
    filters.PartitionedFrequencyDomainLMS(8, block=4),
    OneByOne(4),
]


def after_residue(rng, small, dtype=float):
    """Sound after 402 samples of rounding, and d that is heard all the time."""
    x, v = rng.standard_normal((2, 1600))
    x, v = x.astype(dtype), v.astype(dtype)
    if np.iscomplexobj(x):
        x, v = x + 1j * rng.standard_normal(1600), v * np.exp(0.7j)
    x[:402] *= small
    wanted = np.array([1.0, -0.5, 0.3, 0.1])
    return x, (np.convolve(x, wanted)[:1600] + 0.1 * v).astype(dtype), wanted


@pytest.mark.parametrize("f", BEGINNERS, ids=repr)
@pytest.mark.parametrize("small", [1e-15, 1e-40])
def test_rounding_before_the_sound_is_no_divergence(f, small, rng):
    x, d, wanted = after_residue(rng, small)
    run = f.run(x, d)
    assert run.success and np.abs(run.error[:402]).max() < 1.0
    assert np.abs(run.error).max() < 1e3 and np.mean(run.error[-300:] ** 2) < 0.06
    assert np.abs(run.weights.ravel()[:4] - wanted).max() < 0.2


@pytest.mark.parametrize("f", BEGINNERS, ids=repr)
def test_what_begins_anew_is_the_same_in_chunks(f, rng, naive, tmp_path):
    x, d, _ = after_residue(rng, 1e-15)
    first = 0.1 * rng.standard_normal(f.length)
    whole = f.run(x, d, weights=first, history=1)
    U = naive.delay_line(x, f.length)
    y = np.sum(whole.history * U, axis=1)
    np.testing.assert_allclose(whole.output, y, atol=1e-9, rtol=1e-9)
    whole_blocks = hasattr(f, "block")  # it begins anew with the block of the sound
    for cut in (396, 400, 404) if whole_blocks else (401, 402, 403, 406):
        path = tmp_path / f"{cut}.npz"
        running = f.start(weights=first, history=1)
        parts = [running.process(x[:cut], d[:cut])]
        running.save(path)
        parts.append(f.load(path).process(x[cut:], d[cut:]))
        for name in ("error", "posterior_error", "history"):
            ours = np.concatenate([getattr(part, name) for part in parts])
            # the weights before are large, and with them the rounding
            np.testing.assert_allclose(
                ours[404:], getattr(whole, name)[404:], atol=1e-8
            )


def test_the_first_weights_return_after_rounding(rng):
    """Of any kind of signal, in loops of four samples and of one, and of trials."""
    for dtype in (np.float32, np.float64, np.complex64, np.complex128):
        x, d, wanted = after_residue(rng, 1e-15, dtype)
        first = np.array([3.0, 2.0, 1.0, 0.5])
        for f in (filters.NLMS(4), OneByOne(4)):
            run = f.run([x, x[::-1]], [d, d[::-1]], weights=first, history=1)
            assert run.success
            np.testing.assert_allclose(run.history[0, 402], first, rtol=1e-6)
            assert np.abs(run.weights[0] - wanted).max() < 0.4


def test_rounding_before_the_sound_for_blocks_of_samples(rng, monkeypatch):
    monkeypatch.setattr("matopt.filters.recursive._LONG", 1)
    x, d, _ = after_residue(rng, 1e-15)
    run = filters.RLS(4).run(x, d, history=1)
    monkeypatch.undo()
    twin = filters.RLS(4).run(x, d, history=1)
    assert run.success
    np.testing.assert_allclose(run.error[402:], twin.error[402:], atol=1e-9)
    np.testing.assert_allclose(run.history[402:], twin.history[402:], atol=1e-9)


@dataclass(frozen=True)
class TooFast(filters.StochasticGradient):
    """NLMS beyond its bound."""

    length: int
    rule = filters.Rule(2.5, normalized=True)
    advice = "Lower the step."


def test_a_divergence_after_rounding_is_found(rng):
    x, d, _ = after_residue(rng, 1e-15)
    run = TooFast(4).run(x[390:], d[390:])
    twin = TooFast(4).run(x[402:], d[402:])
    assert run.diverged == twin.diverged + 12 > 100
