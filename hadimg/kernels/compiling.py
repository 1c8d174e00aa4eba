"""How kernels are compiled: once per installation where a cache can be written, and always without the GIL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["contracting_kernel", "kernel"]


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function for serial use from any number of threads; its machine code is kept between runs.

    Where no folder for the cache can be written (a read-only installation without a home folder), it is compiled anew
    by each process.
    """
    return _compile(function, set())


def contracting_kernel(function: Callable[..., Any]) -> Any:
    """Compile like `kernel`, letting the compiler fuse multiplications with additions (which rounds once less)."""
    return _compile(function, {"contract"})


def _compile(function: Callable[..., Any], fastmath: set[str]) -> Any:
    import numba

    try:
        return numba.njit(function, nogil=True, cache=True, error_model="numpy", fastmath=fastmath)
    except RuntimeError:  # numba says so when it finds no folder for its cache
        return numba.njit(function, nogil=True, error_model="numpy", fastmath=fastmath)
