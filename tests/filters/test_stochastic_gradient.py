"""Every rule against a loop that writes it down, and identities that hold exactly."""

import numpy as np
import pytest

from matopt import filters

PAIRS = [(float, 1), (float, 2), (float, 5), (float, 32), (complex, 1), (complex, 7)]


def plain(step, g=lambda e: e, data=lambda u: u, keep=1.0):
    return lambda w, u, e, n: keep * w + step * data(u) * np.conj(g(e))


def normalized(
    step, regularization, g=lambda e: e, data=lambda u: u, keep=1.0, peak=0.0
):
    def update(w, u, e, n):
        nonlocal peak
        power = np.vdot(u, u).real
        peak = max(peak, power)
        size = power + regularization * peak
        return keep * w + step * data(u) * np.conj(g(e)) / size

    return update


def attracted(step, attraction, reweighting=0.0):
    def update(w, u, e, n):
        size = np.abs(w)
        sign = np.divide(w, size, out=np.zeros_like(w), where=size > 0)
        pull = attraction * sign / (1 + reweighting * size)
        return w + step * u * np.conj(e) - pull

    return update


def variable(step, growth, psi_of, limits=(0.0, np.inf)):
    psi = 0.0

    def update(w, u, e, n):
        nonlocal step, psi
        s = np.vdot(psi + np.zeros_like(w), u)
        step = np.clip(step + growth * (np.conj(e) * s).real, *limits)
        psi = psi_of(psi, u, e, s, step)
        return w + step * u * np.conj(e)

    return update


def gngd(step, growth, eps):
    before = None

    def update(w, u, e, n):
        nonlocal eps, before
        power = np.vdot(u, u).real
        if before is not None:
            s = np.vdot(before[0] * np.conj(before[1]), u)
            slope = (np.conj(e) * s).real
            eps = max(0.0, eps - growth * step * slope / (before[2] + eps) ** 2)
        before = u, e, power
        return w + step * u * np.conj(e) / (power + eps)

    return update


def cases(naive, L):
    cubic = lambda e: e * abs(e) ** 2  # noqa: E731
    mixed = lambda e: e * (0.3 + 0.7 * abs(e) ** 2)  # noqa: E731
    exact = lambda psi, u, e, s, mu: psi + u * (np.conj(e) - mu * np.conj(s))  # noqa: E731
    mu = 0.1 / L
    f = filters
    return [
        (f.LMS(L, mu), plain(mu)),
        (f.NLMS(L, 0.5, 1e-3), normalized(0.5, 1e-3)),
        (f.LeakyLMS(L, mu, 0.5), plain(mu, keep=1 - 0.5 * mu)),
        (f.SignErrorLMS(L, mu), plain(mu, naive.signs)),
        (f.SignDataLMS(L, mu), plain(mu, data=naive.signs)),
        (f.SignSignLMS(L, mu), plain(mu, naive.signs, naive.signs)),
        (f.LMF(L, mu / 20), plain(mu / 20, cubic)),
        (f.MixedNormLMS(L, mu / 20, 0.3), plain(mu / 20, mixed)),
        (f.ZeroAttractingLMS(L, mu, 1e-3), attracted(mu, 1e-3)),
        (f.ReweightedZeroAttractingLMS(L, mu, 1e-2, 5.0), attracted(mu, 1e-2, 5.0)),
        (
            f.MathewsLMS(L, mu, mu / 50, (0.0, 3 * mu)),
            variable(mu, mu / 50, lambda psi, u, e, s, m: u * np.conj(e), (0, 3 * mu)),
        ),
        (
            f.AngLMS(L, mu, mu / 99, 0.9),
            variable(mu, mu / 99, lambda psi, u, e, s, m: 0.9 * psi + u * np.conj(e)),
        ),
        (f.BenvenisteLMS(L, mu, mu / 99), variable(mu, mu / 99, exact)),
        (f.GNGD(L, 0.5, 0.1, 2.0), gngd(0.5, 0.1, 2.0)),
        (f.LeakyNLMS(L, 0.5, 0.2, 1e-3), normalized(0.5, 1e-3, keep=0.9)),
        (f.NLMF(L, 1e-3, 1e-3), normalized(1e-3, 1e-3, cubic)),
        (
            f.NormalizedSignSignLMS(L, 0.1, 1e-3),
            normalized(0.1, 1e-3, naive.signs, naive.signs),
        ),
    ]


