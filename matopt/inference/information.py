"""The information that samples carry of a matrix: expected, observed, by scores.

Coordinates are those of the tangent basis at the point: on a structure its real
parameters, of a complex matrix all real parts and then all imaginary parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from matopt.inference.fit import Fit
from matopt.inference.log_likelihood import gaussian, weight
from matopt.linalg import Array, product
from matopt.objectives import Iterate, Restriction
from matopt.spaces import MatrixPoint, Space
from matopt.spaces.space import check_order


def fisher_information(space: Space, x: ArrayLike, count: int) -> Array:
    """I_kl = (m/2) Re tr(A^-1 U_k A^-1 U_l) of m real samples, twice that of complex.

    A is the matrix at ``x``, a member of a Hermitian space or its parameters; U_k its
    derivative by the k-th parameter, on a manifold along the k-th tangent of its basis.
    The same holds where A is the precision, which has the derivative -A^-1 U_k A^-1 of
    the covariance. Samples of a complex space are circular.

    Slepian (1954) and Bangs (1971) for the formula.

    >>> import matopt as mo
    >>> mo.inference.fisher_information(mo.Diagonal(1), [[2.0]], 100)  # m / 2 sigma^4
    array([[12.5]])
    """
    point = hermitian_point(space, x)
    return samples_weight(space, count) * point.information


def samples_weight(space: Space, count: int) -> float:
    """m/2 for real samples, m for circular complex ones."""
    m = check_order(count, "count")
    return 0.5 * m if space.dtype is float else float(m)


def hermitian_point(space: Space, x: ArrayLike) -> MatrixPoint:
    """The point at x of a space of covariances."""
    if not isinstance(space, Space) or space.factors or not space.hermitian:
        raise ValueError(
            f"space must hold symmetric (Hermitian) matrices, got {space!r}; "
            "take Symmetric(n) or a part of it, such as SymmetricToeplitz(n) or "
            "SymmetricCirculant(n)"
        )
    return space.point(space.admit(x))


def expected_information(fit: Fit) -> Array:
    """``fisher_information`` at a fit of a Gaussian likelihood."""
    return weight(gaussian(fit.objective)) * fit.point.information


def observed_information(fit: Fit) -> Array:
    """The Hessian of the negative log-likelihood at a fit, exact.

    By the parameters on a structure; on a manifold the Riemannian Hessian in the
    tangent basis, which is the same in every metric only at a minimum.

    Efron and Hinkley (1978) on when it is to be preferred to the expected one.
    """
    point = fit.point  # of the structure itself where the fit was on Fisher(structure)
    problem = Restriction(fit.objective, point.space)
    return weight(fit.objective) * Iterate(problem, point).hessian


def scores(fit: Fit) -> Array:
    """The gradient of each sample's log-likelihood at the fit, (m, k)."""
    f = gaussian(fit.objective)
    samples = f.scatter.samples
    if samples is None:
        raise ValueError(
            f"the objective must hold its samples, got {f!r} of a covariance; "
            f"make it {type(f).__name__}(samples)"
        )
    singles = (type(f)(row[None, :]) for row in samples)
    covectors = [single.at(fit.point).gradient for single in singles]
    return -weight(f) / f.count * coordinates(fit.point, covectors)


def coordinates(point: MatrixPoint, covectors: Sequence[Array]) -> Array:
    """The derivative of each covector's function along the tangent basis, (q, k)."""
    rows = np.array([g.ravel() for g in covectors])
    basis = point.space.tangent_basis(point).reshape(-1, rows.shape[1])
    return product(rows.conj(), basis.T).real
