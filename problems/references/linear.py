"""Linear least squares in the free parameters, by orthogonal factorization."""

import numpy as np
import scipy.linalg
from objectives import evaluate
from reference import Reference
from structures import unit


def toeplitz(n):
    """Return the basis of Toeplitz matrices without symmetry."""
    return [np.eye(n, k=k) for k in range(1 - n, n)]


BASES = {
    "Circulant": lambda n: [scipy.linalg.circulant(e) for e in np.eye(n)],
    "LowerTriangular": lambda n: [
        unit(n, i, j) for i in range(n) for j in range(i + 1)
    ],
    "SkewSymmetric": lambda n: [
        unit(n, i, j) - unit(n, j, i) for i in range(n) for j in range(i)
    ],
    "Toeplitz": toeplitz,
}


def solved(p, design, target, matrix):
    """Solve design s = target: the defect is the relative normal residual."""
    s, _, _, singular = scipy.linalg.lstsq(design, target)
    residual = target - design @ s
    scale = singular[0] * np.linalg.norm(target)
    defect = np.linalg.norm(design.T @ residual) / scale
    X = matrix(s)
    notes = {"condition of the Hessian": f"{(singular[0] / singular[-1]) ** 2:.1e}"}
    return Reference(evaluate(p, X), X, defect**2, notes)


def structured_design(p):
    """Solve A X = D for A in a linear family."""
    (term,) = p["term"]
    X, D = (p["data"][term["arguments"][k]] for k in ("signal", "target"))
    J = np.array(BASES[p["space"]["name"]](**p["space"]["arguments"]))
    design = (J @ X).reshape(len(J), -1).T
    return solved(p, design, D.ravel(), lambda s: np.tensordot(s, J, 1))


def response(p):
    """Solve U s = d."""
    return solved(p, p["data"]["U"], p["data"]["d"], lambda s: s[:, None])


def ridge(p):
    """Solve H s = d with the penalty as further equations sqrt(c) s = 0."""
    H, d = p["data"]["H"], p["data"]["d"]
    n = H.shape[1]
    design = np.vstack([H, np.sqrt(p["parameters"]["penalty"]) * np.eye(n)])
    return solved(p, design, np.append(d, np.zeros(n)), lambda s: s[:, None])


def hankel(p):
    """Take the means over antidiagonals."""
    Y = p["data"]["Y"]
    n = len(Y)
    k = np.add.outer(np.arange(n), np.arange(n))
    means = np.bincount(k.ravel(), Y.ravel()) / np.bincount(k.ravel())
    return Reference(((Y - means[k]) ** 2).sum(), means[k], 0.0)
