"""Likelihoods whose optimum is a fixed point of a simple iteration, in float64.

The defect is the squared gradient in the affine-invariant metric, relative to the
curvature along geodesics, which is of order one.
"""

import numpy as np
import scipy.linalg
from objectives import covariance, evaluate
from reference import Reference


def size(A, G):
    """Return the squared natural norm of an ambient gradient G at A: tr(A G A G)."""
    AG = A @ G
    return float(np.trace(AG @ AG))


def iterated(step, A, gradient, most=200_000):
    """Iterate A <- step(A) until the gradient vanishes to rounding or stands still."""
    best = np.inf
    for k in range(most):
        A = step(A)
        if k % 100 == 99:
            now = size(A, gradient(A))
            if now < 1e-18 or (now > 0.5 * best and now < 1e-16):
                break
            best = min(best, now)
    return A, abs(size(A, gradient(A)))


def weighted_scatter(Y, weight):
    """Return the step A <- mean of weight(d) x x^T, and the gradient."""

    def step(A):
        d = (Y.T * np.linalg.solve(A, Y.T)).sum(axis=0)
        return (Y.T * weight(d)) @ Y / len(Y)

    def gradient(A):
        P = np.linalg.inv(A)
        return P - P @ step(A) @ P

    return step, gradient


def student(p):
    """Iterate A = mean of (dof + n)/(dof + d) x x^T."""
    Y, dof = p["data"]["Y"], p["parameters"]["dof"]
    n = Y.shape[1]
    step, gradient = weighted_scatter(Y, lambda d: (dof + n) / (dof + d))
    A, defect = iterated(step, np.eye(n), gradient)
    return Reference(evaluate(p, A), A, defect)


def tyler(p):
    """Iterate A = mean of n/d x x^T, its trace n."""
    Y = p["data"]["Y"]
    n = Y.shape[1]
    step, gradient = weighted_scatter(Y, lambda d: n / d)

    def scaled(A):
        A = step(A)
        return A * n / np.trace(A)

    A, defect = iterated(scaled, np.eye(n), gradient)
    return Reference(evaluate(p, A), A, defect)


def incomplete(p):
    """Expectation and maximization: fill in means, add conditional covariances."""
    Y = p["data"]["Y"]
    n = Y.shape[1]
    seen = ~np.isnan(Y)
    patterns = [(o, Y[(seen == o).all(axis=1)][:, o]) for o in np.unique(seen, axis=0)]

    def step(A):
        total = np.zeros((n, n))
        for o, X in patterns:
            B = scipy.linalg.solve(A[np.ix_(o, o)], A[o], assume_a="pos")
            total += B.T @ (X.T @ X) @ B + len(X) * (A - A[:, o] @ B)
        return total / len(Y)

    def gradient(A):
        G = np.zeros((n, n))
        for o, X in patterns:
            P = np.linalg.inv(A[np.ix_(o, o)])
            G[np.ix_(o, o)] += len(X) * P - P @ (X.T @ X) @ P
        return G / len(Y)

    rng = np.random.default_rng(0)
    starts = [np.eye(n), *(covariance(rng.standard_normal((2 * n, n))) for _ in "ab")]
    runs = [iterated(step, A, gradient) for A in starts]
    values = [evaluate(p, A) for A, _ in runs]
    best = int(np.argmin(values))
    notes = {"three starts agree to": f"{max(values) - min(values):.0e}"}
    return Reference(values[best], runs[best][0], runs[best][1], notes)


def kronecker(p):
    """Alternate A = mean of X B^-1 X^T / q and B = mean of X^T A^-1 X / p."""
    Y, sizes = p["data"]["Y"], p["space"]["arguments"]
    X = Y.reshape(len(Y), sizes["p"], sizes["q"])
    A, B = np.eye(sizes["p"]), np.eye(sizes["q"])
    for _ in range(10_000):
        old = B
        A = (X @ np.linalg.solve(B, X.transpose(0, 2, 1))).mean(axis=0) / sizes["q"]
        B = (X.transpose(0, 2, 1) @ np.linalg.solve(A, X)).mean(axis=0) / sizes["p"]
        A, B = A * np.trace(B) / sizes["q"], B * sizes["q"] / np.trace(B)
        change = np.abs(B - old).max()
        if change < 1e-15:
            break
    C = np.kron(A, B)
    return Reference(evaluate(p, C), C, change**2)


def sample_moments(p):
    """Take the sample mean and the sample covariance about it."""
    Y = p["data"]["Y"]
    mean = Y.mean(axis=0)
    S = covariance(Y - mean)
    return Reference(np.linalg.slogdet(S)[1] + len(S), (mean, S), 0.0)


def inverse_wishart(p):
    """Solve (1 + w (dof + n + 1)) A = S + w I."""
    S, w = covariance(p["data"]["Y"]), p["parameters"]["weight"]
    n = len(S)
    total = 1 + w * (p["parameters"]["dof"] + n + 1)
    A = (S + w * np.eye(n)) / total
    return Reference(total * (np.linalg.slogdet(A)[1] + n), A, 0.0)


def wishart(p):
    """Solve (1 + w (dof - n - 1)) K^-1 = S + w I."""
    S, w = covariance(p["data"]["Y"]), p["parameters"]["weight"]
    n = len(S)
    total = 1 + w * (p["parameters"]["dof"] - n - 1)
    K = total * np.linalg.inv(S + w * np.eye(n))
    return Reference(total * (n - np.linalg.slogdet(K)[1]), K, 0.0)
