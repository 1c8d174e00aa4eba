"""Every name of a batch, decided and checked before the first picture is read."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hadimg.batch.aim import Aim
from hadimg.batch.entries import Ignored, Job, Settled
from hadimg.batch.inputs import Found, expand
from hadimg.errors import PlanError
from hadimg.io.limits import Limits
from hadimg.io.paths import file_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hadimg.errors import Path

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True)
class Plan:
    """What a batch will do.

    Parameters
    ----------
    output : str
        The folder that holds every target; it is made when it is missing.
    jobs : tuple of Job
        What is read and written, in order.
    settled : tuple of Settled
        What is neither read nor written, and why.
    ignored : tuple of Ignored
        Files and folders in the input folders that are no business of ours, and why; the journal names them.
    input_bytes : int
        Size of all sources together.
    overwrite : bool
        Whether files that stand at a target are replaced.
    resume : bool
        Whether such files are kept when the journal proves that they are what this run would write.
    exclusive : bool
        Whether no other run may write into the output folder at the same time; not so for a single result that was
        named itself.
    notes : tuple of str
        What is worth saying before the start.
    """

    output: str
    jobs: tuple[Job, ...]
    settled: tuple[Settled, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    input_bytes: int = 0
    overwrite: bool = False
    resume: bool = False
    exclusive: bool = True
    notes: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return the SHA-256 of all names, which is the same wherever and however the plan is run."""
        whole = hashlib.sha256()
        for job in self.jobs:
            whole.update(json.dumps([job.source, job.target]).encode())
        return whole.hexdigest()


def make_plan(
    inputs: Path | Sequence[Path],
    output: Path,
    *,
    recursive: bool = False,
    overwrite: bool = False,
    resume: bool = False,
    suffix: str | None = None,
    limits: Limits | None = None,
) -> Plan:
    """Decide what is read and where it is written, and refuse what would lose or collide with something.

    Nothing is written, and no file is opened.

    Parameters
    ----------
    inputs : str, bytes or path, or sequence of them
        Files and folders. A folder gives its files whose suffix belongs to a format of the table, sorted by name;
        hidden files are left alone. A file that is named here is always taken, whatever its suffix.
    output : str, bytes or path
        The folder for the results, in which the tree below each input folder is mirrored; or, for one single input
        file, the name of the result, when it ends in the suffix of a format and is no folder.
    recursive : bool
        Whether folders are followed into their folders (links to folders are not).
    overwrite : bool
        Whether files that stand at a target are replaced; otherwise they are skipped.
    resume : bool
        Whether files that stand at a target are looked up in the journal of an earlier run; see `run`.
    suffix : str, optional
        The suffix of all results, such as ``".png"``; without it each keeps its source's name.
    limits : Limits, optional
        Files that are larger fail without being read.

    Returns
    -------
    Plan
        The jobs in order, and every file that is left out with its reason.

    Raises
    ------
    PlanError
        When a named input is missing, two inputs have one output, an output is an input (also through links), the
        output cannot be a folder or not be written to, or the disk has not enough space.
    """
    from hadimg.batch.checks import Draft, check_output, check_space, drop_doubles, sort_out_existing

    named: list[Path] = [inputs] if isinstance(inputs, str | bytes | os.PathLike) else list(inputs)
    if not named:
        raise PlanError("no input was named", remedy="name files or folders")
    aim = Aim.make(named, file_name(output), suffix)
    draft = Draft(overwrite=overwrite, resume=resume)
    for entry in expand(named, recursive=recursive, output=check_output(aim.folder), limits=limits or Limits()):
        if isinstance(entry, Found):
            aimed = aim.job(entry)
            if isinstance(aimed, Job):
                draft.add(aimed, entry.status)
            else:
                draft.settled.append(aimed)
        elif isinstance(entry, Settled):
            draft.settled.append(entry)
        else:
            draft.ignored.append(entry)
    drop_doubles(draft)
    input_bytes = sum(draft.sizes)
    sort_out_existing(draft)
    check_space(aim.folder, sum(draft.sizes))
    return Plan(
        aim.folder,
        tuple(draft.jobs),
        tuple(draft.settled),
        tuple(draft.ignored),
        input_bytes=input_bytes,
        overwrite=overwrite,
        resume=resume,
        exclusive=aim.name is None,
        notes=(*draft.notes, *_notes_on_ignored(draft.ignored)),
    )


def _notes_on_ignored(ignored: Sequence[Ignored]) -> list[str]:
    """Return one note for each reason."""
    counts = Counter(entry.reason for entry in ignored)
    return [f"{reason}: {count} left alone" for reason, count in counts.items()]
