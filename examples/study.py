"""A small study: which solver needs the fewest evaluations, from three starts?"""

import matopt as mo
from matopt.studies import ProblemChoice, Study

study = Study(
    "small",
    problems=["toeplitz-nile", ProblemChoice(["toeplitz-ar"], {"n": [4, 8]})],
    solvers=["default", "LBFGS", mo.LBFGS(memory=20), "SciPy:BFGS"],
    seeds=3,
    stop=mo.Stop(gradient_norm=1e-8, max_iterations=500),
)
study.run("small.sqlite", workers=1)  # run this script again: nothing is left to do

solved = study.frame("small.sqlite").query("status == 'CONVERGED'")
by = ["problem", "parameters.n", "solver", "parameters.solver.memory"]
print(solved.groupby(by, dropna=False)["evaluations"].median().to_string())
