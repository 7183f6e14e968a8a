"""How many samples a likelihood needs to have a maximum, and is it the only one?

The Gaussian likelihood of a linear family grows without limit where a singular P >= 0
of the family has all samples in its range (Burg, Luenberger and Wenger, 1982; Fuhrmann
and Miller, 1988, for Toeplitz matrices).
"""

from __future__ import annotations

import math

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Array, Cholesky, herm
from matopt.spaces import Seed, Structure, generator

_NULL = 1e-9  # an eigenvalue or a singular value that is zero, of the largest


def samples_needed(
    structure: Structure, inside: Array, rng: Seed = None, *, draws: int = 4
) -> int:
    """The least m for which a maximum exists for almost all samples.

    The null vectors of singular P >= 0 in the family have d degrees of freedom; that
    one of them be orthogonal to m samples is m equations, 2 m when complex, for each
    dimension of the null space. n for all Hermitian matrices, floor((n - 1)/2) + 1 for
    Toeplitz, real and complex, 1 for diagonal and circulant ones. With fewer samples a
    maximum may exist, and may not. d is counted at ``draws`` random P, each reached
    from the positive definite member ``inside``.
    """
    draw = generator(rng)
    return max(_needed(structure, inside, draw) for _ in range(draws))


def _needed(structure: Structure, inside: Array, draw: np.random.Generator) -> int:
    """One P = L W L^H on the boundary, where a random ray from L L^H meets it."""
    frame = Cholesky.of(inside)
    D = structure.matrix(draw.standard_normal(structure.size))
    values, V = np.linalg.eigh(frame.congruence(D))
    if values[0] >= 0.0:  # a ray that never leaves; its opposite does
        values, V = -values[::-1], V[:, ::-1]
    values = 1.0 - values / values[0]  # of W, the first is 0
    null = int(np.sum(values <= _NULL * values[-1]))
    freedom = _freedom(structure, frame, V[:, :null], V[:, null:], values[null:])
    return freedom // (null * (1 if structure.dtype is float else 2)) + 1


def _freedom(
    structure: Structure, frame: Cholesky, N: Array, rest: Array, values: Array
) -> int:
    """The rank of dW -> W^+ dW N over the dW of the family with N^H dW N = 0.

    N spans the null space of W, ``rest`` its complement, with the eigenvalues of W.
    """
    moved = np.array(
        [frame.whiten(_images(structure, v)) for v in frame.unwhiten(N).T]
    )  # dW N by the parameters, (null, n, k)
    k = moved.shape[2]
    kept = np.concatenate(_parts(structure, herm(N) @ moved)).reshape(-1, k)
    turned = herm(rest / values) @ moved
    flat = np.concatenate(_parts(structure, turned)).reshape(-1, k)
    scale = float(np.linalg.norm(moved)) / float(np.min(values, initial=1.0))
    return _rank(flat @ _null_space(kept), scale)


def _images(structure: Structure, v: Array) -> Array:
    """S_l v for every structure matrix S_l, (n, k), through adjoints."""
    units = np.eye(len(v))[:, :, None]
    real = np.array([structure.adjoint(e, v[:, None]) for e in units])
    if structure.dtype is float:
        return real
    return real + 1j * np.array([structure.adjoint(1j * e, v[:, None]) for e in units])


def _parts(structure: Structure, M: Array) -> list[Array]:
    return [M] if structure.dtype is float else [M.real, M.imag]


def _null_space(K: Array) -> Array:
    _, s, Vh = np.linalg.svd(K)
    return herm(Vh[_rank_of(s, float(s[0])) :])


def _rank(M: Array, scale: float) -> int:
    return _rank_of(np.linalg.svd(M, compute_uv=False), scale)


def _rank_of(s: Array, scale: float) -> int:
    return int(np.sum(s > _NULL * max(scale, 1e-300)))


def convexity(A: Array, root: Array) -> tuple[bool, bool]:
    """Is A < 2 S, with S = R R^H, and is a minimum there then the global one?

    On a linear family f(A) = ln det A + tr(A^-1 S) is strictly convex where A < 2 S,
    so that a minimum there is the only one there. Elsewhere an eigenvalue of A^-1 S is
    at most 1/2, and f is at least f(S) + ln 2 - 1/2; so a minimum below that is the
    global one. Zwiernik, Uhler and Richards (2017).
    """
    try:
        half = Cholesky.of(A).whiten(root)
    except NotPositiveDefinite:
        return False, False
    s = np.linalg.svd(half, compute_uv=False) ** 2
    if len(s) < len(A) or not s[-1] > 0.5:
        return False, False
    return True, float(np.sum(s - 1.0 - np.log(s))) < math.log(2.0) - 0.5
