"""An ensemble of 200 runs against padasip run by run.

    pip install padasip
    OPENBLAS_NUM_THREADS=1 python benchmarks/filter_ensembles.py

Ours draws the signals, filters, and takes mean and standard error; padasip gets the
signals, builds its regressors and filters, one run after the other, timed on five of
them. "filter alone" leaves drawing and statistics out of ours too.
"""

import numpy as np
import padasip
from timing import minima

from matopt import filters

RUNS, SAMPLES = 200, 5000


def padasip_runs(x: np.ndarray, d: np.ndarray, length: int, step: float) -> np.ndarray:
    errors = np.zeros(d.shape[1])
    for series, desired in zip(x, d, strict=True):
        past = np.concatenate([np.zeros(length - 1), series])
        u = padasip.input_from_history(past, length)[:, ::-1]
        f = padasip.filters.FilterLMS(n=length, mu=step, w="zeros")
        errors += f.run(desired, u)[1] ** 2
    return errors / len(d)


def compare(length: int, threads: int) -> str:
    weights = np.random.default_rng(0).standard_normal(length)
    system = filters.SystemIdentification(weights, 0.01)
    lms = filters.LMS(length, 0.1 / length)
    draw = system.draw(np.random.default_rng(1), RUNS, SAMPLES)
    few = draw.x[:5], draw.d[:5]

    ours = lms.run(*few).error
    theirs = padasip_runs(*few, length, lms.step)
    assert np.allclose(np.mean(ours**2, axis=0), theirs, rtol=1e-8, atol=1e-12)

    def whole() -> object:
        e = filters.ensemble(lms, system, RUNS, samples=SAMPLES, threads=threads)
        return e.excess.mean, e.excess.standard_error

    everything, alone, peer = minima(
        whole,
        lambda: lms.run(draw.x, draw.d, threads=threads),
        lambda: padasip_runs(*few, length, lms.step),
        seconds=8.0,
    )
    per_run = peer / 5 * RUNS
    rate = RUNS * SAMPLES / everything / 1e6
    return (
        f"| {length} | {threads} | {per_run / everything:.0f} | {per_run / alone:.0f} "
        f"| {rate:.1f} |"
    )


if __name__ == "__main__":
    print("| L | threads | whole ensemble | filter alone | million run-samples / s |")
    print("|---|---|---|---|---|")
    for threads in (1, 2):
        for length in (8, 32, 128):
            print(compare(length, threads), flush=True)
