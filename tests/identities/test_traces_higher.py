import numpy as np
import pytest

from matopt import identities
from matopt.identities import ConditionError
from matopt.identities.traces_higher import RECORDS


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.number))
def test_the_right_side_is_the_derivative(record, size, rng):
    for dtype in (float, complex) if record.admits_complex else (float,):
        assert record.check(rng, size, dtype=dtype).worst <= 1e-10


@pytest.mark.parametrize("k", [-3, -1, 0, 1, 2, 5])
def test_powers_of_either_sign(k, rng):
    X = rng.standard_normal((3, 3)) + 4 * np.eye(3)
    V = rng.standard_normal((3, 3))
    h = 1e-5
    for n, constants in ((121, {}), (122, {"A": rng.standard_normal((3, 3))})):
        record = identities[n]
        ahead = record.derivative(X=X + h * V, k=k, **constants)
        behind = record.derivative(X=X - h * V, k=k, **constants)
        H = record.hessp(V, X=X, k=k, **constants)
        scale = np.max(np.abs(H)) + 1e-9
        np.testing.assert_allclose(
            (ahead - behind) / (2 * h), H, atol=1e-5 * scale, rtol=0
        )


def test_the_trace_of_a_power_is_the_other_one_with_the_identity(rng):
    X = rng.standard_normal((3, 3))
    for k in (0, 1, 4, -2):
        power = identities[121].derivative(X=X, k=k)
        other = identities[122].derivative(X=X, k=k, A=np.eye(3))
        np.testing.assert_allclose(power, other, atol=1e-9)


def test_singular_matrices_have_powers_that_are_not_negative():
    X = np.array([[0.0, 1.0], [0.0, 0.0]])
    record = identities[121]
    np.testing.assert_array_equal(record.derivative(X=X, k=2), 2 * X.T)
    np.testing.assert_array_equal(record.derivative(X=X, k=1), np.eye(2))
    np.testing.assert_array_equal(record.derivative(X=X, k=0), np.zeros((2, 2)))
    np.testing.assert_array_equal(record.hessp(np.eye(2), X=X, k=0), np.zeros((2, 2)))
    np.testing.assert_array_equal(record.hessp(np.eye(2), X=X, k=2), 2 * np.eye(2))
    for number, others in ((121, {}), (122, {"A": np.eye(2)})):
        with pytest.raises(ConditionError, match="invertible X for a negative k"):
            identities[number].derivative(X=X, k=-1, **others)


def test_conditions_are_named(rng):
    X, S = rng.standard_normal((3, 2)), np.eye(3)
    skew = S + np.diag([1.0, 1.0], 1)
    with pytest.raises(ConditionError, match="a symmetric C"):
        identities[125].derivative(X=X, C=skew, A=np.eye(2))
    with pytest.raises(ConditionError, match="a symmetric B"):
        identities[126].derivative(X=X, B=skew, C=S)
    with pytest.raises(ConditionError, match=r"an invertible X\^T C X"):
        identities[126].derivative(X=0 * X, B=S, C=S)
    with pytest.raises(ConditionError, match=r"an invertible A \+ X\^T C X"):
        identities[127].derivative(X=0 * X, A=np.zeros((2, 2)), B=S, C=S)
    with pytest.raises(ConditionError, match="an invertible X"):
        identities[124].derivative(X=np.zeros((2, 2)), A=np.eye(2), B=np.eye(2))


def test_the_regularized_ratio_is_printed_for_a_symmetric_A_only(rng):
    record = identities[127]
    assert max(record.check(rng, size).printed for size in (1, 2, 3)) > 1e-2
    X, A = rng.standard_normal((3, 2)), np.array([[2.0, 1.0], [1.0, 3.0]])
    B, C = np.diag([1.0, 2.0, -1.0]), np.eye(3)
    right = record.derivative(X=X, A=A, B=B, C=C)
    np.testing.assert_allclose(record.printed(X=X, A=A, B=B, C=C), right)
    A[0, 1] = 0.0
    right = record.derivative(X=X, A=A, B=B, C=C)
    assert np.max(np.abs(record.printed(X=X, A=A, B=B, C=C) - right)) > 1e-2
    with pytest.raises(ConditionError, match="a symmetric B"):
        record.printed(X=X, A=A, B=B + np.diag([1.0, 1.0], 1), C=C)


def test_the_general_ratio_has_the_others_as_cases(rng):
    X, C = rng.standard_normal((4, 2)), np.diag([1.0, 2.0, 3.0, 4.0])
    B, zero = np.diag([1.0, -1.0, 2.0, 0.0]), np.zeros((2, 2))
    V = rng.standard_normal((4, 2))
    general, ratio = identities[127], identities[126]
    np.testing.assert_allclose(
        general.derivative(X=X, A=zero, B=B, C=C), ratio.derivative(X=X, B=B, C=C)
    )
    np.testing.assert_allclose(
        general.hessp(V, X=X, A=zero, B=B, C=C), ratio.hessp(V, X=X, B=B, C=C)
    )
    X = np.eye(2)
    A = rng.standard_normal((2, 2))
    inverse = identities[125].derivative(X=X, C=np.eye(2), A=A)
    np.testing.assert_allclose(inverse, -(A + A.T))


def test_the_sine_is_that_of_the_matrix():
    X = np.array([[0.0, np.pi], [0.0, 0.0]])  # nilpotent: cos X = I
    np.testing.assert_allclose(identities[128].derivative(X=X), np.eye(2), atol=1e-15)
    X = np.pi * np.array([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(identities[128].derivative(X=X), -np.eye(2), atol=1e-14)
    assert identities[128].derivative(X=np.zeros((2, 2))).tolist() == [[1, 0], [0, 1]]
