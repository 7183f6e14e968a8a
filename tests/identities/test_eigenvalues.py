"""Equations (65)-(68)."""

import numpy as np
import pytest

import matopt as mo
from matopt.identities.verify import _difference, _second_difference, relative_error

NUMBERS = range(65, 69)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_the_right_side_is_the_derivative(number, size, dtype, rng):
    found = mo.identities[number].check(rng, size, dtype=dtype)
    assert found.worst <= 1e-10


def test_sum_and_product_of_eigenvalues(rng):
    X = np.array([[0.0, -2.0], [2.0, 0.0]])  # eigenvalues 2i and -2i
    assert mo.identities[65].function(X=X) == 0.0
    assert mo.identities[66].function(X=X) == pytest.approx(4.0)
    assert np.array_equal(mo.identities[65].derivative(X=X), np.eye(2))
    singular = np.diag([2.0, 3.0, 0.0])
    D = mo.identities[66].derivative(X=singular)
    assert np.allclose(D, np.diag([0.0, 0.0, 6.0]))
    assert np.allclose(
        mo.identities[66].hessp(np.eye(3), X=singular), np.diag([3.0, 2.0, 5.0])
    )


def test_closed_form_of_order_two():
    # the eigenvalues of [[1, t], [t, 3]] are 2 -+ sqrt(1 + t^2)
    A, dA = np.diag([1.0, 3.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    assert np.allclose(mo.identities[67].derivative(A=A, dA=dA), 0.0)
    dV = mo.identities[68].derivative(A=A, dA=dA)
    assert np.allclose(dV, [[0.0, 0.5], [-0.5, 0.0]])
    H = mo.identities[67].hessp(dA, A=A, dA=dA, i=1)
    assert np.sum(H * dA) == pytest.approx(1.0)  # of sqrt(1 + t^2) at 0


def test_one_eigenvalue_or_all_of_them(rng):
    inputs = mo.identities[67].sample(rng, 4)
    for number in (67, 68):
        record = mo.identities[number]
        change, value = record.derivative(**inputs), record.function(**inputs)
        for i in range(4):
            assert np.allclose(record.derivative(**inputs, i=i), change[..., i])
            assert np.allclose(record.function(**inputs, i=i), value[..., i])
    with pytest.raises(IndexError):
        mo.identities[67].derivative(**inputs, i=4)


def test_symmetric_matrices_as_printed(rng):
    for number in (67, 68):
        record = mo.identities[number]
        inputs = record.sample(rng, 4)
        assert np.allclose(record.derivative(**inputs), record.printed(**inputs))


def test_the_sign_is_fixed(rng):
    inputs = mo.identities[68].sample(rng, 5)
    V = mo.identities[68].function(**inputs)
    assert np.allclose(V.T @ V, np.eye(5))
    large = np.abs(V) >= 0.5 * np.max(np.abs(V), axis=0)
    assert all(V[np.argmax(large[:, i]), i] > 0.0 for i in range(5))


def matrices(rng):
    S = rng.standard_normal((4, 4))
    yield S @ np.diag([1.0, 2.0, 4.0, 5.0]) @ np.linalg.inv(S)
    yield S  # with complex eigenvalues, or not
    yield np.array([[0.0, 2.0, 0.0], [-1.0, 0.0, 1.0], [0.5, 0.0, 1.0]])
    yield S + 1j * rng.standard_normal((4, 4))
    yield S + S.T + 1j * (S - S.T)  # Hermitian


@pytest.mark.parametrize("number", [67, 68])
@pytest.mark.parametrize("which", range(5))
def test_matrices_that_are_not_symmetric(number, which, rng):
    record = mo.identities[number]
    A = list(matrices(rng))[which]
    inputs = {"A": A, "dA": rng.standard_normal(A.shape)}
    change = _difference(record.f, inputs, {"A": inputs["dA"]})
    assert relative_error(record.derivative(**inputs), change) <= 1e-10
    if which < 3:
        assert relative_error(record.as_printed(**inputs), change) > 1e-2
    if which < 4:
        with pytest.raises(mo.identities.ConditionError, match="a symmetric A"):
            record.printed(**inputs)


def test_the_second_derivative_without_symmetry(rng):
    record = mo.identities[67]
    A = next(matrices(rng))
    V, W = rng.standard_normal((2, 4, 4))
    H = record.hessp(V, A=A, dA=V, i=2)
    expected = _second_difference(record.f, "A", {"A": A, "dA": V, "i": 2}, V, W)
    assert relative_error(np.sum(H * W), expected) <= 1e-10


@pytest.mark.parametrize("number", [67, 68])
def test_repeated_eigenvalues_are_refused_with_the_gap(number):
    record = mo.identities[number]
    A, dA = np.diag([1.0, 1.0 + 3e-12, 2.0]), np.ones((3, 3))
    with pytest.raises(
        mo.identities.ConditionError, match=r"simple eigenvalues .*, got a gap of 3e-12"
    ):
        record.derivative(A=A, dA=dA)
    with pytest.raises(mo.identities.ConditionError, match="a gap of 0"):
        record.derivative(A=np.eye(3), dA=dA, i=1)
    with pytest.raises(mo.identities.ConditionError, match="a gap of 0"):
        record.function(A=np.array([[1.0, 1.0], [0.0, 1.0]]), dA=dA[:2, :2])


def test_only_the_gap_of_the_eigenvalue_counts():
    A, dA = np.diag([1.0, 1.0, 3.0]), np.ones((3, 3))
    assert mo.identities[67].derivative(A=A, dA=dA, i=2) == pytest.approx(1.0)
    assert np.allclose(mo.identities[68].derivative(A=A, dA=dA, i=2), [0.5, 0.5, 0.0])


def test_an_eigenvector_without_a_scale_is_refused():
    A, dA = np.array([[0.0, -1j], [1j, 0.0]]), np.eye(2)  # v = (1, i) has v^T v = 0
    with pytest.raises(mo.identities.ConditionError, match=r"can have v\^T v = 1"):
        mo.identities[68].derivative(A=A, dA=dA)
    assert np.allclose(mo.identities[67].derivative(A=A, dA=dA), [1.0, 1.0])


def test_an_index_outside_the_eigenvalues_is_named():
    with pytest.raises(IndexError, match=r"must be from 0 to 1, got 7"):
        mo.identities[67].derivative(A=np.diag([1.0, 2.0]), dA=np.eye(2), i=7)
