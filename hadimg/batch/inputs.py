"""The files that the named inputs stand for: folders walked in a fixed order, each folder and each loop once."""

from __future__ import annotations

import difflib
import errno
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from hadimg.batch.entries import Ignored, Settled, failed
from hadimg.batch.names import identity, readable
from hadimg.errors import HadimgError, PlanError, printable
from hadimg.io.naming import named_format
from hadimg.io.paths import file_name
from hadimg.io.reading import check_regular, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.errors import Path
    from hadimg.io.limits import Limits

__all__ = ["Found", "expand"]


class Found(NamedTuple):
    """A file to read: its name, its name below the output folder, and what the disk says about it."""

    source: str
    name: str
    status: os.stat_result


NO_PICTURE = "the suffix belongs to no picture format"
NOT_RECURSIVE = "folders in folders are followed only with --recursive"
LINK_TO_FOLDER = "links to folders are not followed"


def expand(
    inputs: Sequence[Path], *, recursive: bool, output: os.stat_result | None, limits: Limits
) -> Iterator[Found | Settled | Ignored]:
    """Yield every file that the inputs stand for, in the order of the inputs and of the names in each folder.

    Parameters
    ----------
    inputs : sequence of str, bytes or path
        Files and folders.
    recursive : bool
        Whether folders in folders are followed.
    output : stat_result, optional
        Of the output folder, which is never followed.
    limits : Limits
        Files that are larger are settled as failed.

    Raises
    ------
    PlanError
        When an input is missing, or is the output folder.
    """
    for item in inputs:
        named = file_name(item)
        status = _status_of_input(named)
        if status is None:
            yield failed(named, unreadable(FileNotFoundError(errno.ENOENT, ""), named))
        elif not stat.S_ISDIR(status.st_mode):
            yield _checked(Found(named, os.path.basename(named), status), limits)
        elif output is not None and identity(status) == identity(output):
            raise PlanError(
                "the output folder is an input folder", path=named, remedy="choose another folder for the results"
            )
        else:
            yield from _walk(named, status, recursive=recursive, output=output, limits=limits)


def _status_of_input(named: str) -> os.stat_result | None:
    """Return the status of a named input, None for a link that leads nowhere; refuse a name that stands for nothing."""
    try:
        return os.stat(named)
    except (OSError, ValueError) as error:
        if os.path.islink(named):
            return None
        reason = unreadable(error, named) if isinstance(error, OSError) else HadimgError(str(error))
        raise PlanError(reason.reason, path=named, remedy=_similar(named) or reason.remedy) from error


def _similar(named: str) -> str | None:
    folder, name = os.path.split(named.rstrip(os.sep))
    try:
        close = difflib.get_close_matches(name, os.listdir(folder or "."), n=1)
    except (OSError, ValueError):
        return None
    return f"did you mean {printable(os.path.join(folder, close[0]))}?" if close else None


def _walk(
    root: str, status: os.stat_result, *, recursive: bool, output: os.stat_result | None, limits: Limits
) -> Iterator[Found | Settled | Ignored]:
    visited = {identity(status)} | ({identity(output)} if output else set())
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            names = sorted(os.listdir(os.path.join(root, below)), reverse=True)
        except OSError as error:
            folder = os.path.join(root, below) if below else root
            yield failed(folder, unreadable(error, folder))
            continue
        folders = []
        while names:  # emptied on the way: a hundred thousand names are not kept twice
            name = os.path.join(below, names.pop())
            if os.path.basename(name).startswith("."):
                continue
            entry = _entry(root, name, limits)
            if entry is not None:
                yield entry
            elif not _first_visit(os.path.join(root, name), visited):
                continue
            elif recursive:
                folders.append(name)
            else:
                yield Ignored(os.path.join(root, name), NOT_RECURSIVE)
        waiting.extend(reversed(folders))


def _first_visit(folder: str, visited: set[tuple[int, int]]) -> bool:
    try:
        here = identity(os.stat(folder))
    except OSError:
        return True  # listing it says why not
    if here in visited:
        return False
    visited.add(here)
    return True


def _entry(root: str, name: str, limits: Limits) -> Found | Settled | Ignored | None:
    """Return what an entry of a folder is; None for a folder."""
    source = os.path.join(root, name)
    try:
        status = os.lstat(source)
        return None if stat.S_ISDIR(status.st_mode) else _file(root, name, status, limits)
    except OSError as error:
        return failed(source, unreadable(error, source))


def _file(root: str, name: str, status: os.stat_result, limits: Limits) -> Found | Settled | Ignored:
    source = os.path.join(root, name)
    link = stat.S_ISLNK(status.st_mode)
    if link and os.path.isdir(source):
        return Ignored(source, LINK_TO_FOLDER)
    row = named_format(name)
    if row is None:
        return Ignored(source, NO_PICTURE)
    if row.module is None:
        return Settled(source, "", "skipped", f"{row.title} is not read", row.remedy)
    if link and not _inside(root, source):
        return Settled(source, "", "skipped", "a link that leads out of the folder", "name it as an input")
    return _checked(Found(source, name, os.stat(source) if link else status), limits)


def _inside(root: str, link: str) -> bool:
    top = os.path.realpath(root)
    return os.path.commonpath([top, os.path.realpath(link)]) == top


def _checked(found: Found, limits: Limits) -> Found | Settled:
    """Settle what can be told from outside to be no readable file."""
    try:
        check_regular(found.status.st_mode)
        limits.check("file_bytes", found.status.st_size)
    except HadimgError as error:
        return failed(found.source, error)
    if not readable(found.source):
        return failed(found.source, unreadable(PermissionError(errno.EACCES, ""), found.source))
    return found
