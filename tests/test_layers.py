"""The floors: a module imports its own package or a lower floor, nothing else.

Packages from outside that are dear to import have their places too.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parent.parent / "matopt"

FLOORS = {
    "errors": -1,  # leaves that every floor may use
    "lazy": -1,
    "plotting": -1,
    "archive": -1,
    "linalg": 0,
    **dict.fromkeys(["spaces", "calculus"], 1),
    **dict.fromkeys(["objectives", "identities", "filters"], 2),
    **dict.fromkeys(["solvers", "check"], 3),
    "inference": 4,
    "estimators": 5,
    "studies": 6,
    "cli": 7,
    "__main__": 8,
}
FORBIDDEN = {"utils", "core", "common", "helpers"}

# Where a package from outside may be imported: a folder, a file, or any file
# that has a name like plot.py.
PLACES = {
    "cvxpy": ["solvers/convex.py"],
    "matplotlib": ["plot.py", "plots.py", "plotting.py"],
    "jinja2": ["studies/"],
    "numba": ["linalg/", "filters/"],
    "pymanopt": ["studies/competitors/pymanopt.py"],
    "sklearn": ["estimators/", "studies/competitors/scikit_learn.py"],
    "pandas": ["studies/"],
    "pyarrow": ["studies/"],
    "dask": ["studies/", "linalg/statistic.py"],
    "distributed": ["studies/"],
    "soundfile": ["cli/signal_file.py"],
}
# A decorator and a base class are needed when the module is read; the rest is
# imported inside the function that uses it.
AT_MODULE_LEVEL = {"numba", "sklearn"}


class Import(NamedTuple):
    target: str  # absolute: "matopt.spaces.toeplitz", "numpy.linalg"
    line: int
    inside_function: bool


def imports(path: Path, package: str) -> Iterator[Import]:
    """Yield what the module imports; blocks for the type checker are exempt."""

    def targets(node: ast.Import | ast.ImportFrom) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        parents = package.split(".")[: 1 - node.level or None] if node.level else []
        origin = [*parents, *filter(None, [node.module])]
        return [".".join([*origin, alias.name]) for alias in node.names]

    def walk(nodes: list[ast.AST], inside: bool) -> Iterator[Import]:
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for target in targets(node):
                    yield Import(target, node.lineno, inside)
            elif isinstance(node, ast.If) and ast.unparse(node.test) in (
                "TYPE_CHECKING",
                "typing.TYPE_CHECKING",
            ):
                yield from walk(node.orelse, inside)
            else:
                function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield from walk([*ast.iter_child_nodes(node)], inside or function)

    yield from walk([ast.parse(path.read_text("utf-8"))], False)


def wrong_name(module: Path) -> str | None:
    for part in module.with_suffix("").parts:
        if part.strip("_") in FORBIDDEN:
            return f"{part} says nothing about what is in it"
    if module.with_suffix("").parts[0] not in FLOORS:
        return "has no floor; give it one in FLOORS"
    return None


def wrong_inside(module: Path, target: str) -> str | None:
    """Say why the module may not import `target` of this package, if so."""
    own, unit = module.with_suffix("").parts[0], target.split(".")[1:2]
    if unit in ([own], ["__version__"]):
        return None
    if not unit or unit[0] not in FLOORS:
        return None if own == "cli" else f"imports {target} from the facade"
    if FLOORS[unit[0]] < FLOORS[own]:
        return None
    return f"floor {FLOORS[own]} imports {target} of floor {FLOORS[unit[0]]}"


def wrong_outside(module: Path, found: Import) -> str | None:
    """Say why the module may not import this package from outside, if so."""
    package = found.target.split(".")[0]
    places = PLACES.get(package)
    if places is None:
        return None
    if not any(
        module.as_posix().startswith(place)
        if place.endswith("/")
        else module.match(place) or module.match(f"_{place}")
        for place in places
    ):
        return f"imports {package}, whose place is {' or '.join(places)}"
    if not found.inside_function and package not in AT_MODULE_LEVEL:
        return f"imports {package} outside a function"
    return None


def violations(source: Path) -> list[str]:
    """One sentence for each import or name under `source` that breaks the rules."""
    found = []
    for path in sorted(source.rglob("*.py")):
        module = path.relative_to(source)
        if module == Path("__init__.py"):  # the facade shows every floor
            continue
        if problem := wrong_name(module):
            found.append(f"{module.as_posix()}: {problem}")
            continue
        for each in imports(path, ".".join(["matopt", *module.parts[:-1]])):
            if each.target.split(".")[0] == "matopt":
                problem = wrong_inside(module, each.target)
            else:
                problem = wrong_outside(module, each)
            if problem:
                found.append(f"{module.as_posix()}:{each.line}: {problem}")
    return found


def test_matopt_keeps_to_its_floors():
    assert violations(SOURCE) == []


def test_there_is_something_to_check():
    assert SOURCE.joinpath("__init__.py").is_file()


def check(folder: Path, module: str, code: str) -> list[str]:
    path = folder / module
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, "utf-8")
    return violations(folder)


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("__init__.py", "from .cli import main"),
        ("spaces/toeplitz.py", "from matopt.linalg import toeplitz"),
        ("spaces/toeplitz.py", "from ..linalg.toeplitz import Levinson"),
        ("spaces/toeplitz.py", "from ..errors import Infeasible"),
        ("spaces/toeplitz.py", "from .structure import Structure"),
        ("spaces/toeplitz.py", "import numpy, scipy.linalg"),
        ("spaces/fixed/rank.py", "from ..structure import Structure"),
        ("spaces/fixed/rank.py", "from ...linalg import toeplitz"),
        ("linalg/point.py", "if TYPE_CHECKING:\n    from ..spaces import Space"),
        ("linalg/point.py", "if typing.TYPE_CHECKING:\n    import cvxpy"),
        ("linalg/kernels.py", "from numba import njit"),
        ("filters/lms.py", "def f():\n    import numba"),
        ("estimators/base.py", "from sklearn.base import BaseEstimator"),
        ("solvers/convex.py", "def f():\n    import cvxpy as cp"),
        ("studies/plotting.py", "def f():\n    from matplotlib.figure import Figure"),
        ("studies/_plot.py", "async def f():\n    import matplotlib"),
        ("studies/export.py", "def f():\n    import pandas, pyarrow.parquet"),
        ("studies/store.py", "from matopt import __version__, solvers"),
        ("cli.py", "from matopt import minimize"),
        ("__main__.py", "from .cli import main"),
    ],
)
def test_allowed(tmp_path, module, code):
    assert check(tmp_path, module, code) == []


@pytest.mark.parametrize(
    ("module", "code", "problem"),
    [
        ("linalg/a.py", "from matopt.spaces import Space", "floor 0 imports"),
        ("linalg/a.py", "from ..spaces.space import Space", "floor 0 imports"),
        ("linalg/a.py", "from .. import spaces", "floor 0 imports"),
        ("linalg/a.py", "from matopt import spaces", "floor 0 imports"),
        ("linalg/a.py", "import matopt.spaces.space as s", "floor 0 imports"),
        ("linalg/a.py", "def f():\n    from ..cli import main", "of floor 7"),
        ("linalg/__init__.py", "from ..spaces import Space", "floor 0 imports"),
        ("linalg/b/c.py", "from ...spaces import Space", "floor 0 imports"),
        ("spaces/a.py", "from ..calculus import Matrix", "of floor 1"),
        ("spaces/a.py", "class A:\n    import matopt.cli", "of floor 7"),
        (
            "spaces/a.py",
            "if TYPE_CHECKING:\n    pass\nelse:\n    from ..cli import main",
            "of floor 7",
        ),
        ("errors.py", "try:\n    from .check import f\nfinally: pass", "of floor 3"),
        ("spaces/a.py", "import matopt", "from the facade"),
        ("spaces/a.py", "from matopt import minimize", "from the facade"),
        ("solvers/a.py", "def f():\n    import cvxpy", "place is solvers/convex.py"),
        ("solvers/convex.py", "import cvxpy", "outside a function"),
        ("solvers/convex.py", "class A:\n    import cvxpy", "outside a function"),
        ("cli.py", "def f():\n    import matplotlib.figure", "place is plot.py or"),
        ("studies/plots.py", "import matplotlib", "outside a function"),
        ("spaces/a.py", "import numba", "place is linalg/ or filters/"),
        ("solvers/a.py", "from sklearn import base", "place is estimators/ or studies"),
        ("estimators/a.py", "def f():\n    import pandas", "place is studies/"),
        ("studies/a.py", "from distributed import Client", "outside a function"),
        ("spaces/utils.py", "", "utils says nothing"),
        ("spaces/_helpers.py", "", "_helpers says nothing"),
        ("core/__init__.py", "", "core says nothing"),
        ("misc.py", "", "has no floor"),
    ],
)
def test_forbidden(tmp_path, module, code, problem):
    (found,) = check(tmp_path, module, code)
    assert found.startswith(module)
    assert problem in found
