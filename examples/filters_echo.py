"""Cancel the echo of a room: NLMS, and frequency-domain filters many times as fast.

The far end is speech-like and generated: noise through resonances, in syllables. The
room is its decaying echoes, here for a quarter of a second.
"""

import time

import numpy as np
from scipy.signal import lfilter

from matopt import filters

RATE, LENGTH = 8000, 2048
rng = np.random.default_rng(0)

time_axis = np.arange(12 * RATE) / RATE
voiced = lfilter([1.0], [1.0, -1.6, 0.8], rng.standard_normal(len(time_axis)))
syllables = np.clip(np.sin(2 * np.pi * 2.3 * time_axis) + 0.6, 0.02, None)
far = voiced * syllables / np.std(voiced)
room = rng.standard_normal(LENGTH) * np.exp(-np.arange(LENGTH) / (0.04 * RATE))
room /= np.linalg.norm(room)
echo = np.convolve(far, room)[: len(far)]
microphone = echo + 1e-3 * np.std(echo) * rng.standard_normal(len(far))

print(f"{'filter':<60}{'ERLE, dB':>10}{'x real time':>13}")
for f in (
    filters.NLMS(LENGTH),
    filters.FrequencyDomainLMS(LENGTH),
    filters.PartitionedFrequencyDomainLMS(LENGTH, block=256),
    filters.PartitionedFrequencyDomainLMS(LENGTH, block=256, constraint="alternating"),
):
    f.run(far[:RATE], microphone[:RATE])  # compiles
    began = time.perf_counter()
    run = f.run(far, microphone)
    speed = len(far) / RATE / (time.perf_counter() - began)
    late = slice(-3 * RATE, None)
    erle = 10 * np.log10(np.mean(microphone[late] ** 2) / np.mean(run.error[late] ** 2))
    assert run.success and erle > 15.0
    print(f"{repr(f)[:58]:<60}{erle:>10.1f}{speed:>13.0f}")
