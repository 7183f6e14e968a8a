"""NLMS: closed forms for white input, 50 digits for one tap, simulation."""

import mpmath as mp
import numpy as np
import pytest

from matopt.filters import AffineProjectionTheory, NLMSTheory, SignalMoments
from matopt.filters.theory_nlms import inverse_power


def coloured(n, dtype):
    R = 0.8 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return R.astype(dtype)


@pytest.mark.parametrize(("dtype", "k"), [(float, 2), (complex, 1)])
@pytest.mark.parametrize("n", [3, 8, 65])
@pytest.mark.parametrize("mu", [0.1, 1.0, 1.9])
def test_white_input_in_closed_form(n, dtype, k, mu):
    m = SignalMoments(2.0 * np.eye(n, dtype=dtype), np.ones(n), 0.3)
    theory = NLMSTheory(m, mu)
    expected = mu * 0.3 * n / ((2 - mu) * (n - k))
    np.testing.assert_allclose(theory.excess, expected, rtol=1e-9)
    np.testing.assert_allclose(theory.deviation, expected / 2.0, rtol=1e-9)
    deviation = theory.curve(30).deviation
    factor, added = 1 - mu * (2 - mu) / n, mu**2 * 0.3 / ((n - k) * 2.0)
    np.testing.assert_allclose(deviation[0], n)
    np.testing.assert_allclose(
        deviation[1:], factor * deviation[:-1] + added, rtol=1e-9
    )


@pytest.mark.parametrize("dtype", [float, complex])
def test_one_regularized_tap_in_50_digits(dtype):
    """k <- (1 - 2 mu a + mu^2 b) k + mu^2 s2 s over the density of |u|^2."""
    with mp.workdps(30):
        shape, scale = (1, 2) if dtype is complex else (mp.mpf(1) / 2, 4)

        def mean(f):
            def density(x):
                z = x / scale
                return f(x) * z ** (shape - 1) * mp.exp(-z) / mp.gamma(shape) / scale

            return mp.quad(density, [0, 1e-6, 0.1, 1, 10, 100, 400])

        eps, mu, s2 = mp.mpf("0.3"), mp.mpf("0.7"), mp.mpf("0.2")
        a = mean(lambda x: x / (eps + x))
        b = mean(lambda x: (x / (eps + x)) ** 2)
        s = mean(lambda x: x / (eps + x) ** 2)
        k = float(mu**2 * s2 * s / (2 * mu * a - mu**2 * b))
    theory = NLMSTheory(
        SignalMoments(2.0 * np.eye(1, dtype=dtype), [1.0], 0.2), 0.7, 0.3
    )
    np.testing.assert_allclose(theory.deviation, k, rtol=1e-6)


def test_without_an_inverse_power_the_excess_is_infinite():
    for n, dtype in ((1, float), (2, float), (1, complex)):
        m = SignalMoments(np.eye(n, dtype=dtype), np.zeros(n), 0.1)
        assert NLMSTheory(m, 0.5).excess == np.inf
        assert not NLMSTheory(m, 0.5).is_stable
        assert np.isfinite(NLMSTheory(m, 0.5, 0.1).excess)
        assert inverse_power(m) == np.inf


def test_diverges_from_a_step_of_two_on():
    m = SignalMoments(coloured(5, float), np.zeros(5), 0.1)
    assert NLMSTheory(m, 1.99).is_stable
    assert not NLMSTheory(m, 2.01).is_stable
    assert AffineProjectionTheory(m, 2.0, 2).excess == np.inf


def test_the_scale_of_the_input_does_not_matter(rng):
    w = rng.standard_normal(4)
    loud, soft = (
        NLMSTheory(SignalMoments(c * coloured(4, float), w / np.sqrt(c), 0.1), 0.5)
        for c in (1e8, 1e-8)
    )
    np.testing.assert_allclose(loud.excess, soft.excess, rtol=1e-9)
    np.testing.assert_allclose(loud.curve(50).excess, soft.curve(50).excess, rtol=1e-9)


@pytest.mark.parametrize(("dtype", "mu"), [(float, 0.3), (complex, 1.2)])
def test_simulation_of_coloured_input(dtype, mu, rng, simulation):
    R, w = coloured(6, dtype), rng.standard_normal(6).astype(dtype)
    run = simulation(R, w, 0.05)

    def update(w, u, e):
        power = np.sum(np.abs(u) ** 2, axis=1)
        return w + (mu / (0.1 + power) * e.conj())[:, None] * u

    theory = NLMSTheory(SignalMoments(R, w, 0.05), mu, 0.1)
    excess, deviation = run(update, 2500, 300)
    curve = theory.curve(300)
    for part in (slice(0, 60), slice(150, 300)):
        expected = curve.excess[part].mean()
        np.testing.assert_allclose(excess[part].mean(), expected, rtol=0.02)
    np.testing.assert_allclose(deviation[-1], curve.deviation[-1], rtol=0.06)


def test_affine_projections_of_order_one_are_nlms_for_white_input():
    m = SignalMoments(np.eye(8), np.ones(8), 0.1)
    np.testing.assert_allclose(
        AffineProjectionTheory(m, 0.3).excess, NLMSTheory(m, 0.3).excess, rtol=1e-9
    )


def test_affine_projections_in_simulation(rng, simulation):
    w, mu, order = np.ones(12), 0.1, 3
    past_u, past_e = [], []

    def update(w, u, e):
        """With the errors of the last regressors under the weights of now."""
        past_u.insert(0, u)
        past_e.insert(0, e + np.sum((w - 1.0) * u, axis=1))  # the noise
        del past_u[order:], past_e[order:]
        U, v = np.stack(past_u, axis=1), np.stack(past_e, axis=1)
        errors = v + np.einsum("rkn,rn->rk", U, 1.0 - w)
        inside = U @ U.transpose(0, 2, 1)
        return w + mu * np.einsum(
            "rkn,rk->rn", U, np.linalg.solve(inside, errors[..., None])[..., 0]
        )

    excess, _ = simulation(np.eye(12), w, 0.1)(update, 300, 250, start=w)
    theory = AffineProjectionTheory(SignalMoments(np.eye(12), w, 0.1), mu, order)
    np.testing.assert_allclose(excess[100:].mean(), theory.excess, rtol=0.15)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: NLMSTheory(m, -1.0), "step must be positive"),
        (lambda m: NLMSTheory(m, 0.5, -1.0), "regularization must be at least 0"),
        (lambda m: AffineProjectionTheory(m, 0.5, 0), "order must be at least 1"),
        (lambda m: AffineProjectionTheory(m, 0.5).curve(3), "no learning curve"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make(SignalMoments(np.eye(3), np.zeros(3), 1.0))
