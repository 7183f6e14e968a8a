"""Equations (59)-(64) and the relation after (64)."""

import numpy as np
import pytest

import matopt as mo

NUMBERS = (*range(59, 65), "64+")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_the_right_side_is_the_derivative(number, size, dtype, rng):
    found = mo.identities[number].check(rng, size, dtype=dtype)
    assert found.worst <= 1e-10


def test_scalar_equations_have_a_hessian():
    with_hessian = {n for n in NUMBERS if mo.identities[n].second is not None}
    assert with_hessian == {61, 62, 63, 64, "64+"}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_singular_matrix_is_refused_by_name(number, rng):
    record = mo.identities[number]
    inputs = record.sample(rng, 2)
    letter = {59: "Y", "64+": "A"}.get(number, "X")
    inputs[letter] = np.ones((2, 2)) - (inputs["A"] if number == 64 else 0.0)
    text = {59: r"an invertible Y\(x\)", 64: r"an invertible X \+ A"}
    inputs.pop("x", None)
    with pytest.raises(
        mo.identities.ConditionError, match=text.get(number, f"an invertible {letter}")
    ):
        record.derivative(**inputs)


def test_entries_are_indexed_as_printed(rng):
    X = rng.standard_normal((3, 3))
    W = np.linalg.inv(X)
    D = mo.identities[60].derivative(X=X)
    assert D[0, 1, 2, 0] == pytest.approx(-W[0, 2] * W[0, 1])
    assert mo.identities[60].derivative(X=X, k=0, l=1, i=2, j=0) == D[0, 1, 2, 0]
    assert np.array_equal(mo.identities[60].derivative(X=X, i=2, j=0), D[:, :, 2, 0])
    assert mo.identities[60].function(X=X, k=0, l=1) == W[0, 1]


def test_products_with_the_jacobian(rng):
    X, V, U = rng.standard_normal((3, 3, 3))
    W = np.linalg.inv(X)
    assert np.allclose(mo.identities[60].jvp(V, X=X), -W @ V @ W)
    assert np.allclose(mo.identities[60].vjp(U, X=X), -W.T @ U @ W.T)


def test_a_path_without_curvature_starts_at_zero(rng):
    Y, dY = rng.standard_normal((2, 3, 3))
    W = np.linalg.inv(Y)
    assert np.allclose(mo.identities[59].derivative(Y=Y, dY=dY), -W @ dY @ W)


def test_numbers_are_matrices_of_order_one():
    X, A, B = np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]])
    assert mo.identities[62].derivative(X=X) == pytest.approx(-0.25)
    assert mo.identities[62].hessp(A, X=X) == pytest.approx(0.75)
    assert mo.identities[63].derivative(X=X, A=A, B=B) == pytest.approx(-15.0 / 4.0)
    assert mo.identities[64].derivative(X=X, A=A) == pytest.approx(-1.0 / 25.0)


def test_the_relation_holds_for_a_function_that_is_not_linear(rng):
    A = rng.standard_normal((3, 3))
    W = np.linalg.inv(A)
    by_W = 2.0 * W.T  # of J = Tr(W^2), which is Tr(A^-2)
    assert np.allclose(
        mo.identities["64+"].derivative(A=A, G=by_W),
        -2.0 * np.linalg.matrix_power(W, 3).T,
    )
    cofactors = np.linalg.det(W) * A.T  # of J = det(W), which is det(A^-1)
    assert np.allclose(
        mo.identities["64+"].derivative(A=A, G=cofactors),
        mo.identities[62].derivative(X=A),
    )
