"""Inputs and outputs of linear systems, and matrices seen through noise."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.linalg import toeplitz

from matopt.linalg import Array
from matopt.studies.generators.forms import forms


@forms("m n")
def impulse_response(
    n: int, m: int, radius: float, noise: float, seed: int
) -> Mapping[str, Array]:
    """A system of n taps seen at m times: ``design`` (m, n) and ``target`` (m,).

    The input is an AR(1) process of variance one, so that the design is worse
    conditioned the closer the radius is to 1; the taps are exp(-k/4) cos(k).
    """
    rng = np.random.default_rng(seed)
    e = rng.standard_normal(m + n - 1)
    x = np.empty_like(e)
    x[0] = e[0]
    for t in range(1, len(e)):
        x[t] = radius * x[t - 1] + np.sqrt(1 - radius**2) * e[t]
    design = _delayed(x, n, m)
    k = np.arange(n)
    target = design @ (np.exp(-k / 4) * np.cos(k)) + noise * rng.standard_normal(m)
    return {"design": design, "target": target}


@forms("m n")
def equaliser(n: int, m: int, width: float, seed: int) -> Mapping[str, Array]:
    """Haykin's channel: ``design`` (m, n), what n taps see; ``target``, what was sent.

    Signs are sent through h_k = (1 + cos(2 pi (k - 2)/width)) / 2, k = 1, 2, 3, and
    noise of power 0.001 is added. The target is what was sent 2 + (n - 1)/2 steps
    before. The condition number grows with the width: 6 at 2.9, 47 at 3.5 (n = 11).
    """
    rng = np.random.default_rng(seed)
    sent = rng.choice([-1.0, 1.0], m + n + 2)
    h = (1 + np.cos(2 * np.pi * np.arange(-1, 2) / width)) / 2
    received = np.convolve(sent, np.concatenate([[0.0], h]), "valid")
    received = received + np.sqrt(0.001) * rng.standard_normal(len(received))
    delay = 2 + (n - 1) // 2
    design = _delayed(received[: m + n - 1], n, m)
    now = np.arange(m) + n + 2  # the time of the last received value in each row
    return {"design": design, "target": sent[now - delay]}


@forms("n n", "m n")
def periodic(n: int, m: int, noise: float, seed: int) -> Mapping[str, Array]:
    """Blurring on a ring: ``signal`` (n, m) and ``target`` (n, m), of m experiments."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((n, m))
    blur = np.exp(-(np.minimum(np.arange(n), n - np.arange(n)) ** 2) / 2)
    target = toeplitz(blur) @ signal + noise * rng.standard_normal((n, m))
    return {"signal": signal, "target": target}


@forms("m n")
def prediction(n: int, m: int, radius: float, seed: int) -> Mapping[str, Array]:
    """n steps of m AR(1) paths: ``past`` (n, m), and ``next`` (n, m) one step on."""
    rng = np.random.default_rng(seed)
    x = [rng.standard_normal(m)]
    for _ in range(n):
        x.append(radius * x[-1] + np.sqrt(1 - radius**2) * rng.standard_normal(m))
    return {"past": np.array(x[:-1]), "next": np.array(x[1:])}


@forms("n n", "m n")
def rotation(n: int, m: int, noise: float, seed: int) -> Mapping[str, Array]:
    """A turning body: ``positions`` (n, m) and ``velocities`` W x + noise, W skew."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((n, n))
    positions = rng.standard_normal((n, m))
    error = noise * rng.standard_normal((n, m))
    return {"positions": positions, "velocities": (W - W.T) @ positions + error}


@forms("m n", "m rank", "n rank")
def low_rank(m: int, n: int, rank: int, noise: float, seed: int) -> Array:
    """U V^T + noise, with normal U (m, rank) and V (n, rank): (m, n)."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((m, rank)) @ rng.standard_normal((n, rank)).T
    seen: Array = signal + noise * rng.standard_normal((m, n))
    return seen


