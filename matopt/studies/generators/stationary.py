"""Samples of stationary processes: rows are independent vectors of n values.

A row is L z with L the Cholesky factor of the true Toeplitz covariance, z standard
normal.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.linalg import toeplitz

from matopt.linalg import Array
from matopt.studies.generators.forms import forms


@forms("n n", "m n")
def autoregressive(n: int, m: int, radius: float, angle: float, seed: int) -> Array:
    """x_t = 2 r cos(a) x_(t-1) - r^2 x_(t-2) + e_t: (m, n), of variance one.

    The closer the radius is to 1, the sharper the peak of the spectrum at the angle,
    and the worse the condition.
    """
    a, b = 2 * radius * np.cos(angle), -(radius**2)
    lags = np.ones(max(n, 2))
    lags[1] = a / (1 - b)
    for k in range(2, n):
        lags[k] = a * lags[k - 1] + b * lags[k - 2]
    return _drawn(lags[:n], m, seed)


@forms("n n", "m n")
def moving_average(n: int, m: int, zero: float, seed: int) -> Array:
    """x_t = e_t + z e_(t-1): (m, n). At z = 1 the spectrum has a zero."""
    lags = np.zeros(max(n, 2))
    lags[:2] = 1 + zero**2, zero
    return _drawn(lags[:n], m, seed)


@forms("n n", "m n")
def lines(n: int, m: int, separation: float, noise: float, seed: int) -> Array:
    """Two real sinusoids of power one and random phase, in white noise: (m, n).

    Their frequencies are 1 and 1 + separation, in radians a step.
    """
    k = np.arange(n)
    lags = np.cos(k) + np.cos((1 + separation) * k)
    lags[0] += noise
    return _drawn(lags, m, seed)


@forms("n n", "m n")
def sensor_array(n: int, m: int, degrees: float, noise: float, seed: int) -> Array:
    """A uniform line of n sensors at half a wavelength: (m, n), complex.

    Five uncorrelated sources of power one come from -2, -1, 0, 1, 2 times ``degrees``.
    """
    sines = np.sin(np.deg2rad(degrees * np.arange(-2, 3)))
    lags = np.exp(1j * np.pi * np.outer(np.arange(n), sines)).sum(axis=1)
    lags[0] += noise
    return _drawn(lags, m, seed)


@forms("n n", "m n")
def uneven_sensors(n: int, m: int, radius: float, seed: int) -> Array:
    """An AR(1) process, seen with noise of a different power in each feature: (m, n).

    The powers are uniform between 0.5 and 2.
    """
    rng = np.random.default_rng(seed)
    L = np.linalg.cholesky(toeplitz(radius ** np.arange(n)))
    noise = rng.standard_normal((m, n)) * np.sqrt(rng.uniform(0.5, 2.0, n))
    seen: Array = rng.standard_normal((m, n)) @ L.T + noise
    return seen


@forms("n n", "m n")
def random_slopes(
    n: int, m: int, radius: float, slope: float, seed: int
) -> Mapping[str, Array]:
    """``samples`` (m, n): AR(1) stretches of variance one with a trend of their own.

    The trend is z s with s from -1 to 1 in equal steps and z normal of variance
    ``slope``; ``basis`` (1, n, n) is s s^T.
    """
    rng = np.random.default_rng(seed)
    L = np.linalg.cholesky(toeplitz(radius ** np.arange(n)))
    s = np.linspace(-1.0, 1.0, n)
    trends = np.sqrt(slope) * rng.standard_normal((m, 1)) * s
    samples = rng.standard_normal((m, n)) @ L.T + trends
    return {"samples": samples, "basis": np.outer(s, s)[None]}


@forms("n n", "m n")
def circular(n: int, m: int, radius: float, seed: int) -> Array:
    """A process on a ring, its correlations falling by ``radius`` a step: (m, n)."""
    distance = np.minimum(np.arange(n), n - np.arange(n))
    return _drawn(radius**distance, m, seed)


@forms("blocks m order", "order order")
def channels(blocks: int, order: int, m: int, radius: float, seed: int) -> Array:
    """``blocks`` times of a vector autoregression of ``order`` channels, in one row.

    x_t = r Q x_(t-1) + sqrt(1 - r^2) e_t with Q a random rotation, so that every x_t
    has the covariance I: (m, blocks * order), times one after another.
    """
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((order, order)))
    innovations = rng.standard_normal((blocks, m, order))
    x = [innovations[0]]
    for e in innovations[1:]:
        x.append(radius * x[-1] @ Q.T + np.sqrt(1 - radius**2) * e)
    return np.concatenate(x, axis=1)


@forms("m")
def series(m: int, radius: float, angle: float, seed: int) -> Array:
    """One stretch of m values of ``autoregressive``: (m,), with unit innovations.

    It starts from rest, 1000 steps before.
    """
    a, b = 2 * radius * np.cos(angle), -(radius**2)
    e = np.random.default_rng(seed).standard_normal(m + 1000)
    x = np.zeros(m + 1002)
    for t in range(len(e)):
        x[t + 2] = a * x[t + 1] + b * x[t] + e[t]
    return x[-m:]


@forms("n n", "m n")
def matern(n: int, m: int, scale: float, noise: float, seed: int) -> Array:
    """A Matern 3/2 process of length scale ``scale``, in white noise: (m, n)."""
    d = np.sqrt(3) * np.arange(n) / scale
    lags = (1 + d) * np.exp(-d)
    lags[0] += noise
    return _drawn(lags, m, seed)


def _drawn(lags: Array, m: int, seed: int) -> Array:
    """Rows of the normal distribution with that Toeplitz covariance."""
    rng = np.random.default_rng(seed)
    L = np.linalg.cholesky(toeplitz(lags))
    z = rng.standard_normal((m, len(lags)))
    if np.iscomplexobj(lags):
        z = (z + 1j * rng.standard_normal(z.shape)) / np.sqrt(2)
    rows: Array = (L @ z.T).T
    return rows
