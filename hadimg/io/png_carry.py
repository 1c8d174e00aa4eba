"""Which side chunks go into a new PNG: the source's own, byte for byte, but for parts that have changed."""

from __future__ import annotations

import struct
import zlib
from dataclasses import fields, replace
from typing import TYPE_CHECKING, NamedTuple

from hadimg.io.exif import orientation_only, with_orientation
from hadimg.io.exif_thumbnail import write_thumbnail
from hadimg.io.header import ReadOptions
from hadimg.io.image import Metadata
from hadimg.io.limits import Limits
from hadimg.io.png_chunks import CRITICAL, FRAME_KINDS, Chunk, Layout, chunk, read_layout, walk
from hadimg.io.png_metadata import INCH, XMP_KEYWORD, read_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hadimg.io.image import Image, Page

__all__ = ["Carried", "side_chunks"]

COLOR = (b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI")
"""The chunks that say what the values mean; they stand before the palette."""

TIED = (b"tRNS", b"PLTE", b"hIST", b"bKGD", b"sBIT", b"pCAL")
"""The chunks that belong to one color type and depth."""

KNOWN = (*COLOR, *TIED, b"sPLT", b"tIME", b"sCAL", b"sTER")
"""The chunks that stay true when only the pixels change, although their name calls them unsafe to copy."""

PARTS = {
    "exif": (b"eXIf",),
    "icc": (b"iCCP", b"sRGB", b"cICP"),
    "xmp": (XMP_KEYWORD,),
    "resolution": (b"pHYs",),
    "text": (b"tEXt", b"zTXt", b"iTXt"),
}
"""The chunks that hold, or contradict, each part of the metadata."""


_UNLIMITED = ReadOptions(Limits(**{limit.name: 1 << 62 for limit in fields(Limits)}), allow_damaged=True)
"""A source has been accepted when it was read, under whatever limits its reader chose."""


class Carried(NamedTuple):
    """The side chunks of a new file by their place, and what was left out."""

    color: list[bytes]
    before: list[bytes]
    after: list[bytes]
    notes: list[str]


class _Origin(NamedTuple):
    """The PNG file that a picture came from; empty when it came from elsewhere."""

    data: bytes = b""
    chunks: Sequence[Chunk] = ()
    metadata: Metadata = Metadata()
    same_type: bool = False


def side_chunks(image: Image, metadata: Metadata, orientation: int, layout: Layout, *, strip: bool) -> Carried:
    """Return all chunks of a new file but those with pixels.

    Parameters
    ----------
    image : Image
        The picture to write.
    metadata : Metadata
        What the new file has to say; where the source says the same, its chunks are taken over.
    orientation : int
        How the stored pixels have to be turned to be seen.
    layout : Layout
        The header of the new file.
    strip : bool
        Whether to leave out everything that does not change how the picture is seen.

    Returns
    -------
    Carried
        Whole chunks in the order of the source, new ones behind them.
    """
    origin = _origin(image, layout)
    exif, notes = _exif_block(metadata.exif, orientation, image.thumbnail)
    metadata = replace(metadata, exif=exif)
    changed = [name for name in PARTS if getattr(origin.metadata, name) != getattr(metadata, name)]
    carried = Carried([], [], [], notes)
    _carry(origin, {kind for name in changed for kind in PARTS[name]}, carried, image.animation is not None, strip)
    _add(metadata, changed, carried)
    return carried


def _origin(image: Image, layout: Layout) -> _Origin:
    if image.source is None or image.source.format != "png":
        return _Origin()
    data = image.source.data
    before = read_layout(data, _UNLIMITED)
    chunks = walk(data, _UNLIMITED, [])
    metadata, _ = read_metadata(data, chunks, _UNLIMITED.limits)
    if before.color == 3:  # every color of the palette stands in the pixels now
        chunks = [found for found in chunks if found.kind != b"PLTE"]
    return _Origin(data, chunks, metadata, (before.depth, before.color) == (layout.depth, layout.color))


def _exif_block(block: bytes | None, orientation: int, thumbnail: Page | None) -> tuple[bytes | None, list[str]]:
    """Return the EXIF block with the picture's orientation and thumbnail, the same object where both are in it."""
    try:
        block = with_orientation(block, orientation)
    except ValueError:
        return orientation_only(orientation), ["the EXIF block is broken and left out: it cannot take the orientation"]
    if block is None or thumbnail is None:
        return block, []
    block, note = write_thumbnail(block, thumbnail)
    return block, [note] if note else []


def _carry(origin: _Origin, replaced: set[bytes], carried: Carried, animated: bool, strip: bool) -> None:
    """Put the chunks of the source that stay true where they belong, and name the others."""
    dropped: dict[str, dict[str, None]] = {}
    behind = False
    for found in origin.chunks:
        behind = behind or found.kind == b"IDAT"
        label = _label(found, origin.data)
        if found.kind in (b"IDAT", b"tRNS") or label in replaced or (animated and found.kind in FRAME_KINDS):
            continue
        if strip and found.kind not in (*COLOR, b"eXIf"):
            continue
        reason = _reason(found.kind, same_type=origin.same_type)
        if reason:
            dropped.setdefault(reason, {})[found.name] = None
            continue
        shelf = carried.color if found.kind in COLOR else carried.after if behind else carried.before
        shelf.append(origin.data[found.start - 8 : found.start + found.length + 4])
    carried.notes.extend(f"left out of the PNG: {', '.join(names)} ({reason})" for reason, names in dropped.items())


def _label(found: Chunk, source: bytes) -> bytes:
    """Return the keyword of XMP, which is no text of the user's; the kind of all other chunks."""
    is_xmp = found.kind == b"iTXt" and source.startswith(XMP_KEYWORD + b"\0", found.start)
    return XMP_KEYWORD if is_xmp else found.kind


def _reason(kind: bytes, *, same_type: bool) -> str | None:
    """Return why a chunk cannot be carried over, or None."""
    if kind in TIED and not same_type:
        return "true only for the color type and depth of the source"
    if kind in KNOWN or kind in CRITICAL or kind[3:].islower():
        return None
    return "not to be copied when pixels change"


def _add(metadata: Metadata, names: Iterable[str], carried: Carried) -> None:
    """Put new chunks for the named parts where they belong."""
    for name in names:
        if name == "icc" and metadata.icc:
            carried.color.append(chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
        elif name == "exif" and metadata.exif:
            carried.before.append(chunk(b"eXIf", metadata.exif))
        elif name == "xmp" and metadata.xmp:
            carried.before.append(chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp))
        elif name == "resolution" and metadata.resolution:
            across, down = (round(value / INCH) for value in metadata.resolution)
            if min(across, down) > 0 and max(across, down) < 1 << 31:
                carried.before.append(chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
            else:
                carried.notes.append(f"PNG cannot hold a resolution of {metadata.resolution}")
        elif name == "text":
            for keyword, value in metadata.text:
                _add_text(keyword, value, carried)


def _add_text(keyword: str, value: str, carried: Carried) -> None:
    try:
        name = keyword.encode("latin-1")
        body = value.encode()
    except UnicodeEncodeError:
        name = body = b""
    if not 1 <= len(name) <= 79 or not keyword.isprintable() or keyword != keyword.strip() or b"\0" in body:
        carried.notes.append(f"PNG cannot hold the text named {keyword[:79]!r}")
    elif value.isascii():
        carried.before.append(chunk(b"tEXt", name + b"\0" + body))
    else:
        carried.before.append(chunk(b"iTXt", name + b"\0\0\0\0\0" + body))
