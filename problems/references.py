"""Reference optima of the problems, computed and certified without matopt.

``python problems/references.py`` reads every problem file, finds its optimum, checks
the certificate described below and the value in the file, and prints one line each;
it fails if a value or digest in a file is wrong. ``--write`` puts values, digests and
solution files in place instead. Names restrict it to those problems.

Arithmetic is in 50 digits (mpmath numbers in numpy object arrays, starting from the
data files as float64 reads them): the error left in a value is its final rounding.
How an optimum is known to be one:

- covariance, precision: f(X) - f(X*) = sum log l + 1/l - 1 >= 0 over the eigenvalues
  l of X*^-1 X (a precision X: of X^-1 X*), so X* is the only minimizer as soon as the
  Cholesky factor of it exists.
- banded precision: convex in K; the inverse of K equals S on the band, K vanishes
  outside it and has a Cholesky factor (Dempster 1972).
- Toeplitz likelihood: f is strictly convex where T < 2 S (Zwiernik, Uhler and
  Richards 2017), because its Hessian along V is tr(A A (2 C - I)), A and C being V
  and S whitened by T. A Toeplitz T outside that region has an eigenvalue l >= 2 of
  S^-1 T, hence f(T) >= f(S) + log 2 - 1/2. A stationary T* in the region with
  f(T*) - f(S) < log 2 - 1/2 is therefore the global minimizer, and the only one.
- sparse precision: strictly convex in K; where K is not 0 its inverse is S plus the
  penalty times the sign of K, where K is 0 it differs from S by less than that, and K
  has a Cholesky factor (Banerjee, El Ghaoui and d'Aspremont 2008).
- least squares, projection: convex quadratics; the normal equations.
- quotients and traces: the sum of extreme eigenvalues (Courant, Fischer, Fan). The
  Rayleigh-Ritz value of the float64 eigenvectors, evaluated in 50 digits, is off by
  at most |residual|^2 / gap (Kato and Temple).

Longley's regression is also compared with the certified value of NIST.
"""

import argparse
import hashlib
import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.linalg
from mpmath import mp, mpf

mp.dps = 50
HERE = Path(__file__).parent
ROUNDING = 1e-13  # float64 against 50 digits, relative: a few hundred roundings
EXACT = 1e-25  # what a certificate must be below: far under float64


@dataclass
class Reference:
    """An optimum: its value, a matrix attaining it, and how far it is from proved."""

    value: mpf
    matrix: np.ndarray
    defect: mpf  # of the certificate, 0 in exact arithmetic
    notes: dict = field(default_factory=dict)
    stored: np.ndarray | None = None  # what the solution file holds, if not matrix


# ---------------------------------------------------------------- exact or float64
def exact(x):
    """Return an array of 50-digit numbers equal to the float64 array x."""
    return np.vectorize(mpf, otypes=[object])(x)


def double(x):
    """Round to float64."""
    return np.asarray(x, dtype=float)


def cholesky(A):
    """Return lower L with L L^T = A, for float64 or 50-digit arrays."""
    L = A.copy()
    for j in range(len(A)):
        L[j, j + 1 :] = 0
        L[j:, j] -= L[j:, :j] @ L[j, :j]
        if not L[j, j] > 0:
            raise ValueError("the matrix is not positive definite")
        L[j:, j] /= L[j, j] ** 0.5
    return L


def forward(L, B):
    """Return L^-1 B for lower triangular L."""
    X = B.copy()
    for i in range(len(L)):
        X[i] = (X[i] - L[i, :i] @ X[:i]) / L[i, i]
    return X


def solve(A, B):
    """Return A^-1 B for positive definite A."""
    L = cholesky(A)
    return forward(L[::-1, ::-1].T, forward(L, B)[::-1])[::-1]


def inverse(A):
    """Return A^-1 for positive definite A."""
    W = forward(cholesky(A), np.eye(len(A), dtype=A.dtype))
    return W.T @ W


def logdet(A):
    """Return ln det A for positive definite A."""
    return 2 * sum(mp.log(d) for d in np.diag(cholesky(A)))


def identity(n):
    """Return I_n."""
    return exact(np.eye(n))


def largest(x):
    """Return the largest absolute entry."""
    return max(abs(v) for v in np.ravel(x))


# -------------------------------------------------------------- reading a problem
def center(X, _):
    """Subtract the mean of every column."""
    return X - X.sum(axis=0) / len(X)


def standardize(X, _):
    """Center, then divide every column by its standard deviation (over m)."""
    X = X - X.sum(axis=0) / len(X)
    return X / ((X * X).sum(axis=0) / len(X)) ** 0.5


def group_means(X, groups):
    """Replace every row by the mean of the rows of its group."""
    _, k = np.unique(groups, return_inverse=True)
    means = [X[k == j].sum(axis=0) / (k == j).sum() for j in range(k.max() + 1)]
    return np.array(means)[k]


