import mpmath
import numpy as np
import pytest
from numeric import lift, normal

from matopt.check import check_objective
from matopt.objectives import MatrixFactorization, Nonnegative
from matopt.solvers import Stop, minimize
from matopt.spaces import (
    Dense,
    PositiveDefinite,
    PositiveDefiniteToeplitz,
    Product,
    Stiefel,
    Symmetric,
)

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])
SIZES = pytest.mark.parametrize(("m", "n", "r"), [(1, 1, 1), (2, 3, 1), (3, 5, 2)])


@FIELDS
@SIZES
def test_value_and_derivatives_in_50_digits(m, n, r, dtype, rng):
    A = normal(rng, m, n, dtype=dtype)
    space = Product(Dense(m, r, dtype), Dense(r, n, dtype))
    x, u, v = rng.standard_normal((3, space.dimension))
    e = MatrixFactorization(A).on(space).at(x)

    def f(*pairs):
        W, H = (
            sum((t * lift(p) for t, p in terms), start=0 * lift(terms[0][1]))
            for terms in zip(
                *([(t, p) for p in space.matrix(y)] for t, y in pairs), strict=True
            )
        )
        R = W * H - lift(A)
        return mp.re(mp.fsum(abs(R[i, j]) ** 2 for i in range(m) for j in range(n))) / 2

    with mp.workdps(50):
        h = mp.mpf("1e-12")
        value = float(f((1, x)))
        slope = float((f((1, x), (h, u)) - f((1, x), (-h, u))) / (2 * h))
        corners = ((i, j) for i in (-1, 1) for j in (-1, 1))
        second = mp.fsum(i * j * f((1, x), (i * h, u), (j * h, v)) for i, j in corners)
        second = float(second / (4 * h * h))
    assert e.value == pytest.approx(value, rel=1e-12)
    assert e.gradient @ u == pytest.approx(slope, rel=1e-10, abs=1e-11)
    assert e.hessp(v) @ u == pytest.approx(second, rel=1e-10, abs=1e-11)


@pytest.mark.parametrize(
    "space",
    [
        Product(Dense(4, 2), Dense(2, 3)),
        Product(Dense(4, 3, complex), Dense(3, 3, complex)),
        Product(Stiefel(4, 3), PositiveDefinite(3)),
        Product(Dense(4, 3), PositiveDefiniteToeplitz(3)),
    ],
    ids=repr,
)
def test_on_spaces(space, rng):
    check_objective(MatrixFactorization(normal(rng, 4, 3)), space, rng)


@pytest.mark.parametrize("r", [1, 2, 3])
def test_the_minimum_is_that_of_eckart_and_young(r, rng):
    A = normal(rng, 5, 4)
    s = np.linalg.svd(A, compute_uv=False)
    f = MatrixFactorization(A)
    result = minimize(
        f.on(Product(Dense(5, r), Dense(r, 4))), stop=Stop(gradient_norm=1e-9)
    )
    assert result.success
    assert result.fun == pytest.approx((s[r:] ** 2).sum() / 2, abs=1e-12)


def test_rank_one_without_negative_entries_is_perron(rng):
    A = rng.uniform(size=(6, 4))
    U, s, Vh = np.linalg.svd(A)
    f = MatrixFactorization(A) + Nonnegative().of(0) + Nonnegative().of(1)
    result = minimize(
        f.on(Product(Dense(6, 1), Dense(1, 4))), stop=Stop(gradient_norm=1e-9)
    )
    W, H = result.matrix
    np.testing.assert_allclose(W @ H, s[0] * np.outer(U[:, 0], Vh[0]), atol=1e-8)


def test_the_start(rng):
    A = -rng.uniform(size=(5, 4))
    f, space = MatrixFactorization(A), Product(Dense(5, 2), Dense(2, 4))
    W, H = f.on(space).start(1).matrix
    assert (W > 0).all() and (H > 0).all()
    assert (W @ H).mean() == pytest.approx(np.abs(A).mean(), rel=0.3)
    other = f.on(space).start(2).matrix[0]
    assert not np.allclose(W, other)
    odd = Product(Symmetric(3), Dense(3, 4))  # which holds no such matrix
    assert np.isfinite(MatrixFactorization(A[:3]).on(odd).start().value)


@pytest.mark.parametrize(
    "space",
    [
        Dense(4, 3),
        Product(Dense(4, 2), Dense(3, 3)),
        Product(Dense(4, 2), Dense(2, 4)),
        Product(Dense(4), Dense(2, 3)),
        Product(Dense(4, 2), Dense(2, 2), Dense(2, 3)),
    ],
    ids=repr,
)
def test_wrong_spaces(space):
    with pytest.raises(
        ValueError, match=r"Product\(Dense\(4, r\), Dense\(r, 3\)\), got"
    ):
        MatrixFactorization(np.ones((4, 3))).on(space)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="target"):
        MatrixFactorization(np.ones(3))
    with pytest.raises(ValueError, match="target is complex but Dense"):
        MatrixFactorization([[1j]]).on(Product(Dense(1, 1), Dense(1, 1)))
    assert repr(MatrixFactorization(np.ones((2, 3)))) == "MatrixFactorization(<2x3>)"
