"""Every name of a batch, decided and checked before the first picture is read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hadimg.errors import Path
    from hadimg.io.limits import Limits

__all__ = ["Job", "Plan", "Settled", "make_plan"]


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to read and the name to write it to."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A file whose fate the plan has already decided: it is named in the journal and the summary, and not read.

    Parameters
    ----------
    source, target : str
        As in `Job`; ``target`` is empty where none was decided.
    status : {'failed', 'skipped'}
        ``failed`` for files that cannot be read or written, ``skipped`` for those that need not or should not.
    reason, remedy : str
        Why, and the way out.
    kind : str
        For failed files, the name of the exception's class.
    """

    source: str
    target: str
    status: Literal["failed", "skipped"]
    reason: str
    remedy: str = ""
    kind: str = ""


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
    input_bytes : int
        Size of all sources together.
    overwrite : bool
        Whether files that stand at a target are replaced.
    resume : bool
        Whether such files are kept when the journal proves that they are what this run would write.
    notes : tuple of str
        What is worth saying before the start.
    """

    output: str
    jobs: tuple[Job, ...]
    settled: tuple[Settled, ...] = ()
    input_bytes: int = 0
    overwrite: bool = False
    resume: bool = False
    notes: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return the SHA-256 of all names, which is the same wherever and however the plan is run."""
        whole = hashlib.sha256()
        for job in self.jobs:
            whole.update(json.dumps([job.source, job.target]).encode())
        return whole.hexdigest()


def make_plan(
    inputs: Sequence[Path],
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
    inputs : sequence of str, bytes or path
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
    raise NotImplementedError
