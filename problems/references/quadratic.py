"""Optima of convex quadratics and of quotients of quadratics, in 50 digits.

- least squares, projection: convex quadratics; the normal equations.
- quotients and traces: the sum of extreme eigenvalues (Courant, Fischer, Fan). The
  Rayleigh-Ritz value of the float64 eigenvectors, evaluated in 50 digits, is off by
  at most |residual|^2 / gap (Kato and Temple).

Longley's regression is also compared with the certified value of NIST.
"""

import numpy as np
import scipy.linalg
from arithmetic import cholesky, double, exact, forward, identity, largest, solve
from gaussian import diagonal_sums
from mpmath import mpf
from objectives import weighted
from problem_file import toeplitz
from reference import Reference


def toeplitz_projection(p):
    """Project on the symmetric Toeplitz matrices: the mean over each diagonal pair."""
    S = p["data"]["S"]
    t = np.array([np.trace(S, k) / (len(S) - k) for k in range(len(S))])
    T = toeplitz(t)
    defect = largest(diagonal_sums(T - S))
    return Reference(((T - S) ** 2).sum(), T, defect, stored=t)


def regression(p):
    """Solve weighted least squares by the normal equations."""
    (term,) = p["term"]
    A, x = p["data"]["A"], p["data"]["x"]
    w = p["data"].get("w", x * 0 + 1)
    WA = w[:, None] * A
    s = solve(A.T @ WA, WA.T @ x[:, None])
    r = x - A @ s[:, 0]
    value = term.get("coefficient", 1.0) * weighted(r, w)
    condition = np.linalg.cond(double(A.T @ WA))
    notes = {"condition of the Hessian": f"{condition:.1e}"}
    return Reference(value, s, largest(WA.T @ r), notes)


def longley(p):
    """Solve Longley's regression and compare with NIST's certified sums of squares."""
    reference = regression(p)
    residual, explained = mpf("836424.055505915"), mpf("184172401.944494")
    certified = 16 * residual / (residual + explained)
    difference = abs(reference.value / certified - 1)
    if not difference < 1e-14:
        raise ValueError("the value is not the one that NIST certifies")
    reference.notes["NIST, relative difference"] = f"{float(difference):.0e}"
    return reference


def multivariate_regression(p):
    """Solve |D - A X|^2 for the design A: A = D X^T (X X^T)^-1."""
    D, X = p["data"]["D"], p["data"]["X"]
    A = solve(X @ X.T, X @ D.T).T
    value = p["term"][0]["coefficient"] * weighted(D - A @ X, None)
    condition = np.linalg.cond(double(X @ X.T))
    notes = {"condition of the Hessian": f"{condition:.1e}"}
    return Reference(value, A, largest((D - A @ X) @ X.T), notes)


def extreme_eigenvalues(coefficient, P, Q, count):
    """Minimize coefficient tr((X^T Q X)^-1 X^T P X) over X with count columns."""
    sign = 1 if coefficient > 0 else -1
    w, U = scipy.linalg.eigh(sign * double(P), double(Q))
    X = exact(U[:, :count])
    X = forward(cholesky(X.T @ X), X.T).T  # orthonormal to 50 digits, same span
    ritz = solve(X.T @ Q @ X, X.T @ P @ X)
    residual = forward(cholesky(Q), P @ X - Q @ X @ ritz)  # in the norm of Q^-1 ...
    residual = forward(cholesky(X.T @ Q @ X), residual.T)  # ... for Q-orthonormal X
    gap = w[count] - w[count - 1]
    bound = abs(coefficient) * (residual**2).sum() / gap
    notes = {"gap to the next eigenvalue": f"{gap / abs(w[:count]).max():.2f} relative"}
    return Reference(coefficient * np.trace(ritz), X, bound, notes)


def quotient(p):
    """Solve a Rayleigh quotient."""
    P = p["data"]["P"]
    Q = p["data"].get("Q", identity(len(P)))
    return extreme_eigenvalues(p["term"][0]["coefficient"], P, Q, 1)


def ratio(p):
    """Solve a trace ratio."""
    columns = p["space"]["arguments"]["p"]
    B, C = p["data"]["B"], p["data"]["C"]
    return extreme_eigenvalues(p["term"][0]["coefficient"], B, C, columns)


def subspace(p):
    """Solve -tr(X^T S X) on orthonormal X."""
    columns, S = p["space"]["arguments"]["p"], p["data"]["S"]
    coefficient = p["term"][0]["coefficient"]
    return extreme_eigenvalues(coefficient, S, identity(len(S)), columns)