def windows(X, width):
    """Rows are the windows of a vector: row i is X[i : i + width]."""
    return np.array([X[i : i + width] for i in range(len(X) - width + 1)])


def toeplitz(t):
    """Return the symmetric Toeplitz matrix of the first row t."""
    n = np.arange(len(t))
    return t[abs(n[:, None] - n)]


PLAIN = {  # transform: function of the array and the group labels
    "center": center,
    "standardize": standardize,
    "group-means": group_means,
    "group-center": lambda X, groups: X - group_means(X, groups),
    "covariance": lambda X, _: X.T @ X / len(X),
    "transpose": lambda X, _: X.T,
    "flatten": lambda X, _: X.reshape(-1),
    "intercept": lambda X, _: np.column_stack([X[:, 0] * 0 + 1, X]),
    "toeplitz": lambda X, _: toeplitz(X),
}
WITH_NUMBER = {  # transform = { name = number }
    "windows": windows,
    "power": lambda X, exponent: X**exponent,
}


def read_file(entry):
    """Return the selected columns of a data file and its group labels, as float64."""
    path = HERE / entry["file"]
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            return archive[entry["key"]].astype(float), None
    header, *lines = path.read_text().splitlines()
    names = header.split(",")
    table = np.array([[float(v) for v in line.split(",")] for line in lines])
    chosen = [names.index(c) for c in entry.get("columns", names)]
    groups = table[:, names.index(entry["groups"])] if "groups" in entry else None
    return table[:, chosen] if len(chosen) > 1 else table[:, chosen[0]], groups


def read_array(entry, number):
    """Return the array of one [data.NAME] table; number is exact or double."""
    if "identity" in entry:
        return number(np.eye(entry["identity"]))
    X, groups = read_file(entry)
    X = number(X)
    for transform in entry.get("transforms", []):
        if isinstance(transform, str):
            X = PLAIN[transform](X, groups)
        else:
            ((name, argument),) = transform.items()
            X = WITH_NUMBER[name](X, argument)
    shape = tuple(entry["shape"])
    if shape not in (X.shape, (*X.shape, 1)):
        raise ValueError(f"{entry['file']}: shape is {X.shape}, file says {shape}")
    return X.reshape(shape)


def read_problem(path, number=exact, skip=()):
    """Return the problem file as a dict whose [data] holds arrays."""
    problem = tomllib.loads(path.read_text())
    problem["files"] = problem["data"]
    problem["data"] = {
        name: read_array(entry, number)
        for name, entry in problem["files"].items()
        if name not in skip
    }
    return problem


# ------------------------------------------------------- the objectives, by value
def covariance(Y):
    """Return S = Y^T Y / m."""
    return Y.T @ Y / len(Y)


def weighted(r, weights):
    """Return sum_ij w_i r_ij^2."""
    return (r * r).sum() if weights is None else (weights * (r * r).T).sum()


def gaussian_likelihood(X, samples):
    """Return ln det X + tr(X^-1 S)."""
    return logdet(X) + np.trace(solve(X, covariance(samples)))


def gaussian_precision_likelihood(X, samples):
    """Return -ln det X + tr(S X)."""
    return -logdet(X) + (covariance(samples) * X).sum()


def trace_ratio(X, B, C):
    """Return tr((X^T C X)^-1 X^T B X)."""
    return np.trace(solve(X.T @ C @ X, X.T @ B @ X))


def rayleigh_quotient(X, P, Q=None):
    """Return x^T P x / x^T Q x."""
    x = X.reshape(-1)
    return (x @ P @ x) / (x @ x if Q is None else x @ Q @ x)


VALUES = {
    "GaussianLikelihood": gaussian_likelihood,
    "GaussianPrecisionLikelihood": gaussian_precision_likelihood,
    "L1Norm": lambda X, off_diagonal=True: (
        abs(X).sum() - (abs(np.diag(X)).sum() if off_diagonal else 0)
    ),
    "LinearTrace": lambda X, A: np.trace(A @ X),
    "QuadraticTrace": lambda X, A, B, C: np.trace(A @ X @ B @ X.T @ C),
    "RayleighQuotient": rayleigh_quotient,
    "TraceRatio": trace_ratio,
    "WeightedLeastSquares": lambda X, target, design, weights=None: weighted(
        target - design @ X.reshape(-1), weights
    ),
    "DesignLeastSquares": lambda X, target, signal, weights=None: weighted(
        target - X @ signal, weights
    ),
    "SquaredDistance": lambda X, target: ((X - target) ** 2).sum(),
}


def evaluate(problem, X):
    """Return the objective of a problem at X, from its terms."""
    data = problem["data"]
    return sum(
        term.get("coefficient", 1.0)
        * VALUES[term["objective"]](
            X, **{k: data.get(v, v) for k, v in term["arguments"].items()}
        )
        for term in problem["term"]
    )


