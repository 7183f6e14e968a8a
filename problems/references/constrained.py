"""Correlation matrices with a barrier by their dual problems; orthonormal columns.

The dual unknowns are the multipliers of the unit diagonal. Its value is a lower bound,
the objective at the scaled primal matrix an upper one; the defect is their distance.
"""

import numpy as np
from objectives import evaluate
from reference import Reference


def newton(residual, jacobian, y):
    """Solve residual(y) = 0 by damped Newton steps."""
    r = residual(y)
    for _ in range(200):
        step = np.linalg.solve(jacobian(y), r)
        length = 1.0
        while length > 1e-10:
            new = residual(y - length * step)
            if np.linalg.norm(new) < (1 - 0.1 * length) * np.linalg.norm(r):
                break
            length /= 2
        else:
            break
        y, r = y - length * step, new
    return y


def scaled(X):
    """Return X with a unit diagonal."""
    d = np.sqrt(np.diag(X))
    return X / np.outer(d, d)


def nearest_correlation(p):
    """X - (c/2) X^-1 = T + diag(y)/2: X is a function of the right side."""
    T, c = p["data"]["A"], -p["parameters"]["barrier"]

    def spectrum(y):
        values, U = np.linalg.eigh(T + np.diag(y) / 2)
        return values, (values + np.sqrt(values**2 + 2 * c)) / 2, U

    def matrix(y):
        _, x, U = spectrum(y)
        return (U * x) @ U.T

    def jacobian(y):
        values, _, U = spectrum(y)
        root = np.sqrt(values**2 + 2 * c)
        sums = np.add.outer(values, values) / np.add.outer(root, root)
        divided = (1 + sums) / 2  # (x_a - x_b)/(l_a - l_b), without the difference
        P = U[:, None, :] * U[None, :, :]
        return ((P @ divided) * P).sum(axis=-1) / 2

    y = newton(lambda y: np.diag(matrix(y)) - 1, jacobian, np.zeros(len(T)))
    X = matrix(y)
    bound = ((X - T) ** 2).sum() - c * np.linalg.slogdet(X)[1]
    bound -= y @ (np.diag(X) - 1)
    X = scaled(X)
    value = evaluate(p, X)
    return Reference(value, X, abs(value - bound), note(X))


def weighted_correlation(p):
    """Newton steps in the entries off the diagonal, as the barrier's weight c falls.

    f/c is self-concordant: with a decrement d, steps of length 1/(1 + d) stay inside
    (Nesterov and Nemirovskii 1994), and f is above its minimum by about c d^2/2.
    """
    T, w, last = p["data"]["A"], p["data"]["W"], -p["parameters"]["barrier"]
    i, j = np.tril_indices(len(T), -1)
    X = np.eye(len(T))
    for c in np.geomspace(10, last, 20):
        for _ in range(200):
            P = np.linalg.inv(X)
            g = (4 * w * (X - T) - 2 * c * P)[i, j]
            H = P[np.ix_(i, i)] * P[np.ix_(j, j)] + P[np.ix_(i, j)] * P[np.ix_(j, i)]
            H = 2 * c * H + np.diag(4 * w[i, j])
            step = np.linalg.solve(H, g)
            decrease = g @ step
            if decrease < 1e-18:
                break
            X[i, j] = X[j, i] = X[i, j] - step / (1 + np.sqrt(decrease / c))
    return Reference(evaluate(p, X), X, decrease, note(X))


def max_cut(p):
    """X = c (diag(z) - L/4)^-1: the dual is sum z - c ln det(diag(z) - L/4), convex.

    It is self-concordant up to its factor c: a Newton step of length 1/(1 + decrement)
    stays inside and converges from everywhere (Nesterov and Nemirovskii 1994).
    """
    L, c = p["data"]["L"], -p["parameters"]["barrier"]
    n = len(L)
    z = np.full(n, np.linalg.eigvalsh(L)[-1] / 4 + c)
    for _ in range(1000):
        W = np.linalg.inv(np.diag(z) - L / 4)
        g = 1 / c - np.diag(W)
        step = np.linalg.solve(W * W, -g)
        decrement = np.sqrt(-g @ step)
        z = z + step / (1 + decrement)
        if decrement < 1e-12:
            break
    M = np.diag(z) - L / 4
    bound = n * c * (1 - np.log(c)) + c * np.linalg.slogdet(M)[1] - z.sum()
    X = scaled(c * np.linalg.inv(M))
    value = evaluate(p, X)
    return Reference(value, X, abs(value - bound), note(X))


def note(X):
    """Return the smallest eigenvalue as a note."""
    return {"smallest eigenvalue": f"{np.linalg.eigvalsh(X)[0]:.1e}"}


def polar(Y):
    """Return the nearest matrix with orthonormal columns."""
    U, _, Vh = np.linalg.svd(Y, full_matrices=False)
    return U @ Vh


def unbalanced_procrustes(p):
    """Majorize |A X + C|^2 and minimize, from 50 random starts."""
    A, C = p["data"]["A"], p["data"]["B"]
    arguments = p["space"]["arguments"]
    rng = np.random.default_rng(0)
    largest = np.linalg.norm(A, 2) ** 2
    runs = []
    for _ in range(50):
        X = polar(rng.standard_normal((arguments["n"], arguments["p"])))
        for _ in range(20_000):
            new = polar(X - A.T @ (A @ X + C) / largest)
            change = np.abs(new - X).max()
            X = new
            if change < 1e-14:
                break
        runs.append((evaluate(p, X), change, X))
    value, change, X = min(runs, key=lambda run: run[0])
    agree = sum(run[0] < value + 1e-9 for run in runs)
    notes = {"starts that agree": f"{agree} of {len(runs)}"}
    return Reference(value, X, (change * largest) ** 2, notes)
