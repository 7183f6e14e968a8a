"""Frequency-domain adaptive filters, in one part and in partitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from matopt.filters.filter import check_flag
from matopt.filters.overlap_save import OverlapSave

Constraint = Literal["all", "alternating", "none"]


@dataclass(frozen=True)
class FrequencyDomainLMS(OverlapSave):
    """Block LMS by FFT, each bin with a step of its own (FDAF).

    ``block`` samples go into a step, by default as many as there are taps. Normalized,
    the step is relative to the power of x in a bin, as large as that of NLMS where x is
    white, and stable below 2 length / (length + block), and 2; otherwise it is that of
    ``BlockLMS``, whose numbers these are. The power is what a window of as many samples
    as there are taps sees of the spectrum, with (2 / length)^2 of the largest added for
    what leaks, as constrained taps can move no bin by itself. Pure tones that are no
    further apart than 2 pi / length may still grow slowly: take NLMS for them.
    Unconstrained, the taps of the frame are all free: faster, but they see the whole
    block, so that chunks must be multiples of it, and ``weights`` are not all of them.
    ``smoothing`` is the share of the power that is kept from block to block,
    ``regularization`` relative to the largest power of a bin so far. Ferrara (1980);
    Shynk (1992).

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = np.random.default_rng(0).standard_normal(4000)
    >>> d = np.convolve(x, [1.0, -0.5, 0.25])[:4000]
    >>> filters.FrequencyDomainLMS(64, step=0.5).run(x, d).weights[:4].round(2) + 0.0
    array([ 1.  , -0.5 ,  0.25,  0.  ])
    """

    length: int
    step: float = 0.5
    block: int = 0  # as many as there are taps
    normalized: bool = True
    constrained: bool = True
    smoothing: float = 0.9
    regularization: float = 1e-6

    def __post_init__(self) -> None:
        object.__setattr__(self, "block", self.block or self.length)
        check_flag(self.constrained, "constrained")
        self.check_settings()

    @property
    def partition(self) -> int:
        return self.length

    @property
    def constrains(self) -> int:
        return int(self.constrained)


@dataclass(frozen=True)
class PartitionedFrequencyDomainLMS(OverlapSave):
    """Block LMS by FFT with taps in partitions of ``block`` (PBFDAF, MDF).

    So the block is shorter than the filter, and so is the delay of the output.
    ``constraint`` says what is constrained after a block: "all" partitions, one in turn
    ("alternating", two transforms a block instead of two a partition), or "none". The
    other settings are those of ``FrequencyDomainLMS``. Soo & Pang (1990).
    """

    length: int
    step: float = 0.5
    block: int = 256
    constraint: Constraint = "all"
    normalized: bool = True
    smoothing: float = 0.9
    regularization: float = 1e-6

    def __post_init__(self) -> None:
        if self.constraint not in get_args(Constraint):
            raise ValueError(
                f"constraint must be one of {', '.join(get_args(Constraint))}, "
                f"got {self.constraint!r}"
            )
        self.check_settings()

    @property
    def partition(self) -> int:
        return self.block

    @property
    def constrains(self) -> int:
        return {"none": 0, "all": 1, "alternating": 2}[self.constraint]