@pytest.mark.parametrize(("dtype", "L"), PAIRS)
@pytest.mark.parametrize("case", range(17))
def test_a_filter_is_its_loop(case, dtype, L, rng, naive):
    x, d = naive.noise(rng, 2, 83, dtype=dtype)
    f, update = cases(naive, L)[case]
    twin = naive.loop(naive.delay_line(x, L), d, update)
    run = f.run(x, d, history=1)
    assert run.success and run.output.dtype == dtype
    naive.assert_same(run, twin)


@pytest.mark.parametrize("case", [0, 1, 2, 4, 9, 12, 16])
@pytest.mark.parametrize("dtype", [float, complex])
def test_regressors_and_channels_are_weighted_alike(case, dtype, rng, naive):
    x, d = naive.noise(rng, 3, 61, dtype=dtype), naive.noise(rng, 61, dtype=dtype)
    f, update = cases(naive, 4)[case]
    rows = naive.delay_line(x, 4)
    twin = naive.loop(rows, d, update)
    run = f.run(x, d, history=1)
    assert run.weights.shape == (3, 4)
    naive.assert_same(run, twin)
    f, update = cases(naive, 4)[case]
    free = naive.noise(rng, 61, 4, dtype=dtype)
    naive.assert_same(f.run(free, d, history=1), naive.loop(free, d, update))


def test_the_constraint_holds_at_every_step(rng, naive):
    C, f = naive.noise(rng, 6, 2, dtype=complex), naive.noise(rng, 2, dtype=complex)
    x, d = naive.noise(rng, 2, 400, dtype=complex)
    run = filters.ConstrainedLMS(6, 0.01, C, f).run(x, d, history=1)
    assert np.abs(run.history @ C.conj() - f).max() < 2e-15
    P = np.eye(6) - C @ np.linalg.solve(C.conj().T @ C, C.conj().T)
    start = C @ np.linalg.solve(C.conj().T @ C, f)

    def update(w, u, e, n):
        return P @ (w + 0.01 * u * np.conj(e)) + start

    twin = naive.loop(naive.delay_line(x, 6), d, update, start)
    naive.assert_same(run, twin)


def test_filtered_x_subtracts_what_comes_through_the_path(rng, naive):
    x, d = naive.noise(rng, 2, 200)
    path, estimate = [0.0, 0.8, -0.3], [0.1, 0.7]
    U, Z = naive.delay_line(x, 5), naive.delay_line(np.convolve(x, estimate)[:200], 5)
    w, outputs, errors = np.zeros(5), [], []
    for n in range(200):
        outputs.append(w @ U[n])
        errors.append(d[n] - np.convolve(outputs, path)[n])
        w = w + 0.02 * errors[-1] * Z[n]
    run = filters.FilteredXLMS(5, 0.02, path, estimate).run(x, d)
    np.testing.assert_allclose(run.error, errors, atol=1e-13)
    np.testing.assert_allclose(run.output, outputs, atol=1e-13)
    np.testing.assert_allclose(run.weights, w, atol=1e-13)


def test_the_widely_linear_filter_is_two_real_ones(rng, naive):
    """ACLMS of step m is LMS of step 2 m on [Re u, Im u], for both parts of d."""
    x, d = naive.noise(rng, 2, 300, dtype=complex)
    run = filters.AugmentedCLMS(3, 0.02).run(x, d)
    parts = np.array([x.real, x.imag])
    for part, of_d in ((run.output.real, d.real), (run.output.imag, d.imag)):
        real = filters.LMS(3, 0.04).run(parts, of_d)
        np.testing.assert_allclose(part, real.output, atol=1e-13)


@pytest.mark.parametrize("dtype", [float, complex])
def test_energy_is_conserved(dtype, rng, naive):
    """|v+|^2 + |e_a|^2 / |u|^2 = |v|^2 + |e_p|^2 / |u|^2 with v = w_o - w."""
    x, wanted = naive.noise(rng, 200, dtype=dtype), naive.noise(rng, 6, dtype=dtype)
    U = naive.delay_line(x, 6)
    d = U @ wanted.conj() + naive.noise(rng, 200, dtype=dtype)
    clean = U @ wanted.conj()
    power = np.sum(np.abs(U) ** 2, axis=1)
    for f in (filters.LMS(6, 0.05), filters.SignErrorLMS(6, 0.1), filters.LMF(6, 1e-3)):
        run = f.run(x, d, history=1)
        w = np.concatenate([run.history, run.weights[None]])
        off = np.sum(np.abs(wanted - w) ** 2, axis=1)
        before = np.abs(clean - run.output) ** 2 / power
        after = np.abs(clean - (d - run.posterior_error)) ** 2 / power
        np.testing.assert_allclose(off[1:] + before, off[:-1] + after, rtol=1e-12)


