"""Clean an electromyogram with a second channel: the recorder's open input.

Both are recorded. The muscle is at rest, then tenses; nine tenths of what is recorded
before is hum of the mains and its harmonics. The open input hears the mains and no
muscle, so a filter that predicts the muscle channel from it predicts only the hum, at
whatever frequency, amplitude and phase it comes.
"""

from pathlib import Path

import numpy as np
from scipy.signal import periodogram

from matopt import filters

RATE, MAINS = 1000, 50.0
problems = Path(__file__).parent.parent / "problems"
muscle, open_input = np.load(problems / "emg.npz")["counts"].astype(float)
muscle -= muscle.mean()
open_input -= open_input.mean()
rest = slice(2 * RATE, 6 * RATE)  # after the filter has learned


def powers(signal: np.ndarray) -> tuple[float, float]:
    """The power of the hum, within 1.5 Hz of its harmonics, and of all else."""
    f, power = periodogram(signal[rest], RATE, window="hann")
    hum = np.abs(f - MAINS * np.maximum(1, np.round(f / MAINS))) < 1.5
    return power[hum].sum(), power[~hum].sum()


print(f"{'filter':<60}{'hum, dB':>9}{'all else, dB':>14}")
for f in (
    filters.LMS(20, step=1e-6),
    filters.NLMS(20, step=0.1),
    filters.SubbandLMS(40, step=0.1, bands=4),
    filters.RLS(20, forgetting=0.998),
):
    run = f.run(open_input, muscle)
    hum, rest_of_it = 10 * np.log10(np.divide(powers(run.error), powers(muscle)))
    print(f"{repr(f)[:58]:<60}{hum:>9.1f}{rest_of_it:>14.1f}")
    assert run.success and hum < -9.0 and abs(rest_of_it) < 0.7
