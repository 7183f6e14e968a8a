"""What memory a process holds, and how much more it may take."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/status")
_SIZES = Path("/proc/self/statm")

_UNITS = {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30}
_MOST = 2.0**62  # bytes, more than any process can have


def peak() -> int:
    """The most memory that this process held since ``forget_peak``, in bytes."""
    try:
        lines = _STATUS.read_text().splitlines()
        held = next(line for line in lines if line.startswith("VmHWM:"))
        return 1024 * int(held.split()[1])
    except (OSError, StopIteration):
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forget_peak() -> None:
    """Measure the peak anew, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def in_bytes(size: int | str) -> int:
    """A number of bytes, from a number or from words.

    >>> in_bytes(1000), in_bytes("2GiB"), in_bytes("1.5 MB")
    (1000, 2147483648, 1500000)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", str(size))
    unit = match and _UNITS.get(match[2].lower())
    bytes_ = float(match[1]) * unit if match and unit else 0.0
    if not 1.0 <= bytes_ < _MOST:
        raise ValueError(
            f"memory_limit must be bytes or words such as '2GiB', got {size!r}"
        )
    return int(bytes_)


@contextmanager
def limited(more: int | None) -> Iterator[None]:
    """Let the process have so many bytes more than now; None for no limit.

    Beyond it an allocation is a MemoryError. Systems that do not tell how much a
    process has do not limit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if more is None or not _SIZES.exists():
        yield
        return
    pages = int(_SIZES.read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + more
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
