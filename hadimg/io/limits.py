"""How large a file may be, in one table: every limit is settable, and named in the message when it is passed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

from hadimg.errors import LimitError

__all__ = ["NO_LIMITS", "Limits"]

MEBIBYTE = 1 << 20


class Claims(Protocol):
    """What a header declares about the size of its pictures; see `hadimg.io.header.Header`."""

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of each page."""

    @property
    def channels(self) -> int:
        """Channels after decoding."""

    @property
    def itemsize(self) -> int:
        """Bytes of one decoded value."""


@dataclass(frozen=True)
class Limits:
    """The largest picture that is read; each limit is checked before its memory is asked for.

    Parameters
    ----------
    file_bytes : int
        Size of the file.
    page_pixels : int
        Pixels of one page.
    pages : int
        Pages or frames.
    total_pixels : int
        Pixels of all pages together.
    decoded_bytes : int
        Memory for all pages together.
    metadata_bytes, block_bytes : int
        All metadata together, and one block of them.
    blocks : int
        Chunks, segments or directories.
    scans : int
        Scans of a progressive JPEG.

    Examples
    --------
    >>> Limits().check("page_pixels", 7789 * 56321)
    Traceback (most recent call last):
    ...
    hadimg.errors.LimitError: the limit page_pixels is 268435456, the file declares 438684269 (raise it if you trust \
the file: Limits(page_pixels=438684269))
    """

    file_bytes: int = 2048 * MEBIBYTE
    page_pixels: int = 1 << 28
    pages: int = 1000
    total_pixels: int = 1 << 30
    decoded_bytes: int = 2048 * MEBIBYTE
    metadata_bytes: int = 64 * MEBIBYTE
    block_bytes: int = 16 * MEBIBYTE
    blocks: int = 100_000
    scans: int = 256

    def check(self, name: str, value: int) -> None:
        """Raise LimitError when ``value`` is over the limit ``name``."""
        limit = getattr(self, name)
        if value > limit:
            raise LimitError(
                f"the limit {name} is {limit}, the file declares {value}",
                remedy=f"raise it if you trust the file: Limits({name}={value})",
            )

    def check_header(self, header: Claims) -> None:
        """Raise LimitError when the pictures that ``header`` declares are over a limit."""
        self.check("pages", len(header.shapes))
        for height, width in header.shapes:
            self.check("page_pixels", height * width)
        total = sum(height * width for height, width in header.shapes)
        self.check("total_pixels", total)
        self.check("decoded_bytes", total * header.channels * header.itemsize)


NO_LIMITS = Limits(**{limit.name: 1 << 62 for limit in fields(Limits)})
"""For our own results, and for files that were read before: whoever has them had the memory."""
