import numpy as np
import pytest
from numeric import normal

from matopt.check import check_objective
from matopt.errors import OutOfDomain
from matopt.objectives import FrobeniusNorm, SquaredDistance, from_functions
from matopt.spaces import Dense, PositiveDefinite, Product, Sphere, Symmetric


def cubic(X):
    return float(np.trace(X @ X @ X).real)


def cubic_gradient(X):
    return 3 * (X @ X).conj().T


def cubic_hessp(X, V):
    return 3 * (X @ V + V @ X).conj().T


@pytest.mark.parametrize("dtype", [float, complex])
def test_with_a_hessian(dtype, rng):
    f = from_functions(cubic, cubic_gradient, cubic_hessp)
    assert f.has_hessian
    for space in (
        Dense(3, 3, dtype=dtype),
        Symmetric(3, dtype),
        PositiveDefinite(3, dtype),
    ):
        check_objective(f, space, rng)


@pytest.mark.parametrize("dtype", [float, complex])
def test_without_a_hessian_by_differences(dtype, rng):
    one = from_functions(cubic, cubic_gradient)
    two = from_functions(cubic, cubic_gradient, cubic_hessp)
    assert not one.has_hessian
    assert not (one + FrobeniusNorm()).has_hessian
    for scale in (1e-3, 1.0, 1e6):  # of the matrix
        space = Symmetric(3, dtype)
        X = scale * space.matrix(space.random(rng))
        v = 1e3 * rng.standard_normal(space.size)  # of the direction
        H = two.on(space).at(X).hessp(v)
        off = np.linalg.norm(one.on(space).at(X).hessp(v) - H)
        # the step is 6e-6 |X|, of a quadratic gradient: rounding remains
        assert off < 1e-9 * np.linalg.norm(H)
    e = one.on(space).at(X)
    assert not e.hessp(np.zeros(space.size)).any()
    v = e.space.random_tangent(e.point, rng)
    assert e.hessian.shape == (space.size, space.size)


def logdet():
    """Finite on positive definite matrices alone; it must be asked nowhere else."""

    def value(X):
        return 2 * float(np.log(np.linalg.cholesky(X).diagonal()).sum())

    def gradient(X):
        np.linalg.cholesky(X)
        return np.linalg.inv(X)

    return from_functions(value, gradient)


@pytest.mark.parametrize("order", [1e-12, 1e-6, 1.0, 1e9])
def test_a_difference_knows_no_units(order):
    f = from_functions(
        lambda X: float(np.sum(np.log(X / order) ** 2)) if X.min() > 0 else np.inf,
        lambda X: 2 * np.log(X / order) / X,
    )
    X = order * np.array([1.0, 0.5, 3.0])
    exact = 2 * (1 - np.log(X / order)) / X**2
    H = f.on(Dense(3)).at(X).hessp(np.array([1.0, -2.0, 0.5]))
    np.testing.assert_allclose(H, exact * [1.0, -2.0, 0.5], rtol=1e-8)


@pytest.mark.parametrize("small", [1e-3, 1e-6, 1e-8])
def test_a_difference_stays_inside_the_domain(small, rng):
    Q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    for X in (np.diag([1.0, 2.0, small]), (Q * [1.0, 2.0, small]) @ Q.T):
        e = logdet().on(Symmetric(3)).at(X)
        for V in (np.diag([0, 0, 1.0]), np.ones((3, 3)), -np.eye(3)):
            P = np.linalg.inv(X)
            exact = Symmetric(3).adjoint(-P @ V @ P)
            H = e.hessp(Symmetric(3).parameters(V))
            off = np.linalg.norm(H - exact)
            assert off < 1e-5 * np.linalg.norm(exact)  # of a step to 1e-8 1e-3


@pytest.mark.parametrize("x", [0.0, 1e-20, 1e-12, 1e-6, 1e-3])
def test_a_difference_is_seen_above_the_rounding_of_the_gradient(x):
    f = from_functions(lambda X: float((X[0] - 10) ** 2), lambda X: 2 * (X - 10))
    H = f.on(Dense(1)).at(np.array([x])).hessp(np.ones(1))
    np.testing.assert_allclose(H, 2.0, rtol=1e-5)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_difference_at_the_edge_of_the_domain_is_one_sided(sign):
    f = from_functions(
        lambda X: float(X[0] ** 3) if sign * X[0] >= sign else np.nan,
        lambda X: 3 * X**2 if sign * X[0] >= sign else X / 0.0,
    )
    H = f.on(Dense(1)).at(np.ones(1)).hessp(np.ones(1))
    np.testing.assert_allclose(H, 6.0, rtol=1e-5)
    point = from_functions(lambda X: 0.0 if X[0] == 1 else np.inf, lambda X: X)
    with pytest.raises(OutOfDomain, match="pass hessp, or take LBFGS"):
        point.on(Dense(1)).at(np.ones(1)).hessp(np.ones(1))


