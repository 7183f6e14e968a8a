"""Stationary signals with known correlations, from which scenarios are built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from scipy.linalg import blas

from matopt.linalg import Array, toeplitz_matrix
from matopt.linalg.toeplitz import transforms

_HALF = np.sqrt(0.5)
_FFT = 64  # coefficients from which a convolution by FFT is faster
# E |v|^4 / power^2 and E |v|^6 / power^3 of real values, and of complex ones whose
# parts are independent
_REAL = {"gaussian": (3.0, 15.0), "uniform": (9 / 5, 27 / 7), "binary": (1.0, 1.0)}
_COMPLEX = {"gaussian": (2.0, 6.0), "uniform": (7 / 5, 81 / 35), "binary": (1.0, 1.0)}


class Process(ABC):
    """A zero-mean stationary series s_n; complex ones are circular."""

    is_complex: bool

    @abstractmethod
    def lags(self, count: int) -> Array:
        """r_0, ..., r_(count-1) with r_k = E s_n s_(n-k)*."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Array:
        """Return (runs, samples), stationary from the first sample on."""

    @property
    def power(self) -> float:
        """E |s_n|^2."""
        return float(self.lags(1)[0].real)

    @property
    def shape_moments(self) -> tuple[float | None, float | None]:
        """E |s|^4 / power^2 and E |s|^6 / power^3; None where s is Gaussian."""
        return None, None

    def covariance(self, length: int) -> Array:
        """R = E u u^H of the regressors u_n = (s_n, s_(n-1), ...)."""
        return hermitian_toeplitz(self.lags(length))


