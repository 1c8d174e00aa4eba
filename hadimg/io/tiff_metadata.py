"""What a TIFF file says about its picture, in the forms that belong to no file format."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from hadimg.errors import FormatError
from hadimg.io.image import Metadata
from hadimg.io.tiff_directory import ByteForm
from hadimg.io.tiff_fields import EXIF, GPS, Fields, lay, numbers, pick

if TYPE_CHECKING:
    from hadimg.io.limits import Limits
    from hadimg.io.tiff_directory import Directory

__all__ = ["DESCRIPTION", "ICC", "IPTC", "ORIENTATION", "TOLD", "XMP", "read_metadata", "read_orientation"]

DESCRIPTION, ORIENTATION, X_RESOLUTION, Y_RESOLUTION, UNIT = 270, 274, 282, 283, 296
XMP, IPTC, ICC = 700, 33723, 34675
CENTIMETERS_PER_INCH = {2: 1.0, 3: 2.54}

# Maker, model, software, date, artist, host, rating, copyright, Windows' title to subject: who made the picture, how.
TOLD = frozenset({271, 272, 305, 306, 315, 316, 18246, 18249, 33432, *range(40091, 40096), EXIF, GPS})
"""Tags of a page that an EXIF block begins with, beside the few that are read here one by one."""


def read_orientation(directory: Directory) -> tuple[int, tuple[str, ...]]:
    """Return the orientation of a page, 1 where none is declared, and a note when it is none of 1 to 8."""
    try:
        value = directory.number(ORIENTATION, 1)
    except FormatError:
        value = 0
    if 1 <= value <= 8:
        return value, ()
    return 1, (f"the TIFF orientation is {value}, which is none of 1 to 8; taken as 1",)


def read_metadata(directory: Directory, limits: Limits) -> tuple[Metadata, tuple[str, ...]]:
    """Return what the directory of the first page says, and notes on what cannot be read.

    Raises
    ------
    LimitError
        When a part is larger than ``limits`` allow.
    """
    room = limits.metadata_bytes
    for tag in (DESCRIPTION, XMP, IPTC, ICC):
        size = directory.entries[tag].size if tag in directory.entries else 0
        limits.check("block_bytes", size)
        room -= size
    limits.check("metadata_bytes", limits.metadata_bytes - room)
    notes: tuple[str, ...] = ()
    try:
        exif = _exif(directory, min(room, limits.block_bytes))
    except FormatError as error:
        exif, notes = None, (f"the EXIF directories cannot be read: {error.reason}",)
    description = (directory.raw(DESCRIPTION) or b"").rstrip(b"\0")
    text = (("Description", _decoded(description)),) if description else ()
    metadata = Metadata(
        exif=exif,
        xmp=directory.raw(XMP),
        icc=directory.raw(ICC),
        iptc=directory.raw(IPTC),
        resolution=_resolution(directory),
        text=text,
    )
    return metadata, notes


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _resolution(directory: Directory) -> tuple[float, float] | None:
    """Return pixels per inch, where the page declares a unit and numbers that make sense."""
    values = []
    for tag in (X_RESOLUTION, Y_RESOLUTION):
        raw, entry = directory.raw(tag), directory.entries.get(tag)
        if raw is None or entry is None or entry.kind != 5 or len(raw) < 8:
            return None
        numerator, denominator = struct.unpack_from(directory.form.order + "II", raw)
        if not numerator or not denominator:
            return None
        values.append(numerator / denominator)
    scale = CENTIMETERS_PER_INCH.get(directory.number(UNIT, 2))
    return None if scale is None else (values[0] * scale, values[1] * scale)


def _exif(directory: Directory, room: int) -> bytes | None:
    """Return an EXIF block of what the page tells about the photograph, or None where it tells nothing.

    Values are copied as they are. A MakerNote whose maker counts offsets from the start of the file cannot be
    followed any more in the block; in the TIFF file itself it stays where it is.
    """
    if not TOLD & directory.entries.keys():
        return None
    tags = TOLD | {DESCRIPTION, X_RESOLUTION, Y_RESOLUTION, UNIT}
    fields: Fields = pick(directory.data, directory.form, directory.span[0], keep=tags.__contains__, room=room)
    form = ByteForm(directory.form.order, big=False)
    fields[ORIENTATION] = numbers(form, 3, read_orientation(directory)[0])
    return form.header + form.offset.pack(8) + lay(fields, form, 8)
