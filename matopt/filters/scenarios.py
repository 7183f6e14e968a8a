"""The experiments of the adaptive filter literature, with their exact moments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import cos, pi

import numpy as np
from numpy.typing import ArrayLike

from matopt.filters.processes import (
    MovingAverage,
    Process,
    Sinusoids,
    White,
    convolve_rows,
    hermitian_toeplitz,
)
from matopt.filters.scenario import Draw, Scenario, check_positive, padded
from matopt.filters.signal_moments import SignalMoments
from matopt.linalg import Array, as_array

_COLOURED = MovingAverage((1.0, 0.9, 0.5))  # as speech is on the long term


@dataclass(frozen=True, eq=False)
class SystemIdentification(Scenario):
    """d = w^H u + v: find the weights w of an unknown system from its input.

    ``noise`` is the power of a Gaussian v, or its process. With ``regressors`` every
    u_n is drawn afresh, Gaussian with the covariance of ``input``, as the exact theory
    wants it; without, x is a series and u a delay line.
    """

    weights: Array
    noise: float | Process = 1e-3
    input: Process = field(default_factory=White)
    regressors: bool = False

    def __post_init__(self) -> None:
        _set_weights(self, self.weights, self.input)

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        w = self.weights
        v = self._noise.draw(rng, runs, samples)
        if self.regressors:
            z = White(is_complex=self.input.is_complex)
            white = z.draw(rng, runs, samples * len(w)).reshape(runs, samples, -1)
            x = white @ np.linalg.cholesky(self.input.covariance(len(w))).T
            return Draw(x, x @ w.conj() + v, w, v)
        x = self.input.draw(rng, runs, samples)
        return Draw(x, convolve_rows(x, w.conj()) + v, w, v)

    def moments(self, length: int) -> SignalMoments:
        fourth, sixth = self._noise.shape_moments
        found = _system(self.weights, self.input, length, self._noise.power)
        if length < len(self.weights):  # what cannot be modelled is Gaussian as u is
            return found
        return replace(found, kurtosis=fourth, sixth=sixth)

    @property
    def is_series(self) -> bool:
        return not self.regressors

    @property
    def width(self) -> int:
        return 2 * len(self.weights) if self.regressors else 2

    @property
    def _noise(self) -> Process:
        return _as_process(self.noise, self.input.is_complex)


@dataclass(frozen=True, eq=False)
class Tracking(Scenario):
    """System identification where w takes a random step of covariance Q each sample.

    ``walk`` is Q, or a number q for q I. Sayed (2003), chapter 7.
    """

    weights: Array
    walk: float | Array
    noise: float = 1e-3
    input: Process = field(default_factory=White)
    regressors: bool = False

    def __post_init__(self) -> None:
        _set_weights(self, self.weights, self.input)
        check_positive(self.noise, "noise")
        self.moments(len(self.weights))  # checks the walk

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        still = SystemIdentification(
            self.weights, self.noise, self.input, self.regressors
        ).draw(rng, runs, samples)
        assert still.noise is not None
        path = self._path(rng, runs, samples)
        u = still.x if self.regressors else _delay_line(still.x, len(self.weights))
        d = np.einsum("rnk,rnk->rn", path.conj(), u) + still.noise
        return Draw(still.x, d, path, still.noise)

    def moments(self, length: int) -> SignalMoments:
        L = len(self.weights)
        if length != L:
            raise ValueError(
                f"length must be that of the system that walks, {L}, got {length}"
            )
        return _system(self.weights, self.input, L, self.noise).walking(self.walk)

    @property
    def is_series(self) -> bool:
        return not self.regressors

    @property
    def width(self) -> int:
        return 4 * len(self.weights)

    def _path(self, rng: np.random.Generator, runs: int, samples: int) -> Array:
        L = len(self.weights)
        Q = self.moments(L).walk
        assert Q is not None
        eig, V = np.linalg.eigh(Q)
        root = V * np.sqrt(np.maximum(eig, 0.0))
        z = White(is_complex=self.input.is_complex).draw(rng, runs, samples * L)
        steps = z.reshape(runs, samples, L) @ root.T
        steps[:, 0] = 0.0
        path: Array = self.weights + np.cumsum(steps, axis=1)
        return path


@dataclass(frozen=True)
class Prediction(Scenario):
    """d = s_n from s_(n-ahead), s_(n-ahead-1), ..."""

    process: Process
    ahead: int = 1

    def __post_init__(self) -> None:
        _check_ahead(self.ahead, "ahead")

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        s = self.process.draw(rng, runs, samples + self.ahead)
        return Draw(s[:, :samples].copy(), s[:, self.ahead :].copy())

    def moments(self, length: int) -> SignalMoments:
        r = self.process.lags(length + self.ahead)
        p = r[self.ahead :].conj()
        return SignalMoments.of(hermitian_toeplitz(r[:length]), p, float(r[0].real))


@dataclass(frozen=True)
class LineEnhancement(Scenario):
    """Sinusoids in white noise, predicted from ``delay`` ago. Widrow et al. (1975)."""

    lines: Sinusoids
    delay: int = 1

    def __post_init__(self) -> None:
        _check_ahead(self.delay, "delay")
        if not self.lines.noise > 0.0:
            raise ValueError(
                f"noise of the lines must be positive, got {self.lines.noise:g}; "
                "without it their covariance is singular"
            )

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        return Prediction(self.lines, self.delay).draw(rng, runs, samples)

    def moments(self, length: int) -> SignalMoments:
        return Prediction(self.lines, self.delay).moments(length)


@dataclass(frozen=True)
class Equalisation(Scenario):
    """Recover the symbols a_(n-delay) = +-1 from x = channel * a + noise.

    Complex channels carry QPSK of unit power.
    """

    channel: tuple[complex, ...]  # its response at delays 0, 1, ...
    delay: int
    noise: float = 1e-3

    def __post_init__(self) -> None:
        if self.delay < 0:
            raise ValueError(f"delay must be at least 0, got {self.delay}")
        check_positive(self.noise, "noise")

    @classmethod
    def haykin(cls, W: float, noise: float = 1e-3) -> Equalisation:
        """The channel (1 + cos(2 pi (k - 2) / W)) / 2, k = 1, 2, 3, and a delay of 7.

        For 11 weights. Haykin (2002), section 5.7; W = 2.9, 3.1, 3.3, 3.5.
        """
        h = tuple(0.5 * (1.0 + cos(2.0 * pi * (k - 2) / W)) for k in (1, 2, 3))
        return cls((0.0, *h), 7, noise)

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        h = np.asarray(self.channel)
        before = max(len(h) - 1, self.delay)
        symbols = White(1.0, "binary", self._is_complex)
        a = symbols.draw(rng, runs, before + samples)
        received = convolve_rows(a, h)[:, before:]
        noise = White(self.noise, is_complex=self._is_complex)
        d = a[:, before - self.delay : before - self.delay + samples].copy()
        return Draw(received + noise.draw(rng, runs, samples), d)

    def moments(self, length: int) -> SignalMoments:
        r = MovingAverage(self.channel, self._is_complex).lags(length)
        r[0] += self.noise
        p = np.zeros(length, r.dtype)  # E x_(n-k) a_(n-delay)* = h_(delay-k)
        for k in range(max(0, self.delay - len(self.channel) + 1), length):
            if k <= self.delay:
                p[k] = self.channel[self.delay - k]
        return SignalMoments.of(hermitian_toeplitz(r), p, 1.0)

    @property
    def _is_complex(self) -> bool:
        return np.iscomplexobj(np.asarray(self.channel))


@dataclass(frozen=True, eq=False)
class NoiseCancelling(Scenario):
    """d = signal + path^H reference: subtract what the reference explains.

    The error of the filter is the cleaned signal. x is the reference, with white noise
    of power ``sensor`` of its own. Theory takes the signal for white noise: where it is
    coloured like the reference, the excess is larger. Widrow et al. (1975).
    """

    path: Array
    signal: Process
    reference: Process = field(default_factory=White)
    sensor: float = 0.0

    def __post_init__(self) -> None:
        _set_weights(self, self.path, self.reference, "path")
        check_positive(self.sensor, "sensor")

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        s = self.signal.draw(rng, runs, samples)
        x = self.reference.draw(rng, runs, samples)
        d = convolve_rows(x, self.path.conj()) + s
        if not self.sensor:
            return Draw(x, d, self.path, s)
        own = White(self.sensor, is_complex=self.reference.is_complex)
        return Draw(x + own.draw(rng, runs, samples), d, self.path)

    def moments(self, length: int) -> SignalMoments:
        return _system(
            self.path, self.reference, length, self.signal.power, self.sensor
        )


@dataclass(frozen=True, eq=False)
class Echo(Scenario):
    """d = echo of the far end through a room, and noise of the near end.

    x is the far end, by default coloured.
    """

    room: Array  # the response of the room
    noise: float = 1e-4
    far: Process = _COLOURED

    def __post_init__(self) -> None:
        _set_weights(self, self.room, self.far, "room")
        check_positive(self.noise, "noise")

    @classmethod
    def exponential(
        cls, taps: int, decay: float, rng: np.random.Generator, noise: float = 1e-4
    ) -> Echo:
        """Gaussian taps that fall by 60 dB in ``decay`` samples, of norm 1 in all."""
        if taps < 1 or not decay > 0.0:
            raise ValueError(
                f"taps must be at least 1 and decay positive, got {taps} and {decay:g}"
            )
        room = rng.standard_normal(taps) * 10.0 ** (-3.0 * np.arange(taps) / decay)
        return cls(room / np.linalg.norm(room), noise)

    def draw(self, rng: np.random.Generator, runs: int, samples: int) -> Draw:
        return SystemIdentification(self.room, self.noise, self.far).draw(
            rng, runs, samples
        )

    def moments(self, length: int) -> SignalMoments:
        return _system(self.room, self.far, length, self.noise)


def _system(
    w: Array, process: Process, length: int, noise: float, sensor: float = 0.0
) -> SignalMoments:
    """The moments of d = w^H u + v for filters shorter or longer than w."""
    taps = max(length, len(w))
    R = process.covariance(taps)
    p = R @ padded(w, taps)
    if length >= len(w) and not sensor:
        return SignalMoments(R, padded(w, length), noise)
    power = float(np.vdot(padded(w, taps), p).real) + noise
    own = sensor * np.eye(length)
    return SignalMoments.of(R[:length, :length] + own, p[:length], power)


def _delay_line(x: Array, length: int) -> Array:
    """u_n of a series, zero before its start: a view (runs, samples, length)."""
    before = np.concatenate([np.zeros((len(x), length - 1), x.dtype), x], axis=1)
    return np.lib.stride_tricks.sliding_window_view(before, length, axis=1)[..., ::-1]


def _set_weights(
    scenario: Scenario, value: ArrayLike, process: Process, name: str = "weights"
) -> None:
    """Check the response of the unknown system, and give it the dtype of the input."""
    w = as_array(value, name, ndim=1)
    if not len(w):
        raise ValueError(f"{name} must hold at least one tap")
    if np.iscomplexobj(w) and not process.is_complex:
        raise ValueError(
            f"{name} are complex but the input is real; give the input process "
            "is_complex=True"
        )
    w = w.astype(complex) if process.is_complex else w
    object.__setattr__(scenario, name, w)


def _as_process(noise: float | Process, is_complex: bool) -> Process:
    if isinstance(noise, Process):
        return noise
    return White(noise, is_complex=is_complex)


def _check_ahead(value: int, name: str) -> None:
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
