"""Equations (32)-(45)."""

import numpy as np
import pytest

import matopt as mo

NUMBERS = range(32, 46)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_the_right_side_is_the_derivative(number, size, dtype, rng):
    found = mo.identities[number].check(rng, size, dtype=dtype)
    assert found.worst <= 1e-10


def test_all_are_complete():
    assert [mo.identities[n].section for n in NUMBERS] == ["2"] * len(NUMBERS)
    assert {n for n in NUMBERS if mo.identities[n].erratum} == {34}
    scalars = {n for n in NUMBERS if mo.identities[n].second is not None}
    assert scalars == {36, 41, 42, 43}


def test_complex_inputs_reach_the_conjugate_transpose(rng):
    inputs = mo.identities[45].sample(rng, 2, dtype=complex)
    assert np.iscomplexobj(inputs["X"])
    assert np.array_equal(
        mo.identities[45].derivative(**inputs), np.conj(inputs["dX"]).T
    )


def test_entries_are_kronecker_deltas():
    X = np.zeros((2, 3))
    D = mo.identities[32].derivative(X=X)
    assert D.shape == (2, 3, 2, 3)
    assert np.array_equal(D.reshape(6, 6), np.eye(6))
    assert mo.identities[32].derivative(X=X, k=1, l=2, i=1, j=2) == 1.0
    assert mo.identities[32].derivative(X=X, k=1, l=2, i=0, j=2) == 0.0
    with pytest.raises(IndexError, match=r"must be from 0 to 1, got 2"):
        mo.identities[32].derivative(X=X, k=2, l=0, i=0, j=0)


def test_a_constant_needs_nothing_else():
    assert np.array_equal(mo.identities[33].derivative(A=np.eye(2)), np.zeros((2, 2)))


def test_the_multiple_is_right_as_printed_for_a_constant_factor(rng):
    record = mo.identities[34]
    X, dX = rng.standard_normal((2, 3, 2))
    given = {"alpha": 3.0, "X": X, "dX": dX}
    assert np.array_equal(record.derivative(**given), 3.0 * dX)
    assert np.array_equal(record.printed(**given), 3.0 * dX)
    assert record.check(rng).printed > 1e-2
    assert np.allclose(record.derivative(**given, dalpha=2.0), 3.0 * dX + 2.0 * X)


@pytest.mark.parametrize("number", [41, 42])
def test_a_singular_matrix_has_a_differential_of_its_determinant(number):
    record = mo.identities[number]
    X, dX = np.diag([2.0, 3.0, 0.0]), np.arange(9.0).reshape(3, 3)
    assert record.derivative(X=X, dX=dX) == pytest.approx(6.0 * dX[2, 2])
    V = np.diag([1.0, 0.0, 1.0])
    expected = np.diag([3.0, 2.0, 3.0])  # of V_ii X_jj + X_ii V_jj, and zero off it
    assert np.allclose(record.hessp(V, X=X, dX=dX), expected)


@pytest.mark.parametrize("number", [40, 43])
def test_a_singular_matrix_has_no_inverse(number):
    inputs = {"X": np.ones((2, 2)), "dX": np.eye(2)}
    with pytest.raises(mo.identities.ConditionError, match="an invertible X"):
        mo.identities[number].derivative(**inputs)


def test_the_logarithm_of_a_negative_determinant_is_complex():
    X = np.diag([-2.0, 1.0])
    assert mo.identities[43].function(X=X, dX=X) == pytest.approx(
        np.log(2) + np.pi * 1j
    )
    assert mo.identities[43].derivative(X=X, dX=X) == pytest.approx(2.0)
