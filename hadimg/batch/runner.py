"""Carry a plan out: some pictures at a time, none of them able to stop the others."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from hadimg.batch.engine import carry_out
from hadimg.batch.gate import Budget
from hadimg.batch.history import History, read_history
from hadimg.batch.journal import Journal, default_journal
from hadimg.batch.lock import locked
from hadimg.batch.memory import memory_bytes
from hadimg.batch.signals import signals_caught
from hadimg.batch.tally import Tally
from hadimg.batch.worker import Conditions, mask_picture, process
from hadimg.errors import ArgumentError, PlanError
from hadimg.io.atomic import remove_stale, sync_folder
from hadimg.io.limits import Limits
from hadimg.io.paths import file_name
from hadimg.threads import core_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hadimg.batch.entries import Job
    from hadimg.batch.outcome import Outcome, Summary
    from hadimg.batch.plan import Plan
    from hadimg.batch.recipe import Recipe
    from hadimg.errors import Path

__all__ = ["run"]

MANY_BYTES = 1 << 24


def run(
    plan: Plan,
    recipe: Recipe,
    *,
    jobs: int | None = None,
    fail_fast: bool = False,
    journal: Path | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
    limits: Limits | None = None,
    sync: bool = True,
) -> Summary:
    """Read, change and write every picture of ``plan``.

    A picture that fails is named and the others go on. SIGINT and SIGTERM end the run early: no new picture starts,
    the running ones finish or are dropped, and only whole files are left; a second signal kills at once. The handlers
    are set only in the main thread, and put back at the end.

    Parameters
    ----------
    plan : Plan
        From `make_plan`. With ``plan.resume``, a file that stands at a target is kept when the journal proves that the
        same program made it from the same input by the same recipe and nobody changed it since; any other is
        replaced with ``plan.overwrite`` and skipped without.
    recipe : Recipe
        What is done to every picture.
    jobs : int, optional
        How many pictures are worked on at a time; without it, one a processor.
    fail_fast : bool
        Whether no new picture starts after the first failure.
    journal : str, bytes or path, optional
        The file to which one line is added for everything that happens; see `hadimg.batch.journal`. Without a name it
        is ``.hadimg-journal.jsonl`` in the output folder, and is removed again when every picture is done or skipped,
        unless ``plan.resume`` says that it is wanted.
    on_outcome : callable, optional
        Called in the calling thread with the `Outcome` of every file, those that the plan has settled first.
    limits : Limits, optional
        The largest picture that is read; without it, what memory allows.
    sync : bool
        Whether every file is on the disk before it gets its name.

    Returns
    -------
    Summary
        What became of all pictures; ``interrupted`` says whether a signal ended the run.

    Raises
    ------
    PlanError
        When another run writes into the same output folder, or the folder or the journal cannot be used.
    ReadError, FormatError
        When ``plan.resume`` asks for a journal that cannot be read or is none.
    """
    workers = core_count() if jobs is None else jobs
    if workers < 1:
        raise ArgumentError(f"jobs must be 1 or more, got {jobs}")
    with ExitStack() as cleanup:
        wish = cleanup.enter_context(signals_caught())
        if plan.jobs:
            _prepare(plan, cleanup)
        path = _journal_name(plan, journal)
        history = read_history(path) if plan.resume and path else None
        book = None if path is None else Journal(path)
        if book is not None:
            cleanup.callback(book.close)
        tally = Tally(plan, recipe, book, on_outcome, fail_fast=fail_fast)
        conditions = _conditions(plan, tally.recipe_digest, history, limits, sync=sync, pictures=workers)
        abandoned = 0
        if tally.settle(plan) and plan.jobs:
            abandoned = carry_out(
                _order(plan.jobs, history),
                partial(process, recipe=recipe, conditions=conditions),
                # As many again read and write meanwhile: waiting for the disk costs no processor.
                workers=min(workers if fail_fast else 2 * workers, len(plan.jobs)),
                gate=conditions.gate,
                wish=wish,
                started=tally.started,
                finished=tally.finished,
                meanwhile=partial(_get_ready, plan, conditions.ready),
            )
        if sync:
            tally.notes.update(filter(None, (sync_folder(folder) for folder in sorted(tally.folders))))
        summary = tally.close(wish.signal, abandoned)
        if book is not None and journal is None and not plan.resume and not (summary.failed or summary.left):
            book.remove()
        return summary


def _prepare(plan: Plan, cleanup: ExitStack) -> None:
    """Make the output folder, keep other runs out of it, and remove what killed ones left there."""
    try:
        os.makedirs(plan.output, exist_ok=True)
    except OSError as error:
        raise PlanError(
            f"the output folder cannot be made: {error.strerror}", path=plan.output, remedy="choose another one"
        ) from error
    if not plan.exclusive:
        return
    cleanup.enter_context(locked(plan.output))
    for folder in {os.path.dirname(job.target) or os.curdir for job in plan.jobs}:
        remove_stale(folder)


def _get_ready(plan: Plan, ready: Event) -> None:
    """Load the compiled loops while the first pictures are decoded, when they are surely large enough to need them."""
    try:
        if plan.input_bytes >= MANY_BYTES:
            from hadimg.multiplying import load_loops

            load_loops()
    finally:
        ready.set()


def _journal_name(plan: Plan, journal: Path | None) -> str | None:
    if journal is not None:
        return file_name(journal)
    return default_journal(plan.output) if plan.jobs and plan.exclusive else None


def _conditions(
    plan: Plan,
    recipe_digest: str,
    history: History | None,
    limits: Limits | None,
    *,
    sync: bool,
    pictures: int,
) -> Conditions:
    """Return what all pictures share; together they may fill a quarter of the memory with decoded pixels.

    A picture takes about three times that while it is encoded.
    """
    share = memory_bytes() // 4
    return Conditions(
        overwrite=plan.overwrite,
        history=history,
        recipe_digest=recipe_digest,
        limits=limits or Limits(decoded_bytes=min(Limits.decoded_bytes, share)),
        sync=sync,
        operation=mask_picture,
        budget=Budget(share, pictures),
        ready=Event(),
    )


def _order(jobs: Sequence[Job], history: History | None) -> Iterator[Job]:
    """Yield the jobs; those that were being worked on when earlier runs were killed come last."""
    if history is None:
        yield from jobs
        return
    yield from (job for job in jobs if not history.suspicious(job))
    yield from (job for job in jobs if history.suspicious(job))