@forms("m n", "m rank", "n rank")
def partly_seen(
    m: int, n: int, k: int, rank: int, noise: float, seed: int
) -> Mapping[str, Array]:
    """Minus the first k ``rows`` and ``columns`` of ``low-rank``: (k, n) and (m, k)."""
    seen = -low_rank(m, n, rank, noise, seed)
    return {"rows": seen[:k], "columns": np.ascontiguousarray(seen[:, :k])}


@forms("m n", "m rank", "n rank")
def randomly_seen(
    m: int, n: int, share: float, rank: int, noise: float, seed: int
) -> Mapping[str, Array]:
    """``matrix``, a ``low-rank`` one, 0 where ``mask`` is: both (m, n).

    That share of entries is seen, each by itself: there the mask is 1, else 0.
    """
    rng = np.random.default_rng(seed + 1)
    mask = (rng.random((m, n)) < share).astype(float)
    return {"matrix": mask * low_rank(m, n, rank, noise, seed), "mask": mask}


@forms("m n", "m rank", "n rank")
def positive_low_rank(m: int, n: int, rank: int, noise: float, seed: int) -> Array:
    """U V^T + E, U (m, rank) and V (n, rank) uniform in [0, 1], E in [0, noise]."""
    rng = np.random.default_rng(seed)
    signal = rng.random((m, rank)) @ rng.random((n, rank)).T
    seen: Array = signal + noise * rng.random((m, n))
    return seen


@forms("m n")
def ill_posed(n: int, m: int, noise: float, seed: int) -> Mapping[str, Array]:
    """``design``: a Hilbert matrix (m, n); ``target`` (m,): it times ones, + noise."""
    design = 1 / (np.arange(1.0, m + 1)[:, None] + np.arange(n))
    errors = np.random.default_rng(seed).standard_normal(m)
    return {"design": design, "target": design.sum(axis=1) + noise * errors}


@forms("m n")
def oscillation(m: int, n: int, noise: float, seed: int) -> Array:
    """The m x n trajectory matrix of a damped oscillation, with noise in each entry."""
    t = np.arange(m)[:, None] + np.arange(n)
    errors = np.random.default_rng(seed).standard_normal((m, n))
    seen: Array = np.exp(-t / (m + n)) * np.cos(t) + noise * errors
    return seen


@forms("m n")
def sparse_regression(
    n: int, m: int, support: int, noise: float, seed: int
) -> Mapping[str, Array]:
    """``target`` (m, 1) = ``design`` (m, n) times a vector with few nonzeros, + noise.

    The nonzeros are the first ``support`` entries, alternately 1 and -1; the design is
    standard normal.
    """
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((m, n))
    s = np.where(np.arange(n) < support, (-1.0) ** np.arange(n), 0.0)
    target = design @ s + noise * rng.standard_normal(m)
    return {"design": design, "target": target[:, None]}


@forms("m n", "m p", "n p")
def moved_points(
    n: int, p: int, m: int, noise: float, seed: int
) -> Mapping[str, Array]:
    """``points`` (m, n), one a row, and what orthonormal columns (n, p) make of them.

    The images, with noise, are given as ``opposite`` = -images (m, p) and as
    ``cross`` = images^T points (p, n).
    Columns of ``points`` have standard deviations from 1 down to 1/n.
    """
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((m, n)) / np.arange(1, n + 1)
    Q, R = np.linalg.qr(rng.standard_normal((n, p)))
    Q = Q * np.sign(np.diag(R))
    seen = points @ Q + noise * rng.standard_normal((m, p))
    return {"points": points, "opposite": -seen, "cross": seen.T @ points}


def _delayed(x: Array, n: int, m: int) -> Array:
    """Rows (x_t, x_(t-1), ..., x_(t-n+1)), newest first, for t = n - 1, ...: (m, n)."""
    rows = np.lib.stride_tricks.sliding_window_view(x, n)[:m]
    return np.ascontiguousarray(rows[:, ::-1])
