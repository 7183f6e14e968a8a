import numpy as np
import pytest
from scipy.sparse import csc_array

from matopt.linalg import (
    as_array,
    as_hermitian,
    as_square,
    hermitian_part,
    is_hermitian,
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (np.int64, np.float64),
        (np.bool_, np.float64),
        (np.uint8, np.float64),
        (np.float32, np.float64),
        (np.float64, np.float64),
        (np.complex64, np.complex128),
        (np.complex128, np.complex128),
    ],
)
def test_dtypes_become_float64_or_complex128(given, wanted):
    array = as_array(np.ones((2, 3), dtype=given), "A")
    assert array.dtype == wanted
    assert np.array_equal(array, np.ones((2, 3)))


def test_lists_and_scalars_are_arrays():
    assert as_array([[1, 2], [3, 4]], "A").dtype == np.float64
    assert as_array(3, "x").shape == ()


def test_a_float64_array_is_not_copied():
    A = np.ones((2, 2))
    assert as_array(A, "A") is A


def test_dtype_complex_makes_real_input_complex():
    assert as_array([1.0], "x", dtype=complex).dtype == np.complex128
    assert as_array([1.0], "x", dtype=float).dtype == np.float64


@pytest.mark.parametrize("value", ["text", [[1.0], [2.0, 3.0]], [None], [{}]])
def test_not_numeric(value):
    with pytest.raises(TypeError, match="A must be a numeric array, got"):
        as_array(value, "A")


def test_complex_where_real_is_wanted():
    with pytest.raises(TypeError, match="x must be real, got dtype complex128"):
        as_array([1j], "x", dtype=float)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, complex(0, np.nan)])
def test_the_place_and_number_of_entries_that_are_not_finite(bad):
    A = np.zeros((3, 4), dtype=type(bad))
    A[1, 2] = A[2, 0] = bad
    with pytest.raises(
        ValueError, match=r"A must be finite.*\(1, 2\) \(2 such of 12\)"
    ):
        as_array(A, "A")


@pytest.mark.parametrize("shape", [(3,), (9, 8), (200, 99)])
@pytest.mark.parametrize("dtype", [float, complex])
def test_what_is_not_finite_is_found_in_arrays_of_any_size(rng, shape, dtype):
    A = 1e200 * rng.standard_normal(shape).astype(dtype)
    assert as_array(A, "A") is A  # though their squares overflow
    assert as_array(1e-150 * A.T, "A").shape == A.T.shape
    for bad in (np.inf, -np.inf, np.nan, *([1j * np.inf] if dtype is complex else [])):
        B = A[::-1].copy()
        B.flat[-1] = bad
        with pytest.raises(ValueError, match=rf"\(1 such of {A.size}\)"):
            as_array(B.T, "A")


def test_a_number_that_overflows_float64_is_not_finite():
    if np.finfo(np.longdouble).max == np.finfo(float).max:
        pytest.skip("long double is double here")
    huge = np.array([np.longdouble(10) ** 400])
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="must be finite"):
        as_array(huge, "x")


def test_masked_entries_are_refused_and_an_empty_mask_is_not():
    data = np.arange(3.0)
    with pytest.raises(ValueError, match="x must have no masked entries, got 1 masked"):
        as_array(np.ma.masked_equal(data, 1.0), "x")
    assert np.array_equal(as_array(np.ma.masked_equal(data, 9.0), "x"), data)


def test_dimensions_and_shapes():
    assert as_array(np.ones((2, 3)), "A", ndim=(1, 2), shape=(2, None)).shape == (2, 3)
    with pytest.raises(ValueError, match=r"A must have 2 dim.*got shape \(3,\)"):
        as_array(np.ones(3), "A", ndim=2)
    with pytest.raises(ValueError, match=r"A must have 1 or 2 dim.*got shape \(\)"):
        as_array(1.0, "A", ndim=(1, 2))
    with pytest.raises(ValueError, match=r"A must have shape \(any, 4\), got \(2, 3\)"):
        as_array(np.ones((2, 3)), "A", shape=(None, 4))
    with pytest.raises(ValueError, match=r"A must have shape \(2,\), got \(2, 3\)"):
        as_array(np.ones((2, 3)), "A", shape=(2,))


def test_square():
    with pytest.raises(ValueError, match=r"A must be square, got shape \(2, 3\)"):
        as_square(np.ones((2, 3)), "A")
    with pytest.raises(TypeError, match="A must be real"):
        as_square([[1j]], "A", dtype=float)
    assert as_square([[2]], "A").dtype == np.float64


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("dtype", [float, complex])
def test_hermitian_averages_rounding_away(n, dtype, rng):
    A = rng.standard_normal((n, n)).astype(dtype)
    if dtype is complex:
        A += 1j * rng.standard_normal((n, n))
    H = A + A.conj().T
    given = H + 1e-10 * np.triu(np.ones((n, n)), 1)
    B = as_hermitian(given, "A")
    assert np.array_equal(B, B.conj().T)
    assert np.max(np.abs(B - H)) < 1e-9
    assert np.array_equal(as_hermitian(H, "A"), H)


def test_not_hermitian():
    A = np.array([[1.0, 1.0], [0.5, 1.0]])
    with pytest.raises(ValueError, match=r"A must be symmetric; max .* = 0\.5; pass"):
        as_hermitian(A, "A")
    with pytest.raises(ValueError, match="A must be Hermitian"):
        as_hermitian(A.astype(complex), "A")
    with pytest.raises(ValueError, match="A must be Hermitian"):
        as_hermitian([[1j]], "A")  # the diagonal must be real


def test_hermitian_part_of_a_stack(rng):
    A = rng.standard_normal((3, 4, 4)) + 1j * rng.standard_normal((3, 4, 4))
    parts = hermitian_part(A)
    for a, p in zip(A, parts, strict=True):
        assert np.array_equal(p, (a + a.conj().T) / 2)


def test_inputs_are_not_written_to(rng):
    A = rng.standard_normal((4, 4))
    A = A + A.T
    A[0, 1] += 1e-12
    before = A.copy()
    A.flags.writeable = False
    as_hermitian(A, "A")
    hermitian_part(A)
    assert np.array_equal(A, before)


@pytest.mark.parametrize(
    ("A", "answer"),
    [
        (np.array([[1.0, 2.0], [2.0, 3.0]]), True),
        (np.array([[1.0, 2.0], [2.0 + 1e-15, 3.0]]), False),
        (np.array([[1.0, 2j], [-2j, 3.0]]), True),
        (np.array([[1.0, 2j], [2j, 3.0]]), False),
        (np.ones((2, 3)), False),
    ],
)
def test_a_matrix_is_hermitian_to_the_last_bit_or_not(A, answer):
    assert is_hermitian(A) is answer


def test_what_cannot_be_an_array_is_said_plainly():
    with pytest.raises(TypeError, match="got a list whose parts differ in shape"):
        as_array([[1.0], [2.0, 3.0]], "A")
    with pytest.raises(TypeError, match=r"a sparse csc_array; pass its \.toarray"):
        as_array(csc_array(np.eye(2)), "A")
