"""Whether kernels of this process come from disk, or were compiled in it.

The two may differ in the last bit: a compiler that has the source of a kernel may put
it inside another one, and that of a kernel from disk it has not.
"""

import sys
from typing import Any

_PLACES = ("matopt.linalg.", "matopt.filters.")


def compilations() -> int:
    """How many kernels this process has compiled; those from disk do not count."""
    compiled = sys.modules.get("matopt.linalg.compiled")  # it imports numba
    if compiled is None:
        return 0
    modules = [m for name, m in sys.modules.items() if name.startswith(_PLACES)]
    kernels = {
        id(held): held
        for module in modules
        for held in vars(module).values()
        if isinstance(held, compiled.CPUDispatcher)
    }
    return sum(map(_compiled, kernels.values()))


def _compiled(kernel: Any) -> int:
    return sum(kernel.stats.cache_misses.values())
