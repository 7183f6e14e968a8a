import numpy as np
import pytest
from numeric import agrees, lift, mp, normal, trace

from matopt.check import check_objective
from matopt.objectives import DesignLeastSquares, SquaredDistance, WeightedLeastSquares
from matopt.objectives.least_squares import _NORMAL
from matopt.spaces import Dense, PositiveDefinite, Sphere, Stiefel, Symmetric

KINDS = ["identity", "diagonal", "matrix"]
FIELDS = pytest.mark.parametrize("dtype", [float, complex])
WEIGHTS = pytest.mark.parametrize("kind", KINDS)


def weights(kind, m, rng, dtype=float):
    if kind == "identity":
        return None, np.eye(m)
    if kind == "diagonal":
        w = normal(rng, m, dtype=dtype)  # of either sign
        return w, np.diag(w)
    W = normal(rng, m, m, dtype=dtype)  # not symmetric
    return W, W


def form(R, W):
    return trace(R.H * lift(W) * R)


@FIELDS
@WEIGHTS
@pytest.mark.parametrize("m", [2, 5])  # wide and tall designs
def test_weighted_least_squares_is_84(kind, m, dtype, rng):
    x, A = normal(rng, m, dtype=dtype), normal(rng, m, 3, dtype=dtype)
    w, W = weights(kind, m, rng, dtype)
    f = WeightedLeastSquares(x, A, w)

    def value(s):
        return form(lift(x) - lift(A) * s, W)

    agrees(f, Dense(3, dtype=dtype), value, rng)
    agrees(f, Dense(3, 1, dtype=dtype), value, rng)


@FIELDS
def test_weighted_least_squares_of_several_columns(dtype, rng):
    x, A = normal(rng, 4, 2, dtype=dtype), normal(rng, 4, 3, dtype=dtype)
    f = WeightedLeastSquares(x, A)
    space = Dense(3, 2, dtype=dtype)
    agrees(f, space, lambda s: form(lift(x) - lift(A) * s, np.eye(4)), rng)


def test_84_as_printed(rng):
    x, A, s = normal(rng, 5), normal(rng, 5, 3), normal(rng, 3)
    W = normal(rng, 5, 5)
    W = W + W.T  # (84) assumes it
    e = WeightedLeastSquares(x, A, W).on(Dense(3)).at(s)
    np.testing.assert_allclose(e.gradient, -2 * A.T @ W @ (x - A @ s), rtol=1e-12)


@FIELDS
@WEIGHTS
def test_design_least_squares_is_88(kind, dtype, rng):
    x, s = normal(rng, 3, dtype=dtype), normal(rng, 2, dtype=dtype)
    w, W = weights(kind, 3, rng, dtype)

    def value(A):
        return form(lift(x) - A * lift(s), W)

    agrees(DesignLeastSquares(x, s, w), Dense(3, 2, dtype=dtype), value, rng)


