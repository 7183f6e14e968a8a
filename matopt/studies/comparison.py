"""The outcomes of a study as a table: what each method made of each instance."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from matopt.linalg import Array
from matopt.studies.cost import Cost
from matopt.studies.outcome import Outcome

_WITHOUT_MINIMUM = {"UNBOUNDED", "NEARLY_SINGULAR"}  # their values are of no minimum


class Instance(NamedTuple):
    """One start of one case: what all methods are given."""

    case: str
    seed: int


class Reference(NamedTuple):
    """The minimum that the values of a case are measured by."""

    value: float
    certified: bool  # else the best that is known in this study


@dataclass(frozen=True, eq=False)
class Comparison:
    """Methods against instances; nothing that is not in the outcomes is assumed.

    Tables are (instances, methods). Two outcomes of one run raise a ValueError.

    >>> from matopt.studies import Comparison, Outcome, Run
    >>> run = Run("tiny", {}, "LBFGS", {}, seed=0)
    >>> outcome = Outcome(run, "CONVERGED", value=1.0, reference=1.0, nit=3)
    >>> Comparison([outcome]).solved(outcome)
    True
    """

    outcomes: Iterable[Outcome]

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", tuple(self.outcomes))
        count = sum(1 for _ in self.outcomes)
        if len(self._places) < count:
            raise ValueError(
                f"outcomes has {count} entries of {len(self._places)} runs; "
                "give one outcome for each problem, solver and seed"
            )

    @cached_property
    def _places(self) -> dict[tuple[Instance, str], Outcome]:
        return {
            (Instance(o.run.case, o.run.seed), o.run.method): o for o in self.outcomes
        }

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Solvers with their settings, in the order of the outcomes."""
        return tuple(dict.fromkeys(o.run.method for o in self.outcomes))

    @cached_property
    def cases(self) -> tuple[str, ...]:
        """Problems with their parameters, in the order of the outcomes."""
        return tuple(dict.fromkeys(o.run.case for o in self.outcomes))

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """Cases with their starts, those of one case side by side."""
        runs = (o.run for case in self.cases for o in self.runs(case))
        return tuple(dict.fromkeys(Instance(r.case, r.seed) for r in runs))

    def outcome(self, instance: Instance, method: str) -> Outcome | None:
        """What came of the run; None if there is no such run (yet)."""
        return self._places.get((instance, method))

    @cached_property
    def _by_case(self) -> dict[str, list[Outcome]]:
        found: dict[str, list[Outcome]] = {case: [] for case in self.cases}
        for o in sorted(self.outcomes, key=lambda o: o.run.seed):
            found[o.run.case].append(o)
        return found

    def runs(self, case: str, method: str | None = None) -> list[Outcome]:
        """Those on one case, of one method or of all, by seed."""
        return [o for o in self._by_case[case] if method in (None, o.run.method)]

    def only(
        self,
        methods: Collection[str] | None = None,
        cases: Collection[str] | None = None,
    ) -> Comparison:
        """Compare only these; what is best in the study is then among these too."""
        return Comparison(
            o
            for o in self.outcomes
            if (methods is None or o.run.method in methods)
            and (cases is None or o.run.case in cases)
        )

    @cached_property
    def references(self) -> dict[str, Reference | None]:
        """The certified minimum of each case, else the least value of the study."""
        return {case: self._reference(case) for case in self.cases}

    def _reference(self, case: str) -> Reference | None:
        runs = self.runs(case)
        certified = [o.reference for o in runs if o.reference is not None]
        if certified:
            return Reference(min(certified), True)
        values = [
            o.value
            for o in runs
            if o.value is not None
            and math.isfinite(o.value)
            and o.status not in _WITHOUT_MINIMUM
        ]
        return Reference(min(values), False) if values else None

    @cached_property
    def dimensions(self) -> dict[str, int]:
        """Of the space of each case; 1 where no outcome tells."""
        known: dict[str, int] = dict.fromkeys(self.cases, 1)
        return known | {
            o.run.case: o.dimension for o in self.outcomes if o.dimension is not None
        }

    def gap(self, outcome: Outcome) -> float | None:
        """(value - reference) / max(1, |reference|); None if either is not known."""
        reference = self.references[outcome.run.case]
        if outcome.value is None or reference is None:
            return None
        return (outcome.value - reference.value) / max(1.0, abs(reference.value))

    def at_minimum(self, outcome: Outcome) -> bool:
        """Is the value within the tolerance of the minimum that is known?"""
        gap = self.gap(outcome)
        return gap is not None and abs(gap) <= outcome.tolerance

    def solved(self, outcome: Outcome) -> bool:
        """Is it at the minimum, and did our gradient test pass there?"""
        return outcome.converged and self.at_minimum(outcome)

    def undercuts(self, outcome: Outcome) -> bool:
        """Is the value below a minimum that is said to be certified?"""
        gap, reference = self.gap(outcome), self.references[outcome.run.case]
        certified = reference is not None and reference.certified
        return certified and gap is not None and gap < -outcome.tolerance

    def costs(self, cost: Cost) -> Array:
        """What each run took, (instances, methods): inf if it did not solve.

        NaN where there was no run, or a run that solved without counting this.
        """
        table = np.full((len(self.instances), len(self.methods)), math.nan)
        for i, instance in enumerate(self.instances):
            for k, method in enumerate(self.methods):
                o = self.outcome(instance, method)
                if o is not None:
                    table[i, k] = cost.of(o) if self.solved(o) else math.inf
        return table

    def whole_costs(self, cost: Cost) -> Array:
        """Without the instances that not every method has run; not counted is inf."""
        table = self.costs(cost)[self.whole]
        return np.where(np.isnan(table), np.inf, table)

    def spent(self, cost: Cost) -> Array:
        """What each run took, solved or not, (instances, methods); else NaN."""
        found = [[self.outcome(i, m) for m in self.methods] for i in self.instances]
        rows = [[math.nan if o is None else cost.of(o) for o in row] for row in found]
        return np.array(rows).reshape(len(self.instances), len(self.methods))

    def counts(self, cost: Cost) -> bool:
        """Is this cost known of every run that solved, and of at least one?"""
        known = [cost.of(o) for o in self.outcomes if self.solved(o)]
        return bool(known) and not any(map(math.isnan, known))

    @cached_property
    def whole(self) -> Array:
        """Which instances every method has run, (instances,) of bool."""
        rows = [
            all(self.outcome(i, m) is not None for m in self.methods)
            for i in self.instances
        ]
        return np.array(rows, dtype=bool)

    @property
    def timed_alone(self) -> bool:
        """Did every run have the machine for itself, by what its environment says?"""
        alone = [o.environment.get("timing") == "exclusive" for o in self.outcomes]
        return bool(alone) and all(alone)
