import numpy as np
import pytest

from matopt.check import check_objective, check_space, slope
from matopt.errors import NotPositiveDefinite
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Banded,
    BlockToeplitz,
    CompoundSymmetry,
    Dense,
    Diagonal,
    Fisher,
    HermitianToeplitz,
    LinearSpan,
    PositiveDefinite,
    Sphere,
    StructureSum,
    Symmetric,
    SymmetricCirculant,
    SymmetricToeplitz,
    ToeplitzPlusDiagonal,
)


def _span(dtype):
    draw = np.random.default_rng(5)
    B = draw.standard_normal((3, 4, 4)).astype(dtype)
    if dtype is complex:
        B = B + 1j * draw.standard_normal(B.shape)
    B = B + B.conj().swapaxes(1, 2)
    B[0] = np.eye(4)
    return LinearSpan(B)


STRUCTURES = [
    *(Symmetric(n, dtype) for n in (1, 2, 5) for dtype in (float, complex)),
    *(Diagonal(n) for n in (1, 2, 5)),
    *(Banded(5, 1, dtype, symmetric=True) for dtype in (float, complex)),
    *(SymmetricToeplitz(n) for n in (1, 2, 5)),
    HermitianToeplitz(4),
    *(_span(dtype) for dtype in (float, complex)),
    BlockToeplitz(2, 2, complex),
    CompoundSymmetry(3),
    StructureSum(Diagonal(3), LinearSpan([np.eye(3, k=1) + np.eye(3, k=-1)])),
    SymmetricCirculant(4, complex),
    ToeplitzPlusDiagonal(3),
]


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_conforms(structure, rng):
    check_space(Fisher(structure), rng)


@pytest.mark.parametrize("f", [GaussianLikelihood, GaussianPrecisionLikelihood])
@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_objectives_conform(structure, f, rng):
    # also that A is factorized once, for the objective and the metric together
    samples = rng.standard_normal((9, structure.shape[0]))
    check_objective(f(samples), Fisher(structure), rng)


def _information(structure, A):
    """F_kl = Re tr(P S_k P S_l), entry by entry."""
    P, S = np.linalg.inv(A), structure.basis()
    return np.array([[np.trace(P @ b @ P @ c).real for c in S] for b in S])


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_information_against_its_definition(structure, rng):
    point = Fisher(structure).point(structure.random(rng))
    expected = _information(structure, point.dense)
    np.testing.assert_allclose(point.information, expected, rtol=1e-9, atol=1e-10)
    assert point.factorizations == 1


def test_information_is_the_same_in_pieces(monkeypatch, rng):
    structure = Symmetric(4, complex)
    x = structure.random(rng)
    whole = structure.point(x).information
    monkeypatch.setattr("matopt.spaces.structure._STACK", 3 * 16)
    np.testing.assert_allclose(structure.point(x).information, whole, rtol=1e-13)


@pytest.mark.parametrize("dtype", [float, complex])
def test_acceleration_is_that_of_the_levi_civita_connection(dtype, rng):
    # theta''_k = -F^-1_kl (d_i F_jl + d_j F_il - d_l F_ij) v_i v_j / 2
    structure = _span(dtype)
    space = Fisher(structure)
    x = structure.random(rng)
    point = space.point(x)
    v = space.random_tangent(point, rng)
    h = 1e-5

    def derivative(u):
        ahead, behind = (structure.matrix(x + s * h * u) for s in (1, -1))
        return (_information(structure, ahead) - _information(structure, behind)) / (
            2 * h
        )

    along_v = derivative(v)
    by_l = np.array([v @ derivative(unit) @ v for unit in np.eye(structure.size)])
    expected = -np.linalg.solve(point.information, along_v @ v - by_l / 2)
    acceleration = space.velocity(point, space.retract(point, v), v) - v
    np.testing.assert_allclose(acceleration, expected, rtol=1e-6, atol=1e-8)


def test_retraction_is_the_geodesic_of_a_diagonal_to_second_order(rng):
    space = Fisher(Diagonal(4))
    d = rng.uniform(0.5, 2.0, 4)
    point = space.point(d)
    v = space.random_tangent(point, rng)

    def gap(t):
        return float(
            np.linalg.norm(space.retract(point, t * v).x - d * np.exp(t * v / d))
        )

    assert slope(gap, 1e-16, 0.25) >= 2.9


