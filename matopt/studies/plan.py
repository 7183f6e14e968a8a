"""The runs of a study: which they are, how each is named, and where each starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matopt.studies.choice import SolverChoice, combinations
from matopt.studies.outcome import Run
from matopt.studies.plugin import Catalogue
from matopt.studies.toml_file import Key

if TYPE_CHECKING:
    from matopt.studies.study import Study

FORMAT = 1  # of what a run id is made from


@dataclass(frozen=True)
class Planned:
    """A run, its name in the store, and what a slot needs to perform it."""

    run: Run
    id: str
    task: Mapping[str, Any]  # plain JSON


def digest(content: Any) -> str:
    """32 hexadecimal digits of the canonical JSON of anything plain."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def plan(study: Study) -> list[Planned]:
    """Every run once, problem by problem; ValueError lists all names it cannot use."""
    catalogue = Catalogue.of(study.plugins)
    wrong = mistakes(study, catalogue)
    if wrong:
        raise ValueError("\n".join(f"{_words(key)}: {what}" for key, what in wrong))
    found = {
        planned.id: planned
        for name, parameters in _cases(study, catalogue)
        for planned in _runs(study, name, parameters, catalogue.digest(name))
    }
    return list(found.values())


def mistakes(study: Study, catalogue: Catalogue) -> list[tuple[Key, str]]:
    """What the study names and nobody knows, each with its key in a study file."""
    found: list[tuple[Key, str]] = []

    def attempt(key: Key, look: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return look(*arguments)
        except (ValueError, TypeError) as error:
            found.append((key, str(error)))

    for i, problems in enumerate(study.problem_choices):
        for pattern in problems.names:
            key = ("problem", i, "name" if len(problems.names) == 1 else "names")
            for name in attempt(key, catalogue.match, pattern) or ():
                for parameters in combinations(problems.grid):
                    attempt(("problem", i, "grid"), catalogue.check, name, parameters)
    for i, solver in enumerate(study.solver_choices):
        for settings in solver.variants:
            try:
                catalogue.solver(solver.name, settings)
            except (ValueError, TypeError) as error:
                key = _culprit(solver, str(error), catalogue.knows(solver.name))
                found.append((("solver", i, *key), str(error)))
    return list(dict.fromkeys(found or _clashes(study, catalogue)))


def _clashes(study: Study, catalogue: Catalogue) -> Iterator[tuple[Key, str]]:
    """Problems or solvers that are called the same, so that no table can tell them."""
    problems: dict[str, str] = {}
    for i, chosen in enumerate(study.problem_choices):
        key = ("problem", i, "name" if len(chosen.names) == 1 else "names")
        for name in (n for p in chosen.names for n in catalogue.match(p)):
            other = problems.setdefault(_called(name), name)
            if other != name:
                yield key, f"{name} and {other} are called the same; rename a file"
    solvers: dict[str, str] = {}
    for i, solver in enumerate(study.solver_choices):
        for settings in solver.variants:
            method = Run("", {}, solver.label or solver.name, settings, 0).method
            other = solvers.setdefault(method, solver.name)
            if other != solver.name:
                what = f"{solver.name} and {other} are both called {method!r}"
                yield ("solver", i, "label"), f"{what}; give each its own label"


def _culprit(choice: SolverChoice, error: str, known: bool) -> Key:
    """The key in the table of a solver that an error is about."""
    for table in ("grid", "settings"):
        for key in getattr(choice, table):
            if repr(key) in error:
                return (table, key)
    if not known or not (choice.settings or choice.grid):
        return ("name",)
    return ("settings",) if choice.settings else ("grid",)


def _called(name: str) -> str:
    """A problem by its name, or by that of its file."""
    return Path(name).stem if name.endswith(".toml") else name


def _words(key: Key) -> str:
    """A key for somebody who has no file."""
    return f"{key[0]} {key[1] + 1}"


def start_seed(seed: int, case: Any, of_study: int) -> int:
    """What the start of a run is drawn with; 0 is the problem's own start.

    It depends on the study's seed, the problem and the run's seed, not on the solver,
    the order or the number of workers: every solver has the same starts.
    """
    if seed == 0:
        return 0
    words = [int(digest(case)[i : i + 8], 16) for i in range(0, 32, 8)]
    sequence = np.random.SeedSequence(of_study, spawn_key=(*words, seed))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(11)) + 1


def _cases(study: Study, catalogue: Catalogue) -> list[tuple[str, dict[str, Any]]]:
    """The problems with their parameters."""
    return [
        (name, parameters)
        for choice in study.problem_choices
        for pattern in choice.names
        for name in catalogue.match(pattern)
        for parameters in combinations(choice.grid)
    ]


def _runs(
    study: Study, name: str, parameters: dict[str, Any], of_problem: str
) -> list[Planned]:
    """The runs on one problem: all solvers from one start, then from the next."""
    case = {"problem": of_problem, "parameters": parameters}
    found = []
    for seed in study.start_seeds:
        what = {
            **case,
            "start": start_seed(seed, case, study.seed),
            "stop": asdict(study.stop),
            "repetitions": study.repetitions,
        }
        for choice in study.solver_choices:
            for settings in choice.variants:
                found.append(_planned(study, name, what, choice, settings, seed))
    return found


def _planned(
    study: Study,
    name: str,
    what: Mapping[str, Any],
    choice: SolverChoice,
    settings: Mapping[str, Any],
    seed: int,
) -> Planned:
    what = {**what, "solver": choice.name, "settings": settings}
    id = digest({"format": FORMAT, **what})
    run = Run(
        problem=_called(name),
        parameters=what["parameters"],
        solver=choice.label or choice.name,
        settings=settings,
        seed=seed,
    )
    task = {
        **what,
        "id": id,
        "name": name,
        "time_limit": study.time_limit,
        "memory_limit": study.memory_bytes,
    }
    return Planned(run, id, task)
