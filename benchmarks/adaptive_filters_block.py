"""Frequency-domain adaptive filters against adafilt's FastBlockLMS.

    pip install adafilt
    OPENBLAS_NUM_THREADS=1 python benchmarks/adaptive_filters_block.py [seconds a row]

Thousands of samples a second of ours and the ratio to adafilt's with the same length,
block and constraint, normalized both; from interleaved minima, one thread, real data.
"""

import sys

import numpy as np
from adafilt import FastBlockLMSFilter
from timing import minima

from matopt import filters


def theirs(x: np.ndarray, d: np.ndarray, length: int, block: int, constrained: bool):
    """As its examples run it: filter a block, take the error, adapt."""
    f = FastBlockLMSFilter(
        length, block, stepsize=0.1, power_averaging=0.9, constrained=constrained
    )
    e = np.empty_like(d)
    for k in range(0, len(x) - block + 1, block):
        part = slice(k, k + block)
        e[part] = d[part] - f.filt(x[part])
        f.adapt(x[part], e[part])
    return e


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    rng = np.random.default_rng(0)
    x, d = rng.standard_normal((2, 1 << 17))
    print(f"{'filter':<58}{'ksamples/s':>12}{'adafilt':>9}")
    for L in (1024, 2048, 4096):
        whole, parts = filters.FrequencyDomainLMS, filters.PartitionedFrequencyDomainLMS
        for f in (
            whole(L),
            whole(L, constrained=False),
            whole(L, block=256),
            parts(L, constraint="all"),
            parts(L, constraint="alternating"),
            parts(L, constraint="none"),
        ):
            constrained = getattr(f, "constrained", f.__dict__.get("constraint"))
            like = (L, f.block, constrained not in (False, "none"))
            ours, peer = minima(
                lambda f=f: f.run(x, d),
                lambda like=like: theirs(x, d, *like),
                seconds=seconds,
            )
            name = f"{type(f).__name__}({L}, block={f.block}, {constrained})"
            rate = len(x) / ours / 1e3
            print(f"{name:<58}{rate:>12.0f}{peer / ours:>9.2f}", flush=True)


if __name__ == "__main__":
    main()
