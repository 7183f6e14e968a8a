"""Karcher means of positive definite matrices, in 50 digits.

Along geodesics f is convex with second derivatives of at least the sum of the weights
w, because that of each d^2/2 is (d/2) coth(d/2) >= 1 (Bhatia 2007): f(X) is above the
minimum by at most |sum of w log A|^2 / (2 sum of w), the A seen from X = I.
"""

import numpy as np
from arithmetic import cholesky, double, exact, forward, spectral
from mpmath import mp, mpf
from objectives import evaluate
from reference import Reference


def karcher(p):
    """Richardson's iteration (Bini and Iannazzo 2013), in float64 and then exactly."""
    (term,) = p["term"]
    targets = p["data"][term["arguments"]["targets"]]
    X, _ = iterated(double(targets), double(sum(targets) / len(targets)), 1e-20)
    A, X = exact(targets), exact(X)
    X, bound = iterated(A, X, mpf("1e-28"))
    notes = {"largest condition": f"{max(map(np.linalg.cond, double(targets))):.0e}"}
    return Reference(evaluate(p, X), X, bound, notes)


def iterated(A, X, goal):
    """Step along the sum of the logarithms till the bound is at the goal, or stays."""
    best = None
    for _ in range(300):
        L = cholesky(X)
        seen = [forward(L, forward(L, B).T) for B in A]
        total, theta = 0, 0
        for M in seen:
            logarithm, values = spectral((M + M.T) / 2, mp.log)
            total = total + logarithm
            half = mp.log(max(values) / min(values)) / 2
            theta += 1 + (half * mp.coth(half) if half > 0 else 1)
        bound = (total * total).sum() / (2 * len(A))
        if bound < goal or (best is not None and bound > 0.9 * best):
            break
        best = bound
        move, _ = spectral(
            total * (2 / theta if A.dtype == object else float(2 / theta)), mp.exp
        )
        X = L @ move @ L.T
    return X, bound
