"""Attributes that are computed when first asked for.

What an iterate knows is lazy, a dozen attributes of it in each iteration of a solver.
``functools.cached_property`` takes a lock for each before Python 3.12, which costs more
than a small value itself; iterates belong to one thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functools import cached_property as lazy
else:

    class lazy:
        """A method as an attribute, computed once and kept in ``vars(self)``."""

        def __init__(self, method: Any) -> None:
            """Wrap the method."""
            self.method = method
            self.name = method.__name__
            self.__doc__ = method.__doc__
            self.__isabstractmethod__ = getattr(method, "__isabstractmethod__", False)

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self.name] = self.method(instance)
            return value


__all__ = ["lazy"]
