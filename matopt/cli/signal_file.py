"""Signals from and to sound files, .csv, .npy and .npz files.

Plain .wav files are scipy's, everything else that sounds is that of soundfile.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from matopt.cli.output import check_folder
from matopt.errors import DAMAGED, words
from matopt.filters import FilterRun
from matopt.filters.signals import signal
from matopt.linalg import Array

SOUND = (".flac", ".ogg", ".aiff", ".aif", ".au", ".mp3")  # by soundfile
READ = (".wav", ".csv", ".npy", ".npz", *SOUND)
WRITTEN = (".wav", ".csv", ".npz", ".flac", ".ogg")
RATE = 44100  # samples a second of a sound where no file says it


class Signal(NamedTuple):
    """Samples (time,) or (channels, time), and samples a second where known."""

    samples: Array
    rate: int | None


def read(name: str) -> Signal:
    """Read FILE, or FILE.npz:KEY; integers of a sound are scaled to [-1, 1]."""
    head, _, key = name.rpartition(":") if ".npz:" in name.lower() else (name, "", "")
    path = Path(head)
    check_suffix(path, READ)
    samples, rate = _content(path, key)  # in files, time goes down
    try:
        samples = signal(samples, Path(name).name)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if samples.ndim > 2:
        raise ValueError(
            f"{path.name}: must hold (time,) or (time, channels), got shape "
            f"{samples.shape}"
        )
    if samples.ndim == 2 and rate is None and 0 < len(samples) < samples.shape[1]:
        raise ValueError(
            f"{path.name}: must hold a row for each time and a column for each "
            f"channel, got shape {samples.shape}; transpose it"
        )
    if samples.ndim == 2 and samples.shape[1] == 1:
        samples = samples[:, 0]
    return Signal(np.ascontiguousarray(samples.T), rate)


def _content(path: Path, key: str) -> tuple[Array, int | None]:
    """What a file holds, and samples a second where it is a sound."""
    suffix = path.suffix.lower()
    if suffix == ".wav":
        return _wav(path)
    if suffix in SOUND:
        return _sound(path)
    if suffix == ".csv":
        return _table(path), None
    return _array(path, key), None


def write(path: Path, run: FilterRun, rate: int | None) -> None:
    """Write the error, which is what is left of the desired signal.

    A .csv has the output beside it, an .npz the weights too.
    """
    error, suffix = run.error, path.suffix.lower()
    if suffix == ".npz":
        with open(path, "wb") as file:  # for numpy adds .npz to .NPZ
            np.savez(file, error=error, output=run.output, weights=run.weights)
    elif np.iscomplexobj(error):
        raise ValueError(f"{path.name}: complex signals go to an .npz file")
    elif suffix == ".csv":
        columns = np.stack([error, run.output], axis=1)
        np.savetxt(path, columns, delimiter=",", header="error,output", comments="")
    elif suffix == ".wav":
        from scipy.io import wavfile

        wavfile.write(path, rate or RATE, error.astype(np.float32))
    else:
        _write_sound(path, error, rate or RATE)


def check_suffix(path: Path, known: tuple[str, ...]) -> None:
    """Raise unless the file is of a known kind, in small or capital letters."""
    if path.suffix.lower() not in known:
        raise ValueError(
            f"{path.name}: must end in {' or '.join(known)}, got {path.suffix!r}"
        )


def check_output(path: Path) -> None:
    """Raise unless ``write`` can write such a file."""
    check_suffix(path, WRITTEN)
    check_folder(path)
    if path.suffix.lower() in SOUND:
        _soundfile(path)


def is_sound(path: Path) -> bool:
    """Does such a file say how many samples there are a second?"""
    return path.suffix.lower() in (".wav", *SOUND)


def _wav(path: Path) -> tuple[Array, int]:
    from scipy.io import wavfile

    try:
        rate, samples = wavfile.read(path)
    except OSError:
        raise
    except Exception as error:  # of any kind where the file is damaged
        if "Unknown wave file format" not in str(error):
            raise ValueError(f"{path.name}: is no .wav file: {error}") from error
        return _sound(path)  # a compressed one
    if samples.dtype == np.uint8:
        samples = samples.astype(float) / 128.0 - 1.0
    elif samples.dtype.kind == "i":
        samples = samples / -float(np.iinfo(samples.dtype).min)
    return samples, int(rate)


def _sound(path: Path) -> tuple[Array, int]:
    soundfile = _soundfile(path)
    try:
        with open(path, "rb") as file:
            samples, rate = soundfile.read(file)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"{path.name}: {error.error_string}") from error
    return samples, int(rate)


def _write_sound(path: Path, error: Array, rate: int) -> None:
    """In 24 bits where the format has integers."""
    soundfile = _soundfile(path)
    peak = float(np.max(np.abs(error), initial=0.0))
    if not peak <= 1.0:
        raise ValueError(
            f"{path.name}: {path.suffix} holds samples within [-1, 1], got {peak:.3g}; "
            "write a .wav, which holds any number"
        )
    kind = {"subtype": "PCM_24"} if path.suffix.lower() == ".flac" else {}
    soundfile.write(path, error, rate, **kind)


def _soundfile(path: Path) -> ModuleType:
    try:
        import soundfile
    except ImportError as error:
        raise ImportError(
            f"{path.name} needs soundfile: pip install 'matopt[sound]'"
        ) from error
    found: ModuleType = soundfile
    return found


def _table(path: Path) -> Array:
    with open(path, encoding="utf-8") as file:
        head = file.readline().split(",")
    try:
        [complex(cell) for cell in head]
        names = 0
    except ValueError:
        names = 1
    try:
        with warnings.catch_warnings():  # that it is empty, which is told later
            warnings.simplefilter("ignore", UserWarning)
            table = np.loadtxt(path, delimiter=",", skiprows=names, ndmin=2)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    return table


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say in words that a file is damaged."""
    try:
        yield
    except DAMAGED as error:
        raise ValueError(
            f"{path.name}: is no {path.suffix} file of numbers; write it with "
            "numpy.save or numpy.savez"
        ) from error
    except MemoryError as error:
        raise ValueError(f"{path.name}: {words(error)}") from error


def _array(path: Path, key: str) -> Array:
    with open(path, "rb") as file:
        with _reading(path):
            held = np.load(file, allow_pickle=False)
        if isinstance(held, np.ndarray):
            return held
        names = list(held)
        if not key and len(names) == 1:
            key = names[0]
        if key not in names:
            raise ValueError(
                f"{path.name}: holds {', '.join(names)}; write {path.name}:NAME"
            )
        with _reading(path):
            return np.asarray(held[key])
