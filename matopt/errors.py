"""The errors of matopt, and what a message says of a name that is not known."""

import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from difflib import get_close_matches

# What reading an .npy or .npz file raises where bytes of it are damaged.
DAMAGED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


class OutOfDomain(ValueError):
    """The matrix is outside the domain of the objective.

    Solvers meet it as the value +inf at a trial point; a user meets it only at a
    start point, or when asking a point for what does not exist there.
    """


class NotPositiveDefinite(OutOfDomain):
    """A Hermitian matrix has no Cholesky factor."""


class Singular(OutOfDomain):
    """A square matrix has no inverse."""


def words(error: BaseException) -> str:
    """What an error says; a MemoryError often says nothing by itself."""
    if not isinstance(error, MemoryError):
        return str(error)
    return ": ".join(filter(None, ["out of memory", str(error)]))


def nearest(name: object, known: Iterable[str]) -> list[str]:
    """The known names most like this one, at most two; case, -, _ do not count."""
    folded, given = {_fold(k): k for k in known}, _fold(str(name))
    close = get_close_matches(given, folded, n=2)
    if not close and len(given) > 2:
        close = [k for k in folded if given in k][:2]  # a part of the name
    return [folded[k] for k in close]


def suggestion(name: object, known: Iterable[str]) -> str:
    """The end of an error message: ``; did you mean 'x'? Known: a, b, x``."""
    known = list(known)
    close = " or ".join(map(repr, nearest(name, known)))
    question = f" did you mean {close}?" if close else ""
    return f";{question} Known: {', '.join(known)}"


def _fold(name: str) -> str:
    return name.casefold().translate(dict.fromkeys(map(ord, "-_ ")))
