import numpy as np
import pytest
from numeric import agrees, lift, normal, trace

from matopt.check import check_objective
from matopt.objectives import LinearTrace, ProductTrace, QuadraticTrace, Residual
from matopt.objectives.chain import chain
from matopt.spaces import Dense, PositiveDefinite, Stiefel, Symmetric

FIELDS = pytest.mark.parametrize("dtype", [float, complex])


@FIELDS
def test_linear_trace_is_100(dtype, rng):
    A = normal(rng, 2, 3, dtype=dtype)
    f, space = LinearTrace(A), Dense(3, 2, dtype=dtype)
    agrees(f, space, lambda X: trace(lift(A) * X), rng)
    G = space.matrix(f.on(space).start(rng).gradient)
    np.testing.assert_array_equal(G, A.conj().T)


def test_linear_trace_by_the_free_entries_is_139(rng):
    A = normal(rng, 3, 3)
    space = Symmetric(3)
    g = LinearTrace(A).on(space).start().gradient
    np.testing.assert_allclose(space.matrix(g), A + A.T - A * np.eye(3), rtol=1e-15)


@FIELDS
@pytest.mark.parametrize("absent", ["", "A", "B", "C", "AB", "BC", "ABC"])
def test_quadratic_trace_is_118(absent, dtype, rng):
    m, n = 3, 2
    q = m if "A" in absent or "C" in absent else 4
    given = {
        "A": normal(rng, q, m, dtype=dtype),
        "B": normal(rng, n, n, dtype=dtype),
        "C": normal(rng, m, q, dtype=dtype),
    }
    A, B, C = (
        lift(np.eye(n if k == "B" else m)) if k in absent else lift(given[k])
        for k in "ABC"
    )
    f = QuadraticTrace(*(None if k in absent else given[k] for k in "ABC"))
    agrees(f, Dense(m, n, dtype=dtype), lambda X: trace(A * X * B * X.H * C), rng)


@FIELDS
def test_quadratic_trace_of_thin_factors(dtype, rng):
    A, C = normal(rng, 1, 5, dtype=dtype), normal(rng, 5, 1, dtype=dtype)
    B = normal(rng, 2, 2, dtype=dtype)
    f = QuadraticTrace(A, B, C)
    assert f._is_thin

    def value(X):
        return trace(lift(A) * X * lift(B) * X.H * lift(C))

    agrees(f, Dense(5, 2, dtype=dtype), value, rng)


@FIELDS
def test_quadratic_trace_of_hermitian_constants(dtype, rng):
    A, B = normal(rng, 3, 3, dtype=dtype), normal(rng, 2, 2, dtype=dtype)
    A, B = A + A.conj().T, B + B.conj().T
    f = QuadraticTrace(A, B)
    assert f._is_symmetric
    value = lambda X: trace(lift(A) * X * lift(B) * X.H)  # noqa: E731
    agrees(f, Dense(3, 2, dtype=dtype), value, rng)


@FIELDS
@pytest.mark.parametrize("m", [1, 2, 4])
def test_product_trace_is_114(m, dtype, rng):
    A, B = normal(rng, 3, m, dtype=dtype), normal(rng, 3, m, dtype=dtype)
    f = ProductTrace(A, B)
    space = Dense(m, 3, dtype=dtype)
    agrees(f, space, lambda X: trace(lift(A) * X * lift(B) * X), rng)


@FIELDS
@pytest.mark.parametrize(("p", "q"), [(2, 1), (4, 1), (2, 5), (5, 4)])
def test_residual_is_119(p, q, dtype, rng):
    A, B, C = (normal(rng, *s, dtype=dtype) for s in ((p, 3), (2, q), (p, q)))
    space = Dense(3, 2, dtype=dtype)

    def value(X):
        R = lift(A) * X * lift(B) + lift(C)
        return trace(R * R.H)

    agrees(Residual(A, B, C), space, value, rng)


def test_residual_of_absent_constants(rng):
    A, B, C = normal(rng, 4, 3), normal(rng, 2, 5), normal(rng, 3, 2)
    space, X = Dense(3, 2), normal(rng, 3, 2)
    for f, R in (
        (Residual(), X),
        (Residual(A), A @ X),
        (Residual(None, B), X @ B),
        (Residual(None, None, C), X + C),
        (Residual(A, B), A @ X @ B),
    ):
        assert f.on(space).at(X).value == pytest.approx(np.sum(R**2), rel=1e-13)
        check_objective(f, space, rng)


