"""One run at a time in an output folder: a lock that ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from hadimg.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LOCK_NAME", "locked"]

LOCK_NAME = ".hadimg.lock"


@contextlib.contextmanager
def locked(folder: str) -> Iterator[None]:
    """Hold the lock of an output folder; the lock file is gone afterwards.

    On file systems without locks, and on Windows, nothing is held: every file is still written whole.

    Parameters
    ----------
    folder : str
        The folder, which exists.

    Raises
    ------
    PlanError
        When another run holds the lock, or nothing can be written into the folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, locked(folder):
    ...     os.listdir(folder)
    ['.hadimg.lock']
    """
    path = os.path.join(folder, LOCK_NAME)
    handle = _take(path, folder)
    try:
        with contextlib.suppress(OSError):  # the number only serves the message to others
            os.ftruncate(handle, 0)
            os.write(handle, b"%d\n" % os.getpid())
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)  # before it is let go: nobody can have taken a file that is about to vanish
        os.close(handle)


def _take(path: str, folder: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    while True:
        try:
            handle = os.open(path, flags, 0o666)
        except OSError as error:
            raise PlanError(
                f"nothing can be written into the output folder: {error.strerror}",
                path=folder,
                remedy="choose another output folder",
            ) from error
        try:
            _lock(handle, folder)
            if _is_at(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the run before us removed it between our opening and locking it


def _lock(handle: int, folder: str) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.read(handle, 20).decode("ascii", "replace").strip()
        raise PlanError(
            f"another run, process {owner or 'unknown'}, is writing into this folder",
            path=folder,
            remedy="wait for it, or choose another output folder",
        ) from error
    except OSError:
        pass  # no locks on this file system


def _is_at(handle: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
