"""Work on several threads: one lasting pool for all, made when it is first needed and made anew after a fork."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["checked_workers", "core_count", "each"]

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_THREADS = 256
"""Threads of the pool; they are started as they are needed, and a call that gets none does its work alone."""

_pools: list[ThreadPoolExecutor] = []


def core_count() -> int:
    """Return how many processor cores this process may use.

    Examples
    --------
    >>> core_count() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def checked_workers(workers: int | None) -> int:
    """Return how many threads work: as many as the user says, else one for each core.

    Examples
    --------
    >>> checked_workers(3)
    3
    """
    if workers is None:
        return core_count()
    if isinstance(workers, bool) or not isinstance(workers, int):
        raise ArgumentTypeError(f"workers must be a whole number or None, got {type(workers).__name__}")
    if workers < 1:
        raise ArgumentError(f"workers must be at least 1, got {workers}", remedy="None takes all cores")
    return workers


def each(function: Callable[[Item], Result], items: Iterable[Item], *, workers: int | None = None) -> list[Result]:
    """Return what a function gives for each item, in their order, computed on several threads.

    The thread that calls takes items as well, and takes all of them where the pool is busy, so calls may be nested.

    Parameters
    ----------
    function : callable
        What it raises first is raised here, once no thread is at work any more; items that are left are not begun.
    items : iterable
        They are listed before the first one is taken.
    workers : int, optional
        Threads, this one included; one for each core by default.

    Examples
    --------
    >>> each(str, range(3), workers=2)
    ['0', '1', '2']
    """
    jobs = list(items)
    threads = min(checked_workers(workers), len(jobs))
    if threads <= 1:
        return [function(job) for job in jobs]
    turns = iter(range(len(jobs)))
    results: dict[int, Result] = {}

    def take() -> None:
        try:
            for turn in turns:
                results[turn] = function(jobs[turn])
        except BaseException:
            _exhaust(turns)
            raise

    waiting = [_pool().submit(take) for _ in range(threads - 1)]
    try:
        take()
    finally:
        late = [helper for helper in waiting if not helper.cancel()]
        failures = [error for error in (helper.exception() for helper in late) if error is not None]
    if failures:
        raise failures[0]
    return [results[turn] for turn in range(len(jobs))]


def _exhaust(turns: Iterator[Any]) -> None:
    for _ in turns:
        pass


def _pool() -> ThreadPoolExecutor:
    if not _pools:
        _pools.append(ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="hadimg"))
    return _pools[0]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # threads do not survive a fork
