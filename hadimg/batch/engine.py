"""Threads that work on some pictures at a time, started one by one, and that end soon when asked to."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from hadimg.batch.gate import Dropped, Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hadimg.batch.entries import Job
    from hadimg.batch.outcome import Outcome
    from hadimg.batch.signals import Wish

__all__ = ["carry_out"]

GRACE = 1.2
"""Seconds that decoders and encoders get to come to an end after a signal."""


def carry_out(
    jobs: Iterable[Job],
    work: Callable[[Job], Outcome],
    *,
    workers: int,
    gate: Gate,
    wish: Wish,
    started: Callable[[Job], None],
    finished: Callable[[Outcome], bool],
    meanwhile: Callable[[], None] = lambda: None,
) -> int:
    """Run ``work`` on every job, on ``workers`` of them at a time.

    Parameters
    ----------
    jobs : iterable of Job
        Taken one by one, when there is a thread for the next.
    work : callable
        Called in a thread; it raises nothing but `Dropped`.
    workers : int
        Number of threads.
    gate : Gate
        Shut when the work ends early, so that no more results are written.
    wish : Wish
        Whether a signal has asked for the end.
    started : callable
        Called in the calling thread before each job.
    finished : callable
        Called in the calling thread with each outcome; returns whether to go on.
    meanwhile : callable
        Called in the calling thread once the first jobs have begun.

    Returns
    -------
    int
        How many pictures were still inside a decoder or encoder when the time after a signal was over.
    """
    threads = ThreadPoolExecutor(workers, thread_name_prefix="hadimg-batch")
    engine = _Engine(jobs, lambda job: threads.submit(work, job), workers, gate)
    try:
        wish.wake = engine.wake
        engine.fill(wish, started)
        meanwhile()
        while engine.running and engine.collect(finished):
            engine.fill(wish, started)
        gate.wait()
        engine.collect_late(finished)
        return len(engine.running)
    finally:  # also when a callback raises: nobody is left writing when this returns
        gate.shut()
        threads.shutdown(wait=False, cancel_futures=True)
        gate.wait()


class _Engine:
    """The pictures that are being worked on, and the queue through which threads and signals reach this one."""

    def __init__(self, jobs: Iterable[Job], submit: Callable[[Job], Future[Outcome]], workers: int, gate: Gate) -> None:
        self.running: set[Future[Outcome]] = set()
        self._waiting = iter(jobs)
        self._submit = submit
        self._workers = workers
        self._gate = gate
        self._events: SimpleQueue[Future[Outcome] | None] = SimpleQueue()
        self._going_on = True
        self._deadline: float | None = None

    def wake(self) -> None:
        """Say that a signal came; this queue may be used from a signal handler."""
        self._events.put(None)

    def fill(self, wish: Wish, started: Callable[[Job], None]) -> None:
        """Start pictures while there are threads for them."""
        while self._going_on and wish.signal is None and len(self.running) < self._workers:
            job = next(self._waiting, None)
            if job is None:
                return
            started(job)
            future = self._submit(job)
            self.running.add(future)
            future.add_done_callback(self._events.put)

    def collect(self, finished: Callable[[Outcome], bool]) -> bool:
        """Wait for one picture, or for a signal; return False when a signal came and its time is over."""
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        try:
            future = self._events.get(timeout=left)
        except Empty:
            return False
        if future is None:
            self._gate.shut()
            self._deadline = time.monotonic() + GRACE
            return True
        self._settle(future, finished)
        return True

    def collect_late(self, finished: Callable[[Outcome], bool]) -> None:
        """Take what was finished while the gate was being waited for."""
        for future in [one for one in self.running if one.done()]:
            self._settle(future, finished)

    def _settle(self, future: Future[Outcome], finished: Callable[[Outcome], bool]) -> None:
        self.running.discard(future)
        try:
            outcome = future.result()
        except Dropped:
            return
        self._going_on = finished(outcome) and self._going_on