@pytest.mark.parametrize("dtype", [float, complex])
def test_unrestricted_it_is_the_geometry_of_positive_definite(dtype, rng):
    n = 4
    structure, frame = Symmetric(n, dtype), PositiveDefinite(n, dtype)
    flat = Fisher(structure)
    samples = rng.standard_normal((9, n))
    X = frame.random(rng)
    one = GaussianLikelihood(samples).on(flat).at(X)
    two = GaussianLikelihood(samples).on(frame).at(X)
    p, q = one.point, two.point
    L = np.linalg.cholesky(X)
    W, Z = (frame.random_tangent(q, rng) for _ in range(2))
    u, v = (structure.parameters(L @ D @ L.conj().T) for D in (W, Z))
    close = {"rtol": 1e-9, "atol": 1e-10}
    np.testing.assert_allclose(flat.inner(p, u, v), frame.inner(q, W, Z), **close)
    np.testing.assert_allclose(p.along(one.gradient), q.along(two.gradient), **close)
    np.testing.assert_allclose(one.gradient_norm, two.gradient_norm, **close)
    np.testing.assert_allclose(p.along(one.hessp(u)), q.along(two.hessp(W)), **close)

    def gap(t):
        between = flat.retract(p, t * u).dense - frame.retract(q, t * W).dense
        return float(np.linalg.norm(between))

    assert slope(gap, 1e-15, 0.25) >= 2.9
    np.testing.assert_allclose(
        np.linalg.eigvalsh(one.hessian), np.linalg.eigvalsh(two.hessian), **close
    )


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_the_gradient_norm_is_the_newton_decrement_with_f(structure, rng):
    samples = rng.standard_normal((9, structure.shape[0]))
    f = GaussianLikelihood(samples)
    x = structure.random(rng)
    g = f.on(structure).at(x).gradient
    F = _information(structure, structure.matrix(x))
    e = f.on(Fisher(structure)).at(x)
    assert e.gradient_norm**2 == pytest.approx(g @ np.linalg.solve(F, g), rel=1e-8)


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_the_hessian_is_the_identity_where_the_model_is_exact(structure, rng):
    # at S = A the second derivative of the likelihood is F, whatever A is
    x = structure.random(rng)
    A = structure.matrix(x)
    e = GaussianLikelihood.from_covariance(A).on(Fisher(structure)).at(x)
    np.testing.assert_allclose(e.hessian, np.eye(structure.size), atol=1e-9)


def test_one_factorization_a_point_in_a_whole_run(rng):
    samples = rng.standard_normal((40, 5)) * [1, 2, 4, 8, 16]
    f = GaussianLikelihood(samples)
    space = Fisher(Banded(5, 1, symmetric=True))
    result = minimize(f.on(space), stop=Stop(gradient_norm=1e-5))
    assert result.success, result
    assert result.nfactor <= result.nfev


def test_start_of_a_family_without_the_identity():
    structure = LinearSpan([np.diag([2.0, 1.0]), [[0.0, 1.0], [1.0, 0.0]]])
    space = Fisher(structure)
    np.testing.assert_allclose(space.matrix(space.start()), np.diag([1.2, 0.6]))


def test_describes_itself():
    space = Fisher(Symmetric(3, complex))
    assert repr(space) == "Fisher(Symmetric(3, dtype=complex))"
    assert space == Fisher(Symmetric(3, complex)) != Fisher(Symmetric(3))
    assert space.shape == (3, 3) and space.dtype is complex and space.hermitian


def test_wrong_arguments():
    with pytest.raises(
        ValueError, match=r"which can be positive definite; Dense\(2, 2"
    ):
        Fisher(Dense(2, 2))
    with pytest.raises(ValueError, match=r"Diagonal\(2, dtype=complex\) does not"):
        Fisher(Diagonal(2, complex))
    with pytest.raises(
        TypeError, match=r"structure must be a Structure such as.*Sphere"
    ):
        Fisher(Sphere(2))
    space = Fisher(Symmetric(2))
    with pytest.raises(NotPositiveDefinite, match="its smallest eigenvalue is -1"):
        space.parameters([[1, 2], [2, 1]])
    with pytest.raises(NotPositiveDefinite, match="its smallest eigenvalue is -1"):
        space.admit(np.array([1.0, 2.0, 1.0]))


def test_lengths_are_real_at_a_nearly_singular_matrix(rng):
    # by a rounded F, u^T F u is negative at the first two; F may have no factor there
    T = SymmetricToeplitz(8)
    A = T.matrix(np.cos(np.arange(8)) + np.cos(2 * np.arange(8)))
    space = Fisher(T)
    for shift in (1e-9, 3e-9, 1e-7, 1e-6):
        point = space.point(T.parameters(A + shift * np.eye(8)))
        try:
            _ = point.information_factor
        except NotPositiveDefinite:
            assert shift < 1e-8
            continue
        for _ in range(10):
            u = point.information_factor.solve(rng.standard_normal(8))
            stack = np.array([u])
            assert space.inner(point, u, u) > 0
            assert space.gram(point, stack, stack)[0, 0] > 0


def test_a_likelihood_starts_where_its_structure_would(rng):
    space = CompoundSymmetry(4)
    e = GaussianLikelihood(rng.standard_normal((9, 4))).on(Fisher(space)).start()
    np.testing.assert_allclose(e.x, space.near(e.restriction.objective.scatter))
