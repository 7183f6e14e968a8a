"""scikit-learn's estimators, where they solve the problem at hand."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from matopt.errors import OutOfDomain
from matopt.linalg import Array
from matopt.objectives import (
    GaussianLikelihood,
    GaussianPrecisionLikelihood,
    Iterate,
    MatrixFactorization,
    Nonnegative,
    Separable,
    Sum,
)
from matopt.solvers import Finished, Solver, Status, Steps
from matopt.solvers.sparse_precision import SparsePrecision
from matopt.spaces import Dense, LowRankPlusDiagonal, PositiveDefinite, Symmetric
from matopt.studies.competitors.method import copied, find


@dataclass(frozen=True)
class ScikitLearn(Solver):
    """An estimator of scikit-learn by its name, for the objective that it minimizes.

    EmpiricalCovariance: a ``GaussianLikelihood`` or ``GaussianPrecisionLikelihood``
    on all real symmetric matrices, in closed form. GraphicalLasso: the latter with
    c ``L1Norm()``. FactorAnalysis: the former on ``LowRankPlusDiagonal``; it gets
    samples with our second moments S. NMF: ``MatrixFactorization`` with both factors
    ``Nonnegative``, from our start. What others, such as LedoitWolf, compute is the
    minimum of no objective here.

    ``options`` are those of the estimator, and its tolerances, where not given, are
    such that our gradient test can pass. Two iterates are reported, the start and the
    solution; scikit-learn's own iterations are in ``result.detail``. Needs
    matopt[sklearn].

    Pedregosa et al., Scikit-learn: Machine Learning in Python (JMLR 2011).
    """

    takes_kinks: ClassVar[bool] = True

    estimator: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the name, and hold the options alone."""
        name = find(self.estimator, _FITS, "estimator")
        object.__setattr__(self, "estimator", name)
        object.__setattr__(self, "options", copied(self.options, name))

    def steps(self, e: Iterate) -> Steps:
        """The start, then the solution."""
        sklearn = _sklearn()
        fit = _FITS[self.estimator](e)
        yield e
        said = f"scikit-learn {self.estimator}"
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                x, nit = fit(sklearn, dict(self.options))
            except FloatingPointError as error:
                said = f"{said}: {' '.join(str(error).split())}"
                raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said) from error
        notes = [" ".join(str(warning.message).split()) for warning in caught]
        said = "; ".join([f"{said}: {nit} iterations", *notes])
        yield _solution(e, x, said)
        raise Finished(Status.OUTSIDE_SOLVER_STOPPED, said)


Fit = Callable[[Any, dict[str, Any]], tuple[Any, int]]


def _solution(e: Iterate, x: Any, said: str) -> Iterate:
    try:
        return e.restriction.at(x)
    except OutOfDomain as error:
        raise Finished(Status.LEFT_DOMAIN, f"{said}: {error}") from error


def _empirical_covariance(e: Iterate) -> Fit:
    f = e.restriction.objective
    is_precision = isinstance(f, GaussianPrecisionLikelihood)
    if (
        not isinstance(f, GaussianLikelihood | GaussianPrecisionLikelihood)
        or not isinstance(e.space, Symmetric | PositiveDefinite)
        or e.space.dtype is not float
    ):
        raise _refusal(
            "EmpiricalCovariance", e, "a Gaussian likelihood on real Symmetric(n)"
        )
    X = _samples(f)

    def fit(sklearn: Any, options: dict[str, Any]) -> tuple[Array, int]:
        model = sklearn.covariance.EmpiricalCovariance(
            **{"assume_centered": True} | options
        ).fit(X)
        return model.get_precision() if is_precision else model.covariance_, 0

    return fit


def _graphical_lasso(e: Iterate) -> Fit:
    problem = SparsePrecision.of(e.restriction)
    alpha = None if problem is None else _common_weight(problem)
    if problem is None or alpha is None:
        raise _refusal(
            "GraphicalLasso",
            e,
            "GaussianPrecisionLikelihood + c * L1Norm() on real Symmetric(n)",
        )
    S = problem.S

    def fit(sklearn: Any, options: dict[str, Any]) -> tuple[Array, int]:
        tolerances = {"tol": 1e-8, "enet_tol": 1e-10, "max_iter": 1000}
        _, K, nit = sklearn.covariance.graphical_lasso(
            S, alpha, return_n_iter=True, **tolerances | options
        )
        return 0.5 * (K + K.T), nit

    return fit