def counted(value, gradient):
    """The objective, and a list that gets a letter for each call."""
    calls = []

    def v(X):
        calls.append("v")
        return value(X)

    def g(X):
        calls.append("g")
        return gradient(X)

    return from_functions(v, g), calls


def spend(e, calls, v):
    """The product, and how many values and gradients it takes."""
    _ = e.gradient
    calls.clear()
    H = e.evaluation.hessp(v)
    return H, calls.count("v"), calls.count("g")


def test_what_a_difference_costs():
    f, calls = counted(lambda X: float(np.cosh(X).sum()), np.sinh)
    for x in (1.0, 1e-3):
        _, *cost = spend(f.on(Dense(2)).at([x, x]), calls, np.ones(2))
        assert cost == [2, 2]
    f, calls = counted(lambda X: float(X.sum()), np.ones_like)  # nothing to be seen
    for x, n in ((1.0, 2), (1e8, 2), (1e-8, 6)):
        H, *cost = spend(f.on(Dense(2)).at([x, x]), calls, np.ones(2))
        assert not H.any() and cost == [n, n]


@pytest.mark.parametrize("away", [0.0, 1e-9, 1e-6])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_difference_near_the_edge_of_a_smooth_function(away, sign):
    f, calls = counted(
        lambda X: float(X[0] ** 3 + X[1] ** 2) if X[0] >= 1.0 else np.inf,
        lambda X: np.array([3 * X[0] ** 2, 2 * X[1]]) / (X[0] >= 1.0),
    )
    e = f.on(Dense(2)).at([1.0 + away, 1.0])
    H, values, gradients = spend(e, calls, np.array([sign, 1.0]))
    np.testing.assert_allclose(H, [6.0 * sign * (1.0 + away), 2.0], rtol=1e-6)
    assert values <= 18 and gradients <= 3


@pytest.mark.parametrize("x", [1e-10, 1e-7, 1e-3])
def test_a_difference_never_asks_where_the_value_alone_ends(x):
    # 1 - 1/x is finite for x < 0, too
    f = from_functions(
        lambda X: float(np.sum(X - np.log(X))) if X.min() > 0 else np.nan,
        lambda X: 1.0 - 1.0 / X,
    )
    for sign in (-1.0, 1.0):
        H = f.on(Dense(2)).at([x, 1.0]).hessp(np.array([sign, 1.0]))
        assert H[0] == pytest.approx(sign / x**2, rel=1e-5)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_difference_where_the_gradient_alone_ends(sign):
    def gradient(X):
        if sign * X[0] < sign:
            raise np.linalg.LinAlgError("no factor")
        return 3 * X**2

    f = from_functions(lambda X: float(np.sum(X**3)), gradient)
    H = f.on(Dense(2)).at(np.ones(2)).hessp(np.ones(2))
    np.testing.assert_allclose(H, 6.0, rtol=1e-6)


@pytest.mark.parametrize("huge", [1e6, 1e8])
@pytest.mark.parametrize("along", [0.0, 1.0])
def test_a_difference_beside_a_huge_entry(huge, along):
    f = from_functions(
        lambda X: float((X[0] / huge) ** 2 + np.exp(X[1:]).sum()),
        lambda X: np.array([2 * X[0] / huge**2, *np.exp(X[1:])]),
    )
    for x in (np.array([huge, 0.0, 0.0]), np.array([huge, 0.5, -1.0])):
        H = f.on(Dense(3)).at(x).hessp(np.array([along, 1.0, -2.0]))
        exact = np.array([2 * along / huge**2, *(np.exp(x[1:]) * [1.0, -2.0])])
        np.testing.assert_allclose(H, exact, atol=1e-9)


def test_a_difference_on_a_product_of_two_scales():
    def value(x, S):
        return float(x @ np.linalg.solve(S, x)) + logdet().value(S)

    def gradient(x, S):
        P = np.linalg.inv(S)
        return 2 * P @ x, P - np.outer(P @ x, P @ x)

    S, x = 1e-6 * np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1e3, 2e3])
    V, P = 1e-6 * np.array([[1.0, 0.3], [0.3, -1.0]]), np.linalg.inv(S)
    e = from_functions(value, gradient).on(Product(Dense(2), Symmetric(2))).at((x, S))
    H = e.hessp(np.concatenate([np.zeros(2), Symmetric(2).parameters(V)]))
    u, du = P @ x, -P @ V @ P @ x
    exact = -P @ V @ P - np.outer(u, du) - np.outer(du, u)
    np.testing.assert_allclose(H[:2], 2 * du, rtol=1e-7)
    size = np.abs(exact).max()
    np.testing.assert_allclose(
        H[2:] / size, Symmetric(2).adjoint(exact / size), atol=1e-7
    )


def test_a_derivative_that_finds_no_factor_is_out_of_domain():
    def fail(*matrices):
        raise np.linalg.LinAlgError("no factor")

    e = from_functions(lambda X: 0.0, fail, fail).on(Dense(2)).start()
    with pytest.raises(OutOfDomain, match=r"gradient\(X\) raised LinAlgError: no fac"):
        _ = e.gradient
    with pytest.raises(OutOfDomain, match=r"hessp\(X\) raised LinAlgError: no factor"):
        e.evaluation.hessp(np.ones(2))


