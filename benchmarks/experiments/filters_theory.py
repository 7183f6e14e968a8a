"""Theory beside experiment: the tables of the adaptive filter literature.

    OPENBLAS_NUM_THREADS=1 python benchmarks/experiments/filters_theory.py

Every line is the ratio of what was measured to what theory says, or the figures that
Haykin prints.
"""

from dataclasses import replace

import numpy as np

from matopt import filters

RNG = np.random.default_rng(0)
COLOURED = filters.Autoregression((-0.8,))


def identification() -> None:
    print("\nSystem identification, 8 taps, steady excess over theory (+- error):")
    path = RNG.standard_normal(8)
    for input in (filters.White(), COLOURED):
        for regressors in (True, False):
            system = filters.SystemIdentification(path, 0.01, input, regressors)
            for reach in (0.02, 0.1, 0.3):
                e = filters.ensemble(
                    filters.LMS(8, reach / 8), system, 1500, samples=int(120 / reach)
                )
                steady = e.excess.steady(0.3)
                end = e.expected.excess[-int(0.3 * e.samples) :].mean()
                kind = "independent" if regressors else "delay line"
                print(
                    f"  LMS {type(input).__name__:<16}{kind:<13}mu tr R = {reach:<6}"
                    f"{steady.mean / end:.3f} +- {steady.standard_error / end:.3f}"
                    f"   median run {steady.median / end:.3f}"
                    f"   over Sayed's {steady.mean / e.theory.energy_excess:.3f}"
                )
            for step in (0.2, 0.5, 1.0):
                e = filters.ensemble(filters.NLMS(8, step), system, 500, samples=3000)
                steady = e.excess.steady(0.3)
                print(
                    f"  NLMS {type(input).__name__:<15}{kind:<13}mu = {step:<11}"
                    f"{steady.mean / e.theory.excess:.3f}"
                )


def bounds() -> None:
    print("\nAR(0.8) through a delay line of 10, mu tr R = 0.3, 150 runs:")
    system = filters.SystemIdentification(RNG.standard_normal(10), 0.01, COLOURED)
    e = filters.ensemble(filters.LMS(10, 0.03), system, 150, samples=4000)
    print(e)
    x = system.draw(RNG, 150, 4000).x
    print(filters.step_bounds(x, 10))


def prediction() -> None:
    print("\nAR(2) predictor, a2 = 0.95: eigenvalues, spread, Jmin, Wiener taps")
    for a1 in (-0.195, -0.975, -1.5955, -1.9114):
        m = filters.Prediction(filters.Autoregression((a1, 0.95))).moments(2)
        print(
            f"  a1 = {a1:<8} {m.eigenvalues[::-1].round(4)}  {m.spread:8.3f}  "
            f"{m.minimum_error:.6f}  {m.weights.round(6)}"
        )


def equaliser() -> None:
    print("\nEqualiser, 11 taps, delay 7: spread, Jmin; LMS mu = 0.075, n = 480..520")
    print("     W   spread      Jmin        mean +- error       median     theory")
    for W in (2.9, 3.1, 3.3, 3.5):
        scenario = filters.Equalisation.haykin(W)
        m = scenario.moments(11)
        e = filters.ensemble(filters.LMS(11, 0.075), scenario, 2000, samples=520)
        steady = e.error.steady(40 / 520)
        print(
            f"   {W}  {m.spread:8.4f}  {m.minimum_error:.5e}  {steady.mean:.3e} +- "
            f"{steady.standard_error:.1e}  {steady.median:.3e}  {e.theory.error:.3e}"
        )
    for step in (0.075, 0.025, 0.0075):
        scenario = filters.Equalisation.haykin(3.1)
        e = filters.ensemble(filters.LMS(11, step), scenario, 2000, samples=1500)
        smooth = np.convolve(e.error.mean, np.full(10, 0.1), "valid")
        first = int(np.argmax(smooth < 0.1))
        at_500 = e.error.mean[490:510].mean()
        print(f"   W = 3.1, mu = {step}: J(500) {at_500:.3e}, below 0.1 at {first}")


def tracking() -> None:
    print("\nRandom walk, 6 taps: measured over theory at the best step; LMS over RLS")
    path, input = RNG.standard_normal(6), filters.Autoregression((-0.7,))
    R = input.covariance(6)
    inverse = np.linalg.inv(R)
    for name, Q in (
        ("q I", np.eye(6)),
        ("~ R", R),
        ("~ R^-1", inverse * 6 / np.trace(inverse)),
    ):
        scenario = filters.Tracking(path, 1e-6 * Q, 0.01, input, regressors=True)
        step = filters.optimal_step(scenario.moments(6))
        near = replace(scenario, weights=np.zeros(6))
        e = filters.ensemble(filters.LMS(6, step), near, 300, samples=3000)
        ratio = e.excess.steady(0.5).mean / e.expected.excess[1500:].mean()
        print(
            f"   Q = {name:<7} best mu {step:.4f}  measured / theory {ratio:.3f}  "
            f"LMS / RLS {filters.tracking_ratio(scenario.moments(6)):.3f}"
        )


if __name__ == "__main__":
    identification()
    bounds()
    prediction()
    equaliser()
    tracking()
