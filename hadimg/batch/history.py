"""What an earlier run's journal proves about the files that stand at targets."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from hadimg.batch.journal import FORMAT
from hadimg.errors import FormatError, ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.batch.entries import Job

__all__ = ["History", "Record", "read_history"]

_LONGEST_LINE = 1 << 20


class Record(NamedTuple):
    """How a result was made: SHA-256 of input, output and recipe, and the program's version."""

    input_sha256: str
    output_sha256: str
    recipe: str
    program: str


class History:
    """What a journal says.

    Parameters
    ----------
    done : dict of str to Record
        How each result was made last, by its absolute name.
    deaths : dict of str to int
        In how many runs each source was started and nothing was heard of it again, by its absolute name.
    """

    def __init__(self, done: dict[str, Record] | None = None, deaths: Counter[str] | None = None) -> None:
        self.done = done or {}
        self.deaths = deaths or Counter()

    def doubt(self, job: Job, record: Record) -> str | None:
        """Return why the file at a target may not be what this run would write, or None when it certainly is.

        Parameters
        ----------
        job : Job
            The job, whose target exists.
        record : Record
            How this run would make it, with the SHA-256 of the file that stands there.

        Examples
        --------
        >>> from hadimg.batch.entries import Job
        >>> History().doubt(Job("a.jpg", "out/a.jpg"), Record("1", "2", "3", "0.1"))
        'the output exists, and no journal tells how it was made'
        """
        past = self.done.get(os.path.abspath(job.target))
        if past is None:
            return "the output exists, and no journal tells how it was made"
        reasons = (
            "the output exists, and its input has changed since",
            "the output exists, and was changed after it was made",
            "the output exists, and was made with other settings",
            "the output exists, and was made by another version of hadimg",
        )
        return next((reason for reason, old, new in zip(reasons, past, record, strict=True) if old != new), None)

    def suspicious(self, job: Job) -> bool:
        """Return whether a source was being worked on when two runs or more were killed."""
        return self.deaths[os.path.abspath(job.source)] >= 2


def read_history(path: str) -> History:
    """Return what a journal says; nothing when there is none.

    Parameters
    ----------
    path : str
        The journal.

    Raises
    ------
    ReadError
        When it cannot be read.
    FormatError
        When it is no journal.
    """
    done: dict[str, Record] = {}
    deaths: Counter[str] = Counter()
    running: set[str] = set()
    for line in _lines(path):
        event = line.get("event")
        if event == "plan":
            deaths.update(running)
            running.clear()
        elif event == "start":
            running.add(_text(line, "input", path))
        elif event in ("done", "failed", "skipped"):
            running.discard(_text(line, "input", path))
            if event == "done":
                done[_text(line, "output", path)] = Record(*(_text(line, key, path) for key in Record._fields))
        elif event == "end":
            running.clear()
    deaths.update(running)
    return History(done, deaths)


def _lines(path: str) -> Iterator[dict[str, Any]]:
    """Yield the lines that are whole; the first must be that of a journal."""
    first = True
    try:
        with open(path, "rb") as stream:
            while text := stream.readline(_LONGEST_LINE):
                line = _parsed(text, path)
                if first and (line is None or line.get("format") != FORMAT):
                    raise FormatError("the file is no journal", path=path, remedy="name the journal of an earlier run")
                first = False
                if line is not None:
                    yield line
    except FileNotFoundError:
        return
    except OSError as error:
        raise ReadError(f"cannot read the journal: {error.strerror}", path=path) from error


def _parsed(text: bytes, path: str) -> dict[str, Any] | None:
    """Return a line as an object, None when it was cut."""
    if len(text) == _LONGEST_LINE:
        raise FormatError("a line of the journal is longer than 1 MiB", path=path, remedy="start a new journal")
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def _text(line: dict[str, Any], key: str, path: str) -> str:
    value = line.get(key)
    if not isinstance(value, str):
        raise FormatError(f"a line of the journal has no text {key!r}", path=path, remedy="start a new journal")
    return value
