"""Which format a file is of, and which one a name asks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hadimg.errors import FormatError, ReadError, UnsupportedError
from hadimg.io.formats import FORMATS, Format, format_of_data, format_of_name
from hadimg.io.paths import as_path, file_name

if TYPE_CHECKING:
    from hadimg.errors import Path

__all__ = ["format_of_file", "named_format", "note_on_name", "writable_format"]


def named_format(name: Path) -> Format | None:
    """Return the format that the suffix of a path stands for, or None.

    Examples
    --------
    >>> named_format("holiday.2026/IMG_0001.JPG").name
    'jpeg'
    >>> named_format("holiday.jpg/README") is None
    True
    """
    text = file_name(name).rpartition(os.sep)[2]  # no path object: plans ask this for every file
    return format_of_name(text) if "." in text else None


def format_of_file(data: bytes, name: Path) -> Format:
    """Return the format that the data of a file are of; the name decides only where data cannot.

    Parameters
    ----------
    data : bytes
        The whole file, or its beginning.
    name : str, bytes or path
        Its name.

    Raises
    ------
    ReadError
        When it is no picture.
    FormatError
        When it does not begin as its name says.
    """
    by_name = named_format(name)
    by_data = format_of_data(data)
    if by_data is None and by_name is not None and not by_name.signatures:
        return by_name
    if by_data is not None and by_data.name == "tiff" and by_name is not None and by_name.name == "raw":
        return by_name  # most raw files are TIFF inside, and their first picture is a small preview
    if by_data is not None:
        return by_data
    if _is_text(data[:512]):
        raise ReadError("the file holds text, not a picture")
    if by_name is not None:
        raise FormatError(f"the name says {by_name.title}, but the data do not begin like {by_name.title}")
    raise ReadError("the file is no picture of a known format")


def note_on_name(row: Format, name: Path) -> str | None:
    """Return a note when the name of a file says another format than its data, or None."""
    by_name = named_format(name)
    if by_name is None or by_name is row:
        return None
    return f"the name says {by_name.title}, the data are {row.title}"


def writable_format(name: Path) -> Format:
    """Return the format that the suffix of a result's name stands for, or refuse one that is not written.

    Parameters
    ----------
    name : str, bytes or path
        The name of the result.

    Raises
    ------
    UnsupportedError
        With a message that names every suffix that is written.

    Examples
    --------
    >>> writable_format("out/photo.TIF").name
    'tiff'
    """
    row = named_format(name)
    if row is not None and row.module is not None and row.writes:
        return row
    usual = [other.suffixes[0] for other in FORMATS.values() if other.module is not None and other.writes]
    remedy = f"use one of {', '.join(usual)}"
    if row is not None:
        raise UnsupportedError(f"{row.title} is not written", path=name, remedy=remedy)
    suffix = as_path(name).suffix
    said = f"the suffix {suffix} stands for no format that is written" if suffix else "the name has no suffix"
    raise UnsupportedError(said, path=name, remedy=remedy)


def _is_text(start: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\n\f\r\x1b" for byte in start)
