"""Floor 1: where unknowns live, flat structures and curved manifolds."""

from matopt.spaces.circulant import Circulant
from matopt.spaces.hankel import Hankel
from matopt.spaces.point import MatrixPoint, Term
from matopt.spaces.positive_definite import PositiveDefinite
from matopt.spaces.space import Manifold, Seed, Space, generator
from matopt.spaces.structure import Structure
from matopt.spaces.symmetric import Symmetric
from matopt.spaces.toeplitz import HermitianToeplitz, SymmetricToeplitz, Toeplitz

__all__ = [
    "Circulant",
    "Hankel",
    "HermitianToeplitz",
    "Manifold",
    "MatrixPoint",
    "PositiveDefinite",
    "Seed",
    "Space",
    "Structure",
    "Symmetric",
    "SymmetricToeplitz",
    "Term",
    "Toeplitz",
    "generator",
]
