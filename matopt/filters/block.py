"""The block least mean squares filter."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.filters.filter import check_count, check_length, check_positive
from matopt.filters.outputs import State
from matopt.filters.precise import Loop, PreciseFilter
from matopt.filters.signals import Layout


@dataclass(frozen=True)
class BlockLMS(PreciseFilter):
    """w += step (sum of u conj(e) over the block), after every ``block`` samples.

    The step is that of LMS, which is block = 1: as long as it is small, both learn as
    fast in samples. It is stable in the mean for step < 2 / (block times the largest
    eigenvalue of E u u^H). ``FrequencyDomainLMS`` computes the same faster where the
    filter is long. Clark, Mitra & Parker (1981).

    >>> import numpy as np
    >>> from matopt import filters
    >>> x = np.random.default_rng(0).standard_normal(4000)
    >>> d = np.convolve(x, [1.0, -0.5, 0.25])[:4000]
    >>> filters.BlockLMS(3, step=0.02, block=10).run(x, d).weights.round(3)
    array([ 1.  , -0.5 ,  0.25])
    """

    length: int
    step: float
    block: int

    def __post_init__(self) -> None:
        check_length(self.length)
        check_positive(self.step, "step")
        check_block(self.block)

    @property
    def advice(self) -> str:
        return lower_block_step(self.step, self.block)

    def matrices(self, size: int) -> dict[str, tuple[int, ...]]:
        return {"gradient": (size,)}

    def loop(self, state: State, layout: Layout) -> Loop:
        from matopt.filters.kernels.blockwise import adapt_after_blocks

        return adapt_after_blocks, (state["gradient"],), (self.block, float(self.step))

    def settle(self, state: State, layout: Layout) -> None:
        """What was gathered of a block that was broken off is dropped."""
        state["gradient"][...] = 0.0


def check_block(block: int) -> None:
    """Raise unless the number of samples of a block is a positive integer."""
    check_count(block, "block", "it is the number of samples between two steps")


def lower_block_step(step: float, block: int) -> str:
    """Return what to do when a block filter diverges whose step is absolute."""
    return (
        f"Lower step = {step:g} below 2 / (block |u|^2) at the largest |u|^2, or "
        f"lower block = {block}."
    )
