"""How uncertain an estimated matrix is, and every function of it (delta method)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import lapack

from matopt.errors import NotPositiveDefinite
from matopt.inference.estimate import Estimate
from matopt.inference.fit import Fit, is_shape
from matopt.inference.fit_report import check_found
from matopt.inference.information import (
    coordinates,
    expected_information,
    hermitian_point,
    observed_information,
    samples_weight,
    scores,
)
from matopt.lazy import lazy
from matopt.linalg import Array, Cholesky, as_array, product, semidefinite_root
from matopt.objectives import Objective
from matopt.spaces import MatrixPoint, Space

KINDS = ("expected", "observed", "robust")

_EPS = float(np.finfo(float).eps)
_REPEATED = 1e-10  # a gap of eigenvalues that is rounding, of the largest


class Uncertainty:
    """The asymptotic covariance at a point, carried to functions of the matrix A.

    With U_k the derivative of A by the k-th coordinate and C the covariance of the
    coordinates, a function g has the variance d^T C d, d_k = dg/dA along U_k: the delta
    method. Rao, Linear Statistical Inference (1973), 6a.2.
    """

    def __init__(self, point: MatrixPoint, root: Array) -> None:
        """Take the point and R, (r, k), with C = R^T R."""
        self._point = point
        self._root = root

    @property
    def parameters(self) -> Estimate:
        """The real parameters of a structure: of t_0, t_1, ... of a Toeplitz matrix."""
        if not self._point.space.flat:
            raise TypeError(
                f"{self._one.space!r} has no parameters but its matrix; take "
                "entries(), eigenvalues() or of(function)"
            )
        return Estimate(self._point.x.copy(), self._root)

    @property
    def parts(self) -> tuple[Uncertainty, ...]:
        """Of each matrix of a ``Product``, by itself: its entries and all the rest."""
        found, first = [], 0
        for space, point in zip(
            self._point.space.factors, self._point.parts, strict=True
        ):
            basis = space.tangent_basis(point)
            root = self._root[:, first : first + len(basis)]
            first += len(basis)
            if point.space is not space:  # Fisher's tangents, by parameters
                root = product(root, basis)
            found.append(Uncertainty(point, root))
        return tuple(found)

    @property
    def coordinates(self) -> Array:
        """The covariance of the coordinates in the tangent basis, (k, k)."""
        return product(self._root.T, self._root)

    @property
    def _one(self) -> MatrixPoint:
        """The point, of one matrix."""
        if self._point.parts:
            raise TypeError(
                f"{self._point.space!r} has several matrices; take one of parts, such "
                "as parts[0].entries(), or of(function) with a function of their tuple"
            )
        return self._point

    @lazy
    def _along(self) -> list[Any]:
        """U_k, matrices or tuples of them."""
        basis = self._point.space.tangent_basis(self._point)
        return [self._point.along(e) for e in basis]

    @lazy
    def _directions(self) -> Array:
        """U_k, (k, n, n)."""
        return np.array(self._along)

    def entries(self, *, imaginary: bool = False) -> Estimate:
        """A_ij: the real parts, or the imaginary parts."""
        return self._real_parts(self._one.dense, self._directions, imaginary)

    def correlations(self, *, imaginary: bool = False) -> Estimate:
        """A_ij / sqrt(A_ii A_jj): the real parts, or the imaginary parts."""
        A, U = self._one.dense, self._directions
        power = np.diagonal(A).real
        scale = 1.0 / np.sqrt(np.outer(power, power))
        R = A * scale
        change = np.diagonal(U, axis1=1, axis2=2).real / power
        dR = U * scale - 0.5 * R * (change[:, :, None] + change[:, None, :])
        return self._real_parts(R, dR, imaginary)

    def eigenvalues(self) -> Estimate:
        """In ascending order: d lambda = v^H dA v (67).

        A repeated eigenvalue has a derivative only if the family keeps it repeated.
        """
        values, V = np.linalg.eigh(self._one.dense)
        for first, last in _clusters(values):
            self._check_repeated(V[:, first:last], values[first])
        return self._of_pairs(values, V, V)

    def _check_repeated(self, V: Array, value: float) -> None:
        """V^H U V must be a multiple of I for every direction U."""
        blocks = V.conj().T @ self._directions @ V
        split = blocks - blocks[:, :1, :1] * np.eye(V.shape[1])
        if np.max(np.abs(split)) > 1e-7 * np.max(np.abs(blocks)):
            raise ValueError(
                f"the eigenvalue {value:.6g} is repeated {V.shape[1]} times and the "
                "family can split it: it has no derivative there, and its estimates "
                "are not normal"
            )

    def logdet(self) -> Estimate:
        """ln det A (57)."""
        J = coordinates(self._point, [self._one.logdet_gradient()])
        return self._estimate(np.array(self._point.logdet), J[0])

    def spectral_density(self, frequencies: ArrayLike) -> Estimate:
        """a^H A a / n with a_j = exp(2 pi i f j), f in cycles a sample: never negative.

        For a Toeplitz covariance it is the expected periodogram of n values,
        sum_k (1 - |k|/n) t_k exp(-2 pi i f k): the spectral density, smoothed over 1/n.
        """
        f = as_array(frequencies, "frequencies", ndim=1, dtype=float)
        n = len(self._one.dense)
        a = np.exp(2j * np.pi * np.outer(np.arange(n), f)) / np.sqrt(n)
        density = np.sum(a.conj() * (self._point.dense @ a), axis=0).real
        return self._of_pairs(density, a, a)

    def of(self, function: Objective | Callable[[Any], Any]) -> Estimate:
        """Any function of the matrix, real: an objective, or a callable.

        Of an objective the exact gradient is taken, of a callable central differences,
        of about ten correct digits. On a ``Product`` it is one of the tuple.
        """
        if isinstance(function, Objective):
            e = function.at(self._point)
            J = coordinates(self._point, [e.gradient])
            return self._estimate(np.array(float(e.value)), J[0])
        value = _real(function(self._moved(self._along[0], 0.0)))
        J = np.array(
            [
                self._difference(function, U, step)
                for step, U in zip(self._steps, self._along, strict=True)
            ]
        )
        return self._estimate(value, np.moveaxis(J, 0, -1))

    @property
    def _steps(self) -> Array:
        """Of differences, in the unit in which A changes by its own size.

        Where A is no covariance that is not known, and the unit its standard error.
        """
        if self._point.space.hermitian:
            unit = 1.0 / np.sqrt(np.diagonal(self._point.information))
        else:
            unit = np.sqrt(np.sum(self._root**2, axis=0))
        return np.asarray(_EPS ** (1 / 3) * unit)

    def _difference(self, function: Callable[[Any], Any], U: Any, step: float) -> Array:
        ahead, back = (_real(function(self._moved(U, h))) for h in (step, -step))
        return (ahead - back) / (2.0 * step)

    def _moved(self, U: Any, step: float) -> Any:
        """A + step U, of each matrix of a tuple."""
        A: Any = self._point.dense
        if not self._point.parts:
            return A + step * U
        return tuple(a + step * u for a, u in zip(A, U, strict=True))

    def _of_pairs(self, value: Array, left: Array, right: Array) -> Estimate:
        """Functions with the gradients left_q right_q^H."""
        pairs = zip(left.T, right.T, strict=True)
        covectors = [self._point.adjoint(a[:, None], b[:, None]) for a, b in pairs]
        return self._estimate(value, coordinates(self._point, covectors))

    def _real_parts(self, value: Array, change: Array, imaginary: bool) -> Estimate:
        """Of a matrix and its derivatives (k, n, n)."""
        if imaginary:
            value, change = value.imag, change.imag
        return self._estimate(value.real.copy(), np.moveaxis(change.real, 0, -1))

    def _estimate(self, value: Array, J: Array) -> Estimate:
        """With J, (*value.shape, k), the derivatives by the coordinates."""
        R = product(self._root, np.ascontiguousarray(J.reshape(-1, J.shape[-1]).T))
        return Estimate(value, R.reshape(len(R), *value.shape))

    def __repr__(self) -> str:
        return f"<Uncertainty of {self._root.shape[1]} parameters>"


def uncertainty(
    fit: Fit, information: str = "expected", *, lags: int = 0
) -> Uncertainty:
    """The uncertainty of a fit, by the inverse of an information matrix.

    "expected": Fisher's, for Gaussian samples. "observed": the exact Hessian there.
    "robust": H^-1 B H^-1 with B the sum of the squared scores of the samples, right
    also where they are not Gaussian or the structure is not true (Huber, 1967; White,
    1982); ``lags`` neighbours of each sample may then depend on it (Newey and West,
    1987). It needs many more samples than parameters.

    A fit that ran to a singular matrix, or ended far from the optimum, is refused, and
    one whose parameters cannot be told apart.
    """
    if information not in KINDS:
        raise ValueError(
            f"information must be one of {', '.join(KINDS)}, got {information!r}"
        )
    if information != "robust" and lags:
        raise ValueError(f'lags is for information="robust", got lags = {lags}')
    if not fit.space.dimension:
        raise ValueError(f"{fit.space!r} holds one matrix only, which has no errors")
    if is_shape(fit.objective, fit.space):
        raise ValueError(
            f"{fit.objective!r} does not know the scale of the matrix, which then has "
            "no standard errors; take StudentLikelihood(samples, dof)"
        )
    check_found(fit)
    if information == "expected":
        return Uncertainty(fit.point, _inverse_root(expected_information(fit)))
    H = observed_information(fit)
    if information == "observed":
        return Uncertainty(fit.point, _inverse_root(H))
    G = _dependent(scores(fit), lags)
    return Uncertainty(fit.point, _factor(H).solve(G.T).T)


def cramer_rao(space: Space, x: ArrayLike, count: int) -> Uncertainty:
    """The least covariance of an unbiased estimate from ``count`` samples of A(x).

    A structure, or any manifold of covariances through its tangent basis; of every
    function of the matrix too. The inverse of ``fisher_information``.

    Cramér (1946); Rao (1945).

    >>> import numpy as np, matopt as mo
    >>> bound = mo.inference.cramer_rao(mo.SymmetricToeplitz(3), np.eye(3), 50)
    >>> bound.parameters.standard_errors.round(3)
    array([0.115, 0.1  , 0.141])
    """
    point = hermitian_point(space, x)
    root = _inverse_root(samples_weight(space, count) * point.information)
    return Uncertainty(point, root)


def standard_errors(fit: Fit, information: str = "expected") -> Array:
    """Of the parameters of a structure; see ``uncertainty`` for the rest."""
    return uncertainty(fit, information).parameters.standard_errors


def confidence_intervals(
    fit: Fit, level: float = 0.95, information: str = "expected"
) -> Array:
    """Of the parameters of a structure, (k, 2)."""
    return uncertainty(fit, information).parameters.intervals(level)


def _inverse_root(information: Array) -> Array:
    """R with R^T R the inverse."""
    return _factor(information).whiten(np.eye(len(information)))


def _factor(information: Array) -> Cholesky:
    """Of a matrix that is positive definite beyond rounding, in whatever units."""
    power = np.diagonal(information)
    d = np.sqrt(np.where(power > 0.0, power, 1.0))
    unit = information / np.outer(d, d)
    try:
        half = Cholesky.of(unit)
        rcond, _ = lapack.dpocon(half.L, np.linalg.norm(unit, 1), uplo="L")
        if rcond < len(unit) * _EPS:
            raise NotPositiveDefinite(f"its condition number is {1 / rcond:.1e}")
    except NotPositiveDefinite as error:
        raise NotPositiveDefinite(
            "the information matrix is not positive definite, or only by rounding: the "
            "fit is not a strict minimum, or parameters cannot be told apart; look at "
            "diagnose(fit)"
        ) from error
    return Cholesky(np.asfortranarray(d[:, None] * half.L))


def _dependent(G: Array, lags: int) -> Array:
    """Rows whose Gram matrix is sum_l w_l (Gamma_l + Gamma_l^T), Bartlett weights."""
    if isinstance(lags, bool) or not isinstance(lags, int | np.integer) or lags < 0:
        raise ValueError(f"lags must be an integer of at least 0, got {lags!r}")
    if lags == 0:
        return G
    B = product(G.T, G)
    for lag in range(1, min(int(lags), len(G) - 1) + 1):
        cross = product(G[lag:].T, G[:-lag])
        B += (1.0 - lag / (lags + 1.0)) * (cross + cross.T)
    return semidefinite_root(B, "the covariance of the scores").T


def _clusters(values: Array) -> list[tuple[int, int]]:
    """The ranges of indices of eigenvalues that are equal to rounding."""
    apart = np.diff(values) > _REPEATED * np.max(np.abs(values))
    edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(values)]
    return [(a, b) for a, b in pairwise(edges) if b - a > 1]


def _real(value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(
            f"function must return real numbers, got dtype {array.dtype}; "
            "return real and imaginary parts"
        )
    return array.astype(float)
