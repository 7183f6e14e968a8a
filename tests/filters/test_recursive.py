"""Recursive least squares against least squares, and through silence."""

import numpy as np
import pytest

import matopt as mo
from matopt import filters

FORMS = [filters.RLS, filters.QRRLS]


@pytest.fixture(params=["RLS", "RLS in blocks", "QRRLS"])
def form(request, monkeypatch):
    """Each way to the same weights; blocks are for many taps, here for few."""
    if request.param == "RLS in blocks":
        monkeypatch.setattr("matopt.filters.recursive._LONG", 1)
    return filters.QRRLS if request.param == "QRRLS" else filters.RLS


def weighted(U, d, weights, ridge):
    """min sum weights |d - w^H u|^2 + ridge |w|^2, by an orthogonal factorization."""
    root = np.sqrt(weights)[:, None]
    A = np.vstack([root * U.conj(), np.sqrt(ridge) * np.eye(U.shape[1])])
    b = np.concatenate([root[:, 0] * d.conj(), np.zeros(U.shape[1])])
    return np.linalg.lstsq(A, b, rcond=None)[0]


@pytest.mark.parametrize("dtype", [float, complex])
def test_rls_is_weighted_least_squares_after_20000_samples(form, dtype, rng, naive):
    x, d = naive.noise(rng, 2, 20000, dtype=dtype)
    w = form(8, 0.99).run(x, d).weights
    U = naive.delay_line(x[-4000:], 8)[8:]
    f = 0.99 ** np.arange(len(U) - 1.0, -1.0, -1.0)
    assert np.abs(w - weighted(U, d[-len(U) :], f, 0.0)).max() < 1e-12
    f = mo.WeightedLeastSquares(d[-len(U) :].conj(), U.conj(), weights=f)  # (84)
    best = mo.minimize(f.on(mo.Dense(8, 1, dtype=dtype)), stop=mo.Stop(1e-10))
    assert np.abs(w - best.matrix[:, 0]).max() < 1e-12


@pytest.mark.parametrize(("dtype", "L"), [(float, 1), (complex, 3), (float, 45)])
def test_rls_is_least_squares_at_every_sample(form, dtype, L, rng, naive):
    x, d = naive.noise(rng, 2, 150, dtype=dtype)
    U, ridge = naive.delay_line(x, L), 0.3
    run = form(L, 0.97, ridge).run(x, d, history=1)
    for n in (0, 1, 2, 63, 64, 77, 149):
        f = 0.97 ** np.arange(n, -1.0, -1.0)
        w = weighted(U[: n + 1], d[: n + 1], f, 0.97 ** (n + 1) * ridge)
        after = run.history[n + 1] if n < 149 else run.weights
        assert np.abs(w - after).max() < 1e-11
        assert abs(run.posterior_error[n] - (d[n] - np.vdot(w, U[n]))) < 1e-11
        e = d[n] - np.vdot(run.history[n], U[n])
        assert abs(run.error[n] - e) < 1e-11
        assert abs(run.output[n] - (d[n] - e)) < 1e-11


@pytest.mark.parametrize("L", [4, 48])
@pytest.mark.parametrize("quiet", [0.0, 1e-9])
def test_rls_learns_again_after_silence(form, L, quiet, rng, naive):
    wanted = rng.standard_normal(L)
    x = rng.standard_normal(31000)
    x[500:30500] *= quiet
    d = np.convolve(x, wanted)[:31000]
    run = form(L, 0.97).run(x, d)
    assert run.success and np.isfinite(run.error).all()
    assert np.abs(run.weights - wanted).max() < 1e-6
    assert np.abs(run.error[:500][-50:]).max() < 1e-3


def test_one_tone_leaves_the_other_directions_alone(form, rng):
    """A sinusoid excites two directions; what it says nothing of must not drift."""
    n = np.arange(8000)
    x = np.cos(0.3 * n)
    x[6000:] = rng.standard_normal(2000)
    wanted = rng.standard_normal(6)
    d = np.convolve(x, wanted)[:8000] + 1e-3 * rng.standard_normal(8000)
    run = form(6, 0.98).run(x, d, history=100)
    assert run.success and np.abs(run.history).max() < 20
    assert np.abs(run.error[-1000:]).max() < 0.02


def test_a_burst_is_forgotten(form, rng):
    wanted = rng.standard_normal(5)
    x = rng.standard_normal(3000)
    x[700:705] *= 1e4
    d = np.convolve(x, wanted)[:3000] + 0.1 * rng.standard_normal(3000)
    run = form(5, 0.95).run(x, d)
    assert run.success and np.mean(run.error[-500:] ** 2) < 0.02


def test_the_two_forms_agree_on_an_ill_conditioned_input(rng):
    x = np.convolve(rng.standard_normal(2000), 0.99 ** np.arange(2000))[:2000]
    d = np.convolve(x, rng.standard_normal(12))[:2000] + rng.standard_normal(2000)
    one, other = (form(12, 0.99).run(x, d) for form in FORMS)
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-9)


