import gc
import logging
import math
import time
import warnings
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

from matopt.errors import NotPositiveDefinite, OutOfDomain
from matopt.objectives import (
    Evaluation,
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    LinearTrace,
    Objective,
    QuadraticTrace,
    TraceInverse,
)
from matopt.solvers import (
    LBFGS,
    Armijo,
    ConjugateGradient,
    Convex,
    Finished,
    GradientDescent,
    SciPy,
    Solver,
    Status,
    Stop,
    TrustRegion,
    minimize,
)
from matopt.spaces import (
    Dense,
    Fisher,
    PositiveDefinite,
    Product,
    Symmetric,
    SymmetricToeplitz,
)

S = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 0.5]])
NEVER = Stop(gradient_norm=0.0, max_iterations=None)


@pytest.fixture
def problem():
    return GaussianPrecisionLikelihood.from_covariance(S).on(Symmetric(3))


class Plain(Objective):
    """|X|^2 / 2, and whatever ``hook(count)`` does at the count-th value."""

    def __init__(self, hook=lambda count: None, gradient_hook=lambda: None):
        self.hook, self.gradient_hook, self.count = hook, gradient_hook, 0

    def __repr__(self):
        return "Plain()"

    def at(self, point):
        return PlainAt(self, point)


class PlainAt(Evaluation):
    @property
    def value(self):
        self.f.count += 1
        changed = self.f.hook(self.f.count)
        X = self.point.dense
        return 0.5 * float(np.sum(X * X)) if changed is None else changed

    @property
    def gradient(self):
        self.f.gradient_hook()
        return self.point.adjoint(self.point.dense)

    def hessp(self, v):
        return self.point.adjoint(self.point.along(v))


def raising(error, count):
    """A hook that raises at the given value."""

    def hook(k):
        if k == count:
            raise error

    return hook


# Starts


@pytest.mark.parametrize(
    "start",
    [
        np.diag([1.0, 2.0, 3.0]),
        np.array([1.0, 0.0, 2.0, 0.0, 0.0, 3.0]),
        [[1, 0, 0], [0, 2, 0], [0, 0, 3]],
        np.diag([1, 2, 3]),
        np.diag([1, 2, 3]).astype(np.float32),
        np.diag([1.0, 2.0, 3.0]).astype(">f8"),
        np.asfortranarray(np.diag([1.0, 2.0, 3.0])),
        np.kron(np.diag([1.0, 2.0, 3.0]), np.ones((2, 2)))[::2, ::2],
    ],
)
@pytest.mark.parametrize("solver", [None, SciPy("BFGS")])
def test_a_start_may_be_any_array_of_the_space(problem, start, solver):
    seen = []
    if isinstance(start, np.ndarray):
        start = start.copy() if start.flags.c_contiguous else start
        start.flags.writeable = False
    result = minimize(problem, start, solver=solver, callback=seen.append)
    np.testing.assert_array_equal(seen[0].matrix, np.diag([1.0, 2.0, 3.0]))
    assert result.success
    # the error is at most |K|^2 = 5 times the gradient
    np.testing.assert_allclose(result.matrix, np.linalg.inv(S), atol=1e-5)


def test_the_start_of_a_result_is_its_own():
    start = np.eye(2)
    f = Plain()
    result = minimize(f.on(PositiveDefinite(2)), start, stop=Stop(max_iterations=0))
    result.matrix[0, 0] = 7.0
    assert start[0, 0] == 1.0 and result.x[0, 0] == 1.0


@pytest.mark.parametrize("space", [Symmetric(3), PositiveDefinite(3)])
def test_an_indefinite_start_is_refused(space):
    f = GaussianLikelihood.from_covariance(S)
    with pytest.raises(NotPositiveDefinite, match=r"positive definite"):
        minimize(f.on(space), np.diag([1.0, -1.0, 1.0]))


