"""The sum of the moduli of the entries: solutions with exact zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matopt.linalg import Array, inner
from matopt.objectives.constant import check_shape, check_square, optional, settle
from matopt.objectives.nonsmooth import NonSmooth
from matopt.spaces import Space


@dataclass(frozen=True, eq=False, repr=False)
class L1Norm(NonSmooth):
    """g(X) = sum of w_ij |X_ij|, by default over i != j with w = 1.

    X square, or of any shape with ``off_diagonal=False``; ``weights`` (w_ij >= 0) of
    the shape of X, and equal where the space has entries of equal modulus. Both
    triangles count. The proximal operator shrinks the modulus of
    each entry by t w_ij and keeps its sign (its phase when complex).

    Tibshirani, Regression shrinkage and selection via the lasso (JRSS B, 1996).

    >>> import numpy as np, matopt as mo
    >>> mo.L1Norm(off_diagonal=False).prox(np.array([[3.0, -0.5], [-2.0, 0.0]]), 1.0)
    array([[ 2.,  0.],
           [-1.,  0.]])
    """

    off_diagonal: bool = True
    weights: Array | None = None

    def __post_init__(self) -> None:
        w = optional(self.weights, "weights", ndim=(1, 2))
        if w is not None and np.iscomplexobj(w):
            raise TypeError(f"weights must be real, got dtype {w.dtype}")
        if w is not None and w.min() < 0.0:
            raise ValueError(
                f"weights must be at least 0, the least is {w.min():.3g}; "
                "0 leaves an entry free"
            )
        if not isinstance(self.off_diagonal, bool | np.bool_):
            raise TypeError(
                f"off_diagonal must be True or False, got {self.off_diagonal!r}"
            )
        settle(self, weights=w)

    def __repr__(self) -> str:
        words = [] if self.off_diagonal else ["off_diagonal=False"]
        if self.weights is not None:
            words.append(f"weights=<{'x'.join(map(str, self.weights.shape))}>")
        return f"L1Norm({', '.join(words)})"

    def check(self, space: Space) -> None:
        """Of a square matrix, or of any; of the shape of the weights."""
        if self.off_diagonal:
            check_square(space, "L1Norm without off_diagonal=False")
        if self.weights is not None:
            shape = self.weights.shape
            check_shape(space, f"weights has shape {shape}", shape)
        super().check(space)

    def entry_weights(self, shape: tuple[int, ...]) -> Array:
        """w_ij for a matrix of this shape, zero where an entry is left alone."""
        w = np.ones(shape) if self.weights is None else np.array(self.weights)
        if self.off_diagonal:
            np.fill_diagonal(w, 0.0)
        return w

    @property
    def remedy(self) -> str:
        """Of weights, that they are to be as the entries are."""
        if self.weights is None:
            return super().remedy
        return (
            "weights must be equal where the space has entries of equal modulus: "
            "symmetric, say, on Symmetric(n)"
        )

    def short_steps(self, X: Array) -> list[Array]:
        """v X with v = w/|X|, and (1 + ln(v / the least v)) X.

        Both are in the space if v is equal where entries are proportional. In the
        second a large weight does not hide that others differ.
        """
        w, size = self.entry_weights(X.shape), np.abs(X)
        felt = (w > 0.0) & (size > 0.0)
        v = np.log(w[felt]) - np.log(size[felt])
        step = np.zeros_like(X)
        step[felt] = (1.0 + v - v.min(initial=np.inf)) * X[felt]
        return [*super().short_steps(X), step]

    @property
    def weight(self) -> float:
        """The largest of the weights."""
        return 1.0 if self.weights is None else float(self.weights.max())

    def norm(self, X: Array) -> float:
        """The sum of w_ij |X_ij|."""
        return inner(self.entry_weights(X.shape), np.abs(X))

    def dual_norm(self, Z: Array) -> float:
        """The largest |Z_ij| / w_ij; infinite where Z is not 0 but w is."""
        w, size = self.entry_weights(Z.shape), np.abs(Z)
        free = w == 0.0
        if size[free].any():
            return float("inf")
        return float(np.max(size[~free] / w[~free], initial=0.0))

    def prox(self, X: Array, t: float) -> Array:
        """Each entry with its modulus shrunk by t w_ij."""
        return shrink(X, t * self.entry_weights(X.shape))

    def nearest(self, X: Array, G: Array, c: float) -> Array:
        """G + c w X/|X| where X is not 0; G shrunk by c w where it is."""
        w = c * self.entry_weights(X.shape)
        size = np.abs(X)
        zero = size == 0.0
        sign = X / np.where(zero, 1.0, size)
        M: Array = np.where(zero, shrink(G, w), G + w * sign)
        return M

    def convex(self, cp: Any, X: Any) -> Any:
        """The same in cvxpy's atoms."""
        return cp.sum(cp.multiply(self.entry_weights(X.shape), cp.abs(X)))


def shrink(X: Array, by: Array | float) -> Array:
    """X with the modulus of each entry less ``by``, or 0: the soft threshold."""
    if not np.iscomplexobj(X):
        real: Array = X - np.clip(X, -by, by)
        return real
    size = np.abs(X)
    shrunk: Array = X * (np.maximum(size - by, 0.0) / np.where(size == 0.0, 1.0, size))
    return shrunk
