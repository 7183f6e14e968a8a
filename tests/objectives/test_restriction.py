import numpy as np
import pytest
from numeric import normal

from matopt.objectives import (
    Counts,
    GaussianLikelihood,
    LogDet,
    RayleighQuotient,
    TraceInverse,
)
from matopt.spaces import (
    Fisher,
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
