import pickle

import numpy as np
import pytest
from numeric import normal

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Cholesky
from matopt.objectives import (
    Counts,
    GaussianLikelihood,
    LogDet,
    RayleighQuotient,
    TraceInverse,
    from_functions,
)
from matopt.spaces import (
    Fisher,
    HermitianToeplitz,
    LowerTriangular,
    PositiveDefinite,
    Sphere,
    Symmetric,
    SymmetricToeplitz,
)


@pytest.mark.parametrize(
    "space",
    [Symmetric(3), Fisher(SymmetricToeplitz(3)), PositiveDefinite(3)],
    ids=repr,
)
def test_a_hessian_product_counts_the_gradient_it_needs(space, rng):
    counts = Counts()
    f = GaussianLikelihood(normal(rng, 5, 3)) + TraceInverse(np.eye(3))
    e = f.on(space).counted(counts).at(np.eye(3))
    e.hessp(0.1 * space.tangent_basis(space.point(e.x))[0])
    assert (counts.njev, counts.nhev, counts.nfactor) == (1, 1, 1)
    assert np.isfinite([e.value, e.gradient_norm]).all()
    assert (counts.nfev, counts.njev, counts.nfactor) == (1, 1, 1)


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_hessian_of_an_evaluation_is_that_of_its_products(dtype, rng):
    space = LowerTriangular(3, dtype)
    e = LogDet().on(space).at(space.random(rng) + space.parameters(3 * np.eye(3)))
    columns = [e.evaluation.hessp(unit) for unit in np.eye(space.size)]
    np.testing.assert_allclose(e.evaluation.hessian, columns, atol=1e-12)
    np.testing.assert_allclose(e.hessian, columns, atol=1e-12)


def test_on_a_sphere_the_hessian_of_an_evaluation_is_flat(rng):
    # of x^T P x / x^T x along tangents: 2 (<u, P v> - f <u, v>) where f is the quotient
    P = normal(rng, 4, 4)
    P = P + P.T
    e = RayleighQuotient(P).on(Sphere(4)).at(Sphere(4).random(rng))
    B = Sphere(4).tangent_basis(e.point)
    H = 2 * (B @ P @ B.T - e.value * np.eye(3))
    np.testing.assert_allclose(e.evaluation.hessian, H, atol=1e-12)


IN_ONE_CALL = [
    SymmetricToeplitz(1),
    SymmetricToeplitz(7),
    HermitianToeplitz(7),
    Fisher(SymmetricToeplitz(7)),
    Fisher(HermitianToeplitz(2)),
]


@pytest.mark.parametrize("space", IN_ONE_CALL, ids=repr)
def test_one_call_knows_what_the_evaluation_does(space, rng):
    n = space.shape[0]
    f = GaussianLikelihood(normal(rng, 9, n, dtype=space.dtype))
    counts = Counts()
    problem = f.on(space).counted(counts)
    e, x = problem.at(space.random(rng)), space.random(rng)
    assert np.isfinite(e.value)
    assert "evaluation" not in vars(e)
    assert "covector" in vars(e)
    assert np.isfinite(e.gradient_norm)
    assert (counts.nfev, counts.njev, counts.nfactor) == (1, 1, 1)
    A, S = e.matrix, f.covariance
    P = np.linalg.inv(A)
    dense = np.linalg.slogdet(A)[1] + np.trace(P @ S).real
    assert e.value == pytest.approx(dense, rel=1e-12)
    family = space.structure if isinstance(space, Fisher) else space
    gradient = family.adjoint(P - P @ S @ P)  # (43), (63), summed over diagonals (144)
    np.testing.assert_allclose(e.covector, gradient, rtol=1e-10, atol=1e-11)
    at = f.at(space.point(e.x))
    assert e.value == pytest.approx(at.value, rel=1e-13)
    np.testing.assert_allclose(e.covector, at.gradient, rtol=1e-12, atol=1e-13)
    expected = space.gradient(e.point, at.gradient)
    np.testing.assert_allclose(e.gradient, expected, rtol=1e-12, atol=1e-13)
    v = x - e.x
    np.testing.assert_allclose(e.evaluation.hessp(v), at.hessp(v), rtol=1e-9)
    assert (counts.nfev, counts.njev, counts.nfactor) == (1, 1, 1)


@pytest.mark.parametrize("space", IN_ONE_CALL, ids=repr)
def test_what_is_known_already_is_not_computed_in_one_call(space, rng, monkeypatch):
    f = GaussianLikelihood(normal(rng, 9, space.shape[0], dtype=space.dtype))
    e = f.on(space).at(space.random(rng))
    gradient = e.gradient
    monkeypatch.setitem(vars(e.restriction), "one_call", pytest.fail)
    assert np.isfinite(e.value)
    np.testing.assert_array_equal(e.gradient, gradient)
    assert e.point.factorizations == 1


def test_one_call_says_where_the_likelihood_is_not_defined(rng):
    problem = GaussianLikelihood(normal(rng, 9, 3)).on(SymmetricToeplitz(3))
    outside = problem.at([1.0, 2.0, 0.0])
    assert outside.value == np.inf
    with pytest.raises(NotPositiveDefinite, match="order 2 is not positive"):
        _ = outside.gradient


def test_where_the_matrix_is_ill_conditioned_one_call_gives_way(rng):
    n = 6
    space = SymmetricToeplitz(n)
    f = GaussianLikelihood(normal(rng, 9, n))
    t = np.cos(0.3 * np.arange(n)) + np.cos(0.35 * np.arange(n))
    t[0] += 1e-11
    e = f.on(space).at(t)
    assert e.point.factorizations == 0
    value = e.value
    assert "evaluation" in vars(e)
    assert isinstance(e.point.factor, Cholesky)
    assert value == pytest.approx(f.at(space.point(t)).value, rel=1e-12)
    assert e.point.factorizations == 1


def test_sums_and_larger_matrices_have_no_one_call(rng):
    f = GaussianLikelihood(normal(rng, 9, 3))
    assert (f + LogDet()).on(SymmetricToeplitz(3)).one_call is None
    assert f.on(Symmetric(3)).one_call is None
    large = GaussianLikelihood(normal(rng, 2, 400))
    assert large.on(SymmetricToeplitz(400)).one_call is None


def test_a_factor_that_is_known_is_not_computed_in_one_call(rng):
    counts = Counts()
    problem = GaussianLikelihood(normal(rng, 9, 3)).on(SymmetricToeplitz(3))
    e = problem.counted(counts).at([2.0, 0.5, 0.0])
    _ = e.point.factor
    assert e.value == pytest.approx(problem.at(e.x).value, rel=1e-13)
    assert (e.point.factorizations, counts.nfactor) == (1, 0)


class Raised(GaussianLikelihood):
    """The likelihood and one."""

    def at(self, point):
        at = super().at(point)
        return from_functions(lambda A: at.value + 1.0, lambda A: at.gradient).at(point)


def test_what_a_subclass_says_is_asked(rng):
    X = normal(rng, 9, 3)
    space, x = SymmetricToeplitz(3), [2.0, 0.5, 0.0]
    plain, raised = (f(X).on(space).at(x).value for f in (GaussianLikelihood, Raised))
    assert raised == pytest.approx(plain + 1.0)


def test_a_problem_with_one_call_can_be_sent(rng):
    problem = GaussianLikelihood(normal(rng, 9, 3)).on(SymmetricToeplitz(3))
    value = problem.at([2.0, 0.5, 0.0]).value
    again = pickle.loads(pickle.dumps(problem))
    assert again.at([2.0, 0.5, 0.0]).value == value
