"""Floor 2: the chapter as data, one record an equation, which checks itself.

The package is itself the collection: ``mo.identities[53]``, ``len(mo.identities)``,
``mo.identities.section("2.5")``, ``mo.identities.search("Toeplitz")``,
``mo.identities.check_all()``.
"""

import sys
from collections.abc import Iterator
from types import ModuleType

from matopt.identities import (
    chain_rule,
    determinants,
    differentials,
    eigenvalues,
    first_order,
    gradient_hessian,
    higher_order,
    inverses,
    norms,
    second_order,
    structured,
    traces_first,
    traces_higher,
    traces_second,
)
from matopt.identities.collection import Identities, Table
from matopt.identities.example import example
from matopt.identities.identity import ConditionError, Identity, Kind, Verdict
from matopt.identities.verify import Verification

_SECTIONS = (
    differentials,
    determinants,
    inverses,
    eigenvalues,
    first_order,
    second_order,
    higher_order,
    gradient_hessian,
    traces_first,
    traces_second,
    traces_higher,
    norms,
    chain_rule,
    structured,
)

chapter = Identities(record for section in _SECTIONS for record in section.RECORDS)
keys, values, items = chapter.keys, chapter.values, chapter.items
section, search, check_all = chapter.section, chapter.search, chapter.check_all


class _Chapter(ModuleType):
    """A package that is read like the mapping it holds."""

    def __repr__(self) -> str:
        return repr(chapter)

    def __getitem__(self, number: int | str) -> Identity:
        return chapter[number]

    def __iter__(self) -> Iterator[int | str]:
        return iter(chapter)

    def __len__(self) -> int:
        return len(chapter)

    def __contains__(self, number: object) -> bool:
        return number in chapter


sys.modules[__name__].__class__ = _Chapter

__all__ = [
    "ConditionError",
    "Identities",
    "Identity",
    "Kind",
    "Table",
    "Verdict",
    "Verification",
    "chapter",
    "check_all",
    "example",
    "items",
    "keys",
    "search",
    "section",
    "values",
]
