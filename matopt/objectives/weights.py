"""The weights W of a sum of squares Re tr(R^H W R)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from matopt.errors import NotPositiveDefinite
from matopt.linalg import Array, herm, inner, product, semidefinite_root
from matopt.objectives.constant import freeze


class Weights(ABC):
    """W through its double S = W + W^H alone, so that W need not be Hermitian.

    Re tr(R^H W R) = Re tr(R^H S R) / 2, and its gradient by R is S R: (84)-(88) with
    W + W^T in the place of 2 W.
    """

    @staticmethod
    def of(W: Array | None, rows: int) -> Weights:
        """Take None (the identity), a vector (a diagonal) or a matrix."""
        if W is None:
            return _Identity()
        if W.shape not in ((rows,), (rows, rows)):
            raise ValueError(
                f"weights has shape {W.shape} but target has {rows} rows; "
                f"pass ({rows},) for a diagonal, or ({rows}, {rows})"
            )
        return _Diagonal(W) if W.ndim == 1 else _Full(W)

    @staticmethod
    def by_entry(w: Array | None, shape: tuple[int, ...]) -> Weights | None:
        """Take one weight w_ij >= 0 for each entry: the sum of w_ij |R_ij|^2."""
        if w is None:
            return None
        if w.shape != shape:
            raise ValueError(
                f"entry_weights has shape {w.shape} but target has {shape}; "
                "they must agree"
            )
        if np.iscomplexobj(w) or w.min() < 0.0:
            raise ValueError(
                "entry_weights must be real numbers of at least 0; 0 leaves an entry "
                "out"
            )
        return _ByEntry(w)

    @abstractmethod
    def twice(self, R: Array) -> Array:
        """S R."""

    def value(self, R: Array, SR: Array) -> float:
        """Re tr(R^H W R), from S R too."""
        return 0.5 * inner(R, SR)

    @abstractmethod
    def convex(self, cp: Any, R: Any) -> Any:
        """The cvxpy expression of Re tr(R^H W R) for a positive semidefinite S."""

    @abstractmethod
    def __repr__(self) -> str: ...

    @property
    def is_complex(self) -> bool:
        """Is S complex?"""
        return False


class _Identity(Weights):
    """W = I."""

    def twice(self, R: Array) -> Array:
        return 2.0 * R

    def convex(self, cp: Any, R: Any) -> Any:
        return cp.sum_squares(R)

    def __repr__(self) -> str:
        return "None"


class _Diagonal(Weights):
    """W = Diag(w); of complex w the real part counts."""

    def __init__(self, w: Array) -> None:
        self._double = freeze(2.0 * w.real)

    def _scale(self, w: Array, R: Array) -> Array:
        scaled: Array = w * R if R.ndim == 1 else w[:, None] * R
        return scaled

    def twice(self, R: Array) -> Array:
        return self._scale(self._double, R)

    def convex(self, cp: Any, R: Any) -> Any:
        if (self._double < 0).any():
            raise TypeError("weights must not be negative for a convex sum of squares")
        scale = np.sqrt(0.5 * self._double).reshape(-1, *[1] * (R.ndim - 1))
        return cp.sum_squares(cp.multiply(np.broadcast_to(scale, R.shape), R))

    def __repr__(self) -> str:
        return f"<{self._double.size}>"


class _ByEntry(Weights):
    """Diag(w) on the entries of R in one vector."""

    def __init__(self, w: Array) -> None:
        self._w = w
        self._double = freeze(2.0 * w)

    def twice(self, R: Array) -> Array:
        doubled: Array = self._double.reshape(R.shape) * R
        return doubled

    def convex(self, cp: Any, R: Any) -> Any:
        return cp.sum_squares(cp.multiply(np.sqrt(self._w).reshape(R.shape), R))

    def __repr__(self) -> str:
        return f"entry_weights=<{'x'.join(map(str, self._w.shape))}>"


class _Full(Weights):
    """W a matrix."""

    def __init__(self, W: Array) -> None:
        self._double = freeze(W + herm(W))

    @property
    def is_complex(self) -> bool:
        return np.iscomplexobj(self._double)

    def twice(self, R: Array) -> Array:
        return product(self._double, R)

    def convex(self, cp: Any, R: Any) -> Any:
        try:
            F = semidefinite_root(0.5 * self._double, "weights")
        except NotPositiveDefinite as error:
            raise TypeError(f"{error}; the sum of squares is not convex") from None
        return cp.sum_squares(herm(F) @ R)

    def __repr__(self) -> str:
        n = len(self._double)
        return f"<{n}x{n}>"
