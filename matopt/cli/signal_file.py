"""Signals from and to sound files, .csv, .npy and .npz files.

Plain .wav files are scipy's, everything else that sounds is that of soundfile.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, NamedTuple
from zipfile import BadZipFile

import numpy as np

from matopt.filters import FilterRun
from matopt.linalg import Array

SOUND = (".flac", ".ogg", ".aiff", ".aif", ".au", ".mp3")  # by soundfile
READ = (".wav", ".csv", ".npy", ".npz", *SOUND)
WRITTEN = (".wav", ".csv", ".npz", ".flac", ".ogg")


class Signal(NamedTuple):
    """Samples (time,) or (channels, time), and samples a second where known."""

    samples: Array
    rate: int | None


def read(name: str) -> Signal:
    """Read FILE, or FILE.npz:KEY; integers of a sound are scaled to [-1, 1]."""
    head, _, key = name.rpartition(":") if ".npz:" in name else (name, "", "")
    path = Path(head)
    check_suffix(path, READ)
    if path.suffix == ".wav":
        return _wav(path)
    if path.suffix in SOUND:
        return _sound(path)
    if path.suffix == ".csv":
        samples = np.asarray(_table(path))
    else:
        samples = _array(path, key)
    if samples.ndim == 2:  # in files, time goes down
        samples = samples.T if samples.shape[1] > 1 else samples[:, 0]
    if samples.ndim != 1 and samples.ndim != 2:
        raise ValueError(
            f"{path.name}: must hold (time,) or (time, channels), got shape "
            f"{samples.shape}"
        )
    return Signal(samples, None)


def write(path: Path, run: FilterRun, rate: int | None) -> None:
    """Write the error, which is what is left of the desired signal.

    A .csv has the output beside it, an .npz the weights too.
    """
    error = run.error
    if path.suffix == ".npz":
        np.savez(path, error=error, output=run.output, weights=run.weights)
    elif np.iscomplexobj(error):
        raise ValueError(f"{path.name}: complex signals go to an .npz file")
    elif path.suffix == ".csv":
        columns = np.stack([error, run.output], axis=1)
        np.savetxt(path, columns, delimiter=",", header="error,output", comments="")
    elif path.suffix == ".wav":
        from scipy.io import wavfile

        wavfile.write(path, rate or 44100, error.astype(np.float32))
    else:
        _write_sound(path, error, rate or 44100)


def check_suffix(path: Path, known: tuple[str, ...]) -> None:
    """Raise unless the file is of a known kind."""
    if path.suffix not in known:
        raise ValueError(
            f"{path.name}: must end in {' or '.join(known)}, got {path.suffix!r}"
        )


def check_output(path: Path) -> None:
    """Raise unless ``write`` can write such a file."""
    check_suffix(path, WRITTEN)
    if not path.absolute().parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent}; make it first")
    if path.suffix in SOUND:
        _soundfile(path)


def _wav(path: Path) -> Signal:
    from scipy.io import wavfile

    try:
        rate, samples = wavfile.read(path)
    except ValueError as error:  # a compressed one, or none
        if "Unknown wave file format" not in str(error):
            raise ValueError(f"{path.name}: {error}") from error
        return _sound(path)
    if samples.dtype == np.uint8:
        samples = samples.astype(float) / 128.0 - 1.0
    elif samples.dtype.kind == "i":
        samples = samples / -float(np.iinfo(samples.dtype).min)
    return Signal(np.ascontiguousarray(samples.T), int(rate))


def _sound(path: Path) -> Signal:
    soundfile = _soundfile(path)
    try:
        with open(path, "rb") as file:
            samples, rate = soundfile.read(file)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"{path.name}: {error.error_string}") from error
    return Signal(np.ascontiguousarray(samples.T), int(rate))


def _write_sound(path: Path, error: Array, rate: int) -> None:
    """In 24 bits where the format has integers."""
    soundfile = _soundfile(path)
    peak = float(np.max(np.abs(error), initial=0.0))
    if not peak <= 1.0:
        raise ValueError(
            f"{path.name}: {path.suffix} holds samples within [-1, 1], got {peak:.3g}; "
            "write a .wav, which holds any number"
        )
    kind = {"subtype": "PCM_24"} if path.suffix == ".flac" else {}
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


def _load(file: BinaryIO, path: Path) -> Any:
    try:
        return np.load(file, allow_pickle=False)
    except (ValueError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"{path.name}: is no {path.suffix} file of numbers; write it with "
            "numpy.save or numpy.savez"
        ) from error


def _array(path: Path, key: str) -> Array:
    with open(path, "rb") as file:
        held = _load(file, path)
        if isinstance(held, np.ndarray):
            return held
        names = list(held)
        if not key and len(names) == 1:
            key = names[0]
        if key not in names:
            raise ValueError(
                f"{path.name}: holds {', '.join(names)}; write {path.name}:NAME"
            )
        return np.asarray(held[key])
