"""Optima that are functions of a matrix, closed forms by LAPACK's eigenvalues.

Each value is of its formula, not of the objective at the minimizer; both are compared.
"""

import numpy as np
from reference import Reference


def function(A, f):
    """Return Q f(l) Q^T of a symmetric A = Q diag(l) Q^T."""
    values, Q = np.linalg.eigh(A)
    return (Q * f(values)) @ Q.T


def brockett(p):
    """Sum the smallest eigenvalues, the smallest times the largest of N."""
    A, N = p["data"]["A"], p["data"]["N"]
    values, Q = np.linalg.eigh(A)
    columns = len(N)
    return Reference(values[:columns] @ np.diag(N), Q[:, :columns], 0.0)


def quadratic_assignment(p):
    """Pair eigenvalues in opposite orders: X = Q_A Q_B^T."""
    a, U = np.linalg.eigh(p["data"]["A"])
    b, V = np.linalg.eigh(p["data"]["B"])
    return Reference(a @ b[::-1], U @ V[:, ::-1].T, 0.0)


def string(p):
    """Sum the smallest quotients of the eigenvalues of stiffness and mass."""
    n = p["parameters"]["n"]
    k = np.arange(1, p["parameters"].get("p", 1) + 1)
    c = np.cos(k * np.pi / (n + 1))
    value = (6 * (n + 1) ** 2 * (2 - 2 * c) / (4 + 2 * c)).sum()
    X = np.sin(np.pi * np.outer(np.arange(1, n + 1), k) / (n + 1))
    X = X / np.linalg.norm(X, axis=0)  # orthogonal columns: the sine transform
    return Reference(value, X[:, 0] if "p" not in p["parameters"] else X, 0.0)


def procrustes(p):
    """Take the orthonormal factor of C^T: minus the nuclear norm."""
    U, s, Vh = np.linalg.svd(p["data"]["C"].T, full_matrices=False)
    return Reference(-s.sum(), U @ Vh, 0.0)


def geometric_mean(p):
    """Solve X B X = A: twice the trace of (A^1/2 B A^1/2)^1/2."""
    A, B = p["data"]["A"], p["data"]["B"]
    root = function(A, np.sqrt)
    values, Q = np.linalg.eigh(root @ B @ root)
    X = root @ (Q / np.sqrt(values)) @ Q.T @ root
    return Reference(2 * np.sqrt(values).sum(), X, 0.0)


def lyapunov(p):
    """Solve A X + X A = C in the eigenvectors of A: minus tr(C X)/2."""
    values, Q = np.linalg.eigh(p["data"]["A"])
    C = p["data"]["C"]
    X = Q @ (Q.T @ C @ Q / np.add.outer(values, values)) @ Q.T
    return Reference(-(C * X).sum() / 2, X, 0.0)


def logarithm(p):
    """Take X = log A: the sum of l - l ln l."""
    A = p["data"]["A"]
    values = np.linalg.eigvalsh(A)
    return Reference((values - values * np.log(values)).sum(), function(A, np.log), 0.0)


def square_root(p):
    """Take X = C^-2/4: minus the trace of C^-1 over four."""
    C = p["data"]["C"]
    values = np.linalg.eigvalsh(C)
    return Reference(-(1 / values).sum() / 4, function(C, lambda v: v**-2 / 4), 0.0)


def design(p):
    """Take X = C^-1/2: twice the trace of C^1/2."""
    C = p["data"]["C"]
    values = np.linalg.eigvalsh(C)
    return Reference(2 * np.sqrt(values).sum(), function(C, lambda v: v**-0.5), 0.0)


def cube_root(p):
    """Take X = A^1/3: minus 3/4 of the sum of |l|^(4/3)."""
    A = p["data"]["A"]
    values = np.linalg.eigvalsh(A)
    value = -0.75 * (np.abs(values) ** (4 / 3)).sum()
    return Reference(value, function(A, np.cbrt), 0.0)


def shrinkage(p):
    """Shrink singular values by half of the penalty."""
    Y, c = p["data"]["Y"], p["parameters"]["penalty"]
    U, s, Vh = np.linalg.svd(Y, full_matrices=False)
    kept = np.maximum(s - c / 2, 0)
    value = ((s - kept) ** 2).sum() + c * kept.sum()
    notes = {"rank": str((kept > 0).sum())}
    return Reference(value, (U * kept) @ Vh, 0.0, notes)
