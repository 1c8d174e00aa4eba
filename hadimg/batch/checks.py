"""What a plan must not do: write over its inputs, write one name twice, fill the disk, touch what stands there."""

from __future__ import annotations

import os
import shutil
import stat
from array import array
from typing import TYPE_CHECKING

import numpy as np

from hadimg.batch.entries import Ignored, Job, Settled, failed
from hadimg.batch.names import folded, groups, identity
from hadimg.errors import PlanError, WriteError, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Draft", "check_output", "check_space", "drop_doubles", "sort_out_existing"]


class Draft:
    """A plan in the making: the jobs, and beside each what the disk says about its source.

    Parameters
    ----------
    overwrite, resume : bool
        As in `make_plan`.
    """

    def __init__(self, *, overwrite: bool, resume: bool) -> None:
        self.overwrite = overwrite
        self.resume = resume
        self.jobs: list[Job] = []
        self.settled: list[Settled] = []
        self.ignored: list[Ignored] = []
        self.notes: list[str] = []
        self.sizes = array("Q")
        self._devices = array("Q")
        self._numbers = array("Q")

    def add(self, job: Job, status: os.stat_result) -> None:
        """Add a job whose source has this status."""
        self.jobs.append(job)
        self.sizes.append(status.st_size)
        self._devices.append(status.st_dev)
        self._numbers.append(status.st_ino)

    def source_identity(self, index: int) -> tuple[int, int]:
        """Return what the source of a job has in common with its other names."""
        return self._devices[index], self._numbers[index]

    def keep(self, indices: Iterable[int]) -> None:
        """Drop all jobs but these."""
        kept = list(indices)
        self.jobs = [self.jobs[index] for index in kept]
        self.sizes, self._devices, self._numbers = (
            array("Q", (column[index] for index in kept)) for column in (self.sizes, self._devices, self._numbers)
        )


def check_output(folder: str) -> os.stat_result | None:
    """Return the status of the output folder, None when it is to be made; refuse one that cannot be used.

    Raises
    ------
    PlanError
        When it is no folder, or nothing can be written there.
    """
    if not folder:
        raise PlanError("the output has no name", remedy="name a folder")
    try:
        status = os.stat(folder)
    except (OSError, ValueError) as error:
        if os.path.lexists(folder) or not isinstance(error, FileNotFoundError):
            raise PlanError("the output folder cannot be used", path=folder, remedy="name another folder") from error
        status = None
    place = os.path.abspath(folder)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        raise PlanError("the output is no folder", path=place, remedy="name another folder")
    if not os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PlanError("no permission to write into the folder", path=place, remedy="choose another output folder")
    return status


def drop_doubles(draft: Draft) -> None:
    """Keep each file that was named twice once; refuse two files that would become one.

    Names are compared as on disks that ignore case, so that a batch made here can be copied there.
    """
    doubles: set[int] = set()
    for first, *others in groups(len(draft.jobs), lambda index: folded(draft.jobs[index].target)):
        for other in others:
            one, two = draft.jobs[first], draft.jobs[other]
            if one.target != two.target or draft.source_identity(first) != draft.source_identity(other):
                raise PlanError(
                    f"two inputs have one output: {printable(one.source)} and {printable(two.source)} would both"
                    f" become {printable(one.target)}",
                    remedy="rename one, or use two output folders",
                )
            doubles.add(other)
    if doubles:
        draft.keep(index for index in range(len(draft.jobs)) if index not in doubles)


def sort_out_existing(draft: Draft) -> None:
    """Settle the jobs whose target stands there already; refuse those whose target is an input by any name.

    Raises
    ------
    PlanError
        When an output is an input.
    """
    kept = []
    linked = 0
    existing = array("q")
    settled = []
    for index, job in enumerate(draft.jobs):
        try:
            old = os.lstat(job.target)
        except OSError:
            kept.append(index)
            continue
        existing.append(hash(identity(_followed(job.target, old))))
        decision = _decide(job, old, overwrite=draft.overwrite, resume=draft.resume)
        if decision is not None:
            settled.append(decision)
            continue
        kept.append(index)
        linked += draft.overwrite and old.st_nlink > 1
        draft.sizes[index] = max(0, draft.sizes[index] - old.st_size) if draft.overwrite else 0
    _refuse_inputs(draft, existing)
    draft.settled.extend(settled)
    draft.keep(kept)
    if linked:
        draft.notes.append(f"{linked} outputs have other names (hard links), under which the old content stays")


def _followed(target: str, old: os.stat_result) -> os.stat_result:
    try:
        return os.stat(target)
    except OSError:
        return old


def _decide(job: Job, old: os.stat_result, *, overwrite: bool, resume: bool) -> Settled | None:
    """Return the fate of a job whose target has the status ``old``, None for one that is run."""
    if not (overwrite or resume):
        return Settled(job.source, job.target, "skipped", "the output exists", "--overwrite replaces it")
    if stat.S_ISREG(old.st_mode):
        return None
    what = "a link" if stat.S_ISLNK(old.st_mode) else "no file"
    error = WriteError(f"{what} has the name of the output, {printable(job.target)}", remedy="move it away")
    return failed(job.source, error, job.target)


def _refuse_inputs(draft: Draft, existing: array[int]) -> None:
    """Raise PlanError when one of the files that stand at targets is an input."""
    if not existing:
        return
    sources = np.fromiter((hash(draft.source_identity(index)) for index in range(len(draft.jobs))), np.int64)
    for index in np.flatnonzero(np.isin(sources, np.asarray(existing, np.int64))):
        source = draft.jobs[int(index)].source
        for job in draft.jobs:
            if os.path.exists(job.target) and os.path.samefile(source, job.target):
                raise PlanError(
                    f"this output is the input {printable(source)}",
                    path=job.target,
                    remedy="choose another output folder",
                )


def check_space(folder: str, needed: int) -> None:
    """Refuse a batch whose results are likely not to fit on the disk.

    Raises
    ------
    PlanError
        When less than ``needed`` bytes are free.
    """
    place = os.path.abspath(folder)
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    free = shutil.disk_usage(place).free
    if needed > free:
        raise PlanError(
            f"the results need about {_said(needed)}, the disk has {_said(free)} left",
            path=folder,
            remedy="free some space or choose another disk",
        )


def _said(size: float) -> str:
    """Return a number of bytes as people say it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.0f} TB"
