"""The classes that a file or a command line may name: a fixed table, no imports."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import matopt.objectives
import matopt.solvers
import matopt.spaces
from matopt.errors import suggestion
from matopt.objectives import Objective
from matopt.solvers import Solver
from matopt.solvers.scipy_bridge import METHODS
from matopt.spaces import Space


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
OBJECTIVES = _final_classes(matopt.objectives, Objective)
SOLVERS = _final_classes(matopt.solvers, Solver)


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
        keys = ", ".join(signature.parameters)
        raise ValueError(f"{name}: {error}; its arguments are {keys}") from error
    typed = {
        k: _dtype(v) if signature.parameters[k].annotation in (type, "type") else v
        for k, v in arguments.items()
    }
    return cls(*parts, **typed)


def _dtype(name: object) -> type:
    """The type that a file calls "float" or "complex"."""
    known = {"float": float, "complex": complex}
    if name not in known:
        raise ValueError(f"dtype must be 'float' or 'complex', got {name!r}")
    return known[str(name)]


def is_text(cls: type | None, argument: str) -> bool:
    """Does a class take text for this argument, such as the name of a function?"""
    if cls is None:
        return False
    parameter = inspect.signature(cls).parameters.get(argument)
    return parameter is not None and parameter.annotation in (str, "str")


def solver(name: str) -> Solver:
    """A solver with its default settings, from a name such as LBFGS or SciPy:BFGS."""
    family, _, method = name.partition(":")
    folded = {k.casefold(): k for k in SOLVERS}
    known = folded.get(family.casefold(), family)
    if known == "SciPy" and not method:
        methods = ", ".join(f"SciPy:{m}" for m in METHODS)
        raise ValueError(f"SciPy needs a method; write one of {methods}")
    if method and known in SOLVERS and known != "SciPy":
        raise ValueError(f"{known} has no methods, got {name!r}; write {known}")
    found: Solver = make(SOLVERS, known, {"method": method} if method else {})
    return found
