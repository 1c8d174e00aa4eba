"""The one place that names the compiler, so that the rest of the renderer reads as plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Return ``function`` compiled at its first call, for threads that run at the same time.

    Nothing is kept on the disk: a kept kernel does not notice when a function that it calls has changed.
    """
    return cast("Function", njit(nogil=True, error_model="numpy")(function))
