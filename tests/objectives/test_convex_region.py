import numpy as np
import pytest

from matopt import is_in_convex_region
from matopt.objectives import GaussianLikelihood, GaussianPrecisionLikelihood
from matopt.spaces import Symmetric


@pytest.mark.parametrize("dtype", [float, complex])
def test_the_hessian_is_semidefinite_where_it_says_so(dtype, rng):
    n = 3
    X = rng.standard_normal((9, n)).astype(dtype)
    if dtype is complex:
        X.imag = rng.standard_normal(X.shape)
    f, space = GaussianLikelihood(X), Symmetric(n, dtype)
    inside = 0
    for _ in range(60):
        B = rng.standard_normal((n, n))
        A = f.covariance * rng.uniform(0.5, 2.2) + 0.1 * (B + B.T)
        if not np.linalg.eigvalsh(A)[0] > 0:
            assert not is_in_convex_region(A, f)
            continue
        lowest = np.linalg.eigvalsh(f.on(space).at(A).hessian)[0]
        if is_in_convex_region(A, f):
            inside += 1
            assert lowest > 0
    assert inside > 5
    edge = 2.0 * f.covariance  # of the region, and for 2 S of convexity
    assert is_in_convex_region(0.999 * edge, f)
    assert not is_in_convex_region(1.001 * edge, f)
    assert np.linalg.eigvalsh(f.on(space).at(1.001 * edge).hessian)[0] < 0


def test_fewer_samples_than_features_have_no_such_region(rng):
    f = GaussianLikelihood(rng.standard_normal((2, 3)))
    assert not is_in_convex_region(np.eye(3) * 1e-3, f)


def test_wrong_arguments(rng):
    f = GaussianLikelihood(rng.standard_normal((9, 3)))
    with pytest.raises(
        ValueError, match=r"shape \(3, 3\) for 3 features, got \(2, 2\)"
    ):
        is_in_convex_region(np.eye(2), f)
    other = GaussianPrecisionLikelihood(rng.standard_normal((9, 3)))
    with pytest.raises(TypeError, match="GaussianLikelihood, got GaussianPrecisionL"):
        is_in_convex_region(np.eye(3), other)
