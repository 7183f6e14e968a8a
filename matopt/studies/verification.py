"""Is a store what the study says? Looked at, and some runs repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matopt.solvers import Status
from matopt.studies.frames import Message
from matopt.studies.outcome import Outcome
from matopt.studies.plan import Planned
from matopt.studies.slot_process import SlotProcess
from matopt.studies.store import Store
from matopt.studies.trace import expand

_EXACT = ("value", "gradient_norm", "nit", "nfev", "njev", "nhev", "nfactor")
_TIMED = (Status.MAX_SECONDS, Status.INTERRUPTED)  # depend on the speed of the machine


@dataclass(frozen=True)
class Verification:
    """What a look at a store found."""

    total: int  # runs of the plan
    missing: int  # of them without an outcome
    others: int  # outcomes of runs that are not in the plan: of an earlier definition
    repeated: int  # runs that were repeated
    wrong: tuple[str, ...]  # what is not as it should be, in sentences

    @property
    def passed(self) -> bool:
        """Is every run there, and nothing wrong?"""
        return not self.missing and not self.wrong


def verify(
    planned: Sequence[Planned], store: Store, repeat: int, plugins: Sequence[str] = ()
) -> Verification:
    """Check the file, that its rows are the plan, and some rows by repeating them.

    Ids are made anew from the files, so a problem that changed makes its runs missing.
    Runs to repeat are taken evenly from those that a repetition must equal bit for bit
    on the same machine: those with a result that did not end by the clock.
    """
    kept = store.statuses()
    outcomes = store.outcomes({p.id: p.run for p in planned})
    timed = {status.name for status in _TIMED}
    exact = {
        p.id: (p, outcome)
        for p, outcome in zip(
            (p for p in planned if p.id in kept), outcomes, strict=True
        )
        if not outcome.failed and outcome.status not in timed
    }
    chosen = list(exact.values())[:: max(1, len(exact) // repeat)] if repeat else []
    wrong = store.check() + _differences(chosen[:repeat], plugins)
    ids = {p.id for p in planned}
    return Verification(
        total=len(ids),
        missing=len(ids - kept.keys()),
        others=len(kept.keys() - ids),
        repeated=len(chosen[:repeat]),
        wrong=tuple(wrong),
    )


def _differences(
    chosen: Sequence[tuple[Planned, Outcome]], plugins: Sequence[str]
) -> list[str]:
    """What is different when the runs are performed again, here."""
    slot, found = None, []
    for planned, outcome in chosen:
        if slot is None or slot.closed:
            slot = SlotProcess(plugins, follows=True)
        found += _compare(planned, outcome, slot.run(planned.task))
    if slot is not None:
        slot.close()
    return found


def _compare(planned: Planned, outcome: Outcome, answer: Message) -> list[str]:
    words = answer.words
    run = f"{planned.run.case}, {planned.run.method}, seed {planned.run.seed}"
    if words["status"] != outcome.status:
        return [f"{run}: was {outcome.status}, now {words['status']}"]
    wrong = [
        f"{run}: {name} was {getattr(outcome, name)!r}, now {words[name]!r}"
        for name in _EXACT
        if not _same(getattr(outcome, name), words[name])
    ]
    again = expand(answer.payload).get("value", np.zeros(0))
    if not np.array_equal(outcome.trace["value"], again, equal_nan=True):
        wrong.append(f"{run}: its values on the way are others")
    where, then = words["environment"], outcome.environment
    changed = [k for k in where if k != "timing" and where[k] != then.get(k)]
    if wrong and changed:
        wrong.append(f"{run}: was run elsewhere, other are: {', '.join(changed)}")
    return wrong


def _same(kept: float | None, now: float | None) -> bool:
    """The same number; a NaN is kept as nothing."""
    return kept == now or (kept is None and (now is None or now != now))
