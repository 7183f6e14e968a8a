"""Time an iteration of a solver spends outside the objective, in us.

    OPENBLAS_NUM_THREADS=1 python benchmarks/solver_overhead.py

A 10 x 10 problem is solved with a clock inside its objective, and a second time with
a quarter of the iterations. An iteration more costs the difference; less the time
inside the objective, it is the overhead: retractions, the geometry of the slopes
(``velocity``, also in a column of its own), the solver with its line search, and the
records of ``minimize``. What a run costs once is the last column.
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


class Timed(Objective):
    """f with a clock that runs while f, its gradient or a Hessian product is computed.

    What a point computes for the first of them, such as its factor, is timed with it.
    """

    seconds = 0.0
    calls = 0

    def __init__(self, f):
        self.f = f

    def at(self, point):
        return TimedAt(self, point, self.f.at(point))

    def check(self, space):
        self.f.check(space)

    def start(self, space, rng=None):
        return self.f.start(space, rng)


class TimedAt(Evaluation):
    def __init__(self, f, point, evaluation):
        super().__init__(f, point)
        self.evaluation = evaluation

    @property
    def value(self):
        return self._timed(lambda: self.evaluation.value)

    @property
    def gradient(self):
        return self._timed(lambda: self.evaluation.gradient)

    def hessp(self, v):
        return self._timed(lambda: self.evaluation.hessp(v))

    def _timed(self, compute):
        began = time.perf_counter()
        try:
            return compute()
        finally:
            self.f.seconds += time.perf_counter() - began
            self.f.calls += 1


class TimedVelocity:
    """The velocity of a space, timed: the part of the slopes that is its geometry."""

    seconds = 0.0
    calls = 0

    def __init__(self, space):
        self.velocity = space.velocity
        object.__setattr__(space, "velocity", self)

    def __call__(self, start, end, v):
        began = time.perf_counter()
        w = self.velocity(start, end, v)
        self.seconds += time.perf_counter() - began
        self.calls += 1
        return w


def clock_cost():
    """Seconds that one timed call adds outside what it times."""

    class Nothing(Evaluation):
        value = gradient = 0.0

        def hessp(self, v):
            return v

    point = mo.Symmetric(1).point(np.ones(1))
    f = Timed(None)
    bare, timed = Nothing(f, point), TimedAt(f, point, Nothing(f, point))

    def seconds(e, n=2000):
        began = time.perf_counter()
        for _ in range(n):
            e.value  # noqa: B018
        return (time.perf_counter() - began) / n

    plain = min(seconds(bare) for _ in range(20))
    f.seconds = 0.0
    whole = min(seconds(timed) for _ in range(20))
    inside = f.seconds / (20 * 2000)
    return whole - inside - plain


def run(problem, velocity, solver, stop, clock, repeats=40):
    """The result, and the smallest (overhead, total, of it in slopes) in seconds."""
    best = None
    f = problem.objective
    for _ in range(repeats):
        f.seconds = velocity.seconds = 0.0
        f.calls = velocity.calls = 0
        result = mo.minimize(problem, solver=solver, stop=stop)
        total = result.seconds - clock * (f.calls + velocity.calls)
        figures = total - f.seconds, total, velocity.seconds
        best = min(best or figures, figures)
    return result, np.array(best)


def overhead(problem, solver, gradient_norm):
    """The result, microseconds an iteration (overhead, total, slopes), fixed ones."""
    problem = Timed(problem.objective).on(problem.space)
    velocity, clock = TimedVelocity(problem.space), clock_cost()
    stop = mo.Stop(gradient_norm=gradient_norm)
    result, whole = run(problem, velocity, solver, stop, clock)
    few = max(1, result.nit // 4)
    stop = mo.Stop(gradient_norm=gradient_norm, max_iterations=few)
    _, part = run(problem, velocity, solver, stop, clock)
    each = (whole - part) / (result.nit - few)
    return result, 1e6 * each, 1e6 * (whole[0] - result.nit * each[0])


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
    print(
        f"{'problem':36}{'solver':18}{'nit':>5}{'nfev':>6}{'us/it':>8}{'overhead':>10}"
        f"{'slopes':>8}{'us/run':>8}"
    )
    for name, problem in problems.items():
        for solver in (LBFGS(), ConjugateGradient(), GradientDescent(), TrustRegion()):
            result, (spent, total, slopes), fixed = overhead(problem, solver, 1e-9)
            print(
                f"{name:36}{type(solver).__name__:18}{result.nit:5}{result.nfev:6}"
                f"{total:8.1f}{spent:10.1f}{slopes:8.1f}{fixed:8.0f}"
            )


if __name__ == "__main__":
    main()
