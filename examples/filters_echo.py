"""Cancel the echo of a room: NLMS, in bands, and in the frequency domain.

The far end is recorded speech (CMU Arctic), said four times; the room is computed from
its mirror images (Allen & Berkley, 1979).
"""

import itertools
import time
from pathlib import Path

import numpy as np
from scipy.signal import decimate, fftconvolve

from matopt import filters

RATE, LENGTH = 8000, 2048


def room(size, source, microphone, reflection, rate=RATE, length=LENGTH):
    """The response between two points of a box whose walls reflect a share."""
    size, source, microphone = map(np.array, (size, source, microphone))
    response = np.zeros(length)
    reach = np.ceil(340.0 * length / rate / (2 * size)).astype(int)
    orders = [np.arange(-n, n + 1) for n in reach]
    n = np.stack(np.meshgrid(*orders, indexing="ij"), axis=-1).reshape(-1, 3)
    for mirrored in itertools.product((0, 1), repeat=3):
        p = np.array(mirrored)
        image = (1 - 2 * p) * source + 2 * n * size
        distance = np.linalg.norm(image - microphone, axis=1)
        walls = np.abs(n - p).sum(axis=1) + np.abs(n).sum(axis=1)
        at = np.round(distance / 340.0 * rate).astype(int)
        heard = at < length
        gain = reflection ** walls[heard] / (4 * np.pi * distance[heard])
        np.add.at(response, at[heard], gain)
    return response


problems = Path(__file__).parent.parent / "problems"
speech = decimate(np.load(problems / "speech.npz")["samples"] / 2**15, 2)  # to 8 kHz
far = np.tile(speech, 4)
response = room((4.0, 3.0, 2.5), (1.0, 1.2, 1.1), (2.8, 1.9, 1.3), reflection=0.8)
echo = fftconvolve(far, response)[: len(far)]
noise = np.random.default_rng(0).standard_normal(len(far))
microphone = echo + 1e-3 * np.std(echo) * noise

print(f"{'filter':<60}{'ERLE, dB':>10}{'x real time':>13}")
for f in (
    filters.NLMS(LENGTH),
    filters.SubbandLMS(LENGTH, bands=16),
    filters.FrequencyDomainLMS(LENGTH),
    filters.PartitionedFrequencyDomainLMS(LENGTH, block=256),
    filters.PartitionedFrequencyDomainLMS(LENGTH, block=256, constraint="alternating"),
):
    f.run(far[:RATE], microphone[:RATE])  # compiles
    began = time.perf_counter()
    run = f.run(far, microphone)
    speed = len(far) / RATE / (time.perf_counter() - began)
    late = slice(-len(speech), None)  # the last time it is said
    erle = 10 * np.log10(np.mean(microphone[late] ** 2) / np.mean(run.error[late] ** 2))
    assert run.success and erle > 20.0
    print(f"{repr(f)[:58]:<60}{erle:>10.1f}{speed:>13.0f}")
