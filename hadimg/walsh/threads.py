"""Work that is shared among threads: one small pool, made when it is first needed, and made anew after a fork."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["checked_workers", "run_all", "shares"]

SHARED_FROM = 1 << 21
"""Numbers below which waking a thread costs more than it saves: they fit the cache of one core, or nearly so."""

_pools: list[ThreadPoolExecutor] = []


def checked_workers(workers: int | None, size: int) -> int:
    """Return how many threads work on ``size`` numbers.

    Examples
    --------
    >>> checked_workers(None, 64), checked_workers(3, 1 << 24)
    (1, 3)
    """
    if workers is None:
        return (os.cpu_count() or 1) if size >= SHARED_FROM else 1
    if isinstance(workers, bool) or not isinstance(workers, int):
        raise ArgumentTypeError(f"workers must be a whole number or None, got {type(workers).__name__}")
    if workers < 1:
        raise ArgumentError(f"workers must be at least 1, got {workers}", remedy="None takes all cores")
    return workers if size >= SHARED_FROM else 1


def shares(count: int, workers: int) -> list[tuple[int, int]]:
    """Return the parts of ``range(count)`` that as many workers get, without empty ones.

    Examples
    --------
    >>> shares(5, 2), shares(1, 3)
    ([(0, 2), (2, 5)], [(0, 1)])
    """
    parts = min(workers, count)
    edges = [count * k // parts for k in range(parts + 1)] if parts else []
    return list(itertools.pairwise(edges))


def run_all(function: Callable[..., Any], calls: Iterable[tuple[Any, ...]]) -> None:
    """Call a function with each tuple of arguments, all at once, and wait; the first call runs in this thread."""
    first, *others = calls
    if others and not _pools:
        _pools.append(ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="hadimg-walsh"))
    waiting = [_pools[0].submit(function, *call) for call in others]
    function(*first)
    for result in waiting:
        result.result()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # threads do not survive a fork