def test_no_disturbance_is_amplified(rng, naive):
    """H-infinity: sum |e_a|^2 <= |w_o|^2 / step + sum |v|^2. Hassibi et al. (1996)."""
    x = rng.standard_normal(500)
    U, wanted = naive.delay_line(x, 8), rng.standard_normal(8)
    step = 1 / np.max(np.sum(U**2, axis=1))
    for v in (np.full(500, 3.0), rng.standard_normal(500), 5 * np.sign(x)):
        run = filters.LMS(8, step).run(x, U @ wanted + v)
        a_priori = np.cumsum((U @ wanted - run.output) ** 2)
        assert np.all(a_priori <= wanted @ wanted / step + np.cumsum(v**2))


def test_a_step_of_one_leaves_no_posterior_error(rng):
    x, d = rng.standard_normal((2, 300))
    run = filters.NLMS(5, 1.0, regularization=0.0).run(x, d)
    assert np.abs(run.posterior_error).max() < 1e-13


def test_a_gain_of_the_signals_changes_nothing(rng):
    x, d = rng.standard_normal((2, 300))
    run, loud = (filters.NLMS(5, 0.7).run(g * x, d) for g in (1.0, 1024.0))
    np.testing.assert_allclose(run.output, loud.output, rtol=1e-13)


def test_the_derivative_by_the_step_is_a_difference(rng):
    x, d = rng.standard_normal((2, 100))
    running = filters.BenvenisteLMS(4, 0.05, growth=0.0).start()
    running.process(x, d)
    h = 1e-5
    ahead, behind = (filters.LMS(4, 0.05 + s * h).run(x, d) for s in (1, -1))
    difference = (ahead.weights - behind.weights) / (2 * h)
    derivative = running.state["derivative"]
    np.testing.assert_allclose(derivative, difference, rtol=1e-7)


def test_a_canceller_with_two_quadratures_is_a_notch(rng):
    """LMS on [cos, sin] is the filter [1, -2c, 1] / [1, -(2 - m) c, 1 - m]."""
    from scipy.signal import lfilter

    step, amplitude, w0 = 0.02, 1.5, 0.7
    n, d = np.arange(3000), rng.standard_normal(3000)
    u = amplitude * np.array([np.cos(w0 * n), np.sin(w0 * n)]).T
    run = filters.LMS(2, step).run(u, d)
    m = step * amplitude**2
    numerator = [1, -2 * np.cos(w0), 1]
    denominator = [1, -(2 - m) * np.cos(w0), 1 - m]
    np.testing.assert_allclose(
        run.error, lfilter(numerator, denominator, d), atol=1e-11
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("length", [1, 5, 1100])
def test_whole_blocks_and_single_samples_agree_to_the_last_bit(length, dtype, rng):
    """With a history samples go one by one, without in blocks, over segments."""
    x, d = rng.standard_normal((2, 2611)).astype(dtype)
    for f in (filters.LMS(length, 0.1 / length), filters.NLMS(length)):
        blocks, singly = f.run(x, d), f.run(x, d, history=1000)
        running = f.start()
        chunks = [running.process(x[a:b], d[a:b]) for a, b in ((0, 1031), (1031, 2611))]
        for name in ("output", "error", "posterior_error"):
            whole = getattr(blocks, name)
            assert np.array_equal(whole, getattr(singly, name))
            parts = [getattr(part, name) for part in chunks]
            assert np.array_equal(whole, np.concatenate(parts))


def test_a_run_diverges_at_the_same_sample_in_any_way(rng):
    x, d = rng.standard_normal((2, 3000))
    f = filters.LMS(16, 0.2)
    blocks, singly = f.run(x, d), f.run(x, d, history=10)
    assert blocks.diverged == singly.diverged > 4
    np.testing.assert_array_equal(blocks.error, singly.error)
    np.testing.assert_array_equal(blocks.weights, singly.weights)
