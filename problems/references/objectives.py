"""The objectives by their values alone, of plain matrices, in float64 or 50 digits."""

import numpy as np
import scipy.linalg
from arithmetic import cholesky, double, forward, logdet, solve, spectral
from mpmath import mp


def covariance(Y):
    """Return S = Y^T Y / m, Y^H where complex: the mean of x x^H."""
    return Y.T @ Y.conj() / len(Y) if np.iscomplexobj(Y) else Y.T @ Y / len(Y)


def weighted(r, weights):
    """Return r^T diag(weights) r, summed over columns."""
    return (r * r).sum() if weights is None else (weights * (r * r).T).sum()


def gaussian_likelihood(X, samples):
    """Return ln det X + tr(X^-1 S)."""
    S = covariance(samples)
    if np.iscomplexobj(S):
        return np.linalg.slogdet(X)[1] + np.trace(np.linalg.solve(X, S)).real
    return logdet(X) + np.trace(solve(X, S))


def gaussian_precision_likelihood(X, samples):
    """Return -ln det X + tr(S X)."""
    return -logdet(X) + (covariance(samples) * X).sum()


def missing_likelihood(X, samples):
    """Return the mean over the samples of ln det X_oo + x_o^T X_oo^-1 x_o."""
    total = 0.0
    for x in samples:
        o = ~np.isnan(x)
        A = X[np.ix_(o, o)]
        total += np.linalg.slogdet(A)[1] + x[o] @ np.linalg.solve(A, x[o])
    return total / len(samples)


def mean_likelihood(X, samples):
    """Return ln det A + mean of (x - b)^T A^-1 (x - b), X = (b, A)."""
    mean, A = X
    return gaussian_likelihood(A, samples - np.ravel(mean))


def student_likelihood(X, samples, dof):
    """Return ln det X + (dof + n) mean of ln(1 + d/dof)."""
    d = (samples.T * np.linalg.solve(X, samples.T)).sum(axis=0)
    n = len(X)
    return np.linalg.slogdet(X)[1] + (dof + n) * np.log1p(d / dof).mean()


def tyler_likelihood(X, samples):
    """Return ln det X + n mean of ln d."""
    d = (samples.T * np.linalg.solve(X, samples.T)).sum(axis=0)
    return np.linalg.slogdet(X)[1] + len(X) * np.log(d).mean()


def autoregressive_likelihood(X, series, order):
    """Return (ln det C + x^T C^-1 x)/N by the prediction errors of all orders.

    Each order has its predictor, a least-squares fit to the lags in X; from the last
    one on, predictor and error stay as they are.
    """
    x, N, t = double(series), len(series), double(X)[:, 0]
    variance = t[0]
    value = np.log(t[0]) + x[0] ** 2 / t[0]
    for k in range(1, order + 1):
        a = scipy.linalg.solve_toeplitz(t[:k], t[1 : k + 1])
        variance = t[0] - a @ t[1 : k + 1]
        stop = k + 1 if k < order else N
        past = np.lib.stride_tricks.sliding_window_view(x, k)[: stop - k]
        e = x[k:stop] - past @ a[::-1]
        value += (stop - k) * np.log(variance) + (e @ e) / variance
    return value / N


def trace_ratio(X, B, C):
    """Return tr((X^T C X)^-1 X^T B X)."""
    return np.trace(solve(X.T @ C @ X, X.T @ B @ X))


def rayleigh_quotient(X, P, Q=None):
    """Return x^T P x / x^T Q x."""
    x = X.reshape(-1)
    return (x @ P @ x) / (x @ x if Q is None else x @ Q @ x)


def residual(X, A=None, B=None, C=0.0):
    """Return |A X B + C|^2."""
    R = X if A is None else A @ X
    R = (R if B is None else R @ B) + C
    return (R * R).sum()


def quadratic_trace(X, A=None, B=None, C=None):
    """Return tr(A X B X^T C)."""
    M = X @ X.T if B is None else X @ B @ X.T
    M = M if A is None else A @ M
    return np.trace(M if C is None else M @ C)


def trace_function(X, name):
    """Return the sum of F over the eigenvalues of a symmetric X."""
    return getattr(np, name)(np.linalg.eigvalsh(X)).sum()


def geodesic_distance(X, targets):
    """Return the sum of |log L^-1 A L^-T|^2 / 2, X = L L^T."""
    L, total = cholesky(X), 0
    for A in targets:
        M = forward(L, forward(L, A).T)
        logarithm, _ = spectral((M + M.T) / 2, mp.log)
        total = total + (logarithm * logarithm).sum() / 2
    return total


def squared_distance(X, target, entry_weights=1):
    """Return the sum of w_ij |X_ij - T_ij|^2."""
    return (entry_weights * (X - target) ** 2).sum()


VALUES = {
    "AutoregressiveLikelihood": autoregressive_likelihood,
    "DesignLeastSquares": lambda X, target, signal, weights=None: weighted(
        target - X @ signal, weights
    ),
    "FrobeniusNorm": lambda X: (X * X).sum(),
    "GaussianLikelihood": gaussian_likelihood,
    "GaussianMeanLikelihood": mean_likelihood,
    "GaussianMissingLikelihood": missing_likelihood,
    "GaussianPrecisionLikelihood": gaussian_precision_likelihood,
    "GeodesicDistance": geodesic_distance,
    "InverseWishartPrior": lambda X, dof, scale: (
        (dof + len(X) + 1) * logdet(X) + np.trace(solve(X, scale))
    ),
    "L1Norm": lambda X, off_diagonal=True: (
        abs(X).sum() - (abs(np.diag(X)).sum() if off_diagonal else 0)
    ),
    "LinearTrace": lambda X, A: np.trace(A @ X),
    "LogDet": logdet,
    "MatrixFactorization": lambda X, target: ((X[0] @ X[1] - target) ** 2).sum() / 2,
    "Nonnegative": lambda X: 0.0 if X.min() >= 0 else np.inf,
    "NuclearNorm": lambda X: np.linalg.svd(X, compute_uv=False).sum(),
    "ProductTrace": lambda X, A, B: np.trace(A @ X @ B @ X),
    "QuadraticTrace": quadratic_trace,
    "RayleighQuotient": rayleigh_quotient,
    "Residual": residual,
    "SquaredDistance": squared_distance,
    "StudentLikelihood": student_likelihood,
    "TraceFunction": trace_function,
    "TraceInverse": lambda X, B: np.trace(solve(X, B)),
    "TracePower": lambda X, k: (np.linalg.eigvalsh(X) ** k).sum(),
    "TraceRatio": trace_ratio,
    "TwoNorm": lambda X, a: np.linalg.norm(X.reshape(-1) - a),
    "TylerLikelihood": tyler_likelihood,
    "WeightedLeastSquares": lambda X, target, design, weights=None: weighted(
        target - design @ X.reshape(-1), weights
    ),
    "WishartPrior": lambda X, dof, scale: (
        -(dof - len(X) - 1) * logdet(X) + np.trace(solve(scale, X))
    ),
}


def evaluate(problem, X):
    """Return the objective of a problem at X, from its terms."""
    data = problem["data"]
    total = 0
    for term in problem["term"]:
        arguments = {
            k: data.get(v, v) if isinstance(v, str) else v
            for k, v in term["arguments"].items()
        }
        part = X[term["part"]] if "part" in term else X
        total += term["coefficient"] * VALUES[term["objective"]](part, **arguments)
    return total
