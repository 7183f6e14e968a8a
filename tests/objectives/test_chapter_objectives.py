"""Objectives against the equations they come from: each equation has one home."""

import numpy as np
import pytest

import matopt as mo


def case(number, objective, variable):
    return pytest.param(number, objective, variable, id=str(number))


CASES = [
    case(84, lambda x, A, W, **_: mo.WeightedLeastSquares(x, A, W), "s"),
    case(85, lambda s, W, **_: mo.SquaredDistance(s, W), "x"),
    case(88, lambda x, s, W, **_: mo.DesignLeastSquares(x, s, W), "A"),
    case(100, lambda A, **_: mo.LinearTrace(A), "X"),
    case(114, lambda A, B, **_: mo.ProductTrace(A, B), "X"),
    case(118, lambda A, B, C, **_: mo.QuadraticTrace(A, B, C), "X"),
    case(119, lambda A, B, C, **_: mo.Residual(A, B, C), "X"),
    case(126, lambda B, C, **_: mo.TraceRatio(B, C), "X"),
    case(127, lambda A, B, C, **_: mo.TraceRatio(B, C, A), "X"),
    case(131, lambda **_: mo.TwoNorm(squared=True), "x"),
    case(132, lambda **_: mo.FrobeniusNorm(), "X"),
    case(57, lambda **_: mo.LogDet(), "X"),
]


@pytest.mark.parametrize(("number", "objective", "variable"), CASES)
def test_gradient_and_hessian_are_the_equation(number, objective, variable, rng):
    record = mo.identities[number]
    inputs = record.sample(rng, 3)
    X = inputs[variable]
    constants = {k: v for k, v in inputs.items() if k != variable}
    space = mo.Dense(*X.shape)
    e = objective(**constants).on(space).at(X)
    np.testing.assert_allclose(
        space.matrix(e.gradient), record.derivative(**inputs), rtol=1e-9, atol=1e-10
    )
    V = rng.standard_normal(X.shape)
    np.testing.assert_allclose(
        space.matrix(e.hessp(space.parameters(V))),
        record.hessp(V, **inputs),
        rtol=1e-8,
        atol=1e-9,
    )


def test_the_rayleigh_quotient_is_95(rng):
    record = mo.identities[95]
    inputs = record.sample(rng, 4)
    e = mo.RayleighQuotient.from_factors(inputs["A"], inputs["B"])
    e = e.on(mo.Dense(len(inputs["x"]))).at(inputs["x"])
    np.testing.assert_allclose(e.gradient, record.derivative(**inputs), rtol=1e-9)


def test_the_likelihood_is_57_and_63(rng):
    S = np.cov(rng.standard_normal((9, 3)), rowvar=False)
    X = S + np.eye(3)
    e = mo.GaussianLikelihood.from_covariance(S).on(mo.Symmetric(3)).at(X)
    G = mo.identities[57].derivative(X=X)
    G = G + mo.identities[63].derivative(A=np.eye(3), X=X, B=S)
    expected = G + G.T - np.diag(np.diag(G))  # (138)
    np.testing.assert_allclose(mo.Symmetric(3).matrix(e.gradient), expected, rtol=1e-10)
