"""Floor 0: arrays in, arrays out."""

from matopt.linalg.arrays import (
    Array,
    as_array,
    as_hermitian,
    as_square,
    hermitian_part,
)
from matopt.linalg.factor import LU, Cholesky, Factor
from matopt.linalg.product import gram, herm, inner, mirror, product

__all__ = [
    "LU",
    "Array",
    "Cholesky",
    "Factor",
    "as_array",
    "as_hermitian",
    "as_square",
    "gram",
    "herm",
    "hermitian_part",
    "inner",
    "mirror",
    "product",
]
