import numpy as np
import pytest

from matopt import identities
from matopt.identities.traces_second import RECORDS


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.number))
def test_the_right_side_is_the_derivative(record, size, rng):
    for dtype in (float, complex) if record.admits_complex else (float,):
        assert record.check(rng, size, dtype=dtype).worst <= 1e-10


def test_forms_of_one_function_agree(rng):
    X, B = rng.standard_normal((4, 3)), rng.standard_normal((4, 4))
    D = [identities[n].derivative(X=X, B=B) for n in (108, 109, 110)]
    np.testing.assert_allclose(D[1], D[0])
    np.testing.assert_allclose(D[2], D[0])
    B = rng.standard_normal((3, 3))
    values = [identities[n].function(X=X, B=B) for n in (111, 112, 113)]
    np.testing.assert_allclose(values, values[0])
    assert np.isclose(identities[115].function(X=X), np.linalg.norm(X) ** 2)


def test_a_residual_is_the_quadratic_form_it_expands_to(rng):
    X, A, B, C = (rng.standard_normal(s) for s in [(2, 3), (4, 2), (3, 5), (4, 5)])
    D = identities[119].derivative(X=X, A=A, B=B, C=C)
    quadratic = identities[118].derivative(X=X, A=A, B=B @ B.T, C=A.T)
    linear = 2 * identities[101].derivative(X=X, A=C.T @ A, B=B)
    np.testing.assert_allclose(D, quadratic + linear)
    residual = identities[119].function(X=X, A=A, B=B, C=C)
    assert np.isclose(residual, np.linalg.norm(A @ X @ B + C) ** 2)


def test_the_kronecker_square_has_the_square_of_the_trace(rng):
    X = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert identities[120].function(X=X) == 25.0
    np.testing.assert_array_equal(identities[120].derivative(X=X), 10.0 * np.eye(2))
    V = rng.standard_normal((2, 2))
    H = identities[120].hessp(V, X=X)
    np.testing.assert_allclose(H, 2 * np.trace(V) * np.eye(2))
