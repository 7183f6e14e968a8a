import numpy as np
import pytest

from matopt.linalg import gram, herm, inner, mirror, product

SIZES = [1, 2, 5, 80, 200]  # 80 and 200 on either side of what BLAS threads


def normal(shape, dtype, rng):
    A = rng.standard_normal(shape)
    return A if dtype is float else A + 1j * rng.standard_normal(shape)


def in_layout(A, layout):
    """The same numbers in C order, in Fortran order, or as a strided view."""
    if layout == "C":
        return np.ascontiguousarray(A)
    if layout == "F":
        return np.asfortranarray(A)
    larger = np.full(tuple(2 * s for s in A.shape), np.nan, dtype=A.dtype)
    view = larger[tuple(slice(None, None, 2) for _ in A.shape)]
    view[...] = A
    return view


def error(got, wanted, scale):
    assert got.shape == wanted.shape
    return np.max(np.abs(got - wanted), initial=0.0) / max(scale, 1e-300)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("a", [float, complex])
@pytest.mark.parametrize("b", [float, complex])
@pytest.mark.parametrize("layout_a", ["C", "F", "strided"])
@pytest.mark.parametrize("layout_b", ["C", "F", "strided"])
def test_product(n, a, b, layout_a, layout_b, rng):
    A = in_layout(normal((n, n + 1), a, rng), layout_a)
    B = in_layout(normal((n + 1, n + 2), b, rng), layout_b)
    x = in_layout(normal(n + 1, b, rng), "C" if layout_b == "F" else layout_b)
    for array in (A, B, x):
        array.flags.writeable = False
    scale = (n + 1) * 10.0
    assert error(product(A, B), np.einsum("ij,jk->ik", A, B), scale) < 1e-15
    assert error(product(A, x), np.einsum("ij,j->i", A, x), scale) < 1e-15


def test_product_with_no_columns(rng):
    A = normal((200, 200), float, rng)
    assert product(A, np.zeros((200, 0))).shape == (200, 0)
    assert product(A[:0], A).shape == (0, 200)
    assert np.array_equal(product(A[:, :0], A[:0]), np.zeros((200, 200)))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("k", [0, 1, 3, 90])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("layout", ["C", "F", "strided"])
def test_gram_is_exactly_hermitian(n, k, dtype, layout, rng):
    A = in_layout(normal((n, k), dtype, rng), layout)
    A.flags.writeable = False
    G = gram(A)
    assert error(G, np.einsum("ik,jk->ij", A, A.conj()), 10.0 * (k + 1)) < 1e-15
    assert np.array_equal(G, G.conj().T)


@pytest.mark.parametrize("n", [1, 2, 64, 65, 129])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("order", ["C", "F"])
def test_mirror_fills_the_upper_triangle_and_keeps_the_lower(n, dtype, order, rng):
    A = np.array(normal((n, n), dtype, rng), order=order)
    lower = np.tril(A)
    result = mirror(A)
    assert result is A
    assert np.array_equal(np.tril(A), lower)
    assert np.array_equal(np.triu(A, 1), np.tril(lower, -1).conj().T)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (80, 80), (200, 201), (7,), (3, 0)])
@pytest.mark.parametrize("a", [float, complex])
@pytest.mark.parametrize("b", [float, complex])
@pytest.mark.parametrize("layout_a", ["C", "F", "strided"])
@pytest.mark.parametrize("layout_b", ["C", "F", "strided"])
def test_inner(shape, a, b, layout_a, layout_b, rng):
    A = in_layout(normal(shape, a, rng), layout_a)
    B = in_layout(normal(shape, b, rng), layout_b)
    A.flags.writeable = B.flags.writeable = False
    got = inner(A, B)
    assert isinstance(got, float)
    wanted = np.sum(A.real * B.real) + np.sum(A.imag * B.imag)
    assert abs(got - wanted) <= 1e-14 * max(A.size, 1)


def test_herm_of_a_stack_and_without_a_copy_when_real(rng):
    A = normal((2, 3, 4), complex, rng)
    assert np.array_equal(herm(A), np.einsum("kij->kji", A.conj()))
    B = normal((3, 4), float, rng)
    assert np.shares_memory(herm(B), B)
