"""What a study may name: what is shipped, and what plugins add.

A plugin is a module that the command line or a script names, never a file. It may have
``problems``, a table from names to functions that return a ``Problem`` and take its
parameters, and ``solvers``, a table from names to functions that return a ``Solver``
and take its settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any

from matopt.errors import suggestion
from matopt.solvers import Solver
from matopt.studies import problem, registry, schema
from matopt.studies.builder import chosen
from matopt.studies.problem import Problem


@dataclass(frozen=True)
class Catalogue:
    """The problems and solvers that a study may name."""

    problems: Mapping[str, Callable[..., Problem]] = field(default_factory=dict)
    solvers: Mapping[str, Callable[..., Solver]] = field(default_factory=dict)

    @classmethod
    def of(cls, plugins: Sequence[str]) -> Catalogue:
        """What is shipped and what these modules have; ImportError if one is not."""
        modules = [import_module(name) for name in plugins]
        problems = [getattr(module, "problems", {}) for module in modules]
        solvers = [getattr(module, "solvers", {}) for module in modules]
        for name, table, both in zip(plugins, problems, solvers, strict=True):
            if not table and not both:
                raise ImportError(f"the plugin {name} has no problems and no solvers")
        return cls(_merged(problems), _merged(solvers))

    @property
    def names(self) -> list[str]:
        """Of all problems."""
        return sorted({*problem.names(), *self.problems})

    def match(self, pattern: str) -> list[str]:
        """The names that a name, a shell pattern or a path stands for."""
        if pattern.endswith(".toml"):
            if not Path(pattern).is_file():
                raise ValueError(f"there is no problem file {pattern}")
            return [str(Path(pattern).resolve())]
        found = [name for name in self.names if fnmatchcase(name, pattern)]
        if not found:
            raise ValueError(
                f"no problem is named {pattern!r}{suggestion(pattern, self.names)}"
            )
        return found

    def digest(self, name: str) -> str:
        """Of what defines a problem: its file, which holds the digests of its data."""
        if name in self.problems:
            made = self.problems[name]
            content = f"{made.__module__}.{made.__qualname__}".encode()
        else:
            content = problem.file_of(name).read_bytes()
        return hashlib.blake2b(content, digest_size=16).hexdigest()

    def check(self, name: str, parameters: Mapping[str, Any]) -> None:
        """Raise ValueError for parameters that a problem from a file cannot have."""
        if name not in self.problems:
            chosen(schema.read(problem.file_of(name)), parameters)

    def problem(self, name: str, parameters: Mapping[str, Any]) -> Problem:
        """The problem of a name or a path, with these parameters."""
        if name in self.problems:
            return self.problems[name](**parameters)
        return Problem.load(name, **parameters)

    def knows(self, solver: str) -> bool:
        """Is there a solver of this name, leaving its method aside?"""
        family = solver.partition(":")[0]
        return family in self.solvers or family.casefold() in {
            name.casefold() for name in (*registry.SOLVERS, registry.DEFAULT)
        }

    def solver(self, name: str, settings: Mapping[str, Any]) -> Solver | None:
        """The solver of a name with these settings; None is minimize's own pick."""
        if not self.knows(name):
            known = sorted([*self.solvers, *registry.SOLVERS, registry.DEFAULT])
            raise ValueError(f"no solver is named {name!r}{suggestion(name, known)}")
        if name in self.solvers:
            return self.solvers[name](**settings)
        return registry.solver(name, settings)


def _merged(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: made for table in tables for name, made in table.items()}
