"""Write a file whole or not at all, whatever breaks in between.

The data go to a temporary file beside the target, which gets the target's name only when the file system has taken
every byte. The name of a temporary says which process made it, so that a later run can clean up after one that was
killed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from typing import TYPE_CHECKING

from hadimg.errors import WriteError
from hadimg.io.paths import as_path

if TYPE_CHECKING:
    import pathlib

    from hadimg.errors import Path

__all__ = ["remove_stale", "sync_folder", "write_bytes"]

_SESSION = os.urandom(4).hex()
"""Tells the temporaries of this process from those of a dead one that had the same number."""

_TEMPORARY = re.compile(r"\.hadimg-(\d+)-([0-9a-f]{8})[0-9a-f]{8}\.part")

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
"""What `os.link` answers on file systems without hard links."""

_REMEDIES = {
    errno.ENOSPC: "free some space and run again",
    errno.EDQUOT: "free some space and run again",
    errno.EFBIG: "raise the limit (ulimit -f) or choose another disk",
    errno.EROFS: "choose another folder",
    errno.EACCES: "choose another folder",
    errno.EPERM: "choose another folder",
    errno.ENOENT: "make the folder first",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def write_bytes(path: Path, data: bytes, *, overwrite: bool, sync: bool = True) -> None:
    """Write a file so that its name never stands for anything but the whole old or the whole new content.

    Parameters
    ----------
    path : str, bytes or path
        The target. A symbolic link is followed when it is overwritten: the file it stands for is replaced.
    data : bytes
        The whole content.
    overwrite : bool
        Whether a file that stands there is replaced, keeping its permissions; otherwise it is never touched, even if
        it appears in the last moment.
    sync : bool
        Whether the data are on the disk before the file gets its name, so that not even a power loss leaves less.

    Raises
    ------
    WriteError
        When the file cannot be written; what stood there before is unchanged and no temporary is left.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "a.txt")
    ...     write_bytes(target, b"first", overwrite=False)
    ...     write_bytes(target, b"second", overwrite=True)
    ...     target.read_bytes()
    b'second'
    """
    target = as_path(path)
    try:
        target = target.resolve() if overwrite else target
        mode = _mode_of_old(target, overwrite=overwrite)
        temporary = target.with_name(_temporary_name())
        try:
            _fill(temporary, data, mode=mode, sync=sync)
            _publish(temporary, target, overwrite=overwrite)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except FileExistsError as error:
        raise WriteError("the file exists", path=path, remedy="allow overwriting or choose another name") from error
    except WriteError as error:
        raise error.at(path) from error.__cause__
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        raise WriteError(f"cannot write: {error.strerror or error}", path=path, remedy=remedy) from error
    except (ValueError, RuntimeError) as error:  # a NUL character; links that lead to each other
        raise WriteError(f"no file can have this name: {error}", path=path) from error


def _temporary_name() -> str:
    return f".hadimg-{os.getpid()}-{_SESSION}{os.urandom(4).hex()}.part"


def _mode_of_old(target: pathlib.Path, *, overwrite: bool) -> int | None:
    """Return the permissions of the file at ``target``, None without one; refuse what may not be replaced."""
    try:
        kind = target.lstat().st_mode
    except FileNotFoundError:
        return None
    if not overwrite:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    if stat.S_ISREG(kind):
        return stat.S_IMODE(kind)
    raise WriteError("a folder or a device has this name", remedy="choose another name")


def _fill(temporary: pathlib.Path, data: bytes, *, mode: int | None, sync: bool) -> None:
    """Make the temporary and see that every byte arrives."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    # A new file gets what the umask allows; one that replaces another is private until it has the other's mode.
    handle = os.open(temporary, flags, 0o666 if mode is None else 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if os.fstat(handle).st_size != len(data):
            raise WriteError(f"the disk kept {os.fstat(handle).st_size} of {len(data)} bytes", remedy="check the disk")
        if mode is not None and stat.S_IMODE(os.fstat(handle).st_mode) != mode:
            temporary.chmod(mode)
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)  # before the file gets its name: some network file systems tell only now that the disk is full


def _publish(temporary: pathlib.Path, target: pathlib.Path, *, overwrite: bool) -> None:
    """Give the temporary its name, in one step."""
    if overwrite:
        temporary.replace(target)
        return
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _publish_without_links(temporary, target)
    else:
        with contextlib.suppress(OSError):  # the file is whole; a later run removes its second name
            temporary.unlink()


def _publish_without_links(temporary: pathlib.Path, target: pathlib.Path) -> None:
    """Take the name first, empty, so that nobody else can have it; then replace the empty file."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    try:
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink()
        raise


def sync_folder(folder: Path) -> str | None:
    """See that the names in ``folder`` survive a power loss; return why not, or None.

    The files themselves are whole either way, so that a failure is worth a note and no more.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        return f"the folder could not be synced: {error.strerror}"
    try:
        os.fsync(handle)
    except OSError as error:
        return f"the folder could not be synced: {error.strerror}"
    finally:
        os.close(handle)
    return None


def remove_stale(folder: Path) -> int:
    """Remove the temporaries that killed processes left in ``folder``, and return how many.

    Those of living processes stay. Call it with the lock of the output folder held: process numbers mean nothing
    between machines, or containers, that share a folder.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pathlib.Path(folder, ".hadimg-999999999-0123456789abcdef.part").touch()
    ...     remove_stale(folder), os.listdir(folder)
    (1, [])
    """
    removed = 0
    with contextlib.suppress(OSError):
        for file in as_path(folder).iterdir():
            name = _TEMPORARY.fullmatch(file.name)
            if name is not None and _is_dead(int(name[1]), name[2]):
                file.unlink(missing_ok=True)
                removed += 1
    return removed


def _is_dead(process: int, session: str) -> bool:
    if process == os.getpid():
        return session != _SESSION
    if os.name != "posix":
        return False  # there, signal 0 would end the process
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        pass
    return False
