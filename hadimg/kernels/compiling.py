"""How kernels are compiled: once per installation where a cache can be written, and always without the GIL."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "borrowing_kernel",
    "contracting_kernel",
    "inlined",
    "kernel",
    "reciprocal_kernel",
    "room_stamp",
    "summing_kernel",
    "tell_when_compiling",
]

_tell: list[Callable[[], None]] = []
_listening: list[Any] = []


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function for serial use from any number of threads; its machine code is kept between runs.

    Where no folder for the cache can be written (a read-only installation without a home folder), it is compiled anew
    by each process.
    """
    return _compile(function, set())


def borrowing_kernel(function: Callable[..., Any]) -> Any:
    """Compile like `kernel`, for functions that make no array and return none: they do not count who holds arrays.

    Counting takes an atomic operation wherever an array is cut, or named in a function that is made part of another.
    Threads that share the array wait for each other there; in loops over single bits it is most of the time. Whoever
    calls holds all arrays meanwhile.
    """
    return _compile(function, set(), counting=False)


def inlined(function: Callable[..., Any]) -> Any:
    """Make a function part of each kernel that calls it, for those that would take longer to call than to run."""
    return _numba().njit(function, inline="always", error_model="numpy")


def contracting_kernel(function: Callable[..., Any]) -> Any:
    """Compile like `kernel`, letting the compiler fuse multiplications with additions (which rounds once less)."""
    return _compile(function, {"contract"})


def reciprocal_kernel(function: Callable[..., Any]) -> Any:
    """Compile like `summing_kernel`, letting the compiler refine the machine's estimate of a reciprocal root.

    In float32 that is four times faster than a root and a division, and wrong by 1.3e-7 instead of 1e-7.
    """
    return _compile(function, {"contract", "reassoc", "nsz", "arcp"}, counting=False)


def summing_kernel(function: Callable[..., Any]) -> Any:
    """Compile like `borrowing_kernel`, letting the compiler fuse, and add in the order of the machine's lanes.

    That order is the same in every run on one machine, whatever the number of threads.
    """
    return _compile(function, {"contract", "reassoc", "nsz"}, counting=False)


def _compile(function: Callable[..., Any], fastmath: set[str], *, counting: bool = True) -> Any:
    numba = _numba()
    from numba.core.options import DefaultOptions

    _listen()
    options: Any = {"nogil": True, "error_model": "numpy", "fastmath": fastmath}
    if not counting and hasattr(DefaultOptions, "_nrt"):  # numba has no public way; without it loops are slower
        options["_nrt"] = False
    try:
        compiled = numba.njit(function, cache=True, **options)
    except RuntimeError:  # numba says so when it finds no folder for its cache
        return numba.njit(function, **options)
    # The cache asks only whether the function's own file has changed; kernels call those of other files of this room.
    with contextlib.suppress(AttributeError):  # numba has no public way; without it a developer has to empty the cache
        compiled._cache._cache_file._source_stamp = room_stamp()  # noqa: SLF001
    return compiled


@functools.cache
def _numba() -> Any:
    """Return numba, imported without SciPy's linear algebra.

    numba imports all of that to learn whether it is there, which takes a quarter of a second. It is, for hadimg needs
    SciPy; and numba imports it again when a program calls it.
    """
    import numba

    with contextlib.suppress(ImportError, AttributeError):  # numba has no public way; without it programs start later
        from numba.np import linalg

        ensure, linalg.ensure_blas = linalg.ensure_blas, lambda: None
        try:
            import numba.np.arraymath  # this is what asks
        finally:
            linalg.ensure_blas = ensure
    return numba


def tell_when_compiling(tell: Callable[[], None]) -> None:
    """Have a function called before this process compiles its first kernel; loading kept machine code is no such thing.

    Parameters
    ----------
    tell : callable
        Called once at most, in the thread that compiles.
    """
    _tell[:] = [tell]


def _listen() -> None:
    """Hear of compilations where numba tells of them."""
    if _listening or not _tell:
        return
    with contextlib.suppress(ImportError, AttributeError):
        from numba.core import event

        class Listener(event.Listener):
            def on_start(self, _event: Any) -> None:
                for tell in [_tell.pop()] if _tell else []:
                    tell()

            def on_end(self, _event: Any) -> None:
                """Say nothing: one word is enough."""

        _listening.append(Listener())
        event.register("numba:compile", _listening[0])


@functools.cache
def room_stamp() -> tuple[tuple[str, int, int], ...]:
    """Return what changes when any file of this room does: names, times and sizes.

    Examples
    --------
    >>> [name for name, _, _ in room_stamp() if name == "compiling.py"]
    ['compiling.py']
    """
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
