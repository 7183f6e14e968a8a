import numpy as np
import pytest

from matopt import identities
from matopt.identities import ConditionError
from matopt.identities.norms import RECORDS


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.number))
def test_the_right_side_is_the_derivative(record, size, rng):
    for dtype in (float, complex) if record.admits_complex else (float,):
        assert record.check(rng, size, dtype=dtype).worst <= 1e-10


def test_a_triangle(rng):
    x, a = np.array([4.0, 6.0]), np.array([1.0, 2.0])
    assert identities[129].function(x=x, a=a) == 5.0
    np.testing.assert_allclose(identities[129].derivative(x=x, a=a), [0.6, 0.8])
    expected = np.array([[16.0, -12.0], [-12.0, 9.0]]) / 125.0
    np.testing.assert_allclose(identities[130].derivative(x=x, a=a), expected)
    V = rng.standard_normal(2)
    np.testing.assert_allclose(identities[129].hessp(V, x=x, a=a), expected @ V)
    np.testing.assert_allclose(identities[130].jvp(V, x=x, a=a), expected @ V)


def test_a_distance_has_no_gradient_at_the_point_itself():
    for n in (129, 130):
        with pytest.raises(ConditionError, match="x != a"):
            identities[n].derivative(x=np.ones(2), a=np.ones(2))


def test_vectors_must_be_real():
    for n, others in ((129, {"a": np.zeros(2)}), (131, {})):
        with pytest.raises(ConditionError, match="a real x"):
            identities[n].derivative(x=np.array([1j, 0]), **others)


def test_the_frobenius_norm_of_complex_matrices_in_the_real_convention(rng):
    record = identities[132]
    assert record.check(rng).printed > 1e-2  # read as a complex derivative
    X = rng.standard_normal((2, 3)) + 1j * rng.standard_normal((2, 3))
    V = rng.standard_normal((2, 3)) + 1j * rng.standard_normal((2, 3))
    D = record.derivative(X=X)
    h = 1e-6
    change = record.function(X=X + h * V) - record.function(X=X - h * V)
    assert np.isclose(change.real / (2 * h), np.sum(D.conj() * V).real)
    assert not np.isclose(change / (2 * h), np.sum(D * V))


def test_the_square_of_the_norm_of_a_complex_matrix_is_real():
    value = identities[132].function(X=np.array([[3.0 + 4.0j]]))
    assert np.isrealobj(value) and value == pytest.approx(25.0)
