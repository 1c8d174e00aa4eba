"""The counts of a run, kept while it goes on, and told to the journal and the caller as they change."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING

from hadimg.batch.outcome import Outcome, Summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.batch.entries import Job
    from hadimg.batch.journal import Journal
    from hadimg.batch.plan import Plan
    from hadimg.batch.recipe import Recipe

__all__ = ["Tally"]


class Tally:
    """Counts outcomes; used by one thread.

    Parameters
    ----------
    plan : Plan
        What is run.
    recipe : Recipe
        What is done.
    journal : Journal, optional
        Where every event is written.
    on_outcome : callable, optional
        What is called with every outcome.
    fail_fast : bool
        Whether the first failure ends the run.
    """

    def __init__(
        self,
        plan: Plan,
        recipe: Recipe,
        journal: Journal | None,
        on_outcome: Callable[[Outcome], None] | None,
        *,
        fail_fast: bool,
    ) -> None:
        self.recipe_digest = recipe.digest()
        self.notes: Counter[str] = Counter()
        self.folders: set[str] = set()
        self._begun = time.monotonic()
        self._total = len(plan.jobs) + len(plan.settled)
        self._journal = journal
        self._on_outcome = on_outcome
        self._fail_fast = fail_fast
        self._counts: Counter[str] = Counter()
        self._failures: list[Outcome] = []
        self._saturated = 0
        self._values = 0
        if journal is not None:
            journal.plan(plan, recipe)

    def settle(self, plan: Plan) -> bool:
        """Count what the plan has settled; return whether to go on."""
        for entry in plan.settled:
            outcome = Outcome(
                entry.source, entry.target, entry.status, entry.reason, kind=entry.kind, remedy=entry.remedy
            )
            self.finished(outcome)
        return not (self._fail_fast and self._failures)

    def started(self, job: Job) -> None:
        """Say that a job begins."""
        if self._journal is not None:
            self._journal.start(job.source, job.target)

    def finished(self, outcome: Outcome) -> bool:
        """Count an outcome; return whether to go on."""
        self._counts[outcome.status] += 1
        self._saturated += outcome.saturated
        self._values += outcome.values
        self.notes.update(set(outcome.notes))
        if outcome.status == "done":
            self.folders.add(os.path.dirname(outcome.target) or os.curdir)
        if outcome.status == "failed":
            self._failures.append(outcome)
        if self._journal is not None:
            self._journal.outcome(outcome, self.recipe_digest)
        if self._on_outcome is not None:
            self._on_outcome(outcome)
        return not (self._fail_fast and self._failures)

    def close(self, interrupted: int | None, abandoned: int) -> Summary:
        """Return the summary, and end the journal with it; the parameters are attributes of `Summary`."""
        summary = self._summary(interrupted, abandoned)
        if self._journal is None:
            return summary
        self._journal.end(summary)
        if self._journal.trouble is not None:
            self.notes[self._journal.trouble] += 1
        return self._summary(interrupted, abandoned)

    def _summary(self, interrupted: int | None, abandoned: int) -> Summary:
        return Summary(
            done=self._counts["done"],
            failed=self._counts["failed"],
            skipped=self._counts["skipped"],
            left=self._total - self._counts.total(),
            seconds=time.monotonic() - self._begun,
            failures=tuple(self._failures),
            notes=tuple(self.notes.items()),
            saturated=self._saturated,
            values=self._values,
            interrupted=interrupted,
            abandoned=abandoned,
        )
