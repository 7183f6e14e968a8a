"""A study: problems x solvers x starts, run once each and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Integral, Real
from operator import index
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matopt.errors import suggestion
from matopt.solvers import Solver, Stop
from matopt.studies import report, study_file
from matopt.studies.choice import ProblemChoice, SolverChoice
from matopt.studies.comparison import Comparison
from matopt.studies.cost import cost_named
from matopt.studies.export import compared, frame
from matopt.studies.figures import all_figures
from matopt.studies.markdown import write as write_markdown
from matopt.studies.memory import in_bytes
from matopt.studies.outcome import STATUSES, Outcome, Run
from matopt.studies.plan import digest, mistakes, plan
from matopt.studies.plots import write_figures
from matopt.studies.plugin import Catalogue
from matopt.studies.running import Progress, executor, run_all
from matopt.studies.store import Store
from matopt.studies.study_file import (
    LONGEST,
    MOST_STARTS,
    StudyFile,
    StudyFileError,
)
from matopt.studies.toml_file import Source
from matopt.studies.verification import Verification, verify

if TYPE_CHECKING:
    from pandas import DataFrame

_PLAIN = ("name", "title", "seed", "repetitions", "time_limit", "memory_limit")


@dataclass(frozen=True)
class Study:
    """Problems, each given to every solver from every start.

    ``problems`` are names, shell patterns or paths of problem files, or a
    ``ProblemChoice`` with a grid; ``solvers`` are names, solvers, or a ``SolverChoice``
    with a grid. ``seeds`` are those of the starts, 0 the problem's own; or their
    number. ``time_limit`` is in seconds and ``memory_limit`` in bytes, or "2GiB", of
    one run. The time of a run is the least of its ``repetitions``. ``plugins`` are
    modules with further problems and solvers.

    >>> study = Study("two", problems=["toeplitz-nile"], solvers=["LBFGS", "default"])
    >>> [run.method for run in study.runs()]
    ['LBFGS', 'default']
    """

    name: str
    problems: Sequence[str | PathLike[str] | ProblemChoice]
    solvers: Sequence[str | Solver | SolverChoice]
    title: str = ""
    seed: int = 0
    seeds: int | Sequence[int] = 1
    repetitions: int = 1
    time_limit: float = 60.0
    memory_limit: int | str | None = None
    stop: Stop = Stop(gradient_norm=1e-8)  # noqa: RUF009  frozen
    plugins: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what no run could have."""
        for key in ("problems", "solvers", "plugins"):
            given = getattr(self, key)
            if isinstance(given, str) or not isinstance(given, Iterable):
                raise TypeError(f"{key} must be a list, got {given!r}")
            object.__setattr__(self, key, tuple(given))
        if not isinstance(self.seeds, Integral):
            object.__setattr__(self, "seeds", tuple(self.start_seeds))
        _ = self.memory_bytes
        _check_time_limit(self.time_limit)
        check_whole("repetitions", self.repetitions, least=1)
        for seed in (self.seed, *self.start_seeds):
            check_whole("a seed", seed)
        for key in ("repetitions", "seed"):  # not numpy's, which no JSON takes
            object.__setattr__(self, key, int(getattr(self, key)))
        if not (self.problems and self.solvers and self.start_seeds):
            raise ValueError("a study needs a problem, a solver and a seed")
        _ = self.problem_choices, self.solver_choices

    @classmethod
    def load(cls, file: str | Path, plugins: Sequence[str] = ()) -> Study:
        """Read a study file by its path, or a shipped study by its name.

        StudyFileError lists everything that is wrong, by line and key.
        """
        source = study_file.read(study_file.file(file))
        study = _from_file(source, plugins)
        wrong = mistakes(study, Catalogue.of(study.plugins))
        if wrong:
            lines = (f"{source.place(key)}: {what}" for key, what in wrong)
            raise StudyFileError("\n".join(lines))
        return study

    @property
    def problem_choices(self) -> list[ProblemChoice]:
        """The problems in full form."""
        return [ProblemChoice.of(chosen) for chosen in self.problems]

    @property
    def solver_choices(self) -> list[SolverChoice]:
        """The solvers in full form."""
        return [SolverChoice.of(chosen) for chosen in self.solvers]

    @property
    def memory_bytes(self) -> int | None:
        """The limit of memory in bytes."""
        return None if self.memory_limit is None else in_bytes(self.memory_limit)

    @property
    def start_seeds(self) -> list[int]:
        """The seeds of the starts."""
        given = self.seeds
        try:
            if isinstance(given, Iterable) and not isinstance(given, str):
                return [index(seed) for seed in given]
            count = index(given)
        except TypeError as error:
            raise TypeError(
                "seeds must be a whole number, how many, or a list of whole numbers, "
                f"got {given!r}"
            ) from error
        if count > MOST_STARTS:
            raise ValueError(
                f"seeds must be at most {MOST_STARTS}, or a list, got {count}"
            )
        return list(range(count))

    def runs(self) -> list[Run]:
        """The plan: every run once."""
        return [planned.run for planned in plan(self)]

    def run(
        self,
        store: str | Path,
        *,
        workers: int | None = None,
        scheduler: str | None = None,
        retry: Sequence[str] = (),
        progress: Callable[[Progress], None] | None = None,
    ) -> Progress:
        """Run what the store does not have yet, and return how it stands at the end.

        ``workers`` runs at a time, by default as many as there are cores; or on a dask
        cluster at ``scheduler``. Runs that ended in a status of ``retry`` are run
        again. ``progress`` is called with how it stands, twice a second or more often.
        What was finished is kept whatever ends this; called again, it goes on.
        """
        planned = plan(self)
        check_statuses(retry)
        with Store.create(store) as opened:
            kept = opened.statuses()
            where = executor(workers, scheduler, self.plugins)
            opened.forget([p.id for p in planned if kept.get(p.id) in retry])
            opened.begin(self.name, self.definition)
            return run_all(planned, opened, where, progress)

    def outcomes(self, store: str | Path) -> list[Outcome]:
        """What came of the runs that the store has, in the order of the plan."""
        planned = plan(self)
        with Store.read(store) as opened:
            return opened.outcomes({p.id: p.run for p in planned})

    def progress(self, store: str | Path) -> Progress:
        """How the study stands, also while it runs."""
        planned = plan(self)
        with Store.read(store) as opened:
            kept = opened.statuses()
        done = Counter(kept[p.id] for p in planned if p.id in kept)
        return Progress(len(planned), done, before=sum(done.values()))

    def verify(self, store: str | Path, repeat: int = 3) -> Verification:
        """Check the store against the plan, and some of its runs by repeating them."""
        planned = plan(self)
        with Store.read(store) as opened:
            return verify(planned, opened, repeat, self.plugins)

    def frame(self, store: str | Path) -> DataFrame:
        """The rows of the outcomes as a pandas DataFrame."""
        return frame(self.outcomes(store))

    def compared(self, store: str | Path, cost: str = "evaluations") -> dict[str, Any]:
        """The verdict and the tables of the report as plain values.

        The keys are cost, verdict, methods, summary, pairs, cases and failures.
        """
        return compared(self.outcomes(store), cost_named(cost))

    def report(
        self,
        store: str | Path,
        page: str | Path | None = None,
        *,
        markdown: str | Path | None = None,
        figures: str | Path | None = None,
        cost: str = "evaluations",
        commands: Sequence[str] = (),
    ) -> list[Path]:
        """Compare the solvers on an HTML page, in Markdown, in a folder of figures.

        ``cost`` is evaluations, factorizations, iterations or seconds; ``commands``
        are printed on the page as what makes it. Returns what was written.
        """
        outcomes, by = self.outcomes(store), cost_named(cost)
        title = self.title or self.name
        written = []
        if page is not None:
            who = self._identity()
            written.append(
                report.write(
                    outcomes,
                    page,
                    title=title,
                    identity=who,
                    commands=commands,
                    cost=by,
                )
            )
        if markdown is not None:
            written.append(write_markdown(outcomes, markdown, title=title, cost=by))
        if figures is not None:
            drawn = all_figures(Comparison(outcomes), by)
            written += write_figures(drawn, Path(figures))
        return written

    def _identity(self) -> dict[str, str]:
        """What tells it from other studies, in words."""
        limits = {k: v for k, v in asdict(self.stop).items() if v is not None}
        return {
            "name": self.name,
            "seed": str(self.seed),
            "starts": ", ".join(map(str, self.start_seeds)),
            "repetitions": str(self.repetitions),
            "stop": ", ".join(f"{k} = {v:g}" for k, v in limits.items()),
            "time limit": f"{self.time_limit:g} s",
            "digest of the definition": digest(self.definition),
        }

    @property
    def definition(self) -> Mapping[str, Any]:
        """The whole of it as a plain table."""
        return {
            **{key: vars(self)[key] for key in _PLAIN},
            "seeds": self.start_seeds,
            "stop": asdict(self.stop),
            "problems": [asdict(choice) for choice in self.problem_choices],
            "solvers": [asdict(choice) for choice in self.solver_choices],
            "plugins": list(self.plugins),
        }


