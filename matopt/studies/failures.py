"""What went wrong in a study, grouped so that each trouble is read once."""

from __future__ import annotations

from dataclasses import dataclass

from matopt.studies.comparison import Comparison, Instance
from matopt.studies.outcome import Outcome

_SHOWN = 2000  # characters of a message or a traceback


@dataclass(frozen=True)
class Failure:
    """One trouble of one method, on all instances that it met."""

    method: str
    status: str
    message: str
    traceback: str
    instances: tuple[Instance, ...]
    at_minimum: int  # of them, how many are within the tolerance of the minimum


def failures(comparison: Comparison) -> list[Failure]:
    """The runs that did not solve, by method, status and message, most first."""
    groups: dict[tuple[str, str, str, str], list[Outcome]] = {}
    for o in comparison.outcomes:
        if not comparison.solved(o):
            message = _message(comparison, o)
            key = o.run.method, o.status, shortened(message), shortened(o.traceback)
            groups.setdefault(key, []).append(o)
    found = [
        Failure(
            *key,
            instances=tuple(Instance(o.run.case, o.run.seed) for o in runs),
            at_minimum=sum(map(comparison.at_minimum, runs)),
        )
        for key, runs in groups.items()
    ]
    return sorted(found, key=lambda f: -len(f.instances))


def shortened(text: str) -> str:
    """The beginning and the end of a long text, where the cause of an error is.

    >>> len(shortened("x" * 10_000)) < 2100
    True
    """
    if len(text) <= _SHOWN:
        return text
    left_out = len(text) - _SHOWN
    head, tail = text[: _SHOWN // 4], text[-(_SHOWN - _SHOWN // 4) :]
    return f"{head}\n... {left_out} characters; the store has them ...\n{tail}"


def _message(comparison: Comparison, outcome: Outcome) -> str:
    if not outcome.converged:
        return outcome.message
    if comparison.undercuts(outcome):
        return (
            "The value is below the minimum that is said to be certified. Check the "
            "certificate of the problem; one of the two is wrong."
        )
    if comparison.gap(outcome) is None:
        return "The gradient test passed, but no minimum is known to compare with."
    return (
        "The gradient test passed, but not at the minimum. This is another stationary "
        "point, or the tolerance of the gradient is too loose for that of the gap."
    )
