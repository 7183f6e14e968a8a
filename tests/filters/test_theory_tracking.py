import numpy as np
import pytest

from matopt.filters import (
    LMSTheory,
    RLSTheory,
    SignalMoments,
    optimal_forgetting,
    optimal_step,
    tracking_ratio,
)

R = 0.8 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8)))


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("walk", [1e-9, 1e-4])
def test_no_other_step_is_better(dtype, walk):
    m = SignalMoments(R.astype(dtype), np.zeros(8), 0.1).walking(walk)
    mu = optimal_step(m)
    grid = [LMSTheory(m, mu * c).excess for c in np.linspace(0.5, 2.0, 31)]
    assert LMSTheory(m, mu).excess <= min(grid) * (1 + 1e-12)
    if walk < 1e-6:
        np.testing.assert_allclose(mu, np.sqrt(8 * walk / (0.1 * 8)), rtol=0.01)


def test_no_other_forgetting_is_better():
    m = SignalMoments(R, np.zeros(8), 0.1).walking(1e-7)
    f = optimal_forgetting(m)
    best = RLSTheory(m, f).excess
    for c in (0.5, 0.9, 1.1, 2.0):
        assert RLSTheory(m, 1 - c * (1 - f)).excess > best
    np.testing.assert_allclose(1 - f, np.sqrt(1e-7 * 8 / (8 * 0.1)), rtol=0.02)


def test_which_of_them_follows_better():
    """Q = q I, ~ R and ~ R^-1: the ratio of the least excesses, by both theories."""
    for Q in (np.eye(8), R, np.linalg.inv(R)):
        m = SignalMoments(R, np.zeros(8), 1.0).walking(1e-11 * Q)
        lms = LMSTheory(m, optimal_step(m)).excess
        rls = RLSTheory(m, optimal_forgetting(m)).excess
        np.testing.assert_allclose(tracking_ratio(m), lms / rls, rtol=2e-3)
    m = SignalMoments(R, np.zeros(8), 1.0)
    assert (
        tracking_ratio(m.walking(R)) < 1.0 < tracking_ratio(m.walking(np.linalg.inv(R)))
    )
    np.testing.assert_allclose(tracking_ratio(m.walking(0.3)), 1.0)


@pytest.mark.parametrize("find", [optimal_step, optimal_forgetting, tracking_ratio])
def test_without_a_walk_there_is_no_optimum(find):
    with pytest.raises(ValueError, match="moments must have a walk"):
        find(SignalMoments(R, np.zeros(8), 1.0))
