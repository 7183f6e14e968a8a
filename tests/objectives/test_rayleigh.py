import numpy as np
import pytest
from numeric import agrees, lift, normal

from matopt.check import check_objective
from matopt.errors import NotPositiveDefinite, OutOfDomain
from matopt.objectives import RayleighQuotient
from matopt.spaces import Dense, Sphere, Stiefel

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


def pair(n, rng, dtype=float):
    A, B = normal(rng, n, n, dtype=dtype), normal(rng, n + 1, n, dtype=dtype)
    return A + A.conj().T, B.conj().T @ B


def quotient(P, Q):
    P, Q = lift(P), lift(Q)
    return lambda x: (x.H * P * x)[0] / (x.H * Q * x)[0]


@FIELDS
@pytest.mark.parametrize("n", [1, 2, 5])
def test_is_94(n, dtype, rng):
    P, Q = pair(n, rng, dtype)
    for space in (Dense(n, dtype=dtype), Dense(n, 1, dtype=dtype)):
        X = normal(rng, *space.shape, dtype=dtype)
        X /= np.linalg.norm(X)
        agrees(RayleighQuotient(P, Q), space, quotient(P, Q), rng, X)
        agrees(RayleighQuotient(P), space, quotient(P, np.eye(n)), rng, X)


@FIELDS
def test_factors_are_the_same_quotient(dtype, rng):
    A, B = normal(rng, 2, 4, dtype=dtype), normal(rng, 6, 4, dtype=dtype)
    PQ = quotient(A.conj().T @ A, B.conj().T @ B)
    agrees(RayleighQuotient.from_factors(A, B), Dense(4, dtype=dtype), PQ, rng)


def test_95_corrected_and_not_as_printed(rng):
    A, B, x = normal(rng, 3, 3), normal(rng, 3, 3), normal(rng, 3)
    d = x @ B.T @ B @ x
    right = 2 * (A.T @ A @ x) / d - 2 * (x @ A.T @ A @ x) * (B.T @ B @ x) / d**2
    printed = right + 2 * (A.T @ A @ x) * (1 / (x @ B @ B @ x) - 1 / d)
    e = RayleighQuotient.from_factors(A, B).on(Dense(3)).at(x)
    np.testing.assert_allclose(e.gradient, right, rtol=1e-12)
    assert not np.allclose(e.gradient, printed, rtol=1e-3)


@FIELDS
def test_on_the_sphere_and_on_stiefel(dtype, rng):
    P, Q = pair(5, rng, dtype)
    for f in (RayleighQuotient(P), RayleighQuotient(P, Q)):
        check_objective(f, Sphere(5, dtype), rng)
        check_objective(f, Stiefel(5, 1, dtype), rng)


def test_factors_keep_what_the_product_loses():
    # A^T A rounds 1 + 1e-20 to 1: the smallest value would be 0 or negative
    A = np.array([[1.0, 1.0], [1e-10, 0.0], [0.0, 1e-10]])
    x = np.array([1.0, -1.0])
    e = RayleighQuotient.from_factors(A).on(Dense(2)).at(x)
    assert e.value == pytest.approx(1e-20, rel=1e-12)


def test_one_product_with_P_for_value_and_gradient(rng, monkeypatch):
    import matopt.objectives.rayleigh as module

    count = []
    real = module.product
    monkeypatch.setattr(module, "product", lambda A, x: count.append(1) or real(A, x))
    P, Q = pair(6, rng)
    e = RayleighQuotient(P).on(Sphere(6)).start(rng)
    assert np.isfinite(e.value) and np.isfinite(e.gradient_norm) and len(count) == 1
    e.hessp(e.gradient)
    assert len(count) == 2
    e = RayleighQuotient(P, Q).on(Sphere(6)).start(rng)
    assert np.isfinite(e.value) and np.isfinite(e.gradient_norm) and len(count) == 4


def test_an_eigenvector_is_stationary_with_the_eigenvalue(rng):
    P, Q = pair(5, rng)
    import scipy.linalg

    values, vectors = scipy.linalg.eigh(P, Q)
    e = RayleighQuotient(P, Q).on(Dense(5)).at(7.0 * vectors[:, 2])
    assert e.value == pytest.approx(values[2], rel=1e-12)
    assert e.gradient_norm < 1e-12


def test_zero_is_outside_the_domain_and_not_where_it_starts(rng):
    problem = RayleighQuotient(np.eye(3)).on(Dense(3))
    assert problem.at(np.zeros(3)).value == np.inf
    with pytest.raises(OutOfDomain, match=r"x\^H Q x must be positive, is 0"):
        _ = problem.at(np.zeros(3)).gradient
    assert np.isfinite(problem.start(rng).value)
    B = [[1.0, 0.0, 0.0]]  # x^T B^T B x may vanish
    assert (
        RayleighQuotient.from_factors(np.eye(3), B)
        .on(Dense(3))
        .at([0.0, 1.0, 0.0])
        .value
        == np.inf
    )


def test_wrong_arguments(rng):
    P, Q = pair(3, rng)
    with pytest.raises(ValueError, match=r"P must be symmetric; max \|P - P\^H\| = 1"):
        RayleighQuotient(P + np.eye(3, k=1))
    with pytest.raises(NotPositiveDefinite, match="Q must be positive definite"):
        RayleighQuotient(P, -Q)
    with pytest.raises(ValueError, match="Q must have the order 3 of P, got 2"):
        RayleighQuotient(P, np.eye(2))
    with pytest.raises(ValueError, match=r"B must have shape \(any, 3\), got \(3, 2\)"):
        RayleighQuotient.from_factors(P, P[:, :2])
    with pytest.raises(ValueError, match=r"of order 3 but the space Sphere\(4\)"):
        RayleighQuotient(P, Q).on(Sphere(4))
    with pytest.raises(ValueError, match="P is complex but"):
        RayleighQuotient(np.array([[0, 1j], [-1j, 0]])).on(Sphere(2))
    assert repr(RayleighQuotient(P, Q)) == "RayleighQuotient(<order 3>, generalized)"
