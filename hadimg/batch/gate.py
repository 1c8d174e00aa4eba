"""The one door through which results leave, which can be shut, and the memory that pictures share until they do."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

__all__ = ["Budget", "Dropped", "Gate", "Place"]

PATIENCE = 0.1
"""Seconds after which those who wait look whether the run has ended."""
LARGE_FILE = 1 << 24
"""Bytes from which on a file is no small part of its picture."""


class Dropped(Exception):  # noqa: N818 (nothing went wrong)
    """The run is ending, and this picture is given up."""


class Gate:
    """Lets pictures go on until it is shut; a file that is being written is always finished."""

    def __init__(self) -> None:
        self._open = True
        self._passing = 0
        self._changed = Condition()

    def check(self) -> None:
        """Raise Dropped when the gate is shut; called between the long steps."""
        if not self._open:
            raise Dropped

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Hold the gate open while a file is written."""
        with self._changed:
            self.check()
            self._passing += 1
        try:
            yield
        finally:
            with self._changed:
                self._passing -= 1
                self._changed.notify_all()

    def shut(self) -> None:
        """Let nobody in any more."""
        with self._changed:
            self._open = False

    def wait(self) -> None:
        """Wait until nobody is passing."""
        with self._changed:
            self._changed.wait_for(lambda: self._passing == 0)


class Place:
    """What one picture holds of a `Budget`: memory, and, unless it waits, one of the places for work."""

    def __init__(self) -> None:
        self.at_work = True


class Budget:
    """Memory for pictures and their files, which those that are worked on at the same time share.

    A picture larger than all of it is let in alone.

    Parameters
    ----------
    capacity : int
        Bytes of decoded pictures.
    pictures : int
        How many pictures may be worked on at the same time, however small they are; and how many large files be held.
    """

    def __init__(self, capacity: int, pictures: int = 1 << 30) -> None:
        self._capacity = capacity
        self._pictures = pictures
        self._taken = 0
        self._held = 0
        self._at_work = 0
        self._large_files = 0
        self._changed = Condition()

    @contextmanager
    def reserve(self, amount: int, gate: Gate) -> Iterator[Place]:
        """Wait for ``amount`` bytes and a place, and hold them; who waits when the gate is shut is dropped."""
        with self._changed:
            self._wait_until(lambda: self._held == 0 or self._fits(amount), gate)
            self._taken += amount
            self._held += 1
            self._at_work += 1
        place = Place()
        try:
            yield place
        finally:
            with self._changed:
                self._taken -= amount
                self._held -= 1
                self._at_work -= place.at_work
                self._changed.notify_all()

    @contextmanager
    def file(self, size: int, gate: Gate) -> Iterator[None]:
        """Hold a file from before it is read until its result is written; large ones take turns for that.

        Small files are read while others are worked on, and results are written meanwhile. Files that are as large as
        their pictures would fill the memory that way.
        """
        if size < LARGE_FILE:
            yield
            return
        with self._changed:
            self._wait_until(lambda: self._large_files < self._pictures, gate)
            self._large_files += 1
        try:
            yield
        finally:
            with self._changed:
                self._large_files -= 1
                self._changed.notify_all()

    def wait(self, place: Place, ready: Event, gate: Gate) -> None:
        """Wait for an event that all pictures need, and let another one be worked on meanwhile."""
        if ready.is_set():
            return
        with self._changed:
            self._at_work -= 1
            place.at_work = False
            self._changed.notify_all()
        while not ready.wait(PATIENCE):
            gate.check()
        with self._changed:
            self._wait_until(lambda: self._at_work < self._pictures, gate)
            self._at_work += 1
            place.at_work = True

    def _wait_until(self, done: Callable[[], bool], gate: Gate) -> None:
        while not self._changed.wait_for(done, timeout=PATIENCE):
            gate.check()

    def _fits(self, amount: int) -> bool:
        return self._at_work < self._pictures and self._taken + amount <= self._capacity

    def shrink(self) -> None:
        """Let pictures in one at a time from now on, after memory ran out."""
        with self._changed:
            self._capacity = 0