# ------------------------------------------------------------------- the optima
def sample_covariance(p):
    """Solve the Gaussian likelihood on all positive definite matrices: X = S."""
    S = covariance(p["data"]["Y"])
    value = logdet(S) + len(S)
    condition = np.linalg.cond(double(S))
    return Reference(value, S, mpf(0), {"condition of S": f"{condition:.1e}"})


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


def polish(x, residual, jacobian):
    """Solve residual(x) = 0 from a float64 solution: return x and what is left.

    The float64 Jacobian preconditions exact residuals; a step gains ten digits or so.
    """
    x, factor = exact(x), scipy.linalg.lu_factor(jacobian)
    for _ in range(12):
        r = residual(x)
        scale = largest(r)  # keeps the float64 solve away from underflow
        if scale < 1e-38:
            break
        x = x - scale * exact(scipy.linalg.lu_solve(factor, double(r / scale)))
    return x, scale


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


OPTIMA = {
    "banded-precision": banded_precision,
    "covariance-iris": sample_covariance,
    "covariance-wine": sample_covariance,
    "discriminant-direction": quotient,
    "graphical-lasso-wine": sparse_precision,
    "multivariate-regression": multivariate_regression,
    "precision-trace": trace_penalized_precision,
    "principal-direction": quotient,
    "regression-heteroscedastic": regression,
    "regression-longley": longley,
    "stiefel-subspace": subspace,
    "toeplitz-elnino": toeplitz_likelihood,
    "toeplitz-nile": toeplitz_likelihood,
    "toeplitz-projection": toeplitz_projection,
    "toeplitz-sunspots": toeplitz_likelihood,
    "trace-ratio": ratio,
}


# ------------------------------------------------------------------ running them
def write_solution(path, matrix):
    """Write a solution file: as many digits as float64 has."""
    table = double(matrix)
    table = table.reshape(len(table), -1)
    header = ",".join(f"x{j + 1}" for j in range(table.shape[1]))
    lines = [",".join(map(repr, row)) for row in table.tolist()]
    path.write_text("\n".join([header, *lines]) + "\n", newline="\n")


def write_problem(path, reference):
    """Put value, digests and solution file of a problem in place."""
    text = path.read_text()
    files = tomllib.loads(text)["data"]
    solution = tomllib.loads(text)["solution"].get("matrix")
    if solution and files[solution]["file"] == f"{path.stem}-solution.csv":
        stored = reference.matrix if reference.stored is None else reference.stored
        write_solution(HERE / files[solution]["file"], stored)

    def digest(match):
        return f'{match[1]}sha256 = "{sha256(HERE / match[2])}"'

    block = r'(?m)(^file = "([^"]+)"\n(?:^(?!\[|sha256).*\n)*)^sha256 = .*$'
    text = re.sub(block, digest, text)
    text = re.sub(r"(?m)^value = .*$", f"value = {float(reference.value)!r}", text)
    path.write_text(text, newline="\n")


def sha256(path):
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_problem(path, reference):
    """Return what is wrong with a problem file, given its reference; [] if nothing."""
    problem = read_problem(path, double)
    errors = [
        f"{entry['file']}: the digest is wrong"
        for entry in problem["files"].values()
        if "file" in entry and entry["sha256"] != sha256(HERE / entry["file"])
    ]
    value, scale = float(reference.value), max(1, abs(float(reference.value)))
    if problem["solution"]["value"] != value:
        errors.append(f"value is {problem['solution']['value']!r}, not {value!r}")
    X = problem["data"][problem["solution"]["matrix"]]
    gap = abs(float(evaluate(problem, X)) - value) / scale
    reference.notes["float64 gap"] = f"{gap:.0e}"
    if gap > ROUNDING:
        errors.append(f"the stored solution misses the value by {gap:.1e}")
    return errors


def main():
    """Check or write the problems named on the command line; default all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=sorted(OPTIMA))
    parser.add_argument("--write", action="store_true", help="write, then check")
    arguments = parser.parse_args()
    failures = 0
    for name in arguments.names:
        path = HERE / f"{name}.toml"
        problem = tomllib.loads(path.read_text())
        problem = read_problem(path, skip=[problem["solution"]["matrix"]])
        reference = OPTIMA[name](problem)
        at_optimum = evaluate(problem, reference.matrix) - reference.value
        defect = max(abs(reference.defect), abs(at_optimum))
        if arguments.write:
            write_problem(path, reference)
        errors = check_problem(path, reference)
        if defect > EXACT:
            errors.append(f"not certified: {float(defect):.1e}")
        notes = ", ".join(f"{k} {v}" for k, v in reference.notes.items())
        value = mp.nstr(reference.value, 20)
        print(f"{name:27}{value:>25}  defect {float(defect):.0e}, {notes}", flush=True)
        failures += len(errors)
        for error in errors:
            print(f"{name}: {error}", file=sys.stderr)
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
