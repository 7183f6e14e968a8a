"""Every named problem in one class of difficulty, solver by solver.

    OPENBLAS_NUM_THREADS=1 python benchmarks/problems.py [easy|medium|hard] [solver ...]

For each solver, by default ours that suit smooth problems: how many problems it takes,
how many of those it solves to the certified optimum, and the geometric mean of
its gradients and Hessian products relative to the fewest of all solvers on a problem
(a run that is not solved counts as ten times the most). Counts, not times: they do not
depend on the machine.
"""

import sys

import numpy as np

from matopt.solvers import Result, Stop
from matopt.studies import Problem, names
from matopt.studies.registry import solver

SOLVERS = ["TrustRegion", "NewtonCG", "LBFGS", "ConjugateGradient"]
LIMIT = Stop(gradient_norm=1e-8, max_iterations=2000, max_seconds=20)


def problems(difficulty: str) -> list[Problem]:
    loaded = (Problem.load(name) for name in names())
    return [
        Problem.load(p.name, difficulty=difficulty)
        for p in loaded
        if difficulty in p.classes
    ]


def run(problem: Problem, name: str) -> Result | None:
    """Return the result, or None where the solver does not take the problem."""
    try:
        return problem.solve(solver(name), stop=LIMIT)
    except (TypeError, ValueError):
        return None


def main() -> None:
    difficulty = sys.argv[1] if len(sys.argv) > 1 else "easy"
    solvers = sys.argv[2:] or SOLVERS
    costs, solved = [], []
    for problem in problems(difficulty):
        results = [run(problem, name) for name in solvers]
        if None in results:
            continue
        good = [problem.solved(r) for r in results]
        work = [r.njev + r.nhev for r in results]
        costs.append(
            [w if g else 10 * max(work) for w, g in zip(work, good, strict=True)]
        )
        solved.append(good)
        failed = [name for name, g in zip(solvers, good, strict=True) if not g]
        print(f"{problem.name:28}{work}", "not solved: " * bool(failed), *failed)
    ratios = np.array(costs) / np.min(costs, axis=1, keepdims=True)
    print(f"\n{len(costs)} problems of the class {difficulty} that all solvers take")
    means = np.exp(np.log(ratios).mean(axis=0))
    counts = np.sum(solved, axis=0)
    for name, count, mean in zip(solvers, counts, means, strict=True):
        print(f"{name:20} solves {count:3}, cost {mean:6.2f} times the least")


if __name__ == "__main__":
    main()
