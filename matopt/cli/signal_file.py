"""Signals from and to .wav, .csv, .npy and .npz files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from matopt.filters import FilterRun
from matopt.linalg import Array

READ = (".wav", ".csv", ".npy", ".npz")
WRITTEN = (".wav", ".csv", ".npz")


class Signal(NamedTuple):
    """Samples (time,) or (channels, time), and samples a second where known."""

    samples: Array
    rate: int | None


def read(name: str) -> Signal:
    """Read FILE, or FILE.npz:KEY; integers of a .wav are scaled to [-1, 1]."""
    head, _, key = name.rpartition(":") if ".npz:" in name else (name, "", "")
    path = Path(head)
    check_suffix(path, READ)
    if path.suffix == ".wav":
        return _wav(path)
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
    else:
        from scipy.io import wavfile

        wavfile.write(path, rate or 44100, error.astype(np.float32))


def check_suffix(path: Path, known: tuple[str, ...]) -> None:
    """Raise unless the file is of a known kind."""
    if path.suffix not in known:
        raise ValueError(
            f"{path.name}: must end in {' or '.join(known)}, got {path.suffix!r}"
        )


def _wav(path: Path) -> Signal:
    from scipy.io import wavfile

    rate, samples = wavfile.read(path)
    if samples.dtype == np.uint8:
        samples = samples.astype(float) / 128.0 - 1.0
    elif samples.dtype.kind == "i":
        samples = samples / -float(np.iinfo(samples.dtype).min)
    return Signal(np.ascontiguousarray(samples.T), int(rate))


def _table(path: Path) -> Array:
    with open(path, encoding="utf-8") as file:
        head = file.readline().split(",")
    try:
        [complex(cell) for cell in head]
        names = 0
    except ValueError:
        names = 1
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=names, ndmin=2)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    return table


def _array(path: Path, key: str) -> Array:
    with open(path, "rb") as file:
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
        return np.asarray(held[key])