@pytest.mark.parametrize(
    ("start", "error", "message"),
    [
        (np.eye(4), ValueError, r"must have shape \(3, 3\), got \(4, 4\)"),
        (np.ones(5), ValueError, r"start must have shape \(6,\), got \(5,\)"),
        (np.diag([1.0, np.nan, 1.0]), ValueError, "must be finite, got nan"),
        (np.triu(np.ones((3, 3))), ValueError, "must belong to Symmetric"),
        (1j * np.eye(3), TypeError, "must be real"),
        ("eye", TypeError, "must be a numeric array"),
        ([[1], [1, 2]], TypeError, "a list whose parts differ in shape"),
    ],
)
def test_a_wrong_start_is_refused(problem, start, error, message):
    with pytest.raises(error, match=message):
        minimize(problem, start)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_at_the_start_that_is_not_finite_is_refused(value):
    f = Plain(lambda count: value)
    with pytest.raises(OutOfDomain, match=f"the objective is {value} at the start"):
        minimize(f.on(Symmetric(2)), np.eye(2))


# Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"solver": "lbfgs"}, "got the string 'lbfgs'; did you mean"),
        ({"solver": "bfgs"}, r'did you mean SciPy\("BFGS"\)'),
        ({"solver": "newton_cg"}, r"did you mean .*Newton-?CG"),
        ({"solver": "gradient-descent"}, r"did you mean GradientDescent\(\)\?"),
        ({"solver": "convx"}, r"did you mean Convex\(\)\?"),
        ({"solver": GradientDescent}, r"the class GradientDescent; make one"),
        ({"solver": Armijo()}, "got Armijo; pass one such as TrustRegion"),
        ({"solver": SciPy}, r'make one: SciPy\("BFGS"\)'),
        ({"rng": "seed"}, "rng must be a seed or a numpy.random.Generator, got str"),
        ({"rng": np.random.RandomState(0)}, "got RandomState; write numpy"),
        ({"stop": 1e-6}, r"stop must be a Stop, got float; write Stop\(gradient"),
        ({"stop": Stop}, "stop must be a Stop, got type"),
        ({"callback": "print"}, "callback must be a function of an iterate, got str"),
        ({"max_iter": 3}, "max_iter"),
    ],
)
def test_a_wrong_argument_is_refused(problem, arguments, message):
    with pytest.raises(TypeError, match=message):
        minimize(problem, **arguments)


def test_a_negative_seed_is_refused(problem):
    with pytest.raises(ValueError, match="rng must be at least 0 as a seed, got -1"):
        minimize(problem, rng=-1)


def test_what_is_no_space_is_refused():
    with pytest.raises(TypeError, match=r"the class Symmetric; make one: Symmetric\("):
        Plain().on(Symmetric)
    with pytest.raises(TypeError, match=r"space must be a Space such as .*, got 3"):
        Plain().on(3)


def test_a_matrix_where_a_point_is_meant_is_refused():
    with pytest.raises(TypeError, match=r"got ndarray; write f\.on\(space\)\.at\("):
        Plain().at(np.eye(2))


def test_an_objective_alone_is_refused():
    with pytest.raises(TypeError, match=r"Plain\(\) alone; write minimize\(f\.on\(sp"):
        minimize(Plain())
    with pytest.raises(TypeError, match=r"f\.on\(space\), got function"):
        minimize(lambda X: 0.0)


# The result


def test_the_result_belongs_to_its_point_and_names_what_made_it(problem):
    result = minimize(problem, np.eye(3))
    again = problem.at(result.matrix)
    assert result.fun == again.value and result.gradient_norm == again.gradient_norm
    np.testing.assert_array_equal(problem.space.matrix(result.x), result.matrix)
    assert result.solver.endswith(")") and result.solver[0].isupper()
    assert result.space == "Symmetric(3)" and result.stop == repr(Stop())
    assert result.history["value"][-1] == result.fun
    assert result.nit == len(result.history["value"]) - 1
    assert result.nfev >= result.nit + 1 and result.cpu_seconds >= 0
    assert minimize(problem, solver=SciPy("CG")).solver == repr(SciPy("CG"))


@pytest.mark.parametrize(
    ("rng", "seed"),
    [(None, 0), (5, 5), (np.int64(5), 5), (np.random.default_rng(1), None)],
)
def test_the_result_names_the_seed(problem, rng, seed):
    assert minimize(problem, rng=rng).seed == seed


def test_the_value_is_the_best_seen_not_the_last():
    @dataclass(frozen=True)
    class Worse(Solver):
        def steps(self, e):
            yield e
            yield e.retract(-0.5 * e.x)
            yield e.retract(2.0 * e.x)
            return Status.LINE_SEARCH_FAILED

    result = minimize(Plain().on(Symmetric(1)), [[1.0]], solver=Worse())
    assert result.fun == 0.125 and result.nit == 2
    assert result.status is Status.LINE_SEARCH_FAILED and not result.success


