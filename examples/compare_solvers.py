"""The same problem with our solvers and SciPy's: what each of them counted."""

import numpy as np

import matopt as mo

rng = np.random.default_rng(4)
samples = rng.standard_normal((200, 8)) @ np.diag(np.geomspace(1, 10, 8))
problem = mo.GaussianLikelihood(samples).on(mo.Symmetric(8))

solvers = [
    mo.TrustRegion(),
    mo.NewtonCG(),
    mo.LBFGS(),
    mo.ConjugateGradient(),
    mo.SciPy("trust-krylov"),
    mo.SciPy("L-BFGS-B"),
]
print(f"{'solver':<18}{'it':>6}{'f':>6}{'g':>6}{'Hv':>6}  status")
for solver in solvers:
    r = mo.minimize(problem, solver=solver, stop=mo.Stop(max_iterations=5000))
    name = r.solver.split("(")[0]
    print(f"{name:<18}{r.nit:>6}{r.nfev:>6}{r.njev:>6}{r.nhev:>6}  {r.status}")
