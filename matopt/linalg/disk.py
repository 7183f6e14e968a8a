"""The unit disk with the metric |dz|/(1 - |z|^2), and its real diameter.

A point is held as z with its gap 1 - |z|^2, which near the boundary has digits that
z has not; a tangent as u = dz/(1 - |z|^2), whose length is |u|. The distance from 0 is
atanh |z|. On the real diameter everything is the line of atanh z.

Barbaresco, Information geometry of covariance matrix (2013), section 3; Needham,
Visual Complex Analysis (1997), chapter 6.
"""

import numpy as np

from matopt.linalg.arrays import Array


def disk_from_origin(u: Array) -> tuple[Array, Array]:
    """The points z, and gaps, at the end of the geodesics that leave 0 along u."""
    with np.errstate(over="ignore"):  # the gap is zero then
        if u.dtype.kind == "f":
            return np.tanh(u), np.cosh(u) ** -2.0
        length = np.abs(u)
        return _unit(u, length) * np.tanh(length), np.cosh(length) ** -2.0


def disk_to_origin(z: Array, gaps: Array) -> Array:
    """The inverse of ``disk_from_origin``."""
    length = np.abs(z)
    distance: Array = np.log1p(length) - 0.5 * np.log(gaps)
    return _unit(z, length) * distance


def disk_move(z: Array, gaps: Array, u: Array) -> tuple[Array, Array]:
    """The points, and gaps, at the end of the geodesics that leave z along u."""
    y, y_gaps = disk_from_origin(u)
    denominator = 1.0 + z.conj() * y
    return (z + y) / denominator, gaps * y_gaps / np.abs(denominator) ** 2


def disk_turn(z: Array, u: Array) -> Array:
    """What tangents are multiplied by on the way from z along u, of modulus 1."""
    if u.dtype.kind == "f":
        return np.ones_like(u)
    y, _ = disk_from_origin(u)
    half = 1.0 + z * y.conj()
    return half / half.conj()


def _unit(z: Array, length: Array) -> Array:
    """z/|z|, and 0 for 0."""
    return z / np.where(length > 0.0, length, 1.0)
