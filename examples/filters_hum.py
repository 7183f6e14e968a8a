"""Take the hum of the mains out of an electrocardiogram, without a notch of its own.

The heart is recorded: 30 s of record 208 of the MIT-BIH arrhythmia database, which has
a little hum already; the hum that is added drifts in amplitude. The reference is the
mains themselves, sine and cosine, so that a filter of two taps finds amplitude and
phase, and follows them when they change.
"""

from pathlib import Path

import numpy as np
from scipy.signal import lfilter, periodogram

from matopt import filters

RATE, MAINS = 360, 60.0
problems = Path(__file__).parent.parent / "problems"
heart = np.load(problems / "ecg.npz")["microvolts"] / 1000  # millivolts
t = np.arange(len(heart)) / RATE
drift = 1.0 + 0.3 * np.sin(2 * np.pi * 0.05 * t)  # of the amplitude
hum = 0.4 * drift * np.cos(2 * np.pi * MAINS * t + 0.7)
recorded = heart + hum

angle = 2 * np.pi * MAINS * t
reference = np.stack([np.cos(angle), np.sin(angle)], axis=1)
run = filters.LMS(2, step=0.02).run(reference, recorded)


def line(signal: np.ndarray) -> float:
    """The mains against what is 2 to 6 Hz beside them, in dB."""
    f, power = periodogram(signal[5 * RATE :], RATE, window="hann")
    off = np.abs(f - MAINS)
    return 10 * np.log10(power[off < 1].mean() / power[(off > 2) & (off < 6)].mean())


for name, signal in (
    ("recorded", heart),
    ("with hum added", recorded),
    ("filtered", run.error),
):
    print(f"{name:<16}line of the mains {line(signal):6.1f} dB above what is beside it")
assert line(run.error) < line(heart) < line(recorded) - 20.0
beats = np.std((run.error - heart)[5 * RATE :])
print(f"hum of {np.std(hum):.3f} mV rms added; the heart is changed by {beats:.3f} mV")
assert beats < 0.06 * np.std(hum)

# Widrow's identity: this canceller is exactly a notch of the width of the step.
c = 2 * np.cos(2 * np.pi * MAINS / RATE)
b, a = [1.0, -c, 1.0], [1.0, -(2 - 0.02) * c / 2, 1.0 - 0.02]
notch = lfilter(b, a, recorded)
print(f"apart from that notch by {np.max(np.abs(run.error - notch)):.1e} mV")
assert np.allclose(run.error, notch, atol=1e-9)
