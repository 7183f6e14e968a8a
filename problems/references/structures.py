"""Gaussian likelihoods on linear families of matrices, in float64.

A = sum of t_k J_k over a basis (Anderson 1973). Newton's method on dense formulas with
scoring steps where f is not convex. How a minimum is known to be global: as for
Toeplitz matrices in ``gaussian``, for the argument needs a linear family only;
otherwise it is the lowest of 20 starts, and the file says so.
"""

import numpy as np
import scipy.linalg
from objectives import covariance
from reference import Reference


def unit(n, i, j):
    """Return the matrix with a one at (i, j), or ones at several places."""
    E = np.zeros((n, n))
    E[i, j] = 1
    return E


def toeplitz(n):
    """Return the basis of symmetric Toeplitz matrices."""
    return [scipy.linalg.toeplitz(e) for e in np.eye(n)]


def hermitian_toeplitz(n):
    """Return the real basis of Hermitian Toeplitz matrices."""
    imaginary = [scipy.linalg.toeplitz(1j * e) for e in np.eye(n)[1:]]
    return [J + 0j for J in toeplitz(n)] + imaginary


def toeplitz_plus_diagonal(n):
    """Return a basis: of the main diagonal entry by entry, of the others by lags."""
    return [unit(n, i, i) for i in range(n)] + toeplitz(n)[1:]


def banded(n, bandwidth, symmetric):
    """Return the basis of symmetric matrices with so many diagonals on each side."""
    pairs = [(i, j) for j in range(n) for i in range(max(0, j - bandwidth), j + 1)]
    return [np.maximum(unit(n, i, j), unit(n, j, i)) for i, j in pairs]


def block_toeplitz(blocks, order):
    """Return the basis: the first block symmetric, the others free."""
    J = []
    for k in range(blocks):
        shift = np.eye(blocks, k=-k)
        for i in range(order):
            for j in range(order if k else i + 1):
                M = np.kron(shift, unit(order, i, j))
                J.append(np.maximum(M, M.T))
    return J


def circulant(n):
    """Return the basis of symmetric circulant matrices."""
    half = [np.eye(n)[k] for k in range(n // 2 + 1)]
    return [np.maximum(C, C.T) for C in map(scipy.linalg.circulant, half)]


BASES = {
    "Banded": banded,
    "BlockToeplitz": block_toeplitz,
    "CompoundSymmetry": lambda n: [np.eye(n), np.ones((n, n)) - np.eye(n)],
    "Fisher": lambda structure: basis(structure),
    "HermitianToeplitz": hermitian_toeplitz,
    "LinearSpan": lambda basis: basis,
    "PositiveDefiniteToeplitz": toeplitz,
    "SymmetricCirculant": circulant,
    "SymmetricToeplitz": toeplitz,
    "ToeplitzPlusDiagonal": toeplitz_plus_diagonal,
}


def basis(space, data=None):
    """Return the basis of a space, an array (d, n, n)."""
    if space["name"] == "StructureSum":
        return np.concatenate([basis(part, data) for part in space["parts"]])
    arguments = {
        k: data[v] if isinstance(v, str) else v for k, v in space["arguments"].items()
    }
    return np.array(BASES[space["name"]](**arguments))


def value(A, S):
    """Return ln det A + tr(A^-1 S); +inf where A is not positive definite."""
    try:
        L = scipy.linalg.cholesky(A, lower=True)
    except scipy.linalg.LinAlgError:
        return np.inf
    W = scipy.linalg.solve_triangular(L, S, lower=True)
    W = scipy.linalg.solve_triangular(L, W.conj().T, lower=True)
    return 2 * np.log(np.diag(L).real).sum() + np.trace(W).real


def newton_step(A, J, S):
    """Return the step in t, and the decrease that the model expects of it, twice."""
    d, n, _ = J.shape
    Y = np.linalg.inv(A)
    YJ = Y @ J
    M = YJ @ (Y @ S)
    flat = YJ.transpose(0, 2, 1).reshape(d, n * n)
    F = (YJ.reshape(d, -1) @ flat.T).real
    K = (M.reshape(d, -1) @ flat.T).real
    g = np.trace(YJ - M, axis1=1, axis2=2).real
    H = K + K.T - F
    if scipy.linalg.eigvalsh(H)[0] <= 0:
        H = F
    step = -scipy.linalg.solve(H, g, assume_a="pos")
    return step, -step @ g


def descend(J, S, t):
    """Minimize from t: return t, the value and the last expected decrease."""
    A = np.tensordot(t, J, 1)
    f = value(A, S)
    for _ in range(500):
        step, decrease = newton_step(A, J, S)
        if decrease < 1e-16:
            break
        length = 1.0
        while length > 1e-12:
            trial = t + length * step
            new = value(np.tensordot(trial, J, 1), S)
            if new <= f - 1e-4 * length * decrease + 1e-14 * abs(f):
                break
            length /= 2
        else:
            break
        t, f, A = trial, new, np.tensordot(trial, J, 1)
    return t, f, decrease


def first(J, S):
    """Return the t of the mean variance times the identity."""
    n, d = len(S), len(J)
    eye = np.eye(n).ravel()
    t, *_ = np.linalg.lstsq(J.reshape(d, -1).T, eye + 0 * J.ravel()[0], rcond=None)
    return t.real * np.trace(S).real / n


def nearby(J, S, rng):
    """Return a random t with a positive definite matrix."""
    t, step = first(J, S), rng.standard_normal(len(J)) * np.trace(S).real / len(S)
    while not np.isfinite(value(np.tensordot(t + step, J, 1), S)):
        step /= 1.5
    return t + 0.9 * step


def structured(p):
    """Minimize, and certify that the minimum is the global one."""
    S = covariance(p["data"]["Y"])
    J = basis(p["space"], p["data"])
    t, f, decrease = descend(J, S, first(J, S))
    A = np.tensordot(t, J, 1)
    excess = f - np.linalg.slogdet(S)[1] - len(S)
    if not (scipy.linalg.eigvalsh(2 * S - A)[0] > 0 and excess < np.log(2) - 0.5):
        raise ValueError(f"the global certificate does not hold: excess {excess:.3f}")
    notes = {
        "f(A*) - f(S)": f"{excess:.4f} < 0.1931",
        "condition": f"{np.linalg.cond(A):.0f}",
    }
    return Reference(f, A, decrease, notes)


def lowest(p):
    """Take the lowest of 20 starts."""
    S = covariance(p["data"]["Y"])
    J = basis(p["space"], p["data"])
    rng = np.random.default_rng(0)
    starts = [first(J, S), *(nearby(J, S, rng) for _ in range(19))]
    runs = sorted((descend(J, S, t) for t in starts), key=lambda run: run[1])
    t, f, decrease = runs[0]
    agree = sum(run[1] < f + 1e-9 for run in runs)
    A = np.tensordot(t, J, 1)
    notes = {"starts that agree": f"{agree} of 20"}
    notes["condition"] = f"{np.linalg.cond(A):.0f}"
    return Reference(f, A, decrease, notes)


def permutation_mean(p):
    """Average S over the permutations (or rotations and reflections): closed form."""
    S = covariance(p["data"]["Y"])
    J = basis(p["space"], p["data"])
    sizes = np.abs(J).sum(axis=(1, 2))
    t = (J * S).sum(axis=(1, 2)) / sizes
    A = np.tensordot(t, J, 1)
    eigenvalues = np.linalg.eigvalsh(A)
    f = np.log(eigenvalues).sum() + len(S)
    notes = {"condition": f"{eigenvalues[-1] / eigenvalues[0]:.0f}"}
    return Reference(f, A, 0.0, notes)
