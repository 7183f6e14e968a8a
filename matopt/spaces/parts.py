"""Free entries as real parameters: their real parts, then their imaginary parts."""

import numpy as np

from matopt.linalg import Array


def pack(entries: Array, dtype: type) -> Array:
    """The parameters of free entries; of their real parts alone if dtype is float.

    The derivative by the parameters too, of an f with d/dRe + i d/dIm = ``entries``.
    """
    if dtype is float:
        return entries.real
    return np.concatenate([entries.real, entries.imag])


def unpack(x: Array, dtype: type) -> Array:
    """The free entries of the parameters x."""
    if dtype is float:
        return x
    size = len(x) // 2
    return x[:size] + 1j * x[size:]
