"""The small picture inside an EXIF block: read, and put back when it was changed, without moving anything else."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import HadimgError, UnsupportedError
from hadimg.io.decoding import decoding
from hadimg.io.exif import byte_order, directory, first_directory, read_value
from hadimg.io.image import Page
from hadimg.io.jpeg_frame import refuse_by_name
from hadimg.io.jpeg_segments import read_layout
from hadimg.io.jpeg_splice import join_stream
from hadimg.io.jpeg_stream import choose_writable, decode_stream, encode_stream
from hadimg.io.jpeg_tables import coding_of
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.exif import Entry

__all__ = ["read_thumbnail", "write_thumbnail"]

_STRIPS, _OFFSET, _LENGTH = 0x0111, 0x0201, 0x0202
_LIMITS = Limits(page_pixels=1 << 22)


class _Place(NamedTuple):
    """Where the thumbnail's bytes begin and end in the block, and the entry with their number."""

    start: int
    end: int
    length: Entry


def read_thumbnail(block: bytes | None, orientation: int) -> tuple[Page | None, str | None]:
    """Return the JPEG thumbnail of an EXIF block, and a note when there is one that cannot be read.

    Parameters
    ----------
    block : bytes or None
        A bare TIFF structure.
    orientation : int
        That of the large picture, which the small one shares.
    """
    unread = "the EXIF thumbnail cannot be read and stays as it is"
    try:
        following = first_directory(block)[1] if block else 0
    except ValueError:
        following = 0  # whoever reads the orientation says that the block is broken
    if not block or following == 0:
        return None, None
    try:
        place = _find(block, following)
        return (Page(_decode(block[place.start : place.end]), orientation=orientation), None) if place else (None, None)
    except UnsupportedError as error:
        return None, f"{unread}: {error.reason}"
    except (HadimgError, ValueError):
        return None, unread


def write_thumbnail(block: bytes, page: Page) -> tuple[bytes, str | None]:
    """Return the EXIF block with the pixels of ``page`` as its thumbnail, and a note when they do not fit.

    Parameters
    ----------
    block : bytes
        A bare TIFF structure.
    page : Page
        The thumbnail to write, grey or RGB of 8 bits.

    Returns
    -------
    block : bytes
        The same object where the pixels are those that it holds already. Else no byte moves: the new thumbnail, coded
        with the tables of the old one, takes its place if it is not longer.
    note : str or None
        Why the old one stays.
    """
    try:
        place = _find(block, first_directory(block)[1])
        old = block[place.start : place.end] if place else b""
        if place is None or np.array_equal(_decode(old), page.pixels):
            return block, None
        new = _encode(page.pixels, old)
    except (HadimgError, ValueError, OSError) as error:
        return block, f"the EXIF thumbnail is kept as it was: {getattr(error, 'reason', 'its place cannot be found')}"
    if len(new) > len(old):
        return block, f"the EXIF thumbnail is kept as it was: the new one needs {len(new)} bytes, {len(old)} are there"
    code = (byte_order(block) or "<") + ("H" if place.length.kind == 3 else "I")
    changed = bytearray(block)
    changed[place.start : place.end] = new.ljust(len(old), b"\0")
    struct.pack_into(code, changed, place.length.place, len(new))
    return bytes(changed), None


def _find(block: bytes, following: int) -> _Place | None:
    """Return where the thumbnail of the directory at ``following`` lies, or None where there is none."""
    if following == 0:
        return None
    entries = {entry.tag: entry for entry in directory(block, following)[0]}
    if _OFFSET not in entries or _LENGTH not in entries:
        if _STRIPS in entries:
            raise UnsupportedError("it is not coded as JPEG")
        return None
    start, length = read_value(block, entries[_OFFSET]), read_value(block, entries[_LENGTH])
    if start < 8 or length < 4 or start + length > len(block):
        raise ValueError("the thumbnail lies outside the block")
    return _Place(start, start + length, entries[_LENGTH])


def _decode(data: bytes) -> NDArray[np.uint8]:
    layout = read_layout(data, _LIMITS)
    refuse_by_name(layout.frame)
    _LIMITS.check("page_pixels", layout.frame.height * layout.frame.width)
    with decoding("JPEG"):
        return decode_stream(data, layout)[0]


def _encode(pixels: NDArray[np.uint8], old: bytes) -> bytes:
    layout = read_layout(old)
    coding = coding_of(old, layout)
    if coding is None or pixels.dtype != np.uint8 or pixels.ndim != (2 if coding.model == "grey" else 3):
        raise UnsupportedError("it cannot be coded as the old one was")
    stream, _ = encode_stream(pixels, choose_writable(coding)[0], smallest=True)
    return join_stream([old[s.start : s.end] for s in layout.segments if s.carried], stream)
