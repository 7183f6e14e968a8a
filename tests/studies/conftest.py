import hashlib
import textwrap
from pathlib import Path

import numpy as np
import pytest

from matopt.solvers import Status
from matopt.studies import Outcome, Run

PROBLEM = """
schema = 1

[problem]
name = "tiny"
title = "A tiny covariance"
equations = ["(43)"]
source = "made up"
licence = "CC0-1.0"

[space]
name = "PositiveDefinite"
arguments = { n = 2 }

[[term]]
objective = "GaussianLikelihood"
coefficient = 0.5
arguments = { samples = "Y" }

[[term]]
objective = "GaussianLikelihood"
coefficient = 0.5
arguments = { samples = "Y" }

[data.Y]
file = "tiny.csv"
shape = [4, 2]
sha256 = "DIGEST"

[data.I]
identity = 2

[start]
kind = "data"
matrix = "I"

[solution]
value = 2.0
matrix = "I"
unique = true
certified_by = "S is the identity"

[tolerance]
gap = 1e-8
"""
TABLE = "a,b\n1,1\n1,-1\n-1,1\n-1,-1\n"


class Folder:
    """A folder with one small problem, whose text tests damage."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write(TABLE)

    def write(self, table: str | bytes, name: str = "tiny.csv") -> str:
        content = table if isinstance(table, bytes) else table.encode()
        self.path.joinpath(name).write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def problem(self, *changes: tuple[str, str], digest: str | None = None) -> Path:
        text = textwrap.dedent(PROBLEM).lstrip()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        known = hashlib.sha256(self.path.joinpath("tiny.csv").read_bytes())
        text = text.replace("DIGEST", digest or known.hexdigest())
        file = self.path / "tiny.toml"
        file.write_text(text)
        return file


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


METHODS = (  # name, settings, how many steps it takes, how often it fails
    ("NewtonCG", {}, 8, 0.02),
    ("TrustRegion", {}, 10, 0.0),
    ("LBFGS", {"memory": 20}, 30, 0.05),
    ("ConjugateGradient", {}, 45, 0.1),
    ("SciPy:L-BFGS-B", {}, 33, 0.15),
    ("GradientDescent", {}, 160, 0.3),
)


def synthetic(
    cases: int = 5, methods: int = 6, seeds: int = 3, entries: int = 60, seed: int = 0
) -> list[Outcome]:
    """Made-up outcomes that look like those of a study."""
    rng = np.random.default_rng(seed)
    found = []
    for c in range(cases):
        order, hardness = int(rng.choice([16, 64, 256])), rng.lognormal(0, 0.6)
        start, reference = rng.uniform(5, 50), rng.uniform(-5, 5)
        sizes = {"n": order, "difficulty": ["easy", "medium", "hard"][c % 3]}
        for name, settings, steps, risk in METHODS[:methods]:
            for s in range(seeds):
                run = Run(f"problem-{c // 3}", {**sizes, "c": c}, name, settings, s)
                nit = max(2, int(steps * hardness * rng.lognormal(0, 0.3)))
                fails = rng.uniform() < risk
                level = np.linspace(0, 3 if fails else 15, nit + 1)
                level[1:] += rng.normal(0, 0.2, nit)
                values = reference + (start - reference) * 10.0**-level
                newton = 4 * (name in ("NewtonCG", "TrustRegion"))
                k = np.arange(nit + 1.0)
                trace = {
                    "value": values,
                    "gradient_norm": 10.0 ** (1 - level / 1.6),
                    "seconds": 1e-4 * order * (k + 1) * (1 + newton),
                    "nfev": 1 + np.ceil(k * 1.3),
                    "njev": k + 1,
                    "nhev": newton * k,
                    "nfactor": 1 + np.ceil(k * 1.3),
                }
                keep = np.unique(np.linspace(0, nit, entries).astype(int))
                kind = rng.integers(4) if fails else -1
                if kind == 0:  # no result at all
                    found.append(
                        Outcome(
                            run,
                            "ERROR",
                            "ValueError: the matrix is not finite",
                            "Traceback (most recent call last):\n  ...\nValueError",
                            reference=reference,
                            dimension=order,
                            environment=ENVIRONMENT,
                        )
                    )
                    continue
                last = {k: float(v[-1]) for k, v in trace.items()}
                status = "MAX_ITERATIONS" if fails else "CONVERGED"
                found.append(
                    Outcome(
                        run,
                        status,
                        Status[status].message,
                        value=last["value"],
                        gradient_norm=last["gradient_norm"],
                        reference=reference,
                        dimension=order,
                        nit=nit,
                        nfev=int(last["nfev"]),
                        njev=int(last["njev"]),
                        nhev=int(last["nhev"]),
                        nfactor=int(last["nfactor"]),
                        seconds=last["seconds"],
                        cpu_seconds=last["seconds"],
                        memory=90_000_000,
                        trace={k: v[keep] for k, v in trace.items()}
                        | {"nit": np.arange(nit + 1.0)[keep]},
                        environment=ENVIRONMENT,
                    )
                )
    return found


ENVIRONMENT = {
    "matopt": "0.1.0",
    "numpy": "2.3.1",
    "scipy": "1.16.0",
    "cpu": "a made-up processor",
    "blas_threads": "1",
    "timing": "exclusive",
}


@pytest.fixture(scope="session")
def outcomes():
    return synthetic()


@pytest.fixture(name="synthetic", scope="session")
def synthetic_fixture():
    return synthetic
