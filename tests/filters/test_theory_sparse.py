"""Zero-attracting LMS: without attraction LMS, sparse gain and dense loss."""

import numpy as np
import pytest

from matopt.filters import LMSTheory, SignalMoments, ZeroAttractingTheory


def test_without_attraction_it_is_lms(rng):
    B = rng.standard_normal((4, 4))
    m = SignalMoments(np.eye(4) + 0.2 * B @ B.T, rng.standard_normal(4), 0.1).walking(
        1e-5
    )
    none, lms = ZeroAttractingTheory(m, 0.03, 0.0), LMSTheory(m, 0.03)
    np.testing.assert_allclose(none.curve(400).excess, lms.curve(400).excess, rtol=1e-9)
    np.testing.assert_allclose(none.excess, lms.excess, rtol=1e-5)
    np.testing.assert_allclose(none.deviation, lms.deviation, rtol=1e-5)


def test_sparse_gain_and_dense_loss():
    sparse, dense = np.zeros(16), np.ones(16)
    sparse[3] = 1.0
    ratios = [
        ZeroAttractingTheory(m, 0.02, 2e-4).deviation / LMSTheory(m, 0.02).deviation
        for m in (SignalMoments(np.eye(16), w, 0.01) for w in (sparse, dense))
    ]
    assert ratios[0] < 0.7
    assert ratios[1] > 1.05


@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_simulation(rho, simulation):
    n, mu, attraction = 8, 0.03, 1e-3
    w = np.zeros(n)
    w[2:4] = 0.7, -0.4
    R = rho ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    theory = ZeroAttractingTheory(SignalMoments(R, w, 0.1), mu, attraction)

    def update(w, u, e):
        return w + mu * u * e[:, None] - attraction * np.sign(w)

    excess, deviation = simulation(R, w, 0.1)(update, 1200, 500)
    curve = theory.curve(500)
    for part in (slice(0, 100), slice(300, None)):
        for measured, expected in (
            (excess, curve.excess),
            (deviation, curve.deviation),
        ):
            np.testing.assert_allclose(
                measured[part].mean(), expected[part].mean(), rtol=0.04
            )


def test_an_unstable_step_is_infinite():
    assert ZeroAttractingTheory(
        SignalMoments(np.eye(3), np.ones(3), 1.0), 1.0, 0.1
    ).excess == (np.inf)


@pytest.mark.parametrize(
    ("dtype", "attraction", "message"),
    [(complex, 0.1, "moments must be real"), (float, -1.0, "attraction must be at")],
)
def test_wrong_arguments(dtype, attraction, message):
    with pytest.raises(ValueError, match=message):
        ZeroAttractingTheory(
            SignalMoments(np.eye(2, dtype=dtype), np.zeros(2), 1.0), 0.1, attraction
        )
