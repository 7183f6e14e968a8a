"""The recursions of Levinson and Durbin, forward and reverse, compiled.

Imported when a kernel is first needed, for it imports numba. Real and complex; every
array is contiguous. Row m of P holds the predictor a of order m (1, a_1, ..., a_m),
k[m - 1] its reflection coefficient, e[m] its error variance over t_0, r[m] = t_m/t_0:

    a_j <- a_j + k conj(a_(m-j)),  e_m = e_(m-1) (1 - |k|^2),
    r_m = -k e_(m-1) - sum_(0<j<m) a_j r_(m-j), with a of order m - 1.

``bar`` marks the derivative of a real function by a variable, d/dRe + i d/dIm, and a
leading d the derivative along a direction.

Levinson (1947), Durbin (1960); Griewank and Walther, Evaluating Derivatives (2008),
chapters 3 and 5.
"""

from typing import TypeAlias

import numpy as np

from matopt.linalg.arrays import Array
from matopt.linalg.compiled import REORDER, kernel, part

Arrays: TypeAlias = tuple[Array, ...]


@part(REORDER)
def _step(a: Array, z: complex, m: int) -> None:
    """a_j <- a_j + z conj(a_(m-j)) for 0 < j < m, in place."""
    for j in range(1, m // 2 + 1):
        low, high = a[j], a[m - j]
        a[j] = low + z * np.conj(high)
        a[m - j] = high + z * np.conj(low)


@kernel(REORDER)
def predictors(k: Array, P: Array, squares: Array) -> None:
    """Fill the lower triangle of P, and the squared norms of its rows."""
    P[0, 0] = squares[0] = 1.0
    for m in range(1, len(P)):
        z, a = k[m - 1], P[m - 1]
        P[m, 0] = 1.0
        total = 1.0 + abs(z) ** 2
        for j in range(1, m):
            new = a[j] + z * np.conj(a[m - j])
            P[m, j] = new
            total += new.real * new.real + new.imag * new.imag
        P[m, m] = z
        squares[m] = total


@kernel(REORDER)
def predictors_along(k: Array, dk: Array, P: Array, dP: Array) -> None:
    """Fill the lower triangle of dP."""
    dP[0, 0] = 0.0
    for m in range(1, len(P)):
        z, dz, a, da = k[m - 1], dk[m - 1], P[m - 1], dP[m - 1]
        dP[m, 0] = 0.0
        for j in range(1, m):
            dP[m, j] = da[j] + dz * np.conj(a[m - j]) + z * np.conj(da[m - j])
        dP[m, m] = dz


@kernel(REORDER)
def correlations(k: Array, e: Array, P: Array, r: Array) -> None:
    """Fill r."""
    r[0] = 1.0
    for m in range(1, len(r)):
        a = P[m - 1]
        total = k[m - 1] * e[m - 1]
        for j in range(1, m):
            total += a[j] * r[m - j]
        r[m] = -total


@kernel(REORDER)
def correlations_along(lattice: Arrays, direction: Arrays, dr: Array) -> None:
    """Fill dr; of the direction dk, de, dP are read."""
    k, e, P, r = lattice
    dk, de, dP = direction
    dr[0] = 0.0
    for m in range(1, len(r)):
        a, da = P[m - 1], dP[m - 1]
        total = dk[m - 1] * e[m - 1] + k[m - 1] * de[m - 1]
        for j in range(1, m):
            total += da[j] * r[m - j] + a[j] * dr[m - j]
        dr[m] = -total


@kernel(REORDER)
def pull(lattice: Arrays, bars: Arrays, kbar: Array) -> None:
    """Fill kbar from the derivatives by the parts of a lattice, which are used up.

    abar is by the last predictor, Pbar by all of them and rbar by r; the last two are
    of length 0 where there is none. ``back`` is conj(abar) in reverse order, from
    index n - 1 - m on: read forwards, both are fast.
    """
    k, e, P, r = lattice
    abar, Pbar, ebar, rbar = bars
    back = np.conj(abar[::-1])
    for m in range(len(k), 0, -1):
        z, a, x, y = k[m - 1], P[m - 1], abar[: m + 1], back[len(k) - m :]
        if len(Pbar):
            for j in range(1, m + 1):
                x[j] += Pbar[m, j]
                y[j - 1] += np.conj(Pbar[m, m - j + 1])
        total = x[m] - 2.0 * z * e[m - 1] * ebar[m]
        zc = np.conj(z)
        for j in range(1, m):
            low, high = x[j], y[j]
            total += a[j] * np.conj(high)
            x[j] = low + z * high
            y[j] = high + zc * low
        ebar[m - 1] += ebar[m] * (e[m] / e[m - 1])  # 1 - |z|^2, without cancellation
        if len(rbar):
            c = rbar[m]
            total -= c * e[m - 1]
            ebar[m - 1] -= (np.conj(c) * z).real
            for j in range(1, m):
                x[j] -= c * np.conj(r[m - j])
                y[j] -= np.conj(c) * r[j]
                rbar[m - j] -= c * np.conj(a[j])
        kbar[m - 1] = total


@kernel(REORDER)
def pull_along(
    lattice: Arrays, direction: Arrays, bars: Arrays, dbars: Arrays, dkbar: Array
) -> None:
    """Fill dkbar, the derivative of ``pull`` along the direction."""
    k, e, P, r = lattice
    dk, de, dP, dr = direction
    abar, Pbar, ebar, rbar = bars
    dabar, dPbar, debar, drbar = dbars
    for m in range(len(k), 0, -1):
        z, dz, a, da = k[m - 1], dk[m - 1], P[m - 1], dP[m - 1]
        if len(Pbar):
            for j in range(1, m + 1):
                abar[j] += Pbar[m, j]
                dabar[j] += dPbar[m, j]
        total = dabar[m] - 2.0 * (
            (dz * e[m - 1] + z * de[m - 1]) * ebar[m] + z * e[m - 1] * debar[m]
        )
        for j in range(1, m):
            total += dabar[j] * a[m - j] + abar[j] * da[m - j]
        gap = e[m] / e[m - 1]
        ebar[m - 1] += ebar[m] * gap
        debar[m - 1] += debar[m] * gap - 2.0 * ebar[m] * (np.conj(z) * dz).real
        _step_along(abar, dabar, z, dz, m)
        if len(rbar):
            c, dc = rbar[m], drbar[m]
            total -= dc * e[m - 1] + c * de[m - 1]
            ebar[m - 1] -= (np.conj(c) * z).real
            debar[m - 1] -= (np.conj(dc) * z + np.conj(c) * dz).real
            for j in range(1, m):
                abar[j] -= c * np.conj(r[m - j])
                dabar[j] -= dc * np.conj(r[m - j]) + c * np.conj(dr[m - j])
                rbar[m - j] -= c * np.conj(a[j])
                drbar[m - j] -= dc * np.conj(a[j]) + c * np.conj(da[j])
        dkbar[m - 1] = total


@part(REORDER)
def _step_along(a: Array, da: Array, z: complex, dz: complex, m: int) -> None:
    """``_step`` and its derivative, in place."""
    for j in range(1, m // 2 + 1):
        low, high, dlow, dhigh = a[j], a[m - j], da[j], da[m - j]
        da[j] = dlow + dz * np.conj(high) + z * np.conj(dhigh)
        da[m - j] = dhigh + dz * np.conj(low) + z * np.conj(dlow)
    _step(a, z, m)
