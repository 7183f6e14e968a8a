"""Floor 0: arrays in, arrays out."""

from matopt.linalg.adjugate import adjugate, adjugate_along
from matopt.linalg.arrays import (
    Array,
    as_array,
    as_hermitian,
    as_square,
    hermitian_part,
)
from matopt.linalg.basis import (
    commutation_matrix,
    duplication_matrix,
    single_entry,
    symmetric_entry,
    unvec,
    vec,
)
from matopt.linalg.factor import LU, Cholesky, Factor
from matopt.linalg.product import gram, herm, inner, mirror, product
from matopt.linalg.toeplitz import (
    antidiagonal_sums,
    circulant_matrix,
    circulant_product,
    circulant_solve,
    diagonal_sums,
    hankel_matrix,
    hankel_product,
    toeplitz_matrix,
    toeplitz_product,
    wrapped_sums,
)

__all__ = [
    "LU",
    "Array",
    "Cholesky",
    "Factor",
    "adjugate",
    "adjugate_along",
    "antidiagonal_sums",
    "as_array",
    "as_hermitian",
    "as_square",
    "circulant_matrix",
    "circulant_product",
    "circulant_solve",
    "commutation_matrix",
    "diagonal_sums",
    "duplication_matrix",
    "gram",
    "hankel_matrix",
    "hankel_product",
    "herm",
    "hermitian_part",
    "inner",
    "mirror",
    "product",
    "single_entry",
    "symmetric_entry",
    "toeplitz_matrix",
    "toeplitz_product",
    "unvec",
    "vec",
    "wrapped_sums",
]
