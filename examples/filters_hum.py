"""Take the hum of the mains out of an electrocardiogram, without a notch of its own.

The heart beats are generated: a sum of bumps for the P, Q, R, S and T waves, at a rate
that varies. The reference is the mains themselves, sine and cosine, so that a filter of
two taps finds amplitude and phase, and follows them when they change.
"""

import numpy as np
from scipy.signal import lfilter

from matopt import filters

RATE, MAINS = 360, 50.0
rng = np.random.default_rng(0)
t = np.arange(60 * RATE) / RATE

beats = np.cumsum(0.8 + 0.05 * rng.standard_normal(80))
WAVES = [(-0.2, 0.15, 0.03), (-0.03, -0.1, 0.01), (0.0, 1.0, 0.012)]
WAVES += [(0.03, -0.2, 0.012), (0.25, 0.3, 0.05)]
heart = np.zeros_like(t)
for beat in beats:
    for delay, height, width in WAVES:
        heart += height * np.exp(-0.5 * ((t - beat - delay) / width) ** 2)
drift = 1.0 + 0.3 * np.sin(2 * np.pi * 0.02 * t)  # of the amplitude
recorded = heart + 0.4 * drift * np.cos(2 * np.pi * MAINS * t + 0.7)

angle = 2 * np.pi * MAINS * t
reference = np.stack([np.cos(angle), np.sin(angle)], axis=1)
run = filters.LMS(2, step=0.02).run(reference, recorded)

before = np.std(recorded - heart)
after = np.std((run.error - heart)[5 * RATE :])
print(f"hum {before:.3f} before, {after:.3f} after")
assert after < 0.15 * before

# Widrow's identity: this canceller is exactly a notch of the width of the step.
c = 2 * np.cos(2 * np.pi * MAINS / RATE)
b, a = [1.0, -c, 1.0], [1.0, -(2 - 0.02) * c / 2, 1.0 - 0.02]
notch = lfilter(b, a, recorded)
print(f"apart from that notch by {np.max(np.abs(run.error - notch)):.1e}")
assert np.allclose(run.error, notch, atol=1e-9)
