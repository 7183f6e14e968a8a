"""Block filters against the sum of their gradients written down, and each other."""

import numpy as np
import pytest

from matopt import filters
from matopt.check import check_filter

CASES = [(1, 1), (2, 2), (7, 7), (7, 3), (5, 8), (8, 4), (12, 5)]


def after_blocks(step, block):
    """w += step (sum of u conj(e)), as an update of the naive loop."""
    gathered = 0.0

    def update(w, u, e, n):
        nonlocal gathered
        gathered = gathered + step * u * np.conj(e)
        if (n + 1) % block:
            return w
        w, gathered = w + gathered, 0.0
        return w

    return update


def of_block(length, step, block):
    whole, parts = filters.FrequencyDomainLMS, filters.PartitionedFrequencyDomainLMS
    return [
        filters.BlockLMS(length, step, block),
        whole(length, step, block, normalized=False),
        parts(length, step, block, normalized=False),
    ]


def circular(x, d, f, length, blocks):
    """An overlap-save filter as its textbook has it, frames of 2 B samples.

    Returns errors and the taps of each partition; every transform is a matrix product.
    Real frames are seen at the frequencies between those of the complex ones.
    """
    B = f.block
    P, N = -(-length // B), 2 * B
    shift = 0.0 if np.iscomplexobj(x) else 0.5
    F = np.exp(-2j * np.pi * np.outer(np.arange(N) + shift, np.arange(N)) / N)
    padded = np.concatenate([np.zeros(P * B + B), x])
    V, power, peak, errors = np.zeros((P, N), complex), None, 0.0, []
    L = min(B, length)
    apart = np.subtract.outer(np.arange(N), np.arange(N))
    leaks = np.abs(np.exp(-2j * np.pi * apart[..., None] * np.arange(L) / N).sum(-1))
    for k in range(blocks):
        ends = [padded[(P + 2 + k - p) * B - N :][:N] for p in range(P)]
        X = np.array([F @ frame for frame in ends])
        y = (np.conj(F.T) @ (V * X).sum(0) / N)[B:]
        e = d[k * B : (k + 1) * B] - y
        errors.append(e)
        now = (np.abs(X) ** 2).sum(0)
        power = now if power is None else f.smoothing * power + (1 - f.smoothing) * now
        scale = np.maximum(now, power)
        leak = 0.0
        if f.constraint != "none":  # as a window of L samples sees the spectrum
            seen = leaks**2 @ scale / (N * L)
            scale = seen if f.constraint == "all" else np.maximum(scale, seen)
            leak = scale.max() * 4 / L**2
        peak = max(peak, scale.max())
        E = F @ np.concatenate([np.zeros(B), e])
        share = f.step * N / B if f.normalized else f.step
        scale = scale + leak + f.regularization * peak if f.normalized else 1.0
        V = V + share * np.conj(X) * E / scale
        turn = {"all": range(P), "none": [], "alternating": [P - 1 - k % P]}
        for p in turn[f.constraint]:
            v = np.conj(F.T) @ V[p] / N
            v[min(B, length - p * B) :] = 0.0
            V[p] = F @ v
    taps = (V @ np.conj(F) / N)[:, :B].ravel()[:length]
    kept = np.iscomplexobj(x)
    found = np.concatenate(errors), np.conj(taps)
    return found if kept else tuple(a.real for a in found)


@pytest.mark.parametrize("dtype", [float, complex])
def test_conformance(dtype):
    for f in (
        filters.BlockLMS(6, 0.01, 5),
        filters.FrequencyDomainLMS(6, 0.3, 5),
        filters.PartitionedFrequencyDomainLMS(20, 0.3, 7),
        filters.TransformDomainLMS(6),
    ):
        check_filter(f, rng=0, dtype=dtype)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize(("length", "block"), CASES)
def test_a_block_filter_is_the_sum_of_gradients(length, block, dtype, rng, naive):
    x, d = naive.noise(rng, 2, 97, dtype=dtype)
    step = 0.02 / block
    twin = naive.loop(naive.delay_line(x, length), d, after_blocks(step, block))
    for f in of_block(length, step, block):
        run = f.run(x, d, history=1)
        assert run.success and run.output.dtype == dtype
        naive.assert_same(run, twin, 1e-13)


@pytest.mark.parametrize("dtype", [float, complex])
def test_channels_and_first_weights(dtype, rng, naive):
    x, d = naive.noise(rng, 3, 61, dtype=dtype), naive.noise(rng, 61, dtype=dtype)
    w = naive.noise(rng, 3, 5, dtype=dtype)
    rows = naive.delay_line(x, 5)
    twin = naive.loop(rows, d, after_blocks(0.01, 4), w.ravel())
    for f in of_block(5, 0.01, 4):
        run = f.run(x, d, history=1, weights=w)
        assert run.weights.shape == (3, 5)
        naive.assert_same(run, twin, 1e-13)
    free = naive.noise(rng, 61, 4, dtype=dtype)
    twin = naive.loop(free, d, after_blocks(0.01, 4))
    naive.assert_same(filters.BlockLMS(4, 0.01, 4).run(free, d, history=1), twin)


def test_a_block_of_one_is_per_sample(rng, naive):
    x, d = naive.noise(rng, 2, 200, dtype=complex)
    one, lms = filters.BlockLMS(6, 0.02, 1), filters.LMS(6, 0.02)
    naive.assert_same(one.run(x, d, history=1), lms.run(x, d, history=1))


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("constraint", ["all", "alternating", "none"])
@pytest.mark.parametrize("normalized", [True, False])
def test_partitions_are_the_textbook(constraint, normalized, dtype, rng, naive):
    x, d = naive.noise(rng, 2, 160, dtype=dtype)
    step = 0.5 if normalized else 2e-3
    f = filters.PartitionedFrequencyDomainLMS(
        28, step, 8, constraint, normalized, 0.8, 1e-3
    )
    run = f.run(x, d)
    errors, weights = circular(x, d, f, 28, 20)
    np.testing.assert_allclose(run.error, errors, atol=1e-12)
    np.testing.assert_allclose(run.weights, weights, atol=1e-12)


def test_one_partition_is_the_whole(rng):
    x, d = rng.standard_normal((2, 300))
    for constrained, constraint in ((True, "all"), (False, "none")):
        whole = filters.FrequencyDomainLMS(16, constrained=constrained).run(x, d)
        f = filters.PartitionedFrequencyDomainLMS(16, block=16, constraint=constraint)
        np.testing.assert_allclose(f.run(x, d).error, whole.error, atol=1e-12)


def test_steps_by_bin_learn_from_a_coloured_input(rng):
    """Where block LMS has not begun to see the weak half of the spectrum."""
    x = np.convolve(rng.standard_normal(20_000), [1.0, 0.95])[:20_000]
    wanted = rng.standard_normal(32)
    d = np.convolve(x, wanted)[:20_000]
    misfit = lambda f: np.linalg.norm(f.run(x, d).weights - wanted)  # noqa: E731
    by_bin = misfit(filters.FrequencyDomainLMS(32, 0.5))
    assert by_bin < 1e-3 < 0.1 < misfit(filters.BlockLMS(32, 0.2 / 32 / 3.6, 32))


TONAL = [
    (filters.FrequencyDomainLMS(256), 40_000),
    (filters.PartitionedFrequencyDomainLMS(512), 40_000),
    (filters.PartitionedFrequencyDomainLMS(64, 0.9, 16, "alternating"), 20_000),
    (filters.FrequencyDomainLMS(8, 0.1, block=16), 20_000),
    (filters.FrequencyDomainLMS(8, 0.6, block=16), 20_000),
    (filters.FrequencyDomainLMS(8, 0.2, block=64), 20_000),
    (filters.FrequencyDomainLMS(64, 0.6, block=128), 20_000),
    (filters.FrequencyDomainLMS(33, 0.95), 20_000),
    (filters.FrequencyDomainLMS(64, 1.2, block=16), 20_000),
]


@pytest.mark.parametrize(("f", "samples"), TONAL, ids=repr)
def test_a_narrow_spectrum_is_learnt_below_the_bound(f, samples, rng):
    """Bins that x hardly excites get no step that the taps would carry to others."""
    n = np.arange(samples)
    mains = 2 * np.pi * 50 / 8000
    lowpass = np.sinc(0.2 * np.arange(-80, 81)) * np.hamming(161)
    for x in (
        np.sin(0.3 * n),
        np.sin(mains * n) + np.sin(3 * mains * n),
        np.convolve(rng.standard_normal(samples), 0.2 * lowpass, "same"),
        np.exp(0.3j * n),
        np.sin(0.05 * n),
    ):
        d = np.convolve(x, [1.0, -0.5, 0.2])[:samples]
        run = f.run(x, d + 1e-3 * rng.standard_normal(samples))
        assert run.success and np.abs(run.error).max() < 10.0
        assert np.mean(np.abs(run.error[-5000:]) ** 2) < 1e-2


def test_silence_and_bursts_are_survived(rng):
    x = rng.standard_normal(9000)
    wanted = rng.standard_normal(40)
    x[:500] = 0.0
    x[3000:5000] = 0.0
    x[7000:7040] *= 1e4
    d = np.convolve(x, wanted)[:9000] + 1e-3 * rng.standard_normal(9000)
    for f in (
        filters.FrequencyDomainLMS(40),
        filters.PartitionedFrequencyDomainLMS(40, block=8),
        filters.PartitionedFrequencyDomainLMS(40, block=8, constraint="alternating"),
    ):
        run = f.run(x, d)
        assert run.success
        np.testing.assert_allclose(run.weights, wanted, atol=0.03)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.BlockLMS(3, 0.1, 0), "block must be a positive integer, got"),
        (
            lambda: filters.BlockLMS(3, 0.1, "x"),
            "block must be a positive integer, got",
        ),
        (lambda: filters.FrequencyDomainLMS(3, block=2.5), r"integer, got 2\.5; it is"),
        (lambda: filters.BlockLMS(3, -0.1, 2), "step must be positive and finite"),
        (lambda: filters.FrequencyDomainLMS(3, 2.0), r"step must be in \(0, 2\)"),
        (
            lambda: filters.FrequencyDomainLMS(3, smoothing=1.0),
            r"smoothing must be in \[0, 1\), got 1",
        ),
        (
            lambda: filters.FrequencyDomainLMS(3, -2.0, normalized=False),
            "step must be positive and finite, got -2",
        ),
        (
            lambda: filters.PartitionedFrequencyDomainLMS(3, constraint="some"),
            "constraint must be one of all, alternating, none, got 'some'",
        ),
        (
            lambda: filters.FrequencyDomainLMS(3).run(np.ones((5, 3)), np.ones(5)),
            "FrequencyDomainLMS transforms x itself and takes no regressors",
        ),
    ],
)
def test_a_wrong_setting_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_to_do_when_it_diverges(rng):
    x, d = rng.standard_normal((2, 4000))
    for f in of_block(16, 0.5, 16):
        run = f.run(x, d)
        assert not run.success and np.isfinite(run.weights).all()
        n = int(run.diverged)
        assert np.isfinite(run.error[:n]).all() and np.isnan(run.error[n:]).all()
        assert "Lower step = 0.5 below 2 / (block |u|^2)" in run.status
    advice = filters.FrequencyDomainLMS(4).advice
    assert "Lower step = 0.5, say to 0.25, or raise smoothing = 0.9" in advice
    f = filters.FrequencyDomainLMS(5, block=64)
    run = f.run(x, np.convolve(x, [1.0, 0.5])[:4000] + 0.1 * d)
    assert not run.success
    assert (
        "say to 0.072, which is stable below 2 length / (length + block) = 0.145"
        in (run.status)
    )
    assert filters.FrequencyDomainLMS(5, 0.072, 64).run(x, d).success
    assert "Lower step = 1.5, say to 0.75" in filters.NLMS(5, 1.5).advice


def test_unconstrained_taps_take_whole_blocks(rng):
    x, d = rng.standard_normal((2, 100))
    for f in (
        filters.FrequencyDomainLMS(8, constrained=False),
        filters.PartitionedFrequencyDomainLMS(16, block=8, constraint="alternating"),
    ):
        running = f.start()
        first = running.process(x[:24], d[:24]), running.process(x[24:99], d[24:99])
        errors = np.concatenate([run.error for run in first])
        np.testing.assert_allclose(errors[:96], f.run(x, d).error[:96], atol=1e-12)
        with pytest.raises(
            ValueError, match=r"after 99 samples; all but the last must"
        ):
            running.process(x[99:], d[99:])
