"""How close the solvers come: gradient norm 1e-12, and condition number 1e8.

    python benchmarks/accuracy.py

The affine-invariant distance of the result to the optimum S is computed in 50 digits.
"""

import mpmath
import numpy as np

import matopt as mo


def covariance(n: int, condition: float, rng: np.random.Generator) -> np.ndarray:
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    S = (Q * np.geomspace(1.0, condition, n)) @ Q.T
    return 0.5 * (S + S.T)


def distance(X: np.ndarray, S: np.ndarray) -> float:
    """|L^-1 (X - S) L^-T| with S = L L^T: |log(S^-1/2 X S^-1/2)| to first order."""
    with mpmath.workdps(50):
        inverse = mpmath.cholesky(mpmath.matrix(S.tolist())) ** -1
        difference = mpmath.matrix(X.tolist()) - mpmath.matrix(S.tolist())
        return float(mpmath.mnorm(inverse * difference * inverse.T, "f"))


def main() -> None:
    rng = np.random.default_rng(0)
    G = rng.standard_normal((100, 100))
    rayleigh = mo.RayleighQuotient((G + G.T) / 2).on(mo.Sphere(100))
    likelihood = mo.GaussianLikelihood.from_covariance(covariance(50, 1e3, rng)).on(
        mo.PositiveDefinite(50)
    )
    print(
        f"{'problem':<34}{'solver':<14}{'it':>5}{'f':>5}{'g':>5}{'Hv':>5}  |gradient|"
    )
    for name, problem in (
        ("Rayleigh quotient, n = 100", rayleigh),
        ("likelihood, n = 50, cond 1e3", likelihood),
    ):
        for solver in (mo.LBFGS(), mo.TrustRegion()):
            stop = mo.Stop(gradient_norm=1e-12)
            r = mo.minimize(problem, solver=solver, stop=stop, rng=1)
            counts = f"{r.nit:>5}{r.nfev:>5}{r.njev:>5}{r.nhev:>5}"
            print(
                f"{name:<34}{r.solver.split('(')[0]:<14}{counts}  "
                f"{r.gradient_norm:.1e} {r.status}"
            )
    S = covariance(50, 1e8, rng)
    f = mo.GaussianLikelihood.from_covariance(S)
    for solver in (mo.LBFGS(), mo.TrustRegion()):
        stop = mo.Stop(gradient_norm=1e-10)
        start = np.eye(50)
        r = mo.minimize(f.on(mo.PositiveDefinite(50)), start, solver=solver, stop=stop)
        print(
            f"{'likelihood, n = 50, cond 1e8':<34}{r.solver.split('(')[0]:<14}"
            f"{r.nit:>5}{r.nfev:>5}{r.njev:>5}{r.nhev:>5}  {r.gradient_norm:.1e} "
            f"{r.status}, distance to the optimum {distance(r.matrix, S):.1e}"
        )


if __name__ == "__main__":
    main()
