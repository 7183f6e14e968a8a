"""Compiled: arrays copied in loops.

For ``a[:] = b`` numba also compiles the message that their shapes differ, which takes
longer than most kernels.
"""

from matopt.linalg.arrays import Array
from matopt.linalg.compiled import part


@part()
def copy(source: Array, to: Array) -> None:
    """to <- source, of the same length."""
    for j in range(len(source)):
        to[j] = source[j]
