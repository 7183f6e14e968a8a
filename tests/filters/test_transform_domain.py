"""Transform-domain LMS against a loop with the transform as a matrix."""

import numpy as np
import pytest

from matopt import filters


def transform_of(length, kind):
    """The unitary matrix, row by row from its definition."""
    k, n = np.mgrid[:length, :length]
    if kind == "dft":
        return np.exp(-2j * np.pi * k * n / length) / np.sqrt(length)
    T = np.cos(np.pi * k * (2 * n + 1) / (2 * length)) * np.sqrt(2 / length)
    T[0] /= np.sqrt(2)
    return T


def by_components(T, step, smoothing, regularization):
    power, peak = np.zeros(len(T)), 0.0

    def update(w, u, e, n):
        nonlocal power, peak
        z = T @ u
        now = np.abs(z) ** 2
        if power.max() == 0.0:
            power = np.full(len(T), now.mean())
        elif now.sum() > regularization * peak:
            power = smoothing * power + (1 - smoothing) * now
        peak = max(peak, power.max())
        scale = power + regularization * peak
        gain = step / scale / max(len(T), np.sum(now / scale))
        return w + T.conj().T @ (gain * z * np.conj(e))

    return update


@pytest.mark.parametrize(
    ("kind", "dtype"), [("dct", float), ("dct", complex), ("dft", complex)]
)
@pytest.mark.parametrize("length", [1, 2, 7])
def test_it_is_its_loop(kind, dtype, length, rng, naive):
    x, d = naive.noise(rng, 2, 83, dtype=dtype)
    f = filters.TransformDomainLMS(length, 0.7, kind, 0.9, 1e-3)
    update = by_components(transform_of(length, kind), 0.7, 0.9, 1e-3)
    twin = naive.loop(naive.delay_line(x, length), d, update)
    run = f.run(x, d, history=1)
    assert run.output.dtype == dtype
    naive.assert_same(run, twin)
    free = naive.noise(rng, 83, length + 3, dtype=dtype)
    f = filters.TransformDomainLMS(length + 3, 0.7, kind, 0.9, 1e-3)
    update = by_components(transform_of(length + 3, kind), 0.7, 0.9, 1e-3)
    naive.assert_same(f.run(free, d, history=1), naive.loop(free, d, update))


def test_channels_are_transformed_one_by_one(rng, naive):
    x, d = rng.standard_normal((3, 61)), rng.standard_normal(61)
    T = np.kron(np.eye(3), transform_of(4, "dct"))
    f = filters.TransformDomainLMS(4, 0.7, "dct", 0.9, 1e-3)
    twin = naive.loop(naive.delay_line(x, 4), d, by_components(T, 0.7, 0.9, 1e-3))
    naive.assert_same(f.run(x, d, history=1), twin)


def test_a_coloured_input_does_not_slow_it_down(rng):
    x = np.zeros(1500)
    for n, noise in enumerate(rng.standard_normal(1500)):
        x[n] = 0.97 * x[n - 1] + noise
    wanted = rng.standard_normal(16)
    d = np.convolve(x, wanted)[:1500]
    misfit = lambda f: np.linalg.norm(f.run(x, d).weights - wanted)  # noqa: E731
    assert misfit(filters.TransformDomainLMS(16)) < 1e-6
    assert misfit(filters.NLMS(16)) > 0.02


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.TransformDomainLMS(3, 2.5), r"step must be in \(0, 2\)"),
        (lambda: filters.TransformDomainLMS(3, transform="fft"), "must be dct or dft"),
        (lambda: filters.TransformDomainLMS(3, smoothing=-1), "share of the power"),
        (
            lambda: filters.TransformDomainLMS(3, transform="dft").run([1.0], [1.0]),
            "is for complex signals",
        ),
    ],
)
def test_a_wrong_setting_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("step", [0.5, 1.0, 1.9])
@pytest.mark.parametrize("share", [1e-3, 0.01, 0.05])
def test_a_sparse_input_is_learnt_without_a_leap(share, step):
    """The powers of the components decay between impulses, and not all alike."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        hit = rng.random(40_000) < share
        hit[0] = True
        wanted = rng.standard_normal(8)
        residue = 1e-15 * rng.standard_normal(40_000)
        for x in (hit * rng.standard_normal(40_000), hit + residue):
            d = np.convolve(x, wanted)[:40_000] + 1e-3 * rng.standard_normal(40_000)
            run = filters.TransformDomainLMS(8, step).run(x, d, history=20)
            assert run.success and np.abs(run.error).max() < 2.5 * np.abs(d).max()
            assert np.abs(run.history).max() < 3 * np.abs(wanted).max()
            assert np.abs(run.weights - wanted).max() < 0.1
