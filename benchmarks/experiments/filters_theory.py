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
    """From the best weights on, for three times as long as the slowest mode takes."""
    print("\nSystem identification, 8 taps, excess over theory (+- error):")
    for input in (filters.White(), COLOURED):
        name = "white" if input == filters.White() else "AR(0.8)"
        for regressors in (True, False):
            kind = "independent" if regressors else "delay line"
            system = filters.SystemIdentification(np.zeros(8), 0.01, input, regressors)
            m = system.moments(8)
            slowest = m.trace / m.eigenvalues[0]
            for reach in (0.02, 0.1, 0.3):
                f = filters.LMS(8, reach / m.trace)
                print(f"  LMS  {name:<8} {kind:<12} mu tr R = {reach:<5}", end="")
                print(steady(f, system, int(3 * slowest / reach)))
            for step in (0.2, 0.5, 1.0):
                print(f"  NLMS {name:<8} {kind:<12} mu      = {step:<5}", end="")
                print(steady(filters.NLMS(8, step), system, int(3 * slowest / step)))


def steady(f: filters.AdaptiveFilter, s: filters.Scenario, samples: int) -> str:
    e = filters.ensemble(f, s, max(50, 10_000_000 // samples // 8), samples=samples)
    found = e.excess.steady(0.6)
    end = e.expected.excess[-int(0.6 * samples) :].mean()
    line = f"{found.mean / end:.3f} +- {found.standard_error / end:.3f}"
    line += f"  median run {found.median / end:.3f}"
    if isinstance(f, filters.LMS):
        line += f"  over Sayed's {found.mean / e.theory.energy_excess:.3f}"
    return line


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
