"""The linearly constrained filter of Frost."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters.filter import check_length, check_positive
from matopt.filters.lms import lower_step
from matopt.filters.outputs import State
from matopt.filters.rule import Constraint, Rule
from matopt.filters.signals import Layout
from matopt.filters.stochastic_gradient import StochasticGradient
from matopt.linalg import Array, as_array


def fingerprint(array: Array) -> str:
    """Return a number, or the shape and a checksum, to tell settings apart."""
    if array.ndim == 0:
        return f"{array:g}"
    shape = "x".join(map(str, array.shape))
    return f"<{shape} {zlib.crc32(np.ascontiguousarray(array).tobytes()):08x}>"


@dataclass(frozen=True, eq=False, repr=False)
class ConstrainedLMS(StochasticGradient):
    """LMS with C^H w = f at every step: each is taken back to the nearest such w.

    ``constraints`` C (taps, k), ``target`` f (k,); taps are length, or channels *
    length, channel after channel. With d = 0 it minimizes the power of the output, and
    its mean goes to R^-1 C (C^H R^-1 C)^-1 f. Frost (1972).
    """

    length: int
    step: float
    constraints: ArrayLike
    target: ArrayLike

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        C = as_array(self.constraints, "constraints", ndim=2)
        f = as_array(self.target, "target", ndim=1)
        if C.shape[1] != len(f) or len(C) % self.length:
            raise ValueError(
                f"constraints has shape {C.shape} but target has {len(f)} entries and "
                f"length is {self.length}; it must have a multiple of length rows and "
                "a column for each entry"
            )
        if np.linalg.matrix_rank(C) < len(f):
            raise ValueError(
                f"constraints must have independent columns, got rank "
                f"{np.linalg.matrix_rank(C)} of {len(f)}; leave the dependent ones out"
            )
        object.__setattr__(self, "_constraint", Constraint(C, f))

    def __repr__(self) -> str:
        C, f = self._held.matrix, self._held.target
        return (
            f"ConstrainedLMS(length={self.length}, step={self.step}, "
            f"constraints={fingerprint(C)}, target={fingerprint(f)})"
        )

    @property
    def _held(self) -> Constraint:
        held: Constraint = self.__dict__["_constraint"]
        return held

    @property
    def rule(self) -> Rule:
        return Rule(self.step, constraint=self._held)

    @property
    def advice(self) -> str:
        return lower_step(self.step)

    def initial(self, layout: Layout, weights: Array) -> State:
        C, f = self._held.matrix, self._held.target
        taps = int(np.prod(weights.shape[1:]))
        if len(C) != taps:
            raise ValueError(
                f"constraints has {len(C)} rows but the filter has {taps} taps; "
                "they must agree"
            )
        if not layout.is_complex and (np.iscomplexobj(C) or np.iscomplexobj(f)):
            raise ValueError(
                "constraints or target is complex but x and d are real; pass complex x"
            )
        flat = weights.reshape(len(weights), -1)
        flat -= (flat @ C.conj() - f) @ np.linalg.pinv(C).conj()
        return super().initial(layout, weights)
