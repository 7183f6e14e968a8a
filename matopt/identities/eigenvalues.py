"""Section 2.3: derivatives of eigenvalues and eigenvectors, (65)-(68).

(67) and (68) are stated for a symmetric A and are computed for any A with simple
eigenvalues, through left and right eigenvectors. Eigenvalues ascend, by the real part
first; eigenvectors have v^T v = 1 and the sign of matopt.linalg.eigenpairs.
"""

from typing import Any

import numpy as np

from matopt.identities import exact
from matopt.identities.entries import entry
from matopt.identities.identity import Identity, Inputs, Kind
from matopt.identities.inputs import (
    Condition,
    Input,
    symmetric,
)
from matopt.linalg import Array, adjugate, adjugate_along, eigenpairs

_GAP = 1e-8  # relative to |A|: nearer eigenvalues count as repeated
_SQUARE = {"X": Input(("n", "n"))}
_EIGEN = {
    "A": Input(("n", "n"), "symmetric"),
    "dA": Input(("n", "n")),
    "i": Input((), "index", optional=True),
}


def _sum_of_eigenvalues(X: Any) -> Any:
    total = np.sum(exact.eigenvalues(X))
    return total if np.iscomplexobj(exact.rounded(X)) else total.real


def _product_of_eigenvalues(X: Any) -> Any:
    product = np.prod(exact.eigenvalues(X))
    return product if np.iscomplexobj(exact.rounded(X)) else product.real


# Refusals


def _gap(A: Array, i: int | None) -> float:
    """The distance of eigenvalue i, or of any, from the nearest other."""
    values = np.linalg.eigvals(A)
    if i is not None:
        values = eigenpairs(A)[0]
    distances = np.abs(values[:, None] - values)
    np.fill_diagonal(distances, np.inf)
    return float(np.min(entry(distances, i)))


def _is_simple(inputs: Inputs) -> bool:
    A = inputs["A"]
    if exact.is_exact(A):
        return True
    return _gap(A, inputs.get("i")) > _GAP * float(np.linalg.norm(A))


def _defect(A: Array) -> float:
    """The least |w^H v| of left and right unit eigenvectors: zero if A is defective."""
    _, V = eigenpairs(A)
    if np.linalg.matrix_rank(V) < len(V):
        return 0.0
    L = np.linalg.inv(V)
    products = np.linalg.norm(L, axis=1) * np.linalg.norm(V, axis=0)
    return float(1.0 / np.max(products))


def _has_basis(inputs: Inputs) -> bool:
    return exact.is_exact(inputs["A"]) or _defect(inputs["A"]) > _GAP


def _least_square(A: Array) -> float:
    """The least |v^T v| of unit eigenvectors."""
    _, V = np.linalg.eig(A)
    return float(np.min(np.abs(np.sum(V * V, axis=0))))


def _has_scale(inputs: Inputs) -> bool:
    return exact.is_exact(inputs["A"]) or _least_square(inputs["A"]) > _GAP


_SIMPLE = Condition(
    "simple eigenvalues (a gap above 1e-8 |A|)",
    _is_simple,
    found=lambda inputs: f"a gap of {_gap(inputs['A'], inputs.get('i')):.3g}",
)
_BASIS = Condition(
    "eigenvectors that are a basis (|w^H v| above 1e-8)",
    _has_basis,
    found=lambda inputs: f"|w^H v| = {_defect(inputs['A']):.3g}",
)
_SCALE = Condition(
    "eigenvectors that can have v^T v = 1",
    _has_scale,
    found=lambda inputs: f"|v^T v| / |v|^2 = {_least_square(inputs['A']):.3g}",
)


# Right sides: the rows of L are left eigenvectors with L V = I


def _factors(A: Array, dA: Array) -> tuple[Array, Array, Array, Array]:
    """V and L, M = L dA V, and F_ji = 1 / (value i - value j), zero where equal."""
    values, V = eigenpairs(A)
    L = np.linalg.inv(V)
    gaps = values - values[:, None]
    F = np.zeros_like(gaps)
    np.divide(1.0, gaps, out=F, where=gaps != 0.0)
    return V, L, L @ dA @ V, F


def _values_along(A: Array, dA: Array, i: int | None = None) -> Any:
    _, _, M, _ = _factors(A, dA)
    return entry(np.diagonal(M), i)


def _values_printed(A: Array, dA: Array, i: int | None = None) -> Any:
    _, V = eigenpairs(A)
    return entry(np.sum(V * (dA @ V), axis=0), i)


