"""How many threads a transform is worth, and what each of them does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from hadimg.threads import checked_workers, each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["run_all", "shares", "workers_for"]

SHARED_FROM = 1 << 21
"""Numbers below which waking a thread costs more than it saves: they fit the cache of one core, or nearly so."""


def workers_for(workers: int | None, size: int) -> int:
    """Return how many threads work on ``size`` numbers.

    Examples
    --------
    >>> workers_for(None, 64), workers_for(3, 1 << 24)
    (1, 3)
    """
    wanted = checked_workers(workers)
    return wanted if size >= SHARED_FROM else 1


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
    """Call a function with each tuple of arguments, all at once, and wait."""
    listed = list(calls)
    each(lambda call: function(*call), listed, workers=len(listed))
