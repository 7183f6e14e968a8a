"""Floor 1: where unknowns live, flat structures and curved manifolds."""

from matopt.spaces.banded import Banded
from matopt.spaces.block_toeplitz import BlockToeplitz
from matopt.spaces.circulant import Circulant, SymmetricCirculant
from matopt.spaces.commuting import Commuting
from matopt.spaces.compound_symmetry import CompoundSymmetry
from matopt.spaces.correlation import Correlation
from matopt.spaces.dense import Dense
from matopt.spaces.diagonal import Diagonal
from matopt.spaces.embedded import Embedded
from matopt.spaces.fisher import Fisher
from matopt.spaces.hankel import Hankel
from matopt.spaces.kronecker_product import KroneckerProduct
from matopt.spaces.linear_span import LinearSpan
from matopt.spaces.low_rank_plus_diagonal import LowRankPlusDiagonal
from matopt.spaces.lower_triangular import LowerTriangular
from matopt.spaces.point import Descent, Ends, MatrixPoint, OneCall, Term
from matopt.spaces.positive_definite import PositiveDefinite
from matopt.spaces.positive_definite_toeplitz import PositiveDefiniteToeplitz
from matopt.spaces.product import Product
from matopt.spaces.skew_symmetric import SkewSymmetric
from matopt.spaces.space import Manifold, Seed, Space, generator
from matopt.spaces.sphere import Sphere
from matopt.spaces.stationary_kernel import StationaryKernel
from matopt.spaces.stiefel import Stiefel
from matopt.spaces.structure import Structure
from matopt.spaces.structure_sum import StructureSum
from matopt.spaces.symmetric import Symmetric
from matopt.spaces.toeplitz import (
    HermitianToeplitz,
    SymmetricToeplitz,
    Toeplitz,
    ToeplitzPlusDiagonal,
)

__all__ = [
    "Banded",
    "BlockToeplitz",
    "Circulant",
    "Commuting",
    "CompoundSymmetry",
    "Correlation",
    "Dense",
    "Descent",
    "Diagonal",
    "Embedded",
    "Ends",
    "Fisher",
    "Hankel",
    "HermitianToeplitz",
    "KroneckerProduct",
    "LinearSpan",
    "LowRankPlusDiagonal",
    "LowerTriangular",
    "Manifold",
    "MatrixPoint",
    "OneCall",
    "PositiveDefinite",
    "PositiveDefiniteToeplitz",
    "Product",
    "Seed",
    "SkewSymmetric",
    "Space",
    "Sphere",
    "StationaryKernel",
    "Stiefel",
    "Structure",
    "StructureSum",
    "Symmetric",
    "SymmetricCirculant",
    "SymmetricToeplitz",
    "Term",
    "Toeplitz",
    "ToeplitzPlusDiagonal",
    "generator",
]
