"""Time an iteration of a solver spends outside the objective, in us.

    OPENBLAS_NUM_THREADS=1 python benchmarks/solver_overhead.py

A 10 x 10 problem is solved; then the same number of values, gradients, retractions
and Hessian products is timed alone and subtracted. What remains is the overhead: the
geometry of the slopes (``velocity``, timed alone in a column of its own), the solver
with its line search, and the bookkeeping of ``minimize``.
"""

import time

import numpy as np

import matopt as mo
from matopt.objectives import Evaluation, Objective
from matopt.solvers import LBFGS, ConjugateGradient, GradientDescent, TrustRegion


class Quadratic(Objective):
    """f(X) = 1/2 sum of w_k (x_k - 1)^2 over the parameters x of a structure."""

    def __init__(self, weights):
        self.weights = weights

    def at(self, point):
        return QuadraticAt(self, point)


class QuadraticAt(Evaluation):
    @property
    def value(self):
        r = self.point.x - 1.0
        return 0.5 * float((self.f.weights * r).dot(r))

    @property
    def gradient(self):
        return self.f.weights * (self.point.x - 1.0)

    def hessp(self, v):
        return self.f.weights * v


def best(function, repeats=20):
    """The shortest of several runs of ``function``, which returns seconds."""
    return min(function() for _ in range(repeats))


def overhead(problem, solver, stop):
    """The result; microseconds an iteration: in all, overhead, of it in slopes."""
    result = mo.minimize(problem, solver=solver, stop=stop)
    e = problem.start()
    v = -0.01 * e.gradient

    def run():
        return mo.minimize(problem, solver=solver, stop=stop).seconds

    def evaluate():
        began = time.perf_counter()
        for k in range(result.nfev):
            end = e.retract(v)  # a new one each time: iterates and points remember
            assert end.value is not None
            if k < result.njev:
                assert end.gradient is not None
        for _ in range(result.nhev):
            e.hessp(v)
        return time.perf_counter() - began

    def slopes():
        end = e.retract(v)
        assert end.value is not None
        began = time.perf_counter()
        for _ in range(result.njev - 1 if hasattr(solver, "search") else 0):
            for stretch in filter(None, [getattr(end.point, "stretch", None)]):
                stretch.__dict__.pop("velocity", None)
            e.velocity(end, v)
        return time.perf_counter() - began

    total, evaluations, geometry = best(run), best(evaluate), best(slopes)
    per_iteration = 1e6 / result.nit
    return (
        result,
        total * per_iteration,
        (total - evaluations) * per_iteration,
        geometry * per_iteration,
    )


def main():
    weights = np.logspace(0, 2, 55)
    R = np.cov(np.random.default_rng(0).standard_normal((60, 10)), rowvar=False)
    S = np.diag(np.logspace(-3, 0, 10)) + 1e-4
    problems = {
        "quadratic on Symmetric(10)": Quadratic(weights).on(mo.Symmetric(10)),
        "likelihood on Symmetric(10)": mo.GaussianLikelihood.from_covariance(R).on(
            mo.Symmetric(10)
        ),
        "likelihood on PositiveDefinite(10)": mo.GaussianLikelihood.from_covariance(
            S
        ).on(mo.PositiveDefinite(10)),
    }
    stop = mo.Stop(gradient_norm=1e-9)
    print(
        f"{'problem':36}{'solver':18}{'nit':>5}{'nfev':>6}{'us/it':>8}{'overhead':>10}"
        f"{'slopes':>8}"
    )
    for name, problem in problems.items():
        for solver in (LBFGS(), ConjugateGradient(), GradientDescent(), TrustRegion()):
            result, total, spent, slopes = overhead(problem, solver, stop)
            print(
                f"{name:36}{type(solver).__name__:18}{result.nit:5}{result.nfev:6}"
                f"{total:8.1f}{spent:10.1f}{slopes:8.1f}"
            )


if __name__ == "__main__":
    main()