@dataclass(frozen=True)
class White(Process):
    """Independent values: ``gaussian``, ``uniform`` or ``binary`` (complex: QPSK)."""

    variance: float = 1.0
    distribution: str = "gaussian"
    is_complex: bool = False

    def __post_init__(self) -> None:
        if self.distribution not in _REAL:
            raise ValueError(
                f"distribution must be one of {', '.join(_REAL)}, got "
                f"{self.distribution!r}"
            )
        if not self.variance >= 0.0:
            raise ValueError(f"variance must be at least 0, got {self.variance:g}")

    def lags(self, count: int) -> Array:
        r = np.zeros(count, complex if self.is_complex else float)
        r[0] = self.variance
        return r

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Array:
        scale = np.sqrt(self.variance)
        if self.is_complex:
            pairs = self._unit(rng, (runs, samples, 2))
            pairs *= _HALF * scale
            return pairs.view(complex)[..., 0]
        values = self._unit(rng, (runs, samples))
        values *= scale
        return values

    @property
    def shape_moments(self) -> tuple[float | None, float | None]:
        return (_COMPLEX if self.is_complex else _REAL)[self.distribution]

    def _unit(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        if self.distribution == "gaussian":
            return rng.standard_normal(shape)
        if self.distribution == "uniform":
            return rng.uniform(-np.sqrt(3.0), np.sqrt(3.0), shape)
        return rng.integers(0, 2, shape) * 2.0 - 1.0


@dataclass(frozen=True)
class MovingAverage(Process):
    """s_n = sum_k b_k w_(n-k), w white and Gaussian of unit power."""

    coefficients: tuple[complex, ...]
    is_complex: bool = False

    def __post_init__(self) -> None:
        check_coefficients(self.coefficients, self.is_complex)

    def lags(self, count: int) -> Array:
        b = np.asarray(self.coefficients)
        r = np.zeros(count, complex if self.is_complex else float)
        full = np.convolve(b, b[::-1].conj())[len(b) - 1 :][:count]
        r[: len(full)] = full
        return r

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Array:
        b = np.asarray(self.coefficients)
        before = len(b) - 1
        white = White(is_complex=self.is_complex).draw(rng, runs, samples + before)
        return convolve_rows(white, b)[:, before:]


@dataclass(frozen=True)
class Autoregression(Process):
    """s_n + a_1 s_(n-1) + ... + a_p s_(n-p) = w_n, Gaussian, of a given total power."""

    coefficients: tuple[complex, ...]  # a_1, ..., a_p
    total: float = 1.0  # E |s_n|^2
    is_complex: bool = False

    def __post_init__(self) -> None:
        check_coefficients(self.coefficients, self.is_complex)
        roots = np.abs(np.roots(np.concatenate([[1.0], self.coefficients])))
        if roots.max(initial=0.0) >= 1.0:
            raise ValueError(
                "coefficients must be those of a stationary process, with all roots of "
                f"z^p + a_1 z^(p-1) + ... inside the unit circle, got |z| = "
                f"{roots.max():g}"
            )

    def lags(self, count: int) -> Array:
        a = np.asarray(self.coefficients)
        p = len(a)
        r = np.zeros(max(count, p + 1), complex if self.is_complex else float)
        r[: p + 1] = self.total * _yule_walker(a)
        for k in range(p + 1, count):
            r[k] = -a @ r[k - 1 : k - p - 1 : -1]
        return r[:count]

    @property
    def innovation(self) -> float:
        """E |w_n|^2: the least error of a linear prediction."""
        r = self.lags(len(self.coefficients) + 1)
        a = np.concatenate([[1.0], np.asarray(self.coefficients)])
        return float((a @ r.conj()).real)

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Array:
        a = np.asarray(self.coefficients)
        p = len(a)
        white = White(self.innovation, is_complex=self.is_complex)
        w = white.draw(rng, runs, max(samples, p))
        first = White(is_complex=self.is_complex).draw(rng, runs, p)
        # s_(-1), ..., s_(-p): most recent first, with the covariance of the process
        past = first @ np.linalg.cholesky(self.covariance(p)).T
        for m in range(p):
            w[:, m] -= past[:, : p - m] @ a[m:]
        return _feed_back(w, a)[:, :samples]


@dataclass(frozen=True)
class Sinusoids(Process):
    """Sum of a cos(w n + phase) with phases uniform in each run, and white noise.

    ``frequencies`` w are in radians a sample. Complex: a exp(i (w n + phase)).
    """

    amplitudes: tuple[float, ...]
    frequencies: tuple[float, ...]
    noise: float = 0.0
    is_complex: bool = False

    def __post_init__(self) -> None:
        if len(self.amplitudes) != len(self.frequencies):
            raise ValueError(
                f"amplitudes and frequencies must be equally many, got "
                f"{len(self.amplitudes)} and {len(self.frequencies)}"
            )

    def lags(self, count: int) -> Array:
        k = np.arange(count)[:, None]
        a, w = np.asarray(self.amplitudes), np.asarray(self.frequencies)
        waves = np.exp(1j * k * w) @ a**2
        r: Array = waves if self.is_complex else 0.5 * waves.real
        r[0] += self.noise
        return r

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Array:
        s = White(self.noise, is_complex=self.is_complex).draw(rng, runs, samples)
        n = np.arange(samples)
        for a, w in zip(self.amplitudes, self.frequencies, strict=True):
            angle = w * n + rng.uniform(0.0, 2.0 * np.pi, (runs, 1))
            s += a * (np.exp(1j * angle) if self.is_complex else np.cos(angle))
        return s


def hermitian_toeplitz(r: Array) -> Array:
    """R_ij = r_(j-i) with r_(-k) = r_k*, from r_0, ..., r_(n-1)."""
    n = len(r)
    return toeplitz_matrix(np.concatenate([r[::-1], r[1:].conj()]), n)


def check_coefficients(values: tuple[complex, ...], is_complex: bool) -> None:
    """Raise unless there are coefficients, and real ones for a real series."""
    if not len(values):
        raise ValueError("coefficients must not be empty; white noise is (1.0,)")
    if np.iscomplexobj(np.asarray(values)) and not is_complex:
        raise ValueError(
            "coefficients are complex but the series is real; pass is_complex=True"
        )


def convolve_rows(x: Array, b: Array) -> Array:
    """sum_k b_k x_(n-k) for the rows of x, zero before their start."""
    if len(b) == 1:
        scaled: Array = x * b[0]
        return scaled
    if len(b) < _FFT:
        rows = [np.convolve(row, b)[: x.shape[1]] for row in x]
        return np.array(rows).reshape(x.shape)
    size = scipy.fft.next_fast_len(x.shape[1] + len(b) - 1, real=True)
    forward, backward = transforms(x, b)
    y: Array = backward(forward(x, size) * forward(b, size), size)
    return y[:, : x.shape[1]]


def _feed_back(w: Array, a: Array) -> Array:
    """s_n = w_n - a_1 s_(n-1) - ... with s = 0 before, row by row: a banded solve."""
    n, p = w.shape[1], len(a)
    solve: Callable[..., Array] = blas.ztbsv if np.iscomplexobj(w) else blas.dtbsv
    band = np.empty((p + 1, n), w.dtype, order="F")
    band[0], band[1:] = 1.0, a[:, None]
    return np.array([solve(p, band, row, lower=1, diag=1) for row in w])


def _yule_walker(a: Array) -> Array:
    """r_0 = 1, r_1, ..., r_p with sum_j a_j r_(k-j) = 0 for k = 1, ..., p."""
    p = len(a)
    full = np.concatenate([[1.0], a])
    # unknown: Re and Im of r_1 ... r_p; r_(-k) = r_k*
    M, rhs = np.zeros((p, 2 * p), complex), np.zeros(p, complex)
    for k in range(1, p + 1):
        for j, c in enumerate(full):
            lag = k - j
            if lag == 0:
                rhs[k - 1] -= c
                continue
            at = 2 * abs(lag) - 2
            M[k - 1, at] += c
            M[k - 1, at + 1] += 1j * c * np.sign(lag)
    real = np.concatenate([M.real, M.imag])
    solution = np.linalg.lstsq(real, np.concatenate([rhs.real, rhs.imag]))[0]
    r = np.concatenate([[1.0], solution[0::2] + 1j * solution[1::2]])
    return r if np.iscomplexobj(a) else r.real
