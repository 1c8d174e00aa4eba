"""The bytes of a file, read once, without ever waiting for something that is no file."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from hadimg.errors import HadimgError, LimitError, ReadError
from hadimg.io.paths import as_path

if TYPE_CHECKING:
    import pathlib
    from io import FileIO

    from hadimg.errors import Path
    from hadimg.io.limits import Limits

__all__ = ["check_regular", "read_bytes"]

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

_REASONS = {
    errno.ENOENT: ("no such file or folder", "check the name"),
    errno.ENOTDIR: ("no such file or folder", "check the name"),
    errno.EACCES: ("no permission to read", "change the permissions of the file"),
    errno.EPERM: ("no permission to read", "change the permissions of the file"),
    errno.ELOOP: ("the link leads to itself", "remove the link"),
    errno.ENAMETOOLONG: ("the name is too long", "check the name"),
}

_BLOCK = 1 << 16


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return the whole content of a file, read once.

    Parameters
    ----------
    path : str, bytes or path
        The file; links are followed.
    limits : Limits
        ``file_bytes`` is checked before anything is read.

    Raises
    ------
    ReadError
        When it is missing, empty, no file, not readable, or changes while it is read.
    LimitError
        When it is too large.
    """
    file = as_path(path)
    try:
        return _read(file, limits)
    except HadimgError as error:
        raise error.at(path) from error.__cause__
    except OSError as error:
        raise unreadable(error, path) from error
    except MemoryError as error:
        raise LimitError("the file needs more memory than there is", path=path, remedy="use fewer jobs") from error
    except ValueError as error:  # a NUL character
        raise ReadError(f"no file can have this name: {error}", path=path) from error


def unreadable(error: OSError, path: Path) -> ReadError:
    """Return what the system said about a file as a ReadError that names the way out."""
    reason, remedy = _REASONS.get(error.errno or 0, (f"cannot read: {error.strerror or error}", None))
    return ReadError(reason, path=path, remedy=remedy)


def check_regular(mode: int) -> None:
    """Raise ReadError when ``mode``, from `os.stat`, is that of something that is no file."""
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise ReadError(f"not a file but {kind}", remedy="give a picture file")


def _read(file: pathlib.Path, limits: Limits) -> bytes:
    check_regular(file.stat().st_mode)  # before opening: opening a pipe waits, opening a device may do anything
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, flags), "rb", buffering=0) as stream:
        before = os.fstat(stream.fileno())
        check_regular(before.st_mode)
        limits.check("file_bytes", before.st_size)
        data = _read_to_end(stream, before.st_size, limits)
        after = os.fstat(stream.fileno())
    # Files of the system, such as those in /proc, declare no size.
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or len(data) < before.st_size:
        raise ReadError("the file changed while it was read", remedy="run again when nobody writes to it")
    if not data:
        raise ReadError("the file is empty", remedy="copy it again")
    return data


def _read_to_end(stream: FileIO, size: int, limits: Limits) -> bytes:
    """Read all in one piece where the declared size is true, and never much more than the limit where it is not."""
    parts = []
    length = 0
    while part := stream.read(max(size + 1 - length, _BLOCK)):
        parts.append(part)
        length += len(part)
        limits.check("file_bytes", length)
    return parts[0] if len(parts) == 1 else b"".join(parts)