def test_difference_along_the_sphere(rng):
    T = normal(rng, 4)
    given = SquaredDistance(T)
    f = from_functions(lambda x: np.sum((x - T) ** 2), lambda x: 2 * (x - T))
    e = f.on(Sphere(4)).start(rng)
    v = e.space.random_tangent(e.point, rng)
    Hv = given.on(Sphere(4)).at(e.x).hessp(v)
    np.testing.assert_allclose(e.hessp(v), Hv, rtol=0, atol=1e-9)


@pytest.mark.parametrize("outside", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_infeasible(outside):
    f = from_functions(lambda X: outside, lambda X: X)
    for g in (f, -f, 2 * f, f - f):
        assert g.on(Dense(2, 2)).start().value == np.inf


def test_a_failed_factorization_is_infeasible():
    def value(X):
        return 2 * np.log(np.diagonal(np.linalg.cholesky(X))).sum()

    problem = from_functions(value, np.linalg.inv).on(Symmetric(2))
    assert problem.at(-np.eye(2)).value == np.inf
    assert problem.at(np.eye(2)).value == 0.0


def test_derivatives_that_are_not_finite_are_errors():
    problem = from_functions(lambda X: 0.0, lambda X: X * np.nan).on(Dense(2, 2))
    with pytest.raises(ValueError, match="gradient returned NaN or inf where value"):
        _ = problem.start().gradient
    f = from_functions(lambda X: 0.0, lambda X: X, lambda X, V: V * np.inf)
    with pytest.raises(ValueError, match="hessp returned NaN or inf"):
        f.on(Dense(2, 2)).start().hessp(np.ones(4))


def test_on_a_product_the_matrices_are_separate_arguments(rng):
    space = Product(Dense(2, 3), Symmetric(2))

    def value(X, S):
        return float(np.sum((S @ X) ** 2))

    def gradient(X, S):
        return 2 * S @ S @ X, 2 * S @ X @ X.T

    def hessp(X, S, V, T):
        H = 2 * (T @ S @ X + S @ T @ X + S @ S @ V)
        return H, 2 * (T @ X @ X.T + S @ V @ X.T + S @ X @ V.T)

    check_objective(from_functions(value, gradient, hessp), space, rng)
    one = from_functions(value, gradient, hessp).on(space).start(rng)
    v = space.random_tangent(one.point, rng)
    two = from_functions(value, gradient).on(space).at(one.x)
    np.testing.assert_allclose(two.hessp(v), one.hessp(v), rtol=0, atol=1e-8)
    with pytest.raises(ValueError, match=r"gradient must return 2 matrices, .* got 3"):
        _ = from_functions(value, lambda X, S: (X, S, S)).on(space).start().gradient


def test_the_matrices_given_are_read_only():
    def value(X):
        X[0, 0] = 3.0
        return 0.0

    with pytest.raises(ValueError, match="read-only"):
        _ = from_functions(value, lambda X: X).on(Dense(2, 2)).start().value


def test_integers_and_single_precision_are_converted():
    f = from_functions(
        lambda X: np.float32(1.5), lambda X: np.ones(X.shape, dtype=np.float32)
    )
    e = f.on(Dense(2, 2)).start()
    assert isinstance(e.value, float) and e.gradient.dtype == np.float64
    f = from_functions(lambda X: 1, lambda X: np.ones(X.shape, dtype=int))
    assert f.on(Dense(2, 2)).start().gradient.dtype == np.float64


def test_wrong_functions():
    space = Dense(2, 2)
    with pytest.raises(TypeError, match="value must be callable, got int"):
        from_functions(3, cubic)
    with pytest.raises(TypeError, match="gradient must be callable, got NoneType"):
        from_functions(cubic, None)
    with pytest.raises(TypeError, match="hessp must be callable or None, got str"):
        from_functions(cubic, cubic_gradient, "exact")
    for wrong in (lambda X: X[:1, :1], lambda X: 1j, lambda X: None, lambda X: "a"):
        with pytest.raises(TypeError, match="value must return a real number"):
            _ = from_functions(wrong, cubic_gradient).on(space).start().value
    with pytest.raises(ValueError, match=r"gradient must return the shape \(2, 2\)"):
        _ = from_functions(cubic, lambda X: X.ravel()).on(space).start().gradient
    with pytest.raises(TypeError, match="gradient must return numbers that are real"):
        _ = from_functions(cubic, lambda X: 1j * X).on(space).start().gradient
    f = from_functions(cubic, cubic_gradient, lambda X, V: V[0])
    with pytest.raises(ValueError, match=r"hessp must return the shape .*got \(2,\)"):
        f.on(space).start().hessp(np.ones(4))
    assert repr(from_functions(cubic, cubic_gradient)) == "from_functions(cubic)"