def check_whole(name: str, given: int, least: int = 0) -> None:
    """Raise ValueError for what is no whole number that a store can hold."""
    if not (isinstance(given, Integral) and least <= given < 2**63):
        raise ValueError(
            f"{name} must be a whole number from {least} to 2^63 - 1, got {given}"
        )


def _check_time_limit(given: float) -> None:
    """Raise ValueError for what is no time that a run can be given."""
    is_number = isinstance(given, Real) and not isinstance(given, bool)
    if not (is_number and 0 < given <= LONGEST):
        raise ValueError(
            f"time_limit must be a number of seconds above 0, at most {LONGEST:g}, "
            f"got {given!r}"
        )


def check_statuses(names: Sequence[str]) -> None:
    """Raise for what is no list of statuses."""
    if isinstance(names, str):
        raise TypeError(f"statuses must be a list, got {names!r}")
    for name in names:
        if name not in STATUSES:
            raise ValueError(f"no status is {name!r}{suggestion(name, STATUSES)}")


def _from_file(source: Source[StudyFile], plugins: Sequence[str]) -> Study:
    content = source.content
    heading = content.study.model_dump()
    return Study(
        problems=[
            ProblemChoice(
                [
                    _beside(source.path, name)
                    for name in table.names or [str(table.name)]
                ],
                table.grid,
            )
            for table in content.problem
        ],
        solvers=[SolverChoice(**table.model_dump()) for table in content.solver],
        stop=Stop(**content.stop.model_dump()),
        plugins=plugins,
        **heading,
    )


def _beside(file: Path, name: str) -> str:
    """A path relative to the study file; a name as it is."""
    return str(file.parent / name) if name.endswith(".toml") else name
