"""Jobs on several threads, whose results come in order and never pile up."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from hadimg.errors import LimitError
from hadimg.threads import checked_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["in_order", "workers_for"]

Item = TypeVar("Item")
Result = TypeVar("Result")


TILES_EACH = 12
"""Tiles of a picture for each thread but two: what a thread works with is then less than 12 bytes a pixel of it."""


def workers_for(workers: int | None, tiles: int) -> int:
    """Return how many threads work on so many tiles.

    Parameters
    ----------
    workers : int, optional
        None takes all cores, as far as memory of a few bytes for each pixel of the picture allows.
    tiles : int
        Never are there more threads.

    Examples
    --------
    >>> workers_for(3, 100), workers_for(3, 2)
    (3, 2)
    """
    wanted = checked_workers(workers)
    if workers is None:
        wanted = min(wanted, max(tiles // TILES_EACH, 2))
    return min(wanted, tiles)


def in_order(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Return an iterator over ``function(item)`` in the order of the items.

    Parameters
    ----------
    function : callable
        Called on ``workers`` threads.
    items : iterable
        Taken one by one, at most ``2 * workers`` ahead of what was asked for.
    workers : int
        With one, everything happens in this thread.

    Examples
    --------
    >>> list(in_order(str, range(5), 2))
    ['0', '1', '2', '3', '4']
    """

    def guarded(item: Item) -> Result:
        try:
            return function(item)
        except MemoryError as error:
            raise LimitError("the memory does not suffice for a tile", remedy="use fewer workers") from error

    if workers == 1:
        yield from map(guarded, items)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="hadimg-codec")
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(guarded, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
