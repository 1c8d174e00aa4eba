"""Where the bytes of a file are read from: memory or a stream that can seek."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from hadimg.errors import ArgumentTypeError, ReadError

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["FileSource", "MemorySource", "Source"]


class Source(Protocol):
    """Bytes that can be read from any place, by several threads."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, length: int) -> bytes:
        """Return the bytes from ``start`` on: fewer than ``length`` where they end."""


@dataclass(frozen=True)
class MemorySource:
    """A file in memory.

    Parameters
    ----------
    data : bytes-like
        The whole file or its beginning; not copied.

    Examples
    --------
    >>> MemorySource(b"abcdef").read(4, 10)
    b'ef'
    """

    data: bytes | bytearray | memoryview = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.data, (bytes, bytearray, memoryview)):
            raise ArgumentTypeError(
                f"data must be bytes, got {type(self.data).__name__}", remedy="read a file with hadimg.read_image"
            )
        view = memoryview(self.data)
        if not view.contiguous:
            raise ArgumentTypeError("data must be bytes that lie one after the other", remedy="use bytes(data)")
        object.__setattr__(self, "data", view.cast("B"))

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def read(self, start: int, length: int) -> bytes:
        """Return a copy of some of them."""
        return bytes(self.data[start : start + length])


class FileSource:
    """A stream that can seek, such as an open file.

    Parameters
    ----------
    file : binary file
        Read from where it stands now; nothing else may read it at the same time.

    Raises
    ------
    ReadError
        When it cannot seek.

    Examples
    --------
    >>> import io
    >>> FileSource(io.BytesIO(b"abcdef")).read(1, 2)
    b'bc'
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        try:
            self._start = file.tell()
            self.size = file.seek(0, 2) - self._start
        except (OSError, ValueError) as error:
            raise ReadError("the stream cannot seek", remedy="read it to memory first") from error

    def read(self, start: int, length: int) -> bytes:
        """Return some bytes."""
        try:
            with self._lock:
                self._file.seek(self._start + start)
                # never more than there is: a length comes out of a file
                return self._file.read(min(length, max(self.size - start, 0)))
        except (OSError, ValueError) as error:  # a closed file is a ValueError
            raise ReadError(f"cannot read: {getattr(error, 'strerror', None) or error}") from error
