"""What the first bytes of a file declare, before any decoder runs; and the options of reading and writing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hadimg.errors import ArgumentError
from hadimg.io.limits import Limits

__all__ = ["SUBSAMPLINGS", "Encoded", "Header", "ReadOptions", "WriteOptions"]

SUBSAMPLINGS = ("444", "422", "440", "420", "411")


@dataclass(frozen=True)
class Header:
    """The claims of a file's header.

    Parameters
    ----------
    format : str
        The name in the table of formats.
    shapes : tuple of (height, width)
        One pair a page, as stored.
    channels : int
        Channels after decoding, opacity included (the most of any page).
    itemsize : int
        Bytes of one decoded value: 1, 2, 4 or 8 (the most of any page).
    details : object
        What the format's own decoder wants to find again; nobody else looks at it.

    Examples
    --------
    >>> Header("png", ((480, 640),), channels=3, itemsize=2).shapes
    ((480, 640),)
    """

    format: str
    shapes: tuple[tuple[int, int], ...]
    channels: int
    itemsize: int
    details: Any = field(default=None, repr=False)

    @property
    def decoded_bytes(self) -> int:
        """Memory that the decoded pages take together, at most."""
        return sum(height * width for height, width in self.shapes) * self.channels * self.itemsize


@dataclass(frozen=True)
class ReadOptions:
    """How to read.

    Parameters
    ----------
    limits : Limits
        The largest picture that is read.
    allow_damaged : bool
        Whether a picture whose data are damaged is read as far as it goes, with a note, instead of refused.
    """

    limits: Limits = Limits()
    allow_damaged: bool = False


@dataclass(frozen=True)
class WriteOptions:
    """How to write.

    Parameters
    ----------
    quality : int, optional
        1 to 100 for lossy formats; without it JPEG keeps the source's own tables, lossless WebP stays lossless, and
        others use 90. In WebP and AVIF 100 is without loss.
    subsampling : str, optional
        One of `SUBSAMPLINGS`; without it JPEG keeps the source's own.
    strip : bool
        Whether to leave out all metadata but those that change how the picture is seen: color profile, orientation.
    """

    quality: int | None = None
    subsampling: str | None = None
    strip: bool = False

    def __post_init__(self) -> None:
        if self.quality is not None and self.quality not in range(1, 101):
            raise ArgumentError(f"quality must be a whole number from 1 to 100, got {self.quality!r}")
        if self.subsampling is not None and self.subsampling not in SUBSAMPLINGS:
            raise ArgumentError(f"subsampling must be one of {', '.join(SUBSAMPLINGS)}, got {self.subsampling!r}")


@dataclass(frozen=True)
class Encoded:
    """A finished file in memory.

    Parameters
    ----------
    data : bytes
        The whole file.
    notes : tuple of str
        What could not be carried over, each named in a few words.
    """

    data: bytes = field(repr=False)
    notes: tuple[str, ...] = ()
