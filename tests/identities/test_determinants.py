"""Equations (46)-(58)."""

import numpy as np
import pytest

import matopt as mo
from matopt.identities.verify import _error, _second_difference

NUMBERS = range(46, 59)
SINGULAR = np.diag([2.0, 3.0, 0.0])


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_the_right_side_is_the_derivative(number, size, dtype, rng):
    found = mo.identities[number].check(rng, size, dtype=dtype)
    assert found.worst <= 1e-10


def test_all_but_the_second_derivative_have_a_hessian():
    assert {n for n in NUMBERS if mo.identities[n].second is None} == {48}
    assert {n for n in NUMBERS if mo.identities[n].erratum} == {51}


def error_at(record, rng, **inputs):
    """The worst error of both derivatives at these inputs."""
    name = record.variable
    V, W = rng.standard_normal((2, *np.shape(inputs[name])))
    first = _error(record, record.derivative, inputs, {name: V})
    curved = _second_difference(record.f, name, inputs, V, W)
    second = np.sum(record.hessp(V, **inputs) * W) - curved
    return max(first, abs(second) / (1.0 + abs(curved)))


@pytest.mark.parametrize("number", [47, 49, 50])
@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_a_determinant_at_any_rank(number, rank, rng):
    X = rng.standard_normal((4, rank)) @ rng.standard_normal((rank, 4))
    assert error_at(mo.identities[number], rng, X=X) <= 1e-10


@pytest.mark.parametrize("number", [52, 53, 54])
def test_a_square_form_at_a_singular_matrix(number, rng):
    X = SINGULAR + np.outer([0.0, 1.0, 1.0], [0.0, 0.0, 0.0])
    A = rng.standard_normal((3, 3))
    assert error_at(mo.identities[number], rng, X=X, A=A + A.T) <= 1e-10


def test_square_forms_agree_where_their_conditions_meet(rng):
    X, A = rng.standard_normal((2, 3, 3))
    records = mo.identities[52], mo.identities[53], mo.identities[54]
    first, second, third = (r.derivative(X=X, A=A + A.T) for r in records)
    assert np.allclose(first, third) and np.allclose(second, third)
    with pytest.raises(mo.identities.ConditionError, match="a symmetric A"):
        mo.identities[53].derivative(X=X, A=A)
    assert error_at(mo.identities[54], rng, X=X[:, :2], A=A) <= 1e-10


def test_paths_pass_through_singular_matrices(rng):
    dY, ddY = rng.standard_normal((2, 3, 3))
    slope = mo.identities[46].derivative(Y=SINGULAR, dY=dY)
    assert slope == pytest.approx(6.0 * dY[2, 2])
    curvature = mo.identities[48].derivative(Y=SINGULAR, dY=dY, ddY=ddY)
    minors = sum(
        d * (dY[i, i] * dY[2, 2] - dY[i, 2] * dY[2, i]) for i, d in ((0, 3.0), (1, 2.0))
    )
    assert curvature == pytest.approx(6.0 * ddY[2, 2] + 2.0 * minors)


def test_cofactors_give_the_determinant_on_the_diagonal_only():
    for number in (47, 50):
        X = np.array([[1.0, 2.0], [3.0, 4.0]])
        assert mo.identities[number].derivative(X=X, i=0, j=0) == pytest.approx(-2.0)
        assert mo.identities[number].derivative(X=X, i=0, j=1) == 0.0


def test_a_product_as_printed_needs_square_factors(rng):
    record = mo.identities[51]
    A, X, B = rng.standard_normal((3, 3, 3))
    square = {"A": A, "X": X, "B": B}
    assert np.allclose(record.derivative(**square), record.printed(**square))
    assert record.check(rng).printed > 1e-2
    assert record.verdict is mo.identities.Verdict.CONDITIONAL
    assert error_at(record, rng, A=A[:2], X=X @ SINGULAR, B=B[:, :2]) <= 1e-10


def test_gram_determinants_are_of_the_pseudoinverse(rng):
    X = rng.standard_normal((4, 2))
    Y = np.linalg.pinv(X)
    assert np.allclose(mo.identities[55].derivative(X=X), 2.0 * Y.T)
    assert np.allclose(mo.identities[56].derivative(Y=Y), -2.0 * X.T)
    values = mo.identities[55].function(X=X), mo.identities[56].function(Y=Y)
    assert values[0] == pytest.approx(values[1])


def test_gram_determinants_need_full_rank():
    X = np.ones((3, 2))
    with pytest.raises(mo.identities.ConditionError, match="full column rank"):
        mo.identities[55].derivative(X=X)
    with pytest.raises(mo.identities.ConditionError, match="full row rank"):
        mo.identities[56].derivative(Y=X.T)
    isotropic = np.array([[1.0], [1.0j]])
    with pytest.raises(mo.identities.ConditionError, match=r"an invertible X\^T X"):
        mo.identities[55].derivative(X=isotropic)


def test_the_logarithm_has_either_sign():
    X = np.diag([-2.0, 1.0])
    assert mo.identities[57].function(X=X) == pytest.approx(np.log(2.0))
    assert np.allclose(mo.identities[57].derivative(X=X), np.diag([-0.5, 1.0]))
    with pytest.raises(mo.identities.ConditionError, match="an invertible X"):
        mo.identities[57].derivative(X=SINGULAR)


@pytest.mark.parametrize("k", [-3, -2, -1, 0, 1, 2, 4])
def test_every_integer_power(k, rng):
    X = rng.standard_normal((3, 3))
    assert error_at(mo.identities[58], rng, X=X, k=k) <= 1e-10
    D = k * np.linalg.det(X) ** k * np.linalg.inv(X).T
    assert np.allclose(mo.identities[58].derivative(X=X, k=k), D)


@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_powers_of_a_singular_matrix(k, rng):
    assert error_at(mo.identities[58], rng, X=SINGULAR, k=k) <= 1e-10
    with pytest.raises(mo.identities.ConditionError, match="an invertible X where k"):
        mo.identities[58].derivative(X=SINGULAR, k=-1 - k)


def test_the_logarithm_of_the_modulus_is_real_and_does_not_overflow():
    f = mo.identities[57].function
    assert f(X=1e200 * np.eye(3)) == pytest.approx(600 * np.log(10))
    assert mo.identities[43].function(
        X=np.diag([-1e200, 1e200]), dX=np.eye(2)
    ) == pytest.approx(400 * np.log(10) + 1j * np.pi)
    with pytest.raises(ValueError, match="needs a real X"):
        f(X=1j * np.eye(2))
