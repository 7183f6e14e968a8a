"""The adjugate, what det(A) A^-1 becomes where A is singular; and its derivative."""

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


def adjugate_along(A: Array, V: Array) -> Array:
    """d/dt adj(A + t V) at 0 (n, n): the second derivative of det, at every A.

    Where A is invertible det(A) (tr(A^-1 V) A^-1 - A^-1 V A^-1), and finite elsewhere;
    zero below rank n - 2. In singular vectors, with N = U^H V Vh^H and p_ij the product
    of all singular values but s_i and s_j, it is the sum of p_jj' N over the two-by-two
    minors.
    """
    U, s, Vh = np.linalg.svd(A)
    sign = LU(U).sign * LU(Vh).sign
    N = product(product(herm(U), V), herm(Vh))
    P = _products_of_other_pairs(s)
    inner = np.diag(P @ np.diagonal(N)) - P * N
    return sign * product(product(herm(Vh), inner), herm(U))


def _products_of_other_pairs(s: Array) -> Array:
    """The product of all s_k but s_i and s_j, for each i and j; zero where i = j."""
    P = np.zeros((len(s), len(s)))
    for i in range(len(s)):
        rest = s.copy()
        rest[i] = 1.0
        P[i] = _products_of_others(rest)
        P[i, i] = 0.0
    return P


def _products_of_others(s: Array) -> Array:
    """The product of all s_j but s_i, for each i."""
    mantissa, exponent = np.frexp(s)
    one = np.ones(1)
    before = np.concatenate([one, np.cumprod(mantissa[:-1])])
    after = np.concatenate([one, np.cumprod(mantissa[:0:-1])])[::-1]
    others: Array = np.ldexp(before * after, exponent.sum() - exponent)
    return others
