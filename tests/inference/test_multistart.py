import numpy as np
import pytest

from matopt.inference import multistart
from matopt.objectives import GaussianLikelihood, from_functions
from matopt.solvers import LBFGS, Stop
from matopt.spaces import Dense, Fisher, SymmetricToeplitz


def wells():
    """(x^2 - 1)^2 + x/4: minima near -1 and 1, the first one lower."""
    return from_functions(
        value=lambda x: float((x[0] ** 2 - 1) ** 2 + x[0] / 4),
        gradient=lambda x: np.array([4 * x[0] * (x[0] ** 2 - 1) + 0.25]),
    ).on(Dense(1))


def test_optima_are_told_apart():
    runs = multistart(wells(), [np.array([x]) for x in (-2.0, 2.0, -0.5)])
    roots = np.sort(np.roots([4, 0, -4, 0.25]).real)[[0, 2]]
    values = (roots**2 - 1) ** 2 + roots / 4
    np.testing.assert_allclose(runs.optima, values, atol=1e-9)
    assert runs.counts == (2, 1)
    assert runs.agreed == 2
    assert runs.best.x[0] == pytest.approx(roots[0], abs=1e-5)
    assert "3, of which 3 converged" in repr(runs)


def test_starts_of_a_likelihood_agree(rng):
    X = rng.standard_normal((30, 5))
    problem = GaussianLikelihood(X).on(Fisher(SymmetricToeplitz(5)))
    runs = multistart(problem, 6, rng=1)
    assert runs.agreed == len(runs.results) == 6
    assert len({r.history["value"][0] for r in runs.results}) == 6
    again = multistart(problem, 6, rng=1)
    assert [r.nit for r in again.results] == [r.nit for r in runs.results]


def test_runs_that_do_not_converge_do_not_agree():
    runs = multistart(wells(), 3, solver=LBFGS(), stop=Stop(max_iterations=0))
    assert runs.agreed == 0
    assert runs.counts == ()
    assert runs.best.fun == min(r.fun for r in runs.results)


def test_arguments():
    with pytest.raises(ValueError, match="starts must have at least one start"):
        multistart(wells(), [])
    with pytest.raises(ValueError, match="starts must be an integer of at least 1"):
        multistart(wells(), 0)
    nowhere = from_functions(
        value=lambda x: float(np.where(np.all(x == 0.0), 0.0, np.inf)),
        gradient=lambda x: 0.0 * x,
    )
    with pytest.raises(ValueError, match="infinite at 50 random matrices"):
        multistart(nowhere.on(Dense(2)), 2)
