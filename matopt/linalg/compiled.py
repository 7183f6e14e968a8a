"""How loops are compiled: kernels, which Python calls, and parts, which kernels call.

Each is compiled when it is first called, for the types that it is called with. Kernels
are kept on disk. Parts are not, for what comes from disk cannot be put inside a kernel;
and they have no entry from Python: to compile one that unpacks Python's objects takes
as long as to compile most of the parts themselves. Arrays are copied in loops: for
``a[:] = b`` numba compiles a message about shapes, which takes longer still.

This module imports numba: import it, and those with kernels, when one is first needed.
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from numba import njit
from numba.core.registry import CPUDispatcher

F = TypeVar("F", bound=Callable[..., Any])

# What the compiler may do to sums and products. NaN and infinity stay what they are.
CONTRACT = frozenset({"contract", "nsz"})  # fused, in the order that is written
REORDER = CONTRACT | {"reassoc"}  # in any order, so that vectors can be used
FAST = REORDER | {"arcp"}  # and a quotient may be a product with a reciprocal


class _Part(CPUDispatcher):
    def __call__(self, *arguments: Any) -> NoReturn:
        raise TypeError(
            f"{self.py_func.__name__} is a part of kernels: only they call it"
        )


def kernel(fastmath: frozenset[str] = frozenset()) -> Callable[[F], F]:
    """Compile a function that Python calls."""

    def compiled(function: F) -> F:
        return cast(F, _compiled(function, fastmath, cache=True))

    return compiled


def part(fastmath: frozenset[str] = frozenset()) -> Callable[[F], F]:
    """Compile a function that only kernels and other parts call."""

    def compiled(function: F) -> F:
        made = _compiled(function, fastmath, no_cpython_wrapper=True)
        made.__class__ = _Part
        return cast(F, made)

    return compiled


def _compiled(function: Any, fastmath: frozenset[str], **options: bool) -> Any:
    """What is called as the function is, and compiled for the types of the call."""
    compiler: Any = njit  # its types know only half of the options
    return compiler(
        nogil=True,
        error_model="numpy",
        fastmath=set(fastmath),
        no_cfunc_wrapper=True,
        **options,
    )(function)
