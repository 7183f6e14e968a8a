"""Closed forms and 50-digit optima of Gaussian likelihoods of given samples.

- covariance, precision: f(X) - f(X*) = sum log l + 1/l - 1 >= 0 over the eigenvalues
  l of X*^-1 X (a precision X: of X^-1 X*), so X* is the only minimizer as soon as the
  Cholesky factor of it exists.
- banded precision: convex in K; the inverse of K equals S on the band, K vanishes
  outside it and has a Cholesky factor (Dempster 1972).
- sparse precision: strictly convex in K; where K is not 0 its inverse is S plus the
  penalty times the sign of K, where K is 0 it differs from S by less than that, and K
  has a Cholesky factor (Banerjee, El Ghaoui and d'Aspremont 2008).
- Toeplitz likelihood: f is strictly convex where T < 2 S (Zwiernik, Uhler and
  Richards 2017), because its Hessian along V is tr(A A (2 C - I)), A and C being V
  and S whitened by T. A Toeplitz T outside that region has an eigenvalue l >= 2 of
  S^-1 T, hence f(T) >= f(S) + log 2 - 1/2. A stationary T* in the region with
  f(T*) - f(S) < log 2 - 1/2 is therefore the global minimizer, and the only one.
"""

import numpy as np
import scipy.linalg
from arithmetic import (
    cholesky,
    double,
    exact,
    identity,
    inverse,
    largest,
    logdet,
    polish,
    solve,
)
from mpmath import mp, mpf
from objectives import VALUES, covariance
from problem_file import toeplitz
from reference import Reference


def sample_covariance(p):
    """Solve the Gaussian likelihood on all positive definite matrices: X = S."""
    S = covariance(p["data"]["Y"])
    value = logdet(S) + len(S)
    condition = np.linalg.cond(double(S))
    return Reference(value, S, mpf(0), {"condition of S": f"{condition:.1e}"})


def variances(p):
    """Solve the likelihood on diagonal matrices: the diagonal of S."""
    S = covariance(p["data"]["Y"])
    D = np.diag(np.diag(S))
    return Reference(sum(map(mp.log, np.diag(S))) + len(S), D, mpf(0))


def trace_penalized_precision(p):
    """Solve -ln det K + tr(S K) + c tr K: K = (S + c I)^-1."""
    penalty = p["term"][1]["coefficient"]
    M = covariance(p["data"]["Y"])
    M = M + penalty * identity(len(M))
    K = inverse(M)
    return Reference(logdet(M) + len(M), K, largest(M @ K - identity(len(M))))


def banded_precision(p):
    """Solve the precision likelihood on a band, a decomposable graph (Lauritzen 1996).

    K is the sum of the inverses of the diagonal blocks of order b + 1 of S (cliques)
    minus those of the blocks of order b in which neighbours overlap (separators).
    """
    S = covariance(p["data"]["Y"])
    n, b = len(S), p["space"]["arguments"]["bandwidth"]
    K = exact(np.zeros((n, n)))
    for i in range(n - b):
        clique = slice(i, i + b + 1)
        K[clique, clique] += inverse(S[clique, clique])
        if i > 0:
            separator = slice(i, i + b)
            K[separator, separator] -= inverse(S[separator, separator])
    far = abs(np.subtract.outer(range(n), range(n))) > b
    defect = largest(np.where(far, K, inverse(K) - S))
    return Reference(-logdet(K) + n, K, defect)


def sparse_precision_start(S, penalty):
    """Return a float64 K near the optimum, with its zeros: proximal gradient steps."""
    K, t = np.diag(1 / np.diag(S)), 0.1
    for _ in range(100_000):
        M = K - t * (S - inverse(K))
        Z = np.sign(M) * np.maximum(abs(M) - t * penalty * (1 - np.eye(len(S))), 0)
        if largest(Z - K) < 1e-12:
            return Z
        K = Z
    raise ValueError("no convergence")


