"""The subband filter against its definition written down, and its bank of filters."""

from itertools import pairwise

import numpy as np
import pytest

from matopt import filters
from matopt.check import check_filter

CASES = [(1, 1), (2, 2), (7, 3), (5, 8), (12, 4)]


def cosine_bank(bands, overlap):
    """The filters of a real bank from its prototype, tap by tap."""
    p = filters.AnalysisBank(bands, overlap, False).prototype
    K, i = len(p), np.arange(bands)[:, None]
    angle = (i + 0.5) * (np.arange(K) - (K - 1) / 2) * np.pi / bands
    return 2 * p * np.cos(angle + (-1.0) ** i * np.pi / 4)


def exponential_bank(bands, overlap):
    p = filters.AnalysisBank(bands, overlap, True).prototype
    K, i = len(p), np.arange(bands)[:, None]
    return p * np.exp(2j * np.pi * (i + 0.5) * (np.arange(K) - (K - 1) / 2) / bands)


def by_bands(f, U, d, bank):
    """The update of the naive loop; rows and samples go through the bank in time."""
    rows = np.array([[np.convolve(u, h)[: len(d)] for u in U.T] for h in bank])
    wanted = np.array([np.convolve(d, h)[: len(d)] for h in bank])
    peak = 0.0

    def update(w, u, e, n):
        nonlocal peak
        if (n + 1) % f.bands:
            return w
        power = np.sum(np.abs(rows[:, :, n]) ** 2, axis=1)
        peak = max(peak, power.max())
        errors = wanted[:, n] - rows[:, :, n] @ w.conj()
        scale = power + f.regularization * peak
        return w + f.step * (errors.conj() / scale) @ rows[:, :, n]

    return update


@pytest.mark.parametrize("dtype", [float, complex])
def test_conformance(dtype):
    for f in (filters.SubbandLMS(6, bands=4), filters.SubbandLMS(3, bands=3)):
        check_filter(f, rng=0, dtype=dtype)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize(("length", "bands"), CASES)
def test_a_block_is_a_sum_over_bands(length, bands, dtype, rng, naive):
    x, d = naive.noise(rng, 2, 90, dtype=dtype)
    f = filters.SubbandLMS(length, 0.4, bands, overlap=2, regularization=1e-3)
    make = exponential_bank if dtype is complex else cosine_bank
    bank = np.ones((1, 1)) if bands == 1 else make(bands, 2)
    U = naive.delay_line(x, length)
    twin = naive.loop(U, d, by_bands(f, U, d, bank))
    naive.assert_same(f.run(x, d, history=1), twin)


def test_channels_and_first_weights(rng, naive):
    x, d = rng.standard_normal((2, 80)), rng.standard_normal(80)
    w = rng.standard_normal((2, 5))
    f = filters.SubbandLMS(5, 0.4, 4)
    U = naive.delay_line(x, 5)
    twin = naive.loop(U, d, by_bands(f, U, d, cosine_bank(4, 4)), w.ravel())
    naive.assert_same(f.run(x, d, history=1, weights=w), twin)


def test_one_band_is_nlms(rng, naive):
    x, d = naive.noise(rng, 2, 200, dtype=complex)
    one, nlms = (
        filters.SubbandLMS(6, 0.7, bands=1, regularization=1e-6),
        filters.NLMS(6, 0.7),
    )
    naive.assert_same(one.run(x, d, history=1), nlms.run(x, d, history=1))


def test_chunks_are_the_whole_to_the_last_bit(rng):
    """Across the segments in which the signals go through the bank, too."""
    x, d = rng.standard_normal((2, 3000))
    f = filters.SubbandLMS(40, bands=8)
    whole, running = f.run(x, d), f.start()
    cuts = [0, 3, 1027, 1028, 2100, 3000]
    parts = [running.process(x[a:b], d[a:b]) for a, b in pairwise(cuts)]
    for name in ("output", "error", "posterior_error"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(joined, getattr(whole, name))


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("bands", [2, 3, 8, 32])
def test_the_bank_keeps_all_power_and_separates(bands, is_complex):
    bank = filters.AnalysisBank(bands, 4, is_complex)
    make = exponential_bank if is_complex else cosine_bank
    np.testing.assert_allclose(bank.filters, make(bands, 4), atol=1e-12)
    size = 256 * bands
    power = np.abs(np.fft.fft(bank.filters, size, axis=1)) ** 2
    total = power.sum(axis=0)
    assert np.ptp(total) < 0.02 * bands and np.isclose(total.mean(), bands)
    # the first band ends at pi / bands (complex: 2 pi / bands); as far again: nothing
    width = 128 if not is_complex else 256
    beyond = power[0, 2 * width : (size // 2 if not is_complex else size - width)]
    assert np.max(beyond, initial=0.0) < 1e-5 * power[0].max()


def test_colour_does_not_slow_it_down(rng):
    x = np.zeros(2000)
    for n, v in enumerate(rng.standard_normal(2000)):
        x[n] = 0.95 * x[n - 1] + v
    wanted = rng.standard_normal(64)
    d = np.convolve(x, wanted)[:2000]
    far = lambda f: np.linalg.norm(f.run(x, d).weights - wanted)  # noqa: E731
    assert far(filters.SubbandLMS(64)) < 1e-2 < 1.0 < far(filters.NLMS(64))


def test_silence_and_bursts_are_survived(rng):
    x, wanted = rng.standard_normal(9000), rng.standard_normal(40)
    x[:500] = x[3000:5000] = 0.0
    x[7000:7040] *= 1e4
    d = np.convolve(x, wanted)[:9000] + 1e-3 * rng.standard_normal(9000)
    run = filters.SubbandLMS(40, bands=4).run(x, d)
    assert run.success
    np.testing.assert_allclose(run.weights, wanted, atol=0.03)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bands": 0}, "bands must be a positive integer, got 0; 2 to 32"),
        ({"bands": 2.5}, r"bands must be a positive integer, got 2\.5"),
        ({"overlap": 0}, "overlap must be a positive integer, got 0"),
        ({"step": 2.0}, r"step must be in \(0, 2\), got 2"),
    ],
)
def test_a_wrong_setting_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        filters.SubbandLMS(4, **settings)


def test_it_takes_no_regressors():
    with pytest.raises(ValueError, match="filters x itself and takes no regressors"):
        filters.SubbandLMS(3).run(np.ones((5, 3)), np.ones(5))


def test_noise_is_not_heard_in_bands_without_a_signal(rng):
    """Of a tone they hold what leaks from others, 60 dB down: no step is to follow it.

    With two taps and one tone there is nothing else to learn: e^2 is that of the noise.
    """
    x = np.sin(0.3 * np.arange(8000))
    d = np.convolve(x, [1.0, -0.5])[:8000] + 1e-3 * rng.standard_normal(8000)
    for length in (2, 8, 64):
        run = filters.SubbandLMS(length).run(x, d)
        assert np.mean(run.error[-3000:] ** 2) < 2e-6