@pytest.fixture
def uncollected():
    """Without the collector of circles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    "solver",
    [None, LBFGS(), TrustRegion(), GradientDescent(), SciPy("BFGS")],
    ids=lambda solver: type(solver).__name__,
)
def test_the_data_are_free_once_the_run_is_over(rng, uncollected, solver):
    X, space = rng.standard_normal((9, 3)), SymmetricToeplitz(3)
    minimize(
        GaussianLikelihood(X).on(space), solver=solver
    )  # the compiler keeps frames
    f = GaussianLikelihood(X)
    result = minimize(f.on(space), solver=solver)
    data = weakref.ref(f)
    del f
    assert data() is None and result.nit > 0


# Callbacks


def test_the_callback_sees_the_start_and_every_iterate(problem):
    seen = []
    result = minimize(problem, np.eye(3), callback=seen.append)
    np.testing.assert_array_equal([e.value for e in seen], result.history["value"])
    assert seen[0].value == problem.at(np.eye(3)).value


def stop_iteration(e):
    raise StopIteration


@pytest.mark.parametrize(
    "callback", [lambda e: True, lambda e: np.array([1.0])[0] > 0.0, stop_iteration]
)
@pytest.mark.parametrize("solver", [None, SciPy("L-BFGS-B"), SciPy("trust-krylov")])
def test_a_callback_stops_the_run(problem, callback, solver):
    result = minimize(problem, np.eye(3), callback=callback, solver=solver)
    assert result.status is Status.STOPPED_BY_CALLBACK and result.nit == 0


def test_only_true_itself_stops_the_run(problem):
    assert minimize(problem, np.eye(3), callback=lambda e: 1).success
    assert minimize(problem, np.eye(3), callback=lambda e: e.matrix).success


@pytest.mark.parametrize("solver", [None, SciPy("BFGS"), SciPy("trust-exact")])
def test_an_error_in_the_callback_carries_the_result(problem, solver):
    def callback(e):
        if e.step is not None:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        minimize(problem, np.eye(3), callback=callback, solver=solver)
    result = caught.value.result
    assert result.status is Status.RAISED and result.nit == 1
    assert result.fun < problem.at(np.eye(3)).value
    assert any(".result" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("solver", [None, SciPy("L-BFGS-B")])
def test_an_error_in_the_objective_carries_the_result(solver):
    f = Plain(raising(ZeroDivisionError("mine"), 2))
    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        minimize(f.on(Symmetric(2)), np.eye(2), solver=solver)
    result = caught.value.result
    assert result.status is Status.RAISED and result.fun == 1.0 and result.nfev == 2


def test_an_error_in_the_first_gradient_is_not_masked():
    def fail():
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        minimize(Plain(gradient_hook=fail).on(Symmetric(2)), np.eye(2))
    assert caught.value.__context__ is None
    assert math.isnan(caught.value.result.gradient_norm)


# Interruptions


@pytest.mark.parametrize("solver", [None, SciPy("L-BFGS-B"), SciPy("CG")])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_ctrl_c_in_the_objective_gives_the_best_point(solver, count):
    scale = np.array([1.0, 30.0])
    f = GaussianLikelihood.from_covariance(np.diag(scale))
    seen = []
    hook = raising(KeyboardInterrupt(), count)
    at = f.at

    def interrupted(point):
        seen.append(point)
        hook(len(seen))
        return at(point)

    f.at = interrupted
    reported = []
    result = minimize(
        f.on(Symmetric(2)), np.eye(2), solver=solver, callback=reported.append
    )
    assert result.status is Status.INTERRUPTED and not result.success
    assert result.fun == min(e.value for e in reported)


@pytest.mark.parametrize("method", ["BFGS", "Newton-CG", "trust-krylov", "trust-exact"])
def test_ctrl_c_in_a_callback_inside_scipy(problem, method):
    def callback(e):
        if e.step is not None:
            raise KeyboardInterrupt

    result = minimize(problem, np.eye(3), solver=SciPy(method), callback=callback)
    assert result.status is Status.INTERRUPTED and result.nit == 1


def test_ctrl_c_before_there_is_a_point_is_an_interrupt():
    f = Plain(raising(KeyboardInterrupt(), 1))
    with pytest.raises(KeyboardInterrupt):
        minimize(f.on(Symmetric(2)), np.eye(2))


def test_ctrl_c_in_the_first_gradient_gives_the_start():
    def interrupt():
        raise KeyboardInterrupt

    result = minimize(Plain(gradient_hook=interrupt).on(Symmetric(2)), np.eye(2))
    assert result.status is Status.INTERRUPTED and result.fun == 1.0


# Limits


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "solver", [GradientDescent(), SciPy("BFGS"), SciPy("trust-ncg")]
)
def test_evaluations_end_a_run_anywhere(problem, solver, limit):
    stop = Stop(0.0, max_evaluations=limit)
    result = minimize(problem, np.diag([30.0, 1.0, 0.1]), solver=solver, stop=stop)
    assert result.status is Status.MAX_EVALUATIONS
    assert result.nfev + result.nhev == limit


@pytest.mark.parametrize("solver", [GradientDescent(), SciPy("L-BFGS-B")])
def test_seconds_end_a_run_inside_a_line_search(solver):
    def slow(count):
        if count > 1:
            time.sleep(0.02)
            return 1.0 + 0.01 * count  # no step is ever acceptable

    result = minimize(
        Plain(slow).on(Symmetric(2)),
        np.eye(2),
        solver=solver,
        stop=Stop(max_seconds=0.05),
    )
    assert result.status is Status.MAX_SECONDS and result.nit == 0
    assert result.nfev < 10  # of the 40 and more that a search may make
    assert result.fun == 1.0


@pytest.mark.parametrize("solver", [GradientDescent(), SciPy("BFGS"), SciPy("CG")])
def test_nan_is_never_convergence(solver):
    f = Plain(lambda count: math.nan if count > 1 else None)
    result = minimize(f.on(Symmetric(2)), np.eye(2), solver=solver)
    assert result.status is Status.NOT_A_NUMBER and not result.success
    assert result.fun == 1.0


@pytest.mark.parametrize("solver", [GradientDescent(), SciPy("L-BFGS-B")])
def test_one_nan_on_the_way_is_survived(solver):
    f = Plain(lambda count: math.nan if count == 2 else None)
    start = np.diag([3.0, 1.0])
    assert minimize(f.on(Symmetric(2)), start, solver=solver).success


def test_a_solver_that_reports_an_infeasible_iterate():
    @dataclass(frozen=True)
    class Reckless(Solver):
        def steps(self, e):
            yield e
            yield e.retract(-3.0 * e.x)
            return Status.LINE_SEARCH_FAILED

    f = GaussianLikelihood.from_covariance(S)
    result = minimize(f.on(Symmetric(3)), np.eye(3), solver=Reckless())
    assert result.status is Status.LEFT_DOMAIN and math.isfinite(result.fun)


FEW = np.random.default_rng(0).standard_normal((3, 6))


@pytest.mark.parametrize(
    "likelihood", [GaussianLikelihood, GaussianPrecisionLikelihood]
)
@pytest.mark.parametrize("solver", [None, LBFGS(), SciPy("BFGS"), Convex()])
def test_a_likelihood_without_a_minimum_is_refused(likelihood, solver):
    with pytest.raises(ValueError, match=r"samples has rank 3 .* or take a smaller"):
        minimize(likelihood(FEW).on(Symmetric(6)), solver=solver)


@pytest.mark.parametrize(
    "likelihood", [GaussianLikelihood, GaussianPrecisionLikelihood]
)
def test_few_samples_are_enough_with_a_penalty_or_a_small_family(likelihood):
    f = likelihood(FEW)
    penalty = TraceInverse if likelihood is GaussianLikelihood else LinearTrace
    assert minimize(f.on(SymmetricToeplitz(6))).success
    assert minimize((f + 0.1 * penalty(np.eye(6))).on(PositiveDefinite(6))).success


@pytest.mark.parametrize(
    "space",
    [SymmetricToeplitz(6), Fisher(SymmetricToeplitz(6)), PositiveDefinite(6)],
)
@pytest.mark.parametrize("solver", [None, LBFGS(), ConjugateGradient()])
def test_a_fall_towards_a_singular_matrix_is_named(space, solver):
    # no penalty on small eigenvalues: the sum falls without limit all the same
    f = GaussianLikelihood(FEW[:1]) + 1e-3 * LinearTrace(np.eye(6))
    result = minimize(f.on(space), solver=solver)
    assert result.status is Status.NEARLY_SINGULAR
    assert np.linalg.cond(result.matrix) > 1e8


def test_a_fall_of_one_matrix_of_a_product_is_named():
    f = GaussianLikelihood(FEW).of(0) + GaussianLikelihood.from_covariance(S).of(1)
    result = minimize(f.on(Product(PositiveDefinite(6), PositiveDefinite(3))))
    assert result.status is Status.NEARLY_SINGULAR


@pytest.mark.parametrize("f", [-TraceInverse(np.eye(2)), -LinearTrace(np.eye(2))])
def test_a_fall_beyond_all_measure_is_unbounded(f):
    result = minimize(f.on(PositiveDefinite(2)), solver=TrustRegion())
    assert result.status is Status.UNBOUNDED


@pytest.mark.parametrize(
    "solver", [LBFGS(), ConjugateGradient(), SciPy("L-BFGS-B"), SciPy("BFGS")]
)
def test_a_fall_that_overflows_is_unbounded_too(solver):
    f = QuadraticTrace(np.diag([1.0, -1.0])).on(Dense(2, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = minimize(f, np.ones((2, 2)), solver=solver)
    assert result.status is Status.UNBOUNDED and result.fun < -1e20


def test_a_stall_at_an_ill_conditioned_optimum_is_no_fall():
    f = GaussianLikelihood.from_covariance(np.diag(np.logspace(-10, 0, 5)))
    result = minimize(f.on(PositiveDefinite(5)), stop=Stop(gradient_norm=0.0))
    assert result.status is Status.STALLED_AT_ROUNDING


def test_a_derivative_outside_its_domain_ends_the_run_and_says_where():
    def leave():
        raise OutOfDomain("no derivative here")

    result = minimize(Plain(gradient_hook=leave).on(Symmetric(2)), np.eye(2))
    assert result.status is Status.LEFT_DOMAIN
    assert result.detail == "no derivative here" and result.fun == 1.0


def test_what_a_callback_raises_is_never_taken_for_a_status(problem):
    def ask(e):
        problem.at(np.diag([1.0, 1.0, -1.0])).gradient  # noqa: B018

    with pytest.raises(NotPositiveDefinite) as caught:
        minimize(problem, callback=ask)
    assert caught.value.result.status is Status.RAISED


def test_what_a_solver_claims_is_not_believed():
    @dataclass(frozen=True)
    class Claims(Solver):
        found: np.ndarray

        def steps(self, e):
            yield e
            yield e.restriction.at(self.found)
            return Status.CONVERGED

    problem = Plain().on(Symmetric(2))
    wrong = minimize(problem, np.eye(2), solver=Claims(0.1 * np.eye(2)))
    assert wrong.status is Status.OUTSIDE_SOLVER_STOPPED and not wrong.success
    assert minimize(problem, np.eye(2), solver=Claims(0.0 * np.eye(2))).success


def test_a_solver_must_say_why_it_ends():
    class Silent(Solver):
        def steps(self, e):
            yield e

    with pytest.raises(TypeError, match=r"Silent must return a Status .* got None"):
        minimize(Plain().on(Symmetric(2)), np.eye(2), solver=Silent())


def test_a_detail_is_kept():
    @dataclass(frozen=True)
    class Outside(Solver):
        def steps(self, e):
            yield e
            raise Finished(Status.UNBOUNDED, "they said so")

    result = minimize(Plain().on(Symmetric(2)), np.eye(2), solver=Outside())
    assert result.status is Status.UNBOUNDED and result.detail == "they said so"
    assert "they said so" in repr(result)


# Output


def test_the_logger_says_how_it_ended(problem, caplog):
    with caplog.at_level(logging.INFO, logger="matopt"):
        good = minimize(problem)
        bad = minimize(problem, np.eye(3), stop=Stop(max_iterations=1))
    last = [r for r in caplog.records if "CONVERGED" in r.getMessage()]
    assert good.success and last[0].levelno == logging.INFO
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert not bad.success and len(warnings) == 1
    assert "MAX_ITERATIONS" in warnings[0].getMessage()
