"""Norms with kinks, with duality gaps or the conditions of the optimum, in float64."""

import numpy as np
from objectives import covariance, evaluate
from reference import Reference


def shrunk(X, by):
    """Return X with the modulus of every entry less ``by``, or zero."""
    return np.sign(X) * np.maximum(np.abs(X) - by, 0)


def newton_on_support(S, c, K):
    """Solve (K^-1 - S)_ij = c sign(K_ij) where K is not zero; c is 0 for i = j."""
    i, j = np.nonzero(np.tril(K))
    wanted = (S + c * np.sign(K) * (1 - np.eye(len(S))))[i, j]
    for _ in range(8):
        W = np.linalg.inv(K)
        H = W[np.ix_(i, i)] * W[np.ix_(j, j)] + W[np.ix_(i, j)] * W[np.ix_(j, i)]
        H *= np.where(i == j, 0.5, 1.0)
        step = np.linalg.solve(H, W[i, j] - wanted)
        K = K.copy()
        K[i, j] += step
        K[j, i] = K[i, j]
    return K


def graphical_lasso(p):
    """Proximal gradient steps (Rolfs et al. 2012), then Newton's method on the support.

    It is tried again as the duality gap falls, until it leaves none. The dual point is
    the inverse of K, moved into the box |W - S| <= c.
    """
    S, c = covariance(p["data"]["Y"]), p["parameters"]["penalty"]
    n = len(S)
    off = 1 - np.eye(n)
    K, t, goal = np.diag(1 / np.diag(S)), 1.0, 1e-2

    def smooth(K):
        values = np.linalg.eigvalsh(K)
        return (S * K).sum() - np.log(values).sum() if values[0] > 0 else np.inf

    def gap(K):
        W = S + np.clip(np.linalg.inv(K) - S, -c, c) * off
        bound = np.linalg.slogdet(W)[1] + n
        return smooth(K) + c * np.abs(K * off).sum() - bound

    while gap(K) > 1e-11:
        if gap(K) < goal:
            polished, goal = newton_on_support(S, c, K), goal / 10
            if gap(polished) < 1e-11:
                K = polished
                break
        G, t, f = S - np.linalg.inv(K), 1.5 * t, smooth(K)
        while True:
            Z = shrunk(K - t * G, t * c * off)
            D = Z - K
            if smooth(Z) <= f + (G * D).sum() + (D * D).sum() / (2 * t):
                break
            t /= 2
        K = Z
    edges = (np.count_nonzero(K) - n) // 2
    notes = {"edges": f"{edges} of {n * (n - 1) // 2}"}
    return Reference(evaluate(p, K), K, abs(gap(K)), notes)


def lasso(p):
    """Coordinate descent; then the normal equations on the support."""
    U, d, c = p["data"]["U"], p["data"]["d"], p["parameters"]["penalty"]
    s, r, squares = np.zeros(U.shape[1]), d.copy(), (U * U).sum(axis=0)
    for _ in range(10_000):
        before = s.copy()
        for j in range(len(s)):
            r += U[:, j] * s[j]
            s[j] = shrunk(U[:, j] @ r, c / 2) / squares[j]
            r -= U[:, j] * s[j]
        if np.abs(s - before).max() < 1e-13:
            break
    on = s != 0
    A = U[:, on]
    s[on] = np.linalg.solve(A.T @ A, A.T @ d - c / 2 * np.sign(s[on]))
    g = 2 * U.T @ (d - U @ s)
    if np.abs(g[~on]).max(initial=0) >= c or (np.sign(s) != np.sign(before)).any():
        raise ValueError("the signs are not those of the optimum")
    defect = np.abs(g[on] - c * np.sign(s[on])).max() / c
    notes = {"nonzero": f"{on.sum()} of {len(s)}"}
    return Reference(evaluate(p, s[:, None]), s[:, None], defect**2, notes)


def completion(p):
    """Proximal gradient steps with momentum, until the duality gap is small.

    z = A(X) - b are both residuals; u = 2 z, scaled until the spectral norm of A*(u) is
    at most c, is feasible for the dual, whose value is -|u|^2/4 - <u, b>.
    """
    top, left, c = p["data"]["top"], p["data"]["left"], p["parameters"]["penalty"]
    k = len(top)
    X = np.zeros((len(left), top.shape[1]))

    def gradient(X):
        G = np.zeros_like(X)
        G[:k] += 2 * (X[:k] + top)
        G[:, :k] += 2 * (X[:, :k] + left)
        return G

    def gap(X):
        scale = min(1, c / np.linalg.norm(gradient(X), 2))
        u, v = 2 * scale * (X[:k] + top), 2 * scale * (X[:, :k] + left)
        dual = -((u * u).sum() + (v * v).sum()) / 4 + (u * top).sum() + (v * left).sum()
        return evaluate(p, X) - dual

    return completed(p, X, gradient, 4, gap)


def completed(p, X, gradient, steepness, gap):
    """Take steps of 1/steepness and shrink singular values, till the gap closes."""
    c, Z, t = p["parameters"]["penalty"] / steepness, X, 1.0
    for j in range(100_000):
        U, s, Vh = np.linalg.svd(Z - gradient(Z) / steepness, full_matrices=False)
        new = (U * np.maximum(s - c, 0)) @ Vh
        if ((Z - new) * (new - X)).sum() > 0:  # momentum against the descent: restart
            t = 1.0
        later = (1 + np.sqrt(1 + 4 * t * t)) / 2
        Z, X, t = new + (t - 1) / later * (new - X), new, later
        if j % 20 == 0 and gap(X) < 1e-12 * max(1, evaluate(p, X)):
            break
    notes = {"rank": str(np.linalg.matrix_rank(X, tol=1e-8))}
    return Reference(evaluate(p, X), X, gap(X), notes)


def seen_completion(p):
    """The same for entries seen one by one."""
    T, mask, c = p["data"]["T"], p["data"]["seen"], p["parameters"]["penalty"]

    def gradient(X):
        return 2 * mask * (X - T)

    def gap(X):
        U = gradient(X)
        U *= min(1, c / np.linalg.norm(U, 2))
        return evaluate(p, X) + (U * U).sum() / 4 + (U * T).sum()

    return completed(p, np.zeros_like(T), gradient, 2, gap)


def fermat(p):
    """Weiszfeld's iteration, then Newton's method on the sum of distances."""
    points = np.array([p["data"][k] for k in "abcd"])
    x = points.mean(axis=0)
    for _ in range(1000):
        w = 1 / np.linalg.norm(points - x, axis=1)
        x = w @ points / w.sum()
    for _ in range(5):
        D = x - points
        r = np.linalg.norm(D, axis=1)
        U = D / r[:, None]
        H = (1 / r).sum() * np.eye(len(x)) - (U.T / r) @ U
        step = np.linalg.solve(H, U.sum(axis=0))
        x = x - step
    g = (x - points).T @ (1 / np.linalg.norm(x - points, axis=1))
    return Reference(evaluate(p, x), x, float(g @ np.linalg.solve(H, g)))
