"""Recursive least squares of many taps: blocks of samples, products of matrices.

A block of regressors U (taps, b) is b observations of w with the noise variances
f, f^2, ..., f^b, seen from before it. With S = U^H P U + diag(f^i) = C C^H and
z = C^-1 (conj(d) - U^H w), the a-priori errors of all samples are diag(C) conj(z), the
weights w + Y^H z and P is (P - Y^H Y) / f^b with Y = C^-1 U^H P.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import blas, lapack

from matopt.filters.gauge import SILENT
from matopt.filters.place import Place
from matopt.linalg import Array, product

_BLOCK = 64
_LEAST = 1e-3  # of f^b, so that the noise variances stay comparable
# these as in the kernels
_LEVEL, _REACH, _QUIET, _KNOWN, _LOUDEST = 0, 1, 2, 3, 4
_LIMIT, _RISE, _SILENCE, _WEAK, _RESTORED = 1e20, 1e10, 1e-12, 1e10, 1e8
_FALL = 1e6  # of P at once


def recursive_in_blocks(
    w: Array,
    start: Array,
    P: Array,
    gauge: Array,
    diverged: Array,
    x: Array,
    d: Array,
    *rest: Any,
) -> None:
    """Adapt every run through a chunk; the arguments are those of ``recursive``."""
    place, (first, forgetting, ridge) = Place(*rest[:5]), rest[5:8]
    *signals, history, every = rest[8:]
    for run in np.flatnonzero(diverged < 0):
        one = _Run(w[run], start[run], P[run].T, gauge[run], forgetting, ridge)
        parts = [signal[run] for signal in signals]
        rows = _regressors(x[run], place, d.shape[1])
        diverged[run] = one.through(rows, d[run], first, parts, history[run], every)


def _regressors(x: Array, place: Place, count: int) -> list[Array]:
    """Return a view (count, length) of the u_n for each channel."""
    views = []
    for channel in range(place.channels):
        part = x[channel * place.stride + place.zero :]
        windows = np.lib.stride_tricks.sliding_window_view(part, place.length)
        views.append(windows[:: place.hop][:count])
    return views


@dataclass(eq=False)
class _Run:
    """One trial; P is in Fortran order, its lower triangle in use."""

    w: Array
    start: Array
    P: Array
    gauge: Array
    forgetting: float
    ridge: float

    def through(
        self,
        channels: list[Array],
        d: Array,
        first: int,
        signals: list[Array],
        history: Array,
        every: int,
    ) -> int:
        """Adapt block by block; return the sample at which the run diverged, or -1."""
        size = _block_size(self.forgetting)
        row, begin = 0, 0
        while begin < len(d):
            part = slice(begin, min(begin + size, len(d)))
            U = np.concatenate([rows[part] for rows in channels], axis=1).T
            power = np.sum(U.real**2 + U.imag**2, axis=0)
            if self.gauge[_KNOWN] == 0.0:
                part = self._await(part, power)
                U, power = U[:, : part.stop - begin], power[: part.stop - begin]
            before, steps, e, shrunk = self._block(U, d[part], power)
            bad = self._out_of_proportion(d[part], e, power)
            anew = bad >= 0 and self._has_risen(power[bad])
            y, stop = d[part] - e, bad if anew else len(e)
            for signal, values in zip(signals, (y, e, e * shrunk), strict=True):
                signal[part] = values
            if every:
                for i in range(-(first + begin) % every, stop, every):
                    history[row] = before + product(steps[0][:, :i], steps[1][:i])
                    row += 1
            if bad >= 0 and not anew:
                return first + begin + bad
            begin += stop
        return -1

    def _await(self, part: slice, power: Array) -> slice:
        """Begin with the first power that is not zero; before it nothing is learned."""
        heard = np.flatnonzero(power > SILENT)
        if not len(heard):
            return part
        if heard[0] > 0 and self.ridge == 0.0:
            return slice(part.start, part.start + int(heard[0]))
        ridge = self.ridge or 0.01 * float(power[0])
        self.P[...] = np.eye(len(self.w)) / ridge
        self.gauge[_KNOWN] = ridge * len(self.w)
        return part

    def _block(
        self, U: Array, d: Array, power: Array
    ) -> tuple[Array, tuple[Array, Array], Array, Array]:
        """Return w before, Y^H and z, the errors, and what updates leave of them."""
        before, b = self.w.copy(), len(d)
        if self.gauge[_KNOWN] == 0.0:
            nothing = (
                np.zeros((len(before), b), before.dtype),
                np.zeros(b, before.dtype),
            )
            e = d - product(U.T, before.conj())
            return before, nothing, e, np.ones(b)
        f = self._foresee(power)
        self._strengthen()
        noise = f ** np.arange(1.0, b + 1.0)
        Yh, C = self._absorb(U, noise, 1.0 / noise[-1])
        r = d.conj() - product(U.conj().T, before)
        trsv = blas.ztrsv if np.iscomplexobj(C) else blas.dtrsv
        z = trsv(C, r, lower=1)
        self.w += product(Yh, z)
        pivots = C.diagonal().real
        return before, (Yh, z), pivots * z.conj(), noise / pivots / pivots

    def _foresee(self, power: Array) -> float:
        """Update tr P^-1 for a block; in silence nothing is forgotten any more."""
        gauge, b, f = self.gauge, len(power), self.forgetting
        later = f ** np.arange(b - 1.0, -1.0, -1.0)
        if f**b * gauge[_KNOWN] + later @ power < _SILENCE * gauge[_LOUDEST]:
            f, later = 1.0, np.ones(b)
        gauge[_KNOWN] = f**b * gauge[_KNOWN] + later @ power
        gauge[_LOUDEST] = max(gauge[_LOUDEST], gauge[_KNOWN])
        return f

    def _strengthen(self) -> None:
        """Where nearly nothing is known, know that the weights are what they are.

        Little by little: P that falls by all its digits at once would keep none.
        """
        size = len(self.w)
        while (largest := self.P.diagonal().real.max()) * self.gauge[_KNOWN] > _WEAK:
            a = min(self.gauge[_KNOWN] / _RESTORED, _FALL / largest)
            root = np.asfortranarray(math.sqrt(a) * np.eye(size, dtype=self.P.dtype))
            self._absorb(root, np.ones(size), 1.0)
            self.gauge[_KNOWN] += a * size

    def _absorb(self, U: Array, noise: Array, scale: float) -> tuple[Array, Array]:
        """P <- scale (P - Y^H Y); return Y^H and C."""
        is_complex = np.iscomplexobj(self.P)
        times = blas.zhemm if is_complex else blas.dsymm
        gemm = blas.zgemm if is_complex else blas.dgemm
        K = times(1.0, self.P, U, lower=1)
        S = gemm(1.0, U, K, trans_a=2)
        S[np.diag_indices(len(S))] += noise
        potrf = lapack.zpotrf if is_complex else lapack.dpotrf
        C, _ = potrf(S, lower=1, overwrite_a=1)
        trsm = blas.ztrsm if is_complex else blas.dtrsm
        Yh = trsm(1.0, C, K, side=1, lower=1, trans_a=2, overwrite_b=1)
        rank = blas.zherk if is_complex else blas.dsyrk
        rank(-scale, Yh, beta=scale, c=self.P, lower=1, overwrite_c=1)
        return Yh, C

    def _out_of_proportion(self, d: Array, e: Array, power: Array) -> int:
        """The first sample whose error is beyond all proportion, or -1."""
        gauge = self.gauge
        level = np.maximum(np.abs(d) ** 2, gauge[_REACH] * power)
        level = np.maximum.accumulate(np.append(gauge[_LEVEL], level))
        bad = np.flatnonzero(~(np.abs(e) ** 2 <= _LIMIT * level[1:]))
        gauge[_LEVEL] = level[-1]
        heard = power[power > SILENT]
        if gauge[_QUIET] == 0.0 and len(heard):
            gauge[_QUIET] = heard[0]
        return int(bad[0]) if len(bad) else -1

    def _has_risen(self, power: float) -> bool:
        """Begin anew if all was learnt in near silence, as the kernels do."""
        gauge = self.gauge
        if not 0.0 < _RISE * gauge[_QUIET] < power < math.inf:
            return False
        gauge[_QUIET], gauge[_KNOWN], gauge[_LOUDEST] = power, 0.0, 0.0
        self.w[...] = self.start
        return True


def _block_size(forgetting: float) -> int:
    if forgetting == 1.0:
        return _BLOCK
    return max(1, min(_BLOCK, int(math.log(_LEAST) / math.log(forgetting))))
