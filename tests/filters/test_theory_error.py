"""Sign-error LMS, LMF and mixed norm: closed forms and simulation."""

from dataclasses import replace

import numpy as np
import pytest

from matopt.filters import MixedNormTheory, SignalMoments, SignErrorTheory


def problem(n, dtype, noise, rho=0.5):
    R = rho ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return SignalMoments(R.astype(dtype), np.ones(n, dtype), noise)


@pytest.mark.parametrize(
    ("dtype", "factor"), [(float, np.pi / 8), (complex, np.pi / 4)]
)
def test_sign_error_in_closed_form(dtype, factor):
    m = problem(5, dtype, 0.04)
    a = np.sqrt(factor) * 3e-3 * m.trace
    expected = a / 2 * (a + np.sqrt(a * a + 4 * 0.04))
    np.testing.assert_allclose(SignErrorTheory(m, 3e-3).excess, expected, rtol=1e-9)


def test_lmf_for_small_steps():
    """mu E v^6 tr R / (6 s2), and 3/7 of LMS at an equal rate for uniform noise."""
    m = replace(problem(6, float, 0.1), kurtosis=9 / 5, sixth=27 / 7)
    mu = 1e-5
    excess = MixedNormTheory(m, mu).excess
    np.testing.assert_allclose(excess, mu * 27 / 7 * 0.1**2 * 6 / 6, rtol=1e-3)
    equal = 3 * mu * 0.1  # the rate of LMS: mu h
    np.testing.assert_allclose(excess / (equal * 0.1 * 6 / 2), 3 / 7, rtol=1e-3)


def test_a_mixture_of_one_is_lms_for_long_filters():
    m = problem(200, float, 0.1, rho=0.0)
    theory = MixedNormTheory(m, 1e-3, mix=1.0)
    energy = 0.1 * 0.2 / (2 - 0.2)  # mu s2 tr R / (2 - mu tr R), Sayed
    np.testing.assert_allclose(theory.excess, energy, rtol=1e-9)


def test_error_moments_are_those_of_a_sum(rng):
    """E |v + a|^6 for uniform v and Gaussian a, by the draw of both."""
    for dtype in (float, complex):
        unit = rng.uniform(-np.sqrt(3), np.sqrt(3), (2, 400_000))
        normal = rng.standard_normal((2, 400_000))
        v, a = (
            z[0] if dtype is float else (z[0] + 1j * z[1]) / np.sqrt(2)
            for z in (unit, normal)
        )
        e = np.abs(np.sqrt(0.3) * v + np.sqrt(0.5) * a)
        shape = (9 / 5, 27 / 7) if dtype is float else (7 / 5, 81 / 35)
        m = replace(problem(2, dtype, 0.3), kurtosis=shape[0], sixth=shape[1])
        np.testing.assert_allclose(
            MixedNormTheory(m, 0.1).power(0.5), np.mean(e**6), rtol=0.02
        )
        np.testing.assert_allclose(
            MixedNormTheory(m, 0.1, 1.0).power(0.5), np.mean(e**2), rtol=0.01
        )


def sign(e):
    parts = np.sign(e.real) + 1j * np.sign(e.imag)
    return parts if np.iscomplexobj(e) else parts.real


@pytest.mark.parametrize("dtype", [float, complex])
def test_sign_error_in_simulation(dtype, simulation):
    m = problem(8, dtype, 0.1)
    run = simulation(m.R, m.weights, 0.1)
    mu = 4e-3
    walking = m.walking(1e-6)
    theory = SignErrorTheory(walking, mu)

    def update(w, u, e):
        return w + mu * u * sign(e).conj()[:, None]

    _, deviation = run(update, 300, 400, walk=1e-6)
    curve = theory.curve(400)
    assert np.max(np.abs(np.log(deviation / curve.deviation))) < 0.05
    near = run(update, 300, 1200, start=m.weights, walk=1e-6)[0][800:].mean()
    np.testing.assert_allclose(near, theory.excess, rtol=0.05)
    np.testing.assert_allclose(
        theory.curve(4000, m.weights).excess[-1], theory.excess, rtol=1e-3
    )


@pytest.mark.parametrize(("dtype", "mix"), [(float, 0.0), (complex, 0.3)])
def test_mixed_norm_in_simulation(dtype, mix, simulation):
    m = problem(6, dtype, 0.3)
    run = simulation(m.R, m.weights, 0.3)
    mu = 4e-3
    theory = MixedNormTheory(m, mu, mix)

    def update(w, u, e):
        g = e * (mix + (1 - mix) * np.abs(e) ** 2)
        return w + mu * u * g.conj()[:, None]

    near = run(update, 400, 1200, start=m.weights * 0.9)[0]
    curve = theory.curve(1200, m.weights * 0.9)
    for part in (slice(0, 200), slice(800, None)):
        expected = curve.excess[part].mean()
        np.testing.assert_allclose(near[part].mean(), expected, rtol=0.08)


def test_no_steady_state_is_infinite():
    m = problem(10, float, 1.0)
    assert MixedNormTheory(m, 0.1).excess == np.inf
    assert not MixedNormTheory(m, 0.1).is_stable
    assert np.isposinf(MixedNormTheory(m, 0.1).curve(500).excess[-1])


def test_sign_error_without_noise_and_with_one_tap_stays_finite():
    """It hops about the solution by less than a step can lead."""
    theory = SignErrorTheory(problem(1, float, 0.0), 0.1)
    np.testing.assert_allclose(theory.excess, np.pi / 8 * 0.01, rtol=1e-9)
    assert theory.curve(500).excess[50:].max() < 0.1
    assert SignErrorTheory(problem(1, float, 0.0), 0.1).misadjustment == np.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: SignErrorTheory(m, 0.0), "step must be positive"),
        (lambda m: MixedNormTheory(m, 0.1, 1.5), r"mix must be in \[0, 1\], got 1.5"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make(problem(2, float, 1.0))
