"""SIGINT and SIGTERM as a wish to end soon."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["Wish", "signals_caught"]


def _nothing() -> None:
    """Wake nobody."""


class Wish:
    """The number of the signal that asked for the end, or None; and what to call, from the handler, when it comes."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.wake: Callable[[], None] = _nothing


@contextmanager
def signals_caught() -> Iterator[Wish]:
    """Note the first SIGINT or SIGTERM instead of dying of it; the second does what it does by default.

    Outside the main thread nothing is changed, and a signal that is ignored, as in programs that a shell script
    started in the background, stays so.
    """
    wish = Wish()

    def note(number: int, _frame: FrameType | None) -> None:
        wish.signal = number
        for caught in previous:
            signal.signal(caught, signal.SIG_DFL)
        wish.wake()

    previous = {}
    if threading.current_thread() is threading.main_thread():
        numbers = (signal.SIGINT, signal.SIGTERM)
        previous = {number: signal.getsignal(number) for number in numbers}
        previous = {number: old for number, old in previous.items() if old is not signal.SIG_IGN}
    try:
        for number in previous:
            signal.signal(number, note)
        yield wish
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
