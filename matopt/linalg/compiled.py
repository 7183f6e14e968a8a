"""How loops are compiled: kernels, which Python calls, and parts, which kernels call.

Each is compiled when it is first called, for the types that it is called with. A kernel
is a part, and an entry to it that unpacks Python's objects, which other kernels pass
by. Parts are translated once, and optimized only inside of what Python calls: numba
would optimize each by itself, with all that it calls, and again in whatever calls it.
Kernels are kept on disk; parts are not, for what comes from there cannot be put inside
a kernel.

Arrays are copied in loops: for ``a[:] = b`` numba compiles a message about shapes,
which takes longer than the loop. This module imports numba: import it, and those with
kernels, when one is first needed.
"""

from collections.abc import Callable
from copy import copy
from typing import Any, NoReturn, TypeVar, cast

from numba import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.environment import Environment
from numba.core.registry import CPUDispatcher

F = TypeVar("F", bound=Callable[..., Any])

# What the compiler may do to sums and products. NaN and infinity stay what they are.
CONTRACT = frozenset({"contract", "nsz"})  # fused, in the order that is written
REORDER = CONTRACT | {"reassoc"}  # in any order, so that vectors can be used
FAST = REORDER | {"arcp"}  # and a quotient may be a product with a reciprocal


def kernel(fastmath: frozenset[str] = frozenset()) -> Callable[[F], F]:
    """Compile a function that Python calls, and other kernels as one of their parts."""

    def compiled(function: F) -> F:
        return cast(F, _Kernel(function, {}, _options(fastmath)))

    return compiled


def part(fastmath: frozenset[str] = frozenset()) -> Callable[[F], F]:
    """Compile a function that only kernels and other parts call."""

    def compiled(function: F) -> F:
        return cast(F, _Part(function, {}, _options(fastmath)))

    return compiled


def _options(fastmath: frozenset[str]) -> dict[str, Any]:
    return {
        "nopython": True,
        "nogil": True,
        "error_model": "numpy",
        "fastmath": set(fastmath),
        "boundscheck": None,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
    }


class _Part(CPUDispatcher):
    def __init__(self, function: Any, locals: Any, targetoptions: Any) -> None:
        super().__init__(function, locals, targetoptions, _Translator)

    def __call__(self, *arguments: Any) -> NoReturn:
        raise TypeError(
            f"{self.py_func.__name__} is a part of kernels: only they call it"
        )


class _Translator(Compiler):
    """numba's compiler, up to code that is not optimized."""

    def __init__(self, typing: Any, target: Any, library: Any, *others: Any) -> None:
        library = _Code(target.codegen(), "part")
        library.enable_object_caching()
        super().__init__(typing, target, library, *others)


class _Code(JITCodeLibrary):
    """The code of one part, to be put inside others: it is nowhere in memory."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0

    @property
    def codegen(self) -> "_Code":
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Nothing in it has an address."""


class _Kernel(CPUDispatcher):
    def __init__(self, function: Any, locals: Any, targetoptions: Any) -> None:
        super().__init__(function, locals, targetoptions)
        self.part = _Part(function, locals, targetoptions)
        self._compiler._compile_core = self._compile_entry  # type: ignore[attr-defined]
        self.enable_caching()

    @property
    def _numba_type_(self) -> Any:
        """What another kernel calls by this name."""
        return types.Dispatcher(self.part)

    def _compile_entry(self, arguments: Any, _: Any) -> Any:
        """Compile what unpacks Python's objects and calls the part."""
        self.part.compile(arguments)
        inside: Any = self.part.overloads[arguments]
        context, about = inside.target_context, copy(inside.fndesc)
        about.env_name += "entry"  # its objects are not those of the part
        environment = Environment.from_fndesc(about)
        library = context.codegen().create_library(about.qualname)
        library.enable_object_caching()
        library.add_linking_library(inside.library)
        with context.push_code_library(library):
            context.create_cpython_wrapper(
                library, about, environment, inside.call_helper, release_gil=True
            )
        made = inside._replace(
            entry_point=context.get_executable(library, about, environment),
            fndesc=about,
            library=library,
            environment=environment,
            metadata={},
        )
        used = made._find_referenced_environments()  # what the parts' messages say
        for other in used:
            library.codegen.set_env(other.env_name, other)
        return made._replace(referenced_envs=used)