@FIELDS
def test_on_every_kind_of_space(dtype, rng):
    A, B, C = (normal(rng, 4, 4, dtype=dtype) for _ in range(3))
    square = [LinearTrace(A), QuadraticTrace(A, B, C), ProductTrace(A, B)]
    for f in (*square, Residual(A, B, C)):
        for space in (Symmetric(4, dtype), PositiveDefinite(4, dtype)):
            check_objective(f, space, rng)
    A, B = A[:2], B[:2]
    for f in (LinearTrace(A), QuadraticTrace(C, A[:, :2]), ProductTrace(A, B)):
        check_objective(f, Stiefel(4, 2, dtype), rng)


@pytest.mark.parametrize("shapes", [(2, 9, 3, 4), (9, 2, 3, 8), (1, 5, 5, 1)])
def test_chain_is_the_product_in_the_cheaper_order(shapes, rng, monkeypatch):
    import matopt.objectives.chain as module

    p, m, n, q = shapes
    A, X, B = normal(rng, p, m), normal(rng, m, n), normal(rng, n, q)
    spent = []

    def counted(A, B):
        spent.append(A.shape[0] * A.shape[1] * B.shape[1])
        return A @ B

    monkeypatch.setattr(module, "product", counted)
    np.testing.assert_allclose(chain(A, X, B), A @ X @ B, rtol=1e-12, atol=1e-12)
    assert sum(spent) == min(p * m * n + p * n * q, m * n * q + p * m * q)
    assert chain(None, X, None) is X


def test_convex_is_the_same_function(rng):
    cp = pytest.importorskip("cvxpy")
    X = normal(rng, 3, 2)
    M, B = normal(rng, 3, 3), normal(rng, 2, 2)
    psd, skew = M @ M.T, M - M.T
    for f in (
        LinearTrace(normal(rng, 2, 3)),
        QuadraticTrace(),
        QuadraticTrace(M, B @ B.T, M.T),
        QuadraticTrace(psd + skew, B @ B.T),
        QuadraticTrace(None, B @ B.T + B - B.T, psd),
        Residual(M, B, normal(rng, 3, 2)),
        Residual(M),
    ):
        variable = cp.Variable((3, 2))
        expression = f.convex(cp, variable)
        variable.value = X
        assert expression.is_convex()
        value = f.on(Dense(3, 2)).at(X).value
        np.testing.assert_allclose(expression.value, value, rtol=1e-9)
    for f in (
        QuadraticTrace(-psd),
        QuadraticTrace(psd + skew, B @ B.T + B - B.T),
        ProductTrace(X.T, X.T),
    ):
        with pytest.raises(TypeError, match="not known to be convex"):
            f.convex(cp, X)


def test_wrong_arguments(rng):
    A = normal(rng, 2, 3)
    with pytest.raises(ValueError, match=r"A has shape \(2, 3\) .*\(3, 2\)"):
        LinearTrace(A).on(Dense(2, 3))
    with pytest.raises(TypeError, match="A must be a numeric array"):
        LinearTrace("A")
    with pytest.raises(ValueError, match="A is complex but"):
        LinearTrace(A * 1j).on(Dense(3, 2))
    with pytest.raises(ValueError, match=r"B must be square, got shape \(2, 3\)"):
        QuadraticTrace(None, A)
    with pytest.raises(ValueError, match=r"A must be square where C is None"):
        QuadraticTrace(A)
    with pytest.raises(ValueError, match=r"C must be square where A is None"):
        QuadraticTrace(None, None, A)
    with pytest.raises(ValueError, match=r"C must have the shape \(3, 2\) of A\^H"):
        QuadraticTrace(A, None, A)
    with pytest.raises(ValueError, match="C A is of order 3 and B of order any"):
        QuadraticTrace(A, None, A.T).on(Dense(2, 2))
    with pytest.raises(ValueError, match=r"B has shape \(3, 2\)"):
        ProductTrace(A, A.T)
    with pytest.raises(ValueError, match=r"they must be \(3, 2\)"):
        ProductTrace(A, A).on(Dense(2, 3))
    with pytest.raises(ValueError, match=r"C must have the shape \(2, any\) of A X B"):
        Residual(A, None, A.T)
    with pytest.raises(ValueError, match="takes an X of 3 rows and any columns"):
        Residual(A).on(Dense(2, 2))


def test_repr_shows_shapes():
    A = np.ones((3, 3))
    assert repr(LinearTrace(A)) == "LinearTrace(<3x3>)"
    assert repr(QuadraticTrace(A, None)) == "QuadraticTrace(<3x3>, None, None)"
    assert repr(ProductTrace(A, A)) == "ProductTrace(<3x3>, <3x3>)"
    assert repr(Residual(A)) == "Residual(<3x3>, None, None)"