@pytest.mark.parametrize(("dtype", "window"), [(float, 1), (float, 40), (complex, 25)])
def test_the_sliding_window_is_least_squares(dtype, window, rng, naive):
    x, d = naive.noise(rng, 2, 400, dtype=dtype)
    U = naive.delay_line(x, 4)
    run = filters.SlidingWindowRLS(4, window, ridge=0.2).run(x, d, history=1)
    for n in (0, 3, window, 150, 251, 398):
        part = slice(max(0, n - window + 1), n + 1)
        w = weighted(U[part], d[part], np.ones(len(d[part])), 0.2)
        assert np.abs(run.history[n + 1] - w).max() < 1e-11
        assert abs(run.posterior_error[n] - (d[n] - np.vdot(w, U[n]))) < 1e-11


def test_the_choice_by_length_changes_nothing(rng, monkeypatch):
    x, d = rng.standard_normal((2, 900))
    f = filters.RLS(801, 0.9995)
    in_blocks = f.run(x, d)
    monkeypatch.setattr("matopt.filters.recursive._LONG", 10_000)
    np.testing.assert_allclose(f.run(x, d).error, in_blocks.error, atol=1e-9)


def test_the_sliding_window_survives_silence(rng):
    x = rng.standard_normal(4000)
    x[500:3500] = 0.0
    run = filters.SlidingWindowRLS(3, 50).run(x, 2 * x)
    assert np.isfinite(run.error).all() and abs(run.weights[0] - 2) < 1e-3


@pytest.mark.parametrize("dtype", [float, complex])
def test_rls_is_kalman_on_rescaled_weights(dtype, rng, naive):
    """Observations u f^(-n/2) of weights that stand still. Sayed & Kailath (1994)."""
    x, d = naive.noise(rng, 2, 120, dtype=dtype)
    f = 0.96
    scale = f ** (-np.arange(1.0, 121.0) / 2)
    U = naive.delay_line(x, 3)
    kalman = filters.Kalman(3, 0.0, noise=1.0, uncertainty=4.0)
    run = kalman.run(U * scale[:, None], d * scale, regressors=True)
    rls = filters.RLS(3, f, ridge=0.25).run(x, d)
    np.testing.assert_allclose(run.weights, rls.weights, atol=1e-12)
    np.testing.assert_allclose(run.error / scale, rls.error, atol=1e-12)


@pytest.mark.parametrize("dtype", [float, complex])
def test_kalman_is_its_textbook(dtype, rng, naive):
    x, d = naive.noise(rng, 2, 60, dtype=dtype)
    B = naive.noise(rng, 3, 3, dtype=dtype)
    Q, P = 0.01 * B @ B.conj().T, 2.0 * np.eye(3)

    def update(w, u, e, n):
        nonlocal P
        k = P @ u / (0.5 + np.vdot(u, P @ u))
        P = P - np.outer(k, u.conj() @ P) + Q
        return w + k * np.conj(e)

    twin = naive.loop(naive.delay_line(x, 3), d, update)
    run = filters.Kalman(3, Q, 0.5, 2.0).run(x, d, history=1)
    naive.assert_same(run, twin)


def test_kalman_is_the_mean_given_all_that_was_seen(rng, naive):
    """Of Gaussian weights with E w_i w_j^T = uncertainty I + min(i, j) drift I."""
    n, drift, noise, uncertainty = 7, 9.0, 0.5, 2.0
    x, d = rng.standard_normal((2, n))
    U = naive.delay_line(x, 2)
    i = np.arange(n)
    walk = uncertainty + np.minimum.outer(i, i) * drift  # of each weight
    seen = walk * (U @ U.T) + noise * np.eye(n)
    mean = (walk[-1] * U.T) @ np.linalg.solve(seen, d)
    f = filters.Kalman(2, drift, noise, uncertainty)
    np.testing.assert_allclose(f.run(x, d).weights, mean, atol=1e-12)
    by_hand = filters.Kalman(1, drift=9.0, noise=1.0, uncertainty=1.0).run([1.0], [1.0])
    assert by_hand.weights == 0.5


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_affine_projection_is_its_formula(order, dtype, rng, naive):
    x, d = naive.noise(rng, 2, 80, dtype=dtype)
    U, peak = naive.delay_line(x, 6), 0.0

    def update(w, u, e, n):
        nonlocal peak
        peak = max(peak, np.vdot(u, u).real)
        last = U[max(0, n - order + 1) : n + 1]
        G = last.conj() @ last.T + 0.01 * peak * np.eye(len(last))
        errors = d[max(0, n - order + 1) : n + 1] - last @ w.conj()
        return w + 0.7 * last.T @ np.linalg.solve(G, errors.conj())

    run = filters.AffineProjection(6, order, 0.7, 0.01).run(x, d, history=1)
    naive.assert_same(run, naive.loop(U, d, update))


def test_affine_projection_of_order_one_is_nlms(rng):
    x, d = rng.standard_normal((2, 200))
    one = filters.AffineProjection(5, 1, 0.6, 1e-4).run(x, d, history=1)
    other = filters.NLMS(5, 0.6, 1e-4).run(x, d, history=1)
    np.testing.assert_allclose(one.history, other.history, atol=1e-13)


