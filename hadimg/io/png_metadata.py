"""What the side chunks of a PNG say, and which of them go into a new file."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import LimitError
from hadimg.io.image import Metadata
from hadimg.io.png_chunks import CRITICAL, FRAME_KINDS, Chunk, chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hadimg.io.limits import Limits

__all__ = ["Carried", "carry", "read_metadata"]

XMP_KEYWORD = b"XML:com.adobe.xmp"
INCH = 0.0254

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


class Carried(NamedTuple):
    """The side chunks of a new file by their place, and what was left out."""

    color: list[bytes]
    before: list[bytes]
    after: list[bytes]
    notes: list[str]


def read_metadata(data: bytes, chunks: Iterable[Chunk], limits: Limits) -> tuple[Metadata, list[str]]:
    """Return the metadata of a PNG in neutral form.

    Parameters
    ----------
    data : bytes
        The whole file.
    chunks : iterable of Chunk
        Its chunks.
    limits : Limits
        How large one part, and all of them together, may become when inflated.

    Returns
    -------
    metadata : Metadata
        The first of each part; all texts.
    notes : list of str
        What is broken, and is carried unread.

    Raises
    ------
    LimitError
        When a compressed part is too large.
    """
    parts: dict[bytes, Metadata] = {}
    text: list[tuple[str, str]] = []
    notes: list[str] = []
    left = limits.metadata_bytes
    for found in chunks:
        if found.kind not in (b"eXIf", b"iCCP", b"pHYs", b"tEXt", b"zTXt", b"iTXt"):
            continue
        try:
            value, size = _read(found.kind, found.body(data), min(left, limits.block_bytes))
        except LimitError:
            raise
        except (ValueError, struct.error, zlib.error):
            notes.append(f"the PNG chunk {found.name} at byte {found.start - 8} is broken; it is carried unread")
            continue
        left -= size
        if isinstance(value, Metadata):
            parts.setdefault(value.parts()[0].encode(), value) if value.parts() else None
        elif value is not None:
            text.append(value)
    merged = {name.decode(): getattr(value, name.decode()) for name, value in parts.items()}
    return Metadata(**merged, text=tuple(text)), notes


def _read(kind: bytes, body: bytes, limit: int) -> tuple[Metadata | tuple[str, str] | None, int]:
    """Return what one chunk says, and how large it is when inflated."""
    if kind == b"eXIf":
        return Metadata(exif=body.removeprefix(b"Exif\0\0") or None), len(body)
    if kind == b"pHYs":
        across, down, unit = struct.unpack(">IIB", body)
        known = unit == 1 and across > 0 and down > 0
        return Metadata(resolution=(across * INCH, down * INCH) if known else None), len(body)
    keyword, _, rest = body.partition(b"\0")
    if kind == b"iCCP":
        profile = _inflate(rest[1:], kind, limit)
        return Metadata(icc=profile or None), len(profile)
    if kind == b"iTXt":
        return _international(keyword, rest, limit)
    value = _inflate(rest[1:], kind, limit) if kind == b"zTXt" else rest
    return (keyword.decode("latin-1"), value.decode("latin-1")), len(value)


def _international(keyword: bytes, rest: bytes, limit: int) -> tuple[Metadata | tuple[str, str], int]:
    compressed = rest[0:1] == b"\x01"
    _language, translated, value = rest[2:].split(b"\0", 2)
    del translated
    if compressed:
        value = _inflate(value, b"iTXt", limit)
    if keyword == XMP_KEYWORD:
        return Metadata(xmp=value), len(value)
    return (keyword.decode("latin-1"), value.decode()), len(value)


def _inflate(stream: bytes, kind: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    value = inflater.decompress(stream, limit + 1)
    if len(value) > limit:
        raise LimitError(
            f"the limit block_bytes or metadata_bytes leaves {limit} bytes, the PNG chunk {kind.decode()} inflates to"
            " more",
            remedy="raise them if you trust the file",
        )
    if not inflater.eof:
        raise ValueError("cut")
    return value


def carry(
    source: bytes,
    chunks: Sequence[Chunk],
    *,
    old: Metadata,
    new: Metadata,
    same_type: bool,
    animated: bool,
    strip: bool,
) -> Carried:
    """Return the side chunks of a new file: the source's own, byte for byte, but for parts that have changed.

    Parameters
    ----------
    source : bytes
        The PNG file that the picture came from; empty when it came from elsewhere.
    chunks : sequence of Chunk
        The chunks of the source.
    old, new : Metadata
        What the source says, and what the new file has to say.
    same_type : bool
        Whether color type and depth are those of the source.
    animated : bool
        Whether the new file writes the chunks of its animation itself.
    strip : bool
        Whether to leave out everything that does not change how the picture is seen.

    Returns
    -------
    Carried
        Whole chunks in the order of the source, new ones behind them.
    """
    changed = [name for name in PARTS if getattr(old, name) != getattr(new, name)]
    replaced = {kind for name in changed for kind in PARTS[name]}
    carried = Carried([], [], [], [])
    dropped: dict[str, dict[str, None]] = {}
    behind = False
    for found in chunks:
        behind = behind or found.kind == b"IDAT"
        label = _label(found, source)
        if found.kind in (b"IDAT", b"tRNS") or label in replaced or (animated and found.kind in FRAME_KINDS):
            continue
        if strip and found.kind not in (*COLOR, b"eXIf"):
            continue
        reason = _reason(found.kind, same_type=same_type)
        if reason:
            dropped.setdefault(reason, {})[found.name] = None
            continue
        shelf = carried.color if found.kind in COLOR else carried.after if behind else carried.before
        shelf.append(source[found.start - 8 : found.start + found.length + 4])
    carried.notes.extend(f"left out of the PNG: {', '.join(names)} ({reason})" for reason, names in dropped.items())
    _add(new, changed, carried)
    return carried


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
