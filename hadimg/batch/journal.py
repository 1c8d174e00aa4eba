r"""The journal of a batch: one JSON object a line for everything that happened, in the order in which it did.

Lines are ASCII (bytes of names that are no UTF-8 appear as ``\udcXX``), each is written by one system call, and new
runs add to the end. Names are absolute. Every line has ``event``; later versions may add keys and events.

======== ==============================================================================================================
event    further keys
======== ==============================================================================================================
plan     begins a run: ``format`` (``"hadimg journal"``), ``version`` (1), ``program``, ``time`` (UTC), ``output``,
         ``plan`` and ``recipe`` (SHA-256), ``settings`` (the recipe), ``pictures``, ``overwrite``, ``resume``
ignored  ``input``, ``reason``: an entry of an input folder that is no business of a batch
start    ``input``, ``output``
done     ``input``, ``output``, ``input_sha256``, ``output_sha256``, ``recipe``, ``program``, ``seconds``, ``notes``
         (all that was odd or could not be carried over), ``saturated``, ``values`` (of how many values)
failed   ``input``, ``output``, ``type`` (the exception's class), ``reason``, ``remedy``, ``seconds``
skipped  ``input``, ``output``, ``reason``, ``remedy``
end      ``done``, ``failed``, ``skipped``, ``left``, ``seconds``, ``signal`` (a number, or null)
======== ==============================================================================================================

``output`` is empty where no name was decided. A picture with ``start`` and nothing after it was being worked on when
the run was killed. A line that is cut, because the run was killed or the disk was full, is ignored by the reader.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hadimg.errors import PlanError
from hadimg.version import __version__

if TYPE_CHECKING:
    from hadimg.batch.outcome import Outcome, Summary
    from hadimg.batch.plan import Plan
    from hadimg.batch.recipe import Recipe

__all__ = ["DEFAULT_NAME", "FORMAT", "Journal", "default_journal", "program_version"]

DEFAULT_NAME = ".hadimg-journal.jsonl"
FORMAT = "hadimg journal"
VERSION = 1


def default_journal(output: str) -> str:
    """Return the name of the journal of runs that were given none.

    Examples
    --------
    >>> default_journal("out")
    'out/.hadimg-journal.jsonl'
    """
    return os.path.join(output, DEFAULT_NAME)


def program_version() -> str:
    """Return the version of hadimg that is installed."""
    return __version__


class Journal:
    """A journal that is open for adding lines.

    Parameters
    ----------
    path : str
        The file, which is made when it is missing.

    Raises
    ------
    PlanError
        When it cannot be opened, or is a file of another kind.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.trouble: str | None = None
        self._handle: int | None = _open(path)

    def plan(self, plan: Plan, recipe: Recipe) -> None:
        """Begin a run, and name what it leaves alone."""
        self._add(
            "plan",
            format=FORMAT,
            version=VERSION,
            program=program_version(),
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            output=os.path.abspath(plan.output),
            plan=plan.digest(),
            recipe=recipe.digest(),
            settings=recipe.to_dict(),
            pictures=len(plan.jobs) + len(plan.settled),
            overwrite=plan.overwrite,
            resume=plan.resume,
        )
        for entry in plan.ignored:
            self._add("ignored", input=os.path.abspath(entry.source), reason=entry.reason)

    def start(self, source: str, target: str) -> None:
        """Say that a picture is being worked on."""
        self._add("start", input=os.path.abspath(source), output=os.path.abspath(target))

    def outcome(self, outcome: Outcome, recipe_digest: str) -> None:
        """Say what became of a picture."""
        names = {
            "input": os.path.abspath(outcome.source),
            "output": os.path.abspath(outcome.target) if outcome.target else "",
        }
        seconds = round(outcome.seconds, 6)
        if outcome.status == "done":
            self._add(
                "done",
                **names,
                input_sha256=outcome.input_sha256,
                output_sha256=outcome.output_sha256,
                recipe=recipe_digest,
                program=program_version(),
                seconds=seconds,
                notes=list(outcome.notes),
                saturated=outcome.saturated,
                values=outcome.values,
            )
        elif outcome.status == "failed":
            why = {"type": outcome.kind, "reason": outcome.reason, "remedy": outcome.remedy}
            self._add("failed", **names, **why, seconds=seconds)
        else:
            self._add("skipped", **names, reason=outcome.reason, remedy=outcome.remedy)

    def end(self, summary: Summary) -> None:
        """End a run."""
        self._add(
            "end",
            done=summary.done,
            failed=summary.failed,
            skipped=summary.skipped,
            left=summary.left,
            seconds=round(summary.seconds, 6),
            signal=summary.interrupted,
        )

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def remove(self) -> None:
        """Close the file and remove it."""
        self.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)

    def _add(self, event: str, **fields: Any) -> None:
        """Write one line by one call; after the first that fails, say so once in ``trouble`` and write no more."""
        if self._handle is None or self.trouble is not None:
            return
        line = json.dumps({"event": event, **fields}).encode("ascii") + b"\n"
        try:
            written = os.write(self._handle, line)
            reason = "the disk is full" if written < len(line) else None
        except OSError as error:
            reason = error.strerror
        if reason is not None:
            self.trouble = f"the journal is incomplete: {reason}"


def _open(path: str) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
        handle = os.open(path, flags, 0o666)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PlanError(f"the journal cannot be written: {reason}", path=path, remedy="name another file") from error
    try:
        _check_is_journal(handle, path)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _check_is_journal(handle: int, path: str) -> None:
    """Refuse to add to anything but a journal, and end a line that was cut."""
    head = os.read(handle, 256) if stat.S_ISREG(os.fstat(handle).st_mode) else b"other"
    if not head:
        return
    if f'"format": "{FORMAT}"'.encode() not in head:
        raise PlanError("the file is no journal", path=path, remedy="name another file for the journal")
    os.lseek(handle, -1, os.SEEK_END)
    if os.read(handle, 1) != b"\n":
        os.write(handle, b"\n")
