import mpmath
import numpy as np
import pytest

from matopt import identities
from matopt.identities import ConditionError
from matopt.identities.matrix_functions import DERIVATIVE
from matopt.identities.traces_first import RECORDS

RULE = identities["98+"]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.number))
def test_the_right_side_is_the_derivative(record, size, rng):
    for dtype in (float, complex) if record.admits_complex else (float,):
        assert record.check(rng, size, dtype=dtype).worst <= 1e-10


@pytest.mark.parametrize("F", RULE.inputs["F"].choices)
def test_the_trace_rule_holds_for_every_function(F, rng):
    X = RULE.sample(rng, 3)["X"]
    V = rng.standard_normal((3, 3))
    h = 1e-5
    change = RULE.function(F=F, X=X + h * V) - RULE.function(F=F, X=X - h * V)
    along = np.sum(RULE.derivative(F=F, X=X) * V)
    np.testing.assert_allclose(change / (2 * h), along, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("F", DERIVATIVE)
@pytest.mark.parametrize("gap", [0.0, 1e-14, 1e-9, 1e-4])
def test_the_trace_rule_is_right_at_repeated_eigenvalues(F, gap, rng):
    Q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    X = Q @ np.diag([0.7, 0.7 + gap, 2.0]) @ Q.T
    X = (X + X.T) / 2
    V = rng.standard_normal((3, 3))
    with mpmath.workdps(50):
        h = mpmath.mpf("1e-16")
        f = {
            "sin": mpmath.cosm,
            "cos": lambda A: -mpmath.sinm(A),
            "exp": mpmath.expm,
            "log": lambda A: A**-1,
            "sqrt": lambda A: mpmath.sqrtm(A) ** -1 / 2,
        }[F]
        A, D = mpmath.matrix(X.tolist()), h * mpmath.matrix(V.tolist())
        change = (f(A + D) - f(A - D)) / (2 * h)
        expected = np.array(change.T.tolist(), dtype=float)
    np.testing.assert_allclose(RULE.hessp(V, F=F, X=X), expected, atol=1e-12, rtol=0)


def test_the_trace_rule_fails_for_a_function_of_the_entries(rng):
    assert RULE.check(rng).printed > 1e-2
    X = rng.standard_normal((2, 2))
    with pytest.raises(ConditionError, match="a matrix function of X"):
        RULE.derivative(F="entrywise sin", X=X)
    np.testing.assert_allclose(RULE.printed(F="entrywise sin", X=X), np.cos(X).T)


def test_the_logarithm_needs_a_principal_branch():
    with pytest.raises(ConditionError, match="closed negative real axis"):
        RULE.derivative(F="log", X=np.diag([1.0, -1.0]))
    with pytest.raises(ConditionError, match="closed negative real axis"):
        RULE.derivative(F="sqrt", X=np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"F of .* must be one of sin"):
        RULE.derivative(F="tan", X=np.eye(2))


def test_linear_traces_have_no_second_derivative(rng):
    A, X, V = rng.standard_normal((3, 2, 2))
    np.testing.assert_array_equal(identities[100].derivative(X=X, A=A), A.T)
    np.testing.assert_array_equal(identities[100].hessp(V, X=X, A=A), 0 * V)
    np.testing.assert_array_equal(
        identities[105].derivative(X=X, A=np.diag([2.0, 3.0])), 5.0 * np.eye(2)
    )


def test_sizes_must_agree(rng):
    with pytest.raises(ValueError, match=r"A of \(100\) must have shape \(n, m\)"):
        identities[100].derivative(X=np.ones((2, 3)), A=np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"X of \(99\)"):
        identities[99].derivative(X=np.ones((2, 3)))
