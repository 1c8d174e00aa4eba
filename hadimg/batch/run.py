"""Carry a plan out: some pictures at a time, none of them able to stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.batch.outcome import Outcome, Summary
    from hadimg.batch.plan import Plan
    from hadimg.batch.recipe import Recipe
    from hadimg.errors import Path
    from hadimg.io.limits import Limits

__all__ = ["run"]


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
        The file to which one line is added for everything that happens; see `hadimg.batch.journal`. With
        ``plan.resume`` and no name, ``.hadimg-journal.jsonl`` in the output folder.
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
    """
    raise NotImplementedError
