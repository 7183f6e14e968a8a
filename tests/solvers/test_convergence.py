"""Converged means the gradient test, at the first iterate that passes it."""

from dataclasses import dataclass

import numpy as np
import pytest

from matopt.objectives import GaussianPrecisionLikelihood
from matopt.solvers import Solver, Status, Stop, minimize
from matopt.spaces import PositiveDefinite


@dataclass(frozen=True)
class Slow(Solver):
    """A short step along -gradient, so that the norm falls by a tenth each time."""

    def steps(self, e):
        while True:
            yield e
            e = e.retract(-0.1 * e.gradient)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-6])
def test_the_gradient_test_is_at_the_tolerance(tolerance):
    f = GaussianPrecisionLikelihood.from_covariance(np.diag([1.0, 2.0]))
    stop = Stop(gradient_norm=tolerance)
    result = minimize(f.on(PositiveDefinite(2)), solver=Slow(), stop=stop)
    assert result.status is Status.CONVERGED
    norms = result.history["gradient_norm"]
    assert norms[-1] == result.gradient_norm <= tolerance
    assert (norms[:-1] > tolerance).all()
