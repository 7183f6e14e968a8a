import numpy as np
import pytest

import matopt.objectives as objectives
from matopt.spaces import Dense, Product, Symmetric

A = np.eye(3)
ALL = [
    objectives.WeightedLeastSquares(A, A),
    objectives.DesignLeastSquares(A, A),
    objectives.SquaredDistance(A),
    objectives.GaussianLikelihood(A),
    objectives.GaussianPrecisionLikelihood(A),
    objectives.RayleighQuotient(A),
    objectives.TraceRatio(A),
    objectives.LinearTrace(A),
    objectives.QuadraticTrace(A),
    objectives.ProductTrace(A, A),
    objectives.Residual(A),
    objectives.TracePower(2),
    objectives.TraceInverse(A),
    objectives.TraceFunction("exp"),
    objectives.LogDet(),
    objectives.FrobeniusNorm(),
    objectives.TwoNorm(A[0]),
]
EVERY = pytest.mark.parametrize("f", ALL, ids=repr)


@EVERY
@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_product_is_refused_with_what_to_do(f, k):
    with pytest.raises(ValueError, match=r"take f\.of\(i\) for the i-th of them"):
        f.on(Product(*[Symmetric(3)] * k))


@EVERY
def test_a_wrong_shape_is_refused_with_both_sizes(f):
    if isinstance(f, objectives.FrobeniusNorm):
        return  # any shape will do
    with pytest.raises(ValueError, match=r"\(2, 5\)"):
        f.on(Dense(2, 5))


@EVERY
def test_repr_is_short_and_prints_no_array(f):
    assert len(repr(f)) < 60 and "[" not in repr(f)


@pytest.mark.parametrize("dtype", [int, np.float32, np.complex64])
def test_other_numbers_are_converted(dtype):
    B = objectives.LinearTrace(A.astype(dtype)).A
    assert B.dtype == (complex if dtype is np.complex64 else float)


def test_fields_cannot_be_set():
    with pytest.raises(AttributeError, match="cannot assign to field"):
        objectives.LinearTrace(A).A = A


@pytest.mark.parametrize(
    "make",
    [
        lambda: objectives.SquaredDistance(np.zeros((0, 0))),
        lambda: objectives.WeightedLeastSquares([], np.zeros((0, 3))),
        lambda: objectives.DesignLeastSquares(np.zeros((3, 0)), np.zeros((2, 0))),
    ],
)
def test_empty_constants_are_refused(make):
    with pytest.raises(ValueError, match=r"must not be empty, got shape \("):
        make()