def sparse_precision(p):
    """Solve -ln det K + tr(S K) + c sum of |K_ij|, i != j.

    The signs of K from float64; then Newton's method for its entries, in 50 digits.
    """
    penalty = p["term"][1]["coefficient"]
    S = covariance(p["data"]["Y"])
    n = len(S)
    start = sparse_precision_start(double(S), penalty)
    i, j = np.nonzero(np.tril(start))
    bound = exact(np.sign(start)) * penalty * (1 - identity(n))

    def matrix(x):
        K = exact(np.zeros((n, n)))
        K[i, j] = K[j, i] = x
        return K

    W = inverse(start)
    jacobian = W[np.ix_(i, i)] * W[np.ix_(j, j)] + W[np.ix_(i, j)] * W[np.ix_(j, i)]
    jacobian = jacobian * np.where(i == j, 0.5, 1.0)
    x, defect = polish(
        start[i, j], lambda x: (S + bound - inverse(matrix(x)))[i, j], jacobian
    )
    K = matrix(x)
    slack = np.where(start == 0, abs(inverse(K) - S), 0)
    if not largest(slack) < penalty or (double(K) * start < 0).any():
        raise ValueError("the signs are not those of the optimum")
    value = -logdet(K) + (S * K).sum() + penalty * VALUES["L1Norm"](K)
    notes = {
        "edges": f"{(len(i) - n)} of {n * (n - 1) // 2}",
        "largest |W - S| without an edge": f"{float(largest(slack)):.4f} < {penalty}",
    }
    return Reference(value, K, defect, notes)


def diagonal_sums(G):
    """Return the derivative by the free lags: sums over both k-th diagonals."""
    g = [np.trace(G, k) + np.trace(G, -k) for k in range(len(G))]
    return np.array([g[0] / 2, *g[1:]])


def toeplitz_newton(S):
    """Minimize the likelihood over Toeplitz matrices in float64: lags and Hessian."""
    n = len(S)
    J = np.array([toeplitz(e) for e in np.eye(n)])
    t = np.array([np.trace(S, k) / n for k in range(n)])  # biased, hence feasible
    for _ in range(50):
        Y = inverse(toeplitz(t))
        YJ, MJ = Y @ J, Y @ S @ Y @ J
        F, K = (np.einsum("kij,lji->kl", A, YJ) for A in (YJ, MJ))
        H = K + K.T - F
        if scipy.linalg.eigvalsh(H)[0] <= 0:
            H = F  # Fisher scoring where f is not convex
        step = -scipy.linalg.solve(H, diagonal_sums(Y - Y @ S @ Y), assume_a="pos")
        while scipy.linalg.eigvalsh(toeplitz(t + step))[0] <= 0:
            step /= 2
        t = t + step
        if largest(step) < 1e-12:
            return t, H
    raise ValueError("no convergence")


def toeplitz_likelihood(p):
    """Solve the Gaussian likelihood on symmetric Toeplitz matrices.

    Newton's method in float64, polished to 50 digits.
    """
    S = covariance(p["data"]["Y"])

    def gradient(t):
        Y = inverse(toeplitz(t))
        return diagonal_sums(Y - Y @ S @ Y)

    start, H = toeplitz_newton(double(S))
    t, defect = polish(start, gradient, H)
    T = toeplitz(t)
    value = logdet(T) + np.trace(solve(T, S))
    cholesky(2 * S - T)  # raises unless T < 2 S, where f is strictly convex
    excess = value - logdet(S) - len(S)
    if not excess < mp.log(2) - mpf(1) / 2:
        raise ValueError("the global certificate does not hold")
    notes = {
        "f(T*) - f(S)": f"{float(excess):.4f} < 0.1931",
        "condition of T": f"{np.linalg.cond(double(T)):.0f}",
        "of the Hessian": f"{np.linalg.cond(H):.1e}",
    }
    return Reference(value, T, defect, notes, stored=t)