def test_a_projection_of_step_one_zeroes_the_last_errors(rng, naive):
    x, d = rng.standard_normal((2, 200))
    run = filters.AffineProjection(8, 3, 1.0, 0.0).run(x, d, history=1)
    U = naive.delay_line(x, 8)
    for n in (20, 100, 198):
        errors = d[n - 2 : n + 1] - U[n - 2 : n + 1] @ run.history[n + 1]
        assert np.abs(errors).max() < 1e-12


def test_affine_projection_survives_silence(rng):
    x = rng.standard_normal(600)
    x[200:400] = 0.0
    run = filters.AffineProjection(4, 3, 0.5, 0.0).run(x, -x)
    assert run.success and abs(run.weights[0] + 1) < 1e-3


@pytest.mark.parametrize(
    "f", [filters.RLS(4), filters.SlidingWindowRLS(4, 9)], ids=repr
)
def test_an_overflow_stops_the_trial(f):
    x = np.ones((2, 100))
    x[1, 50] = 1e170
    run = f.run(x, x)
    assert run.diverged[0] == -1 and run.diverged[1] in (50, 51)
    assert np.isfinite(run.error[0]).all() and "Scale x and d" in run.status


def test_the_widely_linear_rls_is_least_squares_of_both(rng, naive):
    x, d = naive.noise(rng, 2, 90, dtype=complex)
    U = naive.delay_line(x, 3)
    w = weighted(np.hstack([U, U.conj()]), d, 0.98 ** np.arange(89.0, -1, -1), 0.1)
    run = filters.AugmentedRLS(3, 0.98, ridge=0.1 / 0.98**90).run(x, d)
    np.testing.assert_allclose(run.weights.ravel(), w, atol=1e-11)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.RLS(8, 1.01), r"forgetting must be in \(0, 1\], got 1.01"),
        (lambda: filters.QRRLS(8, ridge=0.0), "ridge must be positive and finite"),
        (
            lambda: filters.SlidingWindowRLS(8, 0),
            "window must be a positive integer",
        ),
        (lambda: filters.AffineProjection(8, 2.5), r"positive integer, got 2\.5; 1 is"),
        (
            lambda: filters.AffineProjection(8, 0),
            "order must be a positive integer",
        ),
        (lambda: filters.AffineProjection(8, 2, 2.0), r"step must be in \(0, 2\)"),
        (lambda: filters.Kalman(3, 0.1, 0.0), "noise must be positive"),
        (lambda: filters.Kalman(3, -0.1, 1.0), "drift must be a covariance"),
        (
            lambda: filters.SlidingWindowRLS(1041, 5).run([1.0], [1.0]),
            "takes at most 1040 taps in all, got 1041; take RLS",
        ),
        (
            lambda: filters.Kalman(3, np.eye(2), 1.0).run([1.0], [1.0]),
            "drift is of order 2 but the filter has 3 taps",
        ),
    ],
)
def test_a_wrong_setting_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("quiet", [1e-4, 1e-12, 1e-60])
def test_the_sliding_window_begins_quietly(quiet, rng, naive):
    """The first sample does not decide the ridge for ever."""
    x = rng.standard_normal(300)
    x[0] *= quiet
    U, d = naive.delay_line(x, 3), np.convolve(x, [1.0, -0.5, 0.2])[:300]
    d[1:] += 0.1 * rng.standard_normal(299)
    run = filters.SlidingWindowRLS(3, 20).run(x, d, history=1)
    for n in (40, 70, 100, 130, 170, 250):
        w = weighted(U[n - 20 : n], d[n - 20 : n], np.ones(20), 0.0)
        np.testing.assert_allclose(run.history[n], w, atol=1e-6)


@pytest.mark.parametrize("quiet", [1e-9, 1e-40])
def test_rls_learns_what_begins_at_once(form, quiet, rng, naive):
    x = rng.standard_normal(600)
    x[:50] *= quiet
    d = np.convolve(x, [1.0, -0.5, 0.2])[:600]
    d[50:] += 0.1 * rng.standard_normal(550)
    w = form(3, 0.95).run(x, d).weights
    U, f = naive.delay_line(x, 3)[60:], 0.95 ** np.arange(539.0, -1.0, -1.0)
    np.testing.assert_allclose(w, weighted(U, d[60:], f, 0.0), atol=1e-9)


@pytest.mark.parametrize("units", [1e-110, 1e-80, 1.0, 1e80])
def test_units_do_not_matter_where_channels_are_the_same(units, rng):
    """P e_i is squared, of P that grows in the direction that is not excited."""
    x, v = rng.standard_normal((2, 4000))
    run = filters.RLS(2).run([units * x, units * x], units * (x + 0.01 * v))
    twin = filters.QRRLS(2).run([x, x], x + 0.01 * v)
    assert run.success
    np.testing.assert_allclose(run.error / units, twin.error, atol=1e-6)