def _common_weight(problem: SparsePrecision) -> float | None:
    """The one weight of all entries off the diagonal, 0 on it; else None."""
    n, w = len(problem.S), problem.weights
    alpha = float(w[0, -1]) if n > 1 else 0.0
    uniform = alpha * (1.0 - np.eye(n))
    return alpha if problem.mu == 0.0 and np.array_equal(w, uniform) else None


def _factor_analysis(e: Iterate) -> Fit:
    f, space = e.restriction.objective, e.space
    if (
        not isinstance(f, GaussianLikelihood)
        or not isinstance(space, LowRankPlusDiagonal)
        or space.dtype is not float
    ):
        raise _refusal(
            "FactorAnalysis", e, "GaussianLikelihood on real LowRankPlusDiagonal"
        )
    X = _samples(f)

    def fit(sklearn: Any, options: dict[str, Any]) -> tuple[Array, int]:
        settings = {"tol": 1e-12, "max_iter": 100_000, "svd_method": "lapack"}
        model = sklearn.decomposition.FactorAnalysis(
            space.rank, **settings | options
        ).fit(X)
        x = space.join(model.components_.T, np.log(model.noise_variance_))
        return x, model.n_iter_

    return fit


def _nmf(e: Iterate) -> Fit:
    f, spaces = _factorization(e), e.space.factors
    if f is None or any(not isinstance(s, Dense) or s.dtype is complex for s in spaces):
        wanted = "MatrixFactorization of A >= 0 with two Nonnegative factors on Dense"
        raise _refusal("NMF", e, wanted)
    A = f.target
    W, H = (np.array(X, order="C") for X in e.matrix)

    def fit(sklearn: Any, options: dict[str, Any]) -> tuple[Any, int]:
        settings = {"tol": 1e-10, "max_iter": 100_000}
        model = sklearn.decomposition.NMF(len(H), init="custom", **settings | options)
        return (model.fit_transform(A, W=W, H=H), model.components_), model.n_iter_

    return fit


def _factorization(e: Iterate) -> MatrixFactorization | None:
    """The one smooth term, if both factors must be nonnegative; else None."""
    whole = e.restriction.objective
    smooth, penalty = whole.smooth_part, whole.penalty
    if not isinstance(smooth, Sum) or not isinstance(penalty, Separable):
        return None
    held = {i for i, p in penalty.parts.items() if p.c and isinstance(p.g, Nonnegative)}
    (c, f), *others = smooth.terms
    if others or held != {0, 1} or c <= 0.0 or not isinstance(f, MatrixFactorization):
        return None
    return f if np.isrealobj(f.target) and f.target.min() >= 0.0 else None


_FITS: dict[str, Callable[[Iterate], Fit]] = {
    "EmpiricalCovariance": _empirical_covariance,
    "FactorAnalysis": _factor_analysis,
    "GraphicalLasso": _graphical_lasso,
    "NMF": _nmf,
}


def _samples(f: GaussianLikelihood | GaussianPrecisionLikelihood) -> Array:
    """Samples of mean zero whose second moments are S = R R^T: R and -R."""
    R = f.scatter.root
    X: Array = np.sqrt(R.shape[1]) * np.concatenate([R.T, -R.T])
    return X


def _refusal(name: str, e: Iterate, wanted: str) -> TypeError:
    return TypeError(
        f"scikit-learn's {name} solves {wanted}, and this is {e.restriction!r}; "
        "take one of matopt's own solvers"
    )


def _sklearn() -> Any:
    try:
        import sklearn
        import sklearn.covariance
        import sklearn.decomposition
    except ImportError as error:
        raise ImportError(
            "ScikitLearn needs scikit-learn, which is an extra: "
            "pip install 'matopt[sklearn]'"
        ) from error
    return sklearn
