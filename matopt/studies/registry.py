"""The classes that a file or a command line may name: a fixed table, no imports."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matopt.objectives
import matopt.solvers
import matopt.spaces
from matopt.errors import nearest, suggestion
from matopt.objectives import Objective
from matopt.solvers import Beta, LineSearch, Solver
from matopt.solvers.scipy_bridge import METHODS
from matopt.spaces import Space
from matopt.studies import competitors


def _final_classes(package: Any, base: type) -> dict[str, type]:
    """The public classes of a package that are a ``base`` and can be made."""
    public = ((name, getattr(package, name)) for name in package.__all__)
    return {
        name: cls
        for name, cls in public
        if inspect.isclass(cls)
        and issubclass(cls, base)
        and not inspect.isabstract(cls)
    }


SPACES = _final_classes(matopt.spaces, Space)
_COMPOSED = ("Component", "Sum")  # what a file has by the key part and by two terms
OBJECTIVES = {
    name: cls
    for name, cls in _final_classes(matopt.objectives, Objective).items()
    if name not in _COMPOSED
}
COMPETITORS = _final_classes(competitors, Solver)
SOLVERS = _final_classes(matopt.solvers, Solver) | COMPETITORS
PARTS = {  # of a solver, given to it as a setting
    **_final_classes(matopt.solvers, LineSearch),
    **_final_classes(matopt.solvers, Beta),
}
_TEXT = (str, "str", "str | None", type, "type")  # annotations of what takes text
DEFAULT = "default"  # the solver that minimize picks by itself


def make(
    table: Mapping[str, type],
    name: str,
    arguments: Mapping[str, Any],
    parts: Sequence[Any] = (),
) -> Any:
    """An object of the class of that name; ValueError if it or a key is unknown.

    ``parts`` are passed before the arguments, in order.
    """
    if name not in table:
        raise ValueError(f"{name!r} is not known{suggestion(name, table)}")
    cls, signature = table[name], inspect.signature(table[name])
    try:
        signature.bind(*parts, **arguments)
    except TypeError as error:
        hint = _hint(arguments, signature.parameters)
        keys = ", ".join(signature.parameters)
        raise ValueError(f"{name}: {error}{hint}; its arguments are {keys}") from error
    typed = {
        k: _dtype(v) if signature.parameters[k].annotation in (type, "type") else v
        for k, v in arguments.items()
    }
    return cls(*parts, **typed)


def _hint(given: Iterable[str], known: Iterable[str]) -> str:
    """What may have been meant by the first name that is not known."""
    wrong = next((key for key in given if key not in known), None)
    near = [] if wrong is None else nearest(wrong, known)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _dtype(name: object) -> type:
    """The type that a file calls "float" or "complex"."""
    known = {"float": float, "complex": complex}
    if name not in known:
        raise ValueError(f"dtype must be 'float' or 'complex', got {name!r}")
    return known[str(name)]


def is_text(cls: type | None, argument: str) -> bool:
    """Does a class take text for this argument: the name of a function, a dtype?"""
    if cls is None:
        return False
    parameter = inspect.signature(cls).parameters.get(argument)
    return parameter is not None and parameter.annotation in _TEXT


def solver(name: str, settings: Mapping[str, Any] | None = None) -> Solver | None:
    """A solver from a name such as LBFGS or SciPy:BFGS, and its settings.

    What follows a colon is the method of an outsider: of SciPy, Convex and the
    competitors. A setting may be a part such as a line search: its name, or a table
    with its name and its own settings. None is the solver that minimize picks, named
    "default".
    """
    arguments = {key: _part(value) for key, value in (settings or {}).items()}
    if name == DEFAULT:
        if arguments:
            raise ValueError(f"default takes no settings, got {', '.join(arguments)}")
        return None
    family, _, method = name.partition(":")
    folded = {k.casefold(): k for k in SOLVERS}
    known = folded.get(family.casefold(), family)
    if known in SOLVERS:
        arguments |= _method(known, method, arguments)
    found: Solver = make(SOLVERS, known, arguments)
    return found


def _method(name: str, method: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """The method after the colon as an argument: the first one, of an outsider."""
    takes_method = name in {"SciPy", "Convex", *COMPETITORS}
    if method and not takes_method:
        raise ValueError(f"{name} has no methods, got '{name}:{method}'; write {name}")
    argument = next(iter(inspect.signature(SOLVERS[name]).parameters), "")
    if method or not takes_method or name == "Convex" or argument in settings:
        return {argument: method} if method else {}
    methods = ", ".join(f"{name}:{m}" for m in METHODS)
    one_of = f"one of {methods}" if name == "SciPy" else f"{name}:NAME"
    raise ValueError(f"{name} needs a method; write {one_of}")


def _part(value: Any) -> Any:
    """A part of a solver by its name, or by a table that has it; else the value."""
    if isinstance(value, str) and value in PARTS:
        return make(PARTS, value, {})
    if isinstance(value, Mapping) and "name" in value:
        rest = {k: _part(v) for k, v in value.items() if k != "name"}
        return make(PARTS, str(value["name"]), rest)
    return value
