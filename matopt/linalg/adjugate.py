"""The adjugate: what det(A) A^-1 becomes where A is singular."""

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.factor import LU
from matopt.linalg.product import herm, product


def adjugate(A: Array) -> Array:
    """adj(A) = det(U) det(V^H) V adj(S) U^H for A = U S V^H (n, n), real or complex.

    A adj(A) = adj(A) A = det(A) I. adj(A)^T is the derivative of det A by A, which is
    finite at every A: det(A) A^-1 at full rank (49), of rank one at rank n - 1, zero
    below. The diagonal of adj(S) is made of products, so nothing is divided by; the
    singular vectors are exact for a matrix within rounding of A. In the products the
    exponents are added apart, so that for orders up to 1000 an entry overflows only if
    it must.

    Stewart, On the adjugate matrix (1998).
    """
    U, s, Vh = np.linalg.svd(A)
    sign = LU(U).sign * LU(Vh).sign
    scaled = herm(Vh) * (sign * _products_of_others(s))
    return product(scaled, herm(U))


def _products_of_others(s: Array) -> Array:
    """The product of all s_j but s_i, for each i."""
    mantissa, exponent = np.frexp(s)
    one = np.ones(1)
    before = np.concatenate([one, np.cumprod(mantissa[:-1])])
    after = np.concatenate([one, np.cumprod(mantissa[:0:-1])])[::-1]
    others: Array = np.ldexp(before * after, exponent.sum() - exponent)
    return others
