"""The array type, and the checks that every array passes where it enters."""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]  # float64 or complex128

_HERMITIAN_TOLERANCE = 1e-8
# Entries up to which OpenBLAS stays on the calling thread in a product of vectors.
VECTOR_VECTOR = 10_000


def as_array(
    value: ArrayLike,
    name: str,
    *,
    ndim: int | tuple[int, ...] | None = None,
    shape: tuple[int | None, ...] | None = None,
    dtype: type | None = None,
) -> Array:
    """Return ``value`` as a finite float64 or complex128 array.

    Integers and float32 are converted to float64, complex64 to complex128.
    ``dtype=float`` refuses complex input; ``None`` in ``shape`` leaves a size free.
    """
    array = value if type(value) is np.ndarray else _unwrapped(value, name)
    kind = array.dtype.kind
    if kind not in "biufc":
        raise TypeError(
            f"{name} must be a numeric array, got dtype {array.dtype}; "
            "convert it to float64 or complex128"
        )
    if kind == "c" and dtype is float:
        raise TypeError(f"{name} must be real, got dtype {array.dtype}")
    complex_wanted = kind == "c" or dtype is complex
    array = np.asarray(array, dtype=complex if complex_wanted else float)
    _check_dimensions(array, name, ndim, shape)
    if not _is_finite(array):
        bad = np.argwhere(~np.isfinite(array))
        place = ", ".join(str(int(i)) for i in bad[0])
        raise ValueError(
            f"{name} must be finite, got {array[tuple(bad[0])]} at index ({place}) "
            f"({len(bad)} such of {array.size}); remove or impute them"
        )
    return array


def _is_finite(array: Array) -> bool:
    """Are all entries finite? So they are where a sum of squares is, a cheaper call."""
    if array.size <= VECTOR_VECTOR and math.isfinite(np.vdot(array, array).real):
        return True
    return bool(np.isfinite(array).all())


def _unwrapped(value: ArrayLike, name: str) -> Array:
    """What is not a plain array already as one, of any dtype."""
    if np.ma.is_masked(value):
        raise ValueError(
            f"{name} must have no masked entries, got {np.sum(np.ma.getmask(value))} "
            f"masked of {np.size(value)}; remove or impute them"
        )
    try:
        array = np.asarray(value)
    except Exception as error:
        if isinstance(value, list | tuple):
            raise TypeError(
                f"{name} must be a numeric array, got a {type(value).__name__} whose "
                "parts differ in shape; make them equally long"
            ) from error
        raise TypeError(
            f"{name} must be a numeric array, got {type(value).__name__}; "
            "convert it with numpy.asarray"
        ) from error
    if hasattr(value, "toarray"):
        raise TypeError(
            f"{name} must be a dense array, got a sparse {type(value).__name__}; "
            "pass its .toarray()"
        )
    return array


def _check_dimensions(
    array: Array,
    name: str,
    ndim: int | tuple[int, ...] | None,
    shape: tuple[int | None, ...] | None,
) -> None:
    if ndim is not None:
        allowed = (ndim,) if isinstance(ndim, int) else ndim
        if array.ndim not in allowed:
            words = " or ".join(str(d) for d in allowed)
            raise ValueError(
                f"{name} must have {words} dimension(s), got shape {array.shape}"
            )
    if shape is not None and not (
        len(shape) == array.ndim
        and all(s is None or s == a for s, a in zip(shape, array.shape, strict=True))
    ):
        wanted = ", ".join("any" if s is None else str(s) for s in shape)
        comma = "," if len(shape) == 1 else ""
        raise ValueError(f"{name} must have shape ({wanted}{comma}), got {array.shape}")


def as_square(value: ArrayLike, name: str, *, dtype: type | None = None) -> Array:
    """Return ``value`` as a finite square matrix."""
    A = as_array(value, name, ndim=2, dtype=dtype)
    if A.shape[0] != A.shape[1]:
        raise ValueError(f"{name} must be square, got shape {A.shape}")
    return A


def as_hermitian(value: ArrayLike, name: str, *, dtype: type | None = None) -> Array:
    """Return ``value`` as a matrix equal to its conjugate transpose.

    An asymmetry of rounding size (1e-8 of the largest entry) is averaged away.
    """
    A = as_square(value, name, dtype=dtype)
    off = float(np.max(np.abs(A - A.conj().T), initial=0.0))
    if off > _HERMITIAN_TOLERANCE * float(np.max(np.abs(A), initial=0.0)):
        word = "Hermitian" if np.iscomplexobj(A) else "symmetric"
        raise ValueError(
            f"{name} must be {word}; max |{name} - {name}^H| = {off:.3g}; "
            f"pass ({name} + {name}.conj().T) / 2 if that is what you mean"
        )
    return hermitian_part(A)


def is_hermitian(A: Array) -> bool:
    """Is A = A^H, to the last bit?"""
    return bool(np.array_equal(A, A.conj().T))


def hermitian_part(A: Array) -> Array:
    """(A + A^H) / 2, also over stacks."""
    transposed = A.T if A.ndim == 2 else np.swapaxes(A, -1, -2)
    part: Array = A + (transposed.conj() if A.dtype.kind == "c" else transposed)
    part *= 0.5
    return part
