"""An estimate: numbers, their standard errors and confidence intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from matopt.lazy import lazy
from matopt.linalg import Array, product

Transform: TypeAlias = Callable[[Array], Array]

SCALES = ("linear", "log", "atanh")


@dataclass(frozen=True, eq=False, repr=False)
class Estimate:
    """Real numbers, asymptotically normal around the truth.

    ``root`` is R, (r, *value.shape), so that the covariance is R^T R; standard errors
    need no more of it than the lengths of its columns.
    """

    value: Array
    root: Array

    @lazy
    def standard_errors(self) -> Array:
        """The square roots of the variances, in the shape of ``value``."""
        errors: Array = np.sqrt(np.sum(self.root**2, axis=0))
        return errors

    @lazy
    def covariance(self) -> Array:
        """Of all pairs of the raveled numbers, (size, size)."""
        R = self.root.reshape(len(self.root), -1)
        return product(R.T, R)

    def intervals(self, level: float = 0.95, scale: str = "linear") -> Array:
        """Lower and upper confidence limits, (*value.shape, 2).

        Symmetric on the scale: "log" suits positive numbers such as eigenvalues and
        powers, "atanh" correlations (Fisher, 1921); their limits stay in the domain.
        """
        from scipy.special import ndtri

        _check_level(level)
        forward, inverse, slope = _scale(scale, self.value)
        half = float(ndtri(0.5 + 0.5 * level)) * self.standard_errors * slope
        centre = forward(self.value)
        return np.stack([inverse(centre - half), inverse(centre + half)], axis=-1)

    def __repr__(self) -> str:
        if self.value.size > 12:
            return (
                f"<Estimate of {self.value.size} numbers of shape {self.value.shape}>"
            )
        pairs = zip(self.value.flat, self.standard_errors.flat, strict=True)
        return f"<Estimate {', '.join(f'{v:.4g} ± {s:.2g}' for v, s in pairs)}>"


def _identity(x: Array) -> Array:
    return x


def _scale(scale: str, value: Array) -> tuple[Transform, Transform, Array | float]:
    """The transformation, its inverse, and its derivative at the value."""
    if scale == "linear":
        return _identity, _identity, 1.0
    if scale == "log":
        _check_domain(bool(np.all(value > 0)), scale, "positive numbers")
        return np.log, np.exp, 1.0 / value
    if scale == "atanh":
        inside = bool(np.all(np.abs(value) < 1))
        _check_domain(inside, scale, "numbers between -1 and 1; leave out the diagonal")
        return np.arctanh, np.tanh, 1.0 / (1.0 - value**2)
    raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale!r}")


def _check_domain(inside: bool, scale: str, wanted: str) -> None:
    if not inside:
        raise ValueError(f'scale="{scale}" is for {wanted}; take scale="linear"')


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, got {level}; write 0.95")
