"""Unknowns without negative entries, in float64."""

import numpy as np
import scipy.linalg
import scipy.optimize
from arithmetic import double
from objectives import evaluate
from reference import Reference


def least_squares(p):
    """The active set method of Lawson and Hanson, then the equations of its support.

    With g >= 0 the gradient, f(y) >= f(x) + g (y - x) >= f(x) - g x for all y >= 0.
    """
    U, d = p["data"]["U"], p["data"]["d"]
    s, _ = scipy.optimize.nnls(U, d)
    on = s > 0
    s[on] = scipy.linalg.lstsq(U[:, on], d)[0]
    g = 2 * U.T @ (U @ s - d)
    if s.min() < 0 or g[~on].min(initial=0) < 0:
        raise ValueError("the signs are not those of the optimum")
    defect = np.abs(g * s).sum()
    notes = {"positive": f"{on.sum()} of {len(s)}"}
    return Reference(evaluate(p, s[:, None]), s[:, None], defect, notes)


def truncated(A, rank):
    """Return the nearest matrix of that rank, and half its squared distance."""
    U, s, Vh = np.linalg.svd(A)
    return (U[:, :rank] * s[:rank]) @ Vh[:rank], (s[rank:] ** 2).sum() / 2


def low_rank(p):
    """Truncate the singular value decomposition (Eckart and Young 1936)."""
    A, rank = p["data"]["A"], p["parameters"]["rank"]
    nearest, value = truncated(A, rank)
    U, s, Vh = np.linalg.svd(nearest)
    factors = U[:, :rank] * s[:rank], Vh[:rank]
    return Reference(value, factors, 0.0)


def rank_two(p):
    """The nearest matrix of rank one or two, where it has no negative entries.

    Then it has nonnegative factors of that size (Cohen and Rothblum 1993): its columns
    lie in a plane, between the two that are farthest apart.
    """
    A, rank = p["data"]["A"], p["parameters"]["rank"]
    nearest, value = truncated(A, rank)
    if nearest.min() < 0 or rank > 2:
        raise ValueError("the truncated decomposition has negative entries")
    directions = nearest / np.linalg.norm(nearest, axis=0)
    cosines = directions.T @ directions
    ends = np.unravel_index(np.argmin(cosines), cosines.shape)[:rank]
    W = nearest[:, ends]
    H = np.maximum(scipy.linalg.lstsq(W, nearest)[0], 0)
    notes = {"smallest entry": f"{nearest.min():.3f}"}
    return Reference(value, (W, H), 0.0, notes)


def factorization(p):
    """Alternate over columns and rows, each solved exactly, from 20 random starts.

    Hierarchical alternating least squares (Cichocki and Phan 2009), until the
    conditions of Karush, Kuhn and Tucker hold; the lowest value. It is above a local
    minimum by about the square of what is left of them, over the curvature.
    """
    A, rank = double(p["data"]["A"]), p["parameters"]["rank"]
    rng = np.random.default_rng(0)
    runs = []
    for _ in range(20):
        W, H = rng.random((len(A), rank)), rng.random((rank, A.shape[1]))
        for k in range(10_000):
            cycle(A, W, H)
            cycle(A.T, H.T, W.T)
            if k % 100 == 0 and violation(A, W, H) < 1e-8:
                break
        runs.append((float(evaluate(p, (W, H))), violation(A, W, H), W, H))
    value, defect, W, H = min(runs, key=lambda run: run[0])
    agree = sum(run[0] < value * (1 + 1e-9) for run in runs)
    notes = {"starts that agree": f"{agree} of {len(runs)}"}
    return Reference(value, (W, H), defect**2, notes)


def cycle(A, W, H):
    """Solve for each column of W in turn."""
    AH, HH = A @ H.T, H @ H.T
    for k in range(W.shape[1]):
        W[:, k] = np.maximum(W[:, k] + (AH[:, k] - W @ HH[:, k]) / HH[k, k], 0)


def violation(A, W, H):
    """Return the largest of min(x, g) over all entries x and derivatives g."""
    R = W @ H - A
    pairs = (W, R @ H.T), (H, W.T @ R)
    return max(np.abs(np.minimum(X, G)).max() for X, G in pairs)