@FIELDS
@WEIGHTS
@pytest.mark.parametrize("k", [1, 4, 40])  # 40 observations are compressed
def test_design_least_squares_sums_over_observations(kind, k, dtype, rng):
    x, s = normal(rng, 3, k, dtype=dtype), normal(rng, 2, k, dtype=dtype)
    w, W = weights(kind, 3, rng, dtype)
    space = Dense(3, 2, dtype=dtype)
    f = DesignLeastSquares(x, s, w)
    assert f.observations[0].shape[1] == min(k, 5)
    A = space.matrix(space.random(rng))
    v = space.random(rng)
    V = space.matrix(v)
    value, G, H = 0.0, 0.0, 0.0
    for xi, si in zip(x.T, s.T, strict=True):
        r = xi - A @ si
        value += (r.conj() @ W @ r).real
        S = W + W.conj().T
        G = G - np.outer(S @ r, si.conj())
        H = H + S @ V @ np.outer(si, si.conj())
    e = f.on(space).at(A)
    np.testing.assert_allclose(e.value, value, rtol=1e-12)
    np.testing.assert_allclose(space.matrix(e.gradient), G, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(space.matrix(e.hessp(v)), H, rtol=1e-11, atol=1e-11)


@FIELDS
@WEIGHTS
def test_squared_distance_is_85_to_87(kind, dtype, rng):
    T = normal(rng, 3, 2, dtype=dtype)
    w, W = weights(kind, 3, rng, dtype)
    f = SquaredDistance(T, w)
    agrees(f, Dense(3, 2, dtype=dtype), lambda X: form(X - lift(T), W), rng)


def test_squared_distance_of_a_vector(rng):
    t = normal(rng, 3)
    for space in (Dense(3), Dense(3, 1)):
        agrees(SquaredDistance(t), space, lambda x: form(x - lift(t), np.eye(3)), rng)


@FIELDS
def test_weights_of_entries(dtype, rng):
    T, w = normal(rng, 3, 2, dtype=dtype), rng.uniform(size=(3, 2))
    w[1, 0] = 0.0

    def value(X):
        entries = ((i, j) for i in range(3) for j in range(2))
        D = X - lift(T)
        return mp.fsum(float(w[i, j]) * abs(D[i, j]) ** 2 for i, j in entries)

    agrees(SquaredDistance(T, entry_weights=w), Dense(3, 2, dtype=dtype), value, rng)
    t = T[:, 0]
    f = SquaredDistance(t, entry_weights=w[:, 0])
    for space in (Dense(3, dtype=dtype), Dense(3, 1, dtype=dtype)):
        x = normal(rng, *space.shape, dtype=dtype)
        expected = w[:, 0] @ np.abs(x.ravel() - t) ** 2
        assert f.on(space).at(x).value == pytest.approx(expected)


@pytest.mark.parametrize("space", [Symmetric(3), PositiveDefinite(3), Dense(3, 3)])
def test_weights_of_entries_on_spaces(space, rng):
    T, w = normal(rng, 3, 3), rng.uniform(size=(3, 3))
    f = SquaredDistance(T, entry_weights=w)
    assert f.isotropic() is None
    check_objective(f, space, rng)


def test_wrong_weights_of_entries():
    for w, match in (
        (np.ones((2, 3)), r"entry_weights has shape \(2, 3\) but target has \(2, 2\)"),
        (-np.eye(2), "entry_weights must be real numbers of at least 0"),
        (1j * np.eye(2), "entry_weights must be real"),
    ):
        with pytest.raises(ValueError, match=match):
            SquaredDistance(np.eye(2), entry_weights=w)
    with pytest.raises(ValueError, match="pass weights or entry_weights, not both"):
        SquaredDistance(np.eye(2), [1.0, 1.0], np.eye(2))
    f = SquaredDistance(np.eye(2), entry_weights=np.eye(2))
    assert repr(f) == "SquaredDistance(<2x2>, entry_weights=<2x2>)"


@FIELDS
@WEIGHTS
def test_on_every_kind_of_space(kind, dtype, rng):
    w, _ = weights(kind, 4, rng, dtype)
    x, A = normal(rng, 4, dtype=dtype), normal(rng, 4, 4, dtype=dtype)
    check_objective(WeightedLeastSquares(x, A, w), Sphere(4, dtype), rng)
    check_objective(WeightedLeastSquares(A[:, :2], A, w), Stiefel(4, 2, dtype), rng)
    for space in (Symmetric(4, dtype), PositiveDefinite(4, dtype)):
        check_objective(WeightedLeastSquares(A, A, w), space, rng)
        check_objective(DesignLeastSquares(x, x, w), space, rng)
        check_objective(SquaredDistance(A, w), space, rng)


def test_order_one(rng):
    check_objective(WeightedLeastSquares([2.0], [[3.0]], [[0.5]]), Dense(1), rng)
    check_objective(DesignLeastSquares([2.0], [3.0], [0.5]), Dense(1, 1), rng)


def test_both_hessians_agree(rng):
    m = 2 * _NORMAL
    x, A, w = normal(rng, m), normal(rng, m, 3), rng.random(m)
    e = WeightedLeastSquares(x, A, w).on(Dense(3)).at(normal(rng, 3))
    np.testing.assert_allclose(e.hessian, 2 * A.T @ (w[:, None] * A), rtol=1e-12)
    wide = WeightedLeastSquares(x[:2], A[:2], w[:2])
    assert wide._normal is None and WeightedLeastSquares(x, A)._normal is not None


def test_the_residual_keeps_what_the_normal_equations_lose(rng):
    # design of condition 1e8 and a residual of 1e-6: x^T x - ... would keep no digit
    Q, _ = np.linalg.qr(normal(rng, 20, 3))
    A = Q * np.array([1.0, 1e-4, 1e-8])
    s = np.array([1.0, 1e4, 1e8])
    noise = normal(rng, 20)
    noise -= Q @ (Q.T @ noise)
    noise *= 1e-6 / np.linalg.norm(noise)
    f = WeightedLeastSquares(A @ s + noise, A)
    np.testing.assert_allclose(f.on(Dense(3)).at(s).value, 1e-12, rtol=1e-8)


def test_one_product_with_the_design_for_each_part(rng, monkeypatch):
    import matopt.objectives.least_squares as module

    count = []
    real = module.product
    monkeypatch.setattr(module, "product", lambda A, B: count.append(1) or real(A, B))
    e = (
        WeightedLeastSquares(normal(rng, 9), normal(rng, 9, 3))
        .on(Dense(3))
        .at([1, 2, 3])
    )
    assert e.value and len(count) == 1
    assert e.gradient.any() and len(count) == 2


def test_later_changes_of_the_arrays_do_not_matter(rng):
    x, A, w = normal(rng, 4), normal(rng, 4, 2), normal(rng, 4)
    f = WeightedLeastSquares(x, A, w)
    before = f.on(Dense(2)).at([1.0, 2.0]).value
    x[:], A[:], w[:] = 0.0, 0.0, 0.0
    assert f.on(Dense(2)).at([1.0, 2.0]).value == before
    with pytest.raises(ValueError, match="read-only"):
        f.design[0, 0] = 1.0


def test_convex_is_the_same_function(rng):
    cp = pytest.importorskip("cvxpy")
    W = normal(rng, 4, 4)
    W = W @ W.T + np.triu(np.ones((4, 4)), 1) - np.tril(np.ones((4, 4)), -1)
    x, A, s = normal(rng, 4), normal(rng, 4, 3), normal(rng, 3)
    T, X = normal(rng, 4, 4), normal(rng, 4, 4)
    for w in (None, rng.random(4), W):
        for f, space, at in (
            (WeightedLeastSquares(x, A, w), Dense(3), s),
            (WeightedLeastSquares(x, A, w), Dense(3, 1), s[:, None]),
            (WeightedLeastSquares(T, T, w), Dense(4, 4), X),
            (DesignLeastSquares(x, x, w), Dense(4, 4), X),
            (SquaredDistance(T, w), Dense(4, 4), X),
        ):
            variable = cp.Variable(at.shape)
            expression = f.convex(cp, variable)
            variable.value = at
            assert expression.is_convex()
            np.testing.assert_allclose(
                expression.value, f.on(space).at(at).value, rtol=1e-9
            )
    with pytest.raises(TypeError, match="not convex"):
        SquaredDistance(T, -W).convex(cp, X)
    with pytest.raises(TypeError, match="must not be negative"):
        SquaredDistance(T, [1, 2, -3, 4]).convex(cp, X)


def test_wrong_arguments(rng):
    x, A = normal(rng, 4), normal(rng, 4, 3)
    with pytest.raises(ValueError, match="target has 5 rows but design has 4"):
        WeightedLeastSquares(normal(rng, 5), A)
    with pytest.raises(ValueError, match=r"weights has shape \(3,\) but target has 4"):
        WeightedLeastSquares(x, A, [1, 2, 3])
    with pytest.raises(ValueError, match=r"weights has shape \(4, 3\)"):
        SquaredDistance(x, A)
    with pytest.raises(ValueError, match="design must be finite, got nan"):
        WeightedLeastSquares(x, A * np.nan)
    with pytest.raises(ValueError, match=r"design must have 2 dimension\(s\)"):
        WeightedLeastSquares(x, x)
    with pytest.raises(ValueError, match=r"signal has shape \(4, 3\)"):
        DesignLeastSquares(x, A)
    with pytest.raises(ValueError, match=r"design has 3 columns .*\(3,\) or \(3, 1\)"):
        WeightedLeastSquares(x, A).on(Dense(4))
    with pytest.raises(ValueError, match=r"they must be \(3, 4\)"):
        WeightedLeastSquares(normal(rng, 4, 4), A).on(Dense(3))
    with pytest.raises(ValueError, match="target has 4 rows and signal 3"):
        DesignLeastSquares(x, [1, 2, 3]).on(Dense(3, 4))
    with pytest.raises(ValueError, match=r"target has shape \(4,\) .*\(4, 1\)"):
        SquaredDistance(x).on(Dense(4, 4))
    with pytest.raises(ValueError, match="design is complex but Dense"):
        WeightedLeastSquares(x, A * 1j).on(Dense(3))
    with pytest.raises(ValueError, match="weights is complex but Dense"):
        SquaredDistance(x, np.diag(x) * 1j + np.eye(4, k=1) * 1j).on(Dense(4))
