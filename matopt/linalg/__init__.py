"""Floor 0: arrays in, arrays out."""

from matopt.linalg.adjugate import adjugate, adjugate_along
from matopt.linalg.arrays import (
    Array,
    as_array,
    as_hermitian,
    as_square,
    hermitian_part,
    is_hermitian,
)
from matopt.linalg.autoregression import (
    as_series,
    autocovariances,
    burg,
    lag_products,
    yule_walker,
)
from matopt.linalg.basis import (
    commutation_matrix,
    duplication_matrix,
    single_entry,
    symmetric_entry,
    unvec,
    vec,
)
from matopt.linalg.disk import disk_from_origin, disk_move, disk_to_origin, disk_turn
from matopt.linalg.eigen import eigenpairs
from matopt.linalg.factor import LU, Cholesky, Factor, check_positive_definite
from matopt.linalg.lag_sums import LagSums
from matopt.linalg.lattice import (
    Bars,
    Lattice,
    LatticeDirection,
    lags_of_reflection,
    predictor_of_reflection,
    reflection_coefficients,
    reflection_of_predictor,
)
from matopt.linalg.lattice_forms import LastPredictorForm, LatticeForm, WhitenedForm
from matopt.linalg.low_rank import split_low_rank
from matopt.linalg.moments import Moments
from matopt.linalg.nearest_toeplitz import (
    NearestToeplitz,
    nearest_positive_definite_toeplitz,
    project_toeplitz,
)
from matopt.linalg.pattern_moments import Pattern, PatternMoments
from matopt.linalg.product import gram, herm, inner, mirror, product, rows_dot
from matopt.linalg.qr import thin_qr
from matopt.linalg.scatter import Scatter
from matopt.linalg.semidefinite import semidefinite_root
from matopt.linalg.statistic import Statistic, is_streamed
from matopt.linalg.toeplitz import (
    antidiagonal_sums,
    circulant_matrix,
    circulant_product,
    circulant_solve,
    diagonal_sums,
    hankel_matrix,
    hankel_product,
    hermitian_toeplitz,
    paired_sums,
    toeplitz_matrix,
    toeplitz_product,
    wrapped_sums,
)
from matopt.linalg.toeplitz_factor import (
    Levinson,
    ToeplitzFactor,
    factorize_toeplitz,
    levinson_durbin,
    range_sums,
)

__all__ = [
    "LU",
    "Array",
    "Bars",
    "Cholesky",
    "Factor",
    "LagSums",
    "LastPredictorForm",
    "Lattice",
    "LatticeDirection",
    "LatticeForm",
    "Levinson",
    "Moments",
    "NearestToeplitz",
    "Pattern",
    "PatternMoments",
    "Scatter",
    "Statistic",
    "ToeplitzFactor",
    "WhitenedForm",
    "adjugate",
    "adjugate_along",
    "antidiagonal_sums",
    "as_array",
    "as_hermitian",
    "as_series",
    "as_square",
    "autocovariances",
    "burg",
    "check_positive_definite",
    "circulant_matrix",
    "circulant_product",
    "circulant_solve",
    "commutation_matrix",
    "diagonal_sums",
    "disk_from_origin",
    "disk_move",
    "disk_to_origin",
    "disk_turn",
    "duplication_matrix",
    "eigenpairs",
    "factorize_toeplitz",
    "gram",
    "hankel_matrix",
    "hankel_product",
    "herm",
    "hermitian_part",
    "hermitian_toeplitz",
    "inner",
    "is_hermitian",
    "is_streamed",
    "lag_products",
    "lags_of_reflection",
    "levinson_durbin",
    "mirror",
    "nearest_positive_definite_toeplitz",
    "paired_sums",
    "predictor_of_reflection",
    "product",
    "project_toeplitz",
    "range_sums",
    "reflection_coefficients",
    "reflection_of_predictor",
    "rows_dot",
    "semidefinite_root",
    "single_entry",
    "split_low_rank",
    "symmetric_entry",
    "thin_qr",
    "toeplitz_matrix",
    "toeplitz_product",
    "unvec",
    "vec",
    "wrapped_sums",
    "yule_walker",
]
