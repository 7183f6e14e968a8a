"""Few unknowns, many starts: functions of a vector, minimized by scipy's BFGS.

Afterwards a Newton step on central differences says how far the value may be above
the local minimum. The lowest value of all starts is taken; that it is the global
minimum is not proved.
"""

import numpy as np
import scipy.linalg
from arithmetic import double
from objectives import covariance
from reference import Reference
from scipy.optimize import minimize


def differences(f, x, h=1e-4):
    """Return gradient and Hessian by central differences."""
    E = h * np.eye(len(x))
    up, down = (np.array([f(x + s * e) for e in E]) for s in (1, -1))
    g = (up - down) / (2 * h)
    H = np.diag((up - 2 * f(x) + down) / h**2)
    for i in range(len(x)):
        for j in range(i):
            both = f(x + E[i] + E[j]) + f(x - E[i] - E[j])
            cross = f(x + E[i] - E[j]) + f(x - E[i] + E[j])
            H[i, j] = H[j, i] = (both - cross) / (4 * h**2)
    return g, H


def lowest(f, starts, gradient=None):
    """Return the best x, what may be left above its minimum, and a note."""
    options = {"gtol": 1e-9, "maxiter": 5000}
    runs = [minimize(f, x, jac=gradient, options=options) for x in starts]
    best = min(runs, key=lambda run: run.fun)
    x = best.x
    for _ in range(3):
        g, H = differences(f, x)
        step = scipy.linalg.solve(H, g, assume_a="pos")
        x = x - step if f(x - step) < f(x) else x
    agree = sum(run.fun < best.fun + 1e-7 for run in runs)
    notes = {"starts that agree": f"{agree} of {len(runs)}"}
    notes["condition of the Hessian"] = f"{np.linalg.cond(H):.0e}"
    return x, 0.5 * float(g @ step), notes


def predictors(reflections):
    """Yield the predictor of each order 0, ..., p, newest value first: Levinson."""
    a = np.zeros(0)
    yield a
    for k in reflections:
        a = np.append(a - k * a[::-1], k)
        yield a


def lags(reflections, variance):
    """Return the lags 0, ..., p of reflection coefficients."""
    t, e = [variance], variance
    for a, k in zip(predictors(reflections), reflections, strict=False):
        t.append(a @ np.array(t[:0:-1]) + k * e)
        e *= 1 - k * k
    return np.array(t)


def prediction_likelihood(x, reflections, variance):
    """Return the exact likelihood by the errors of the predictors of growing order."""
    N, p, total = len(x), len(reflections), 0.0
    for k, a in enumerate(predictors(reflections)):
        stop = k + 1 if k < p else N
        past = np.lib.stride_tricks.sliding_window_view(x, max(k, 1))[: stop - k]
        e = x[k:stop] - (past @ a[::-1] if k else 0.0)
        total += (stop - k) * np.log(variance) + (e @ e) / variance
        if k < p:
            variance *= 1 - reflections[k] ** 2
    return total / N


def autoregression(p):
    """Minimize over atanh of reflection coefficients and the log of the variance."""
    (term,) = p["term"]
    x, order = double(p["data"]["x"]), term["arguments"]["order"]

    def matrix(u):
        return scipy.linalg.toeplitz(lags(np.tanh(u[:-1]), np.exp(u[-1])))

    def f(u):
        if np.abs(u).max() > 15:  # singular, or overflow
            return 1e6
        return prediction_likelihood(x, np.tanh(u[:-1]), np.exp(u[-1]))

    rng = np.random.default_rng(0)
    scale = np.log(x @ x / len(x))
    count = 20 if len(x) < 10_000 else 3
    starts = [np.append(rng.normal(0, 0.5, order), scale) for _ in range(count)]
    u, defect, notes = lowest(f, starts)
    return Reference(f(u), matrix(u), defect, notes)


def kernel(p):
    """Minimize over the logarithms of variance, length and noise."""
    S = covariance(p["data"]["Y"])
    distance = np.sqrt(3) * np.arange(len(S))

    def matrix(u):
        s = distance * np.exp(-u[1])
        t = np.exp(u[0]) * (1 + s) * np.exp(-s)
        t[0] += np.exp(u[2])
        return scipy.linalg.toeplitz(t)

    def f(u):
        try:
            L = scipy.linalg.cholesky(matrix(u), lower=True)
        except (scipy.linalg.LinAlgError, ValueError):
            return 1e6
        W = scipy.linalg.solve_triangular(L, S, lower=True)
        W = scipy.linalg.solve_triangular(L, W.T, lower=True)
        return 2 * np.log(np.diag(L)).sum() + np.trace(W)

    rng = np.random.default_rng(0)
    starts = [rng.normal([0.0, 1.0, -2.0]) for _ in range(20)]
    u, defect, notes = lowest(f, starts)
    return Reference(f(u), matrix(u), defect, notes)


def factors(p):
    """Minimize the likelihood in which the factors have been solved for.

    With l the eigenvalues of psi^-1/2 S psi^-1/2 in descending order, it is the sum of
    ln psi, of 1 + ln l over the first k and of l over the others (Joreskog 1967).
    """
    S, k = double(covariance(p["data"]["Y"])), p["space"]["arguments"]["rank"]

    def spectrum(u):
        r = np.exp(-u / 2)
        values, V = np.linalg.eigh(S * np.outer(r, r))
        return values[::-1], V[:, ::-1]

    def f(u):
        values, _ = spectrum(u)
        return u.sum() + (1 + np.log(values[:k])).sum() + values[k:].sum()

    def gradient(u):
        values, V = spectrum(u)
        weight = np.where(np.arange(len(S)) < k, 1.0, values)
        return 1 - V**2 @ weight

    rng = np.random.default_rng(0)
    spread = np.log(np.diag(S)) - 1
    starts = [spread + 0.7 * rng.standard_normal(len(S)) for _ in range(50)]
    u, defect, notes = lowest(f, starts, gradient)
    values, V = spectrum(u)
    F = np.exp(u / 2)[:, None] * V[:, :k] * np.sqrt(values[:k] - 1)
    notes["smallest variance"] = f"{np.exp(u.min()):.3f}"
    return Reference(f(u), F @ F.T + np.diag(np.exp(u)), defect, notes)