def _values_hessp(D: Array, A: Array, dA: Array, i: int | None = None) -> Any:
    """The derivative along D of the gradients w_i v_i^T, at [i, k, l] or [k, l]."""
    V, L, M, F = _factors(A, D)
    dV, dL = V @ (M * F), (M * F.T) @ L
    H = np.einsum("ik,li->ikl", dL, V) + np.einsum("ik,li->ikl", L, dV)
    return entry(H, i)


def _vectors_along(A: Array, dA: Array, i: int | None = None) -> Any:
    """The sum over j of v_j w_j^T dA v_i / (value i - value j), kept at v^T v = 1."""
    V, _, M, F = _factors(A, dA)
    U = V @ (M * F)
    return entry(U - V * np.sum(V * U, axis=0), None, i)


def _vectors_printed(A: Array, dA: Array, i: int | None = None) -> Any:
    values, V = eigenpairs(A)
    shifted = values[:, None, None] * np.eye(len(A)) - A
    changes = np.linalg.pinv(shifted, rcond=_GAP) @ (dA @ V).T[:, :, None]
    return entry(changes[:, :, 0].T, None, i)


def _not_symmetric(rng: np.random.Generator, size: int) -> Inputs:
    """Inputs with real eigenvalues outside the condition that the text states."""
    S = rng.standard_normal((size, size)) + 2.0 * np.sqrt(size) * np.eye(size)
    A = S @ np.diag(np.arange(1.0, size + 1)) @ np.linalg.inv(S)
    return {"A": A, "dA": rng.standard_normal((size, size))}


RECORDS: tuple[Identity, ...] = (
    Identity(
        number=65,
        section="2.3",
        title="Derivative of the sum of the eigenvalues",
        statement=r"\frac{\partial}{\partial X} \sum \operatorname{eig}(X)"
        r" = \frac{\partial}{\partial X} \operatorname{Tr}(X) = I",
        inputs=_SQUARE,
        variable="X",
        f=_sum_of_eigenvalues,
        d=lambda X: np.eye(len(X)),
        second=lambda V, X: np.zeros_like(V * X),
    ),
    Identity(
        number=66,
        section="2.3",
        title="Derivative of the product of the eigenvalues",
        statement=r"\frac{\partial}{\partial X} \prod \operatorname{eig}(X)"
        r" = \frac{\partial}{\partial X} \det(X) = \det(X) X^{-T}"
        r" = \operatorname{adj}(X)^T",
        inputs=_SQUARE,
        variable="X",
        f=_product_of_eigenvalues,
        d=lambda X: adjugate(X).T,
        second=lambda V, X: adjugate_along(X, V).T,
    ),
    Identity(
        number=67,
        section="2.3",
        title="Differential of an eigenvalue",
        statement=r"\partial\lambda_i = v_i^T \partial(A)\, v_i"
        r" \quad (A = A^T,\ v_i^T v_i = 1);\qquad"
        r" \partial\lambda_i = \frac{w_i^T \partial(A)\, v_i}{w_i^T v_i}"
        r" \quad (w_i^T A = \lambda_i w_i^T)",
        inputs=_EIGEN,
        variable="A",
        note="eigenvalues ascend, by the real part first; all of them without i",
        kind=Kind.DIFFERENTIAL,
        conditions=(symmetric("A", general=True), _SIMPLE, _BASIS),
        f=lambda A, dA, i=None: entry(exact.eigenpairs(A)[0], i),
        d=_values_along,
        second=_values_hessp,
        as_printed=_values_printed,
        outside=_not_symmetric,
        holomorphic=False,
    ),
    Identity(
        number=68,
        section="2.3",
        title="Differential of an eigenvector",
        statement=r"\partial v_i = (\lambda_i I - A)^+ \partial(A)\, v_i"
        r" \quad (A = A^T,\ v_i^T v_i = 1);\qquad"
        r" \partial v_i = (I - v_i v_i^T) \sum_{j \ne i}"
        r" \frac{v_j w_j^T \partial(A)\, v_i}{\lambda_i - \lambda_j}"
        r" \quad (w_j^T A = \lambda_j w_j^T,\ w_j^T v_j = 1)",
        inputs=_EIGEN,
        variable="A",
        note="eigenvalues ascend, by the real part first; v_i is column i; all of"
        " them without i",
        kind=Kind.DIFFERENTIAL,
        conditions=(symmetric("A", general=True), _SIMPLE, _BASIS, _SCALE),
        f=lambda A, dA, i=None: entry(exact.eigenpairs(A)[1], None, i),
        d=_vectors_along,
        as_printed=_vectors_printed,
        outside=_not_symmetric,
        holomorphic=False,
    ),
)
