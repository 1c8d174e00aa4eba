"""How metadata and orientation get into an AVIF file that an encoder made: as further items and properties.

Source: ISO/IEC 14496-12 section 8.11 and ISO/IEC 23008-12 annex A.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from hadimg.io.avif_header import ORIENTATIONS
from hadimg.io.avif_items import Items, read_items
from hadimg.io.boxes import Box, box, box_bytes, first_box, walk
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from hadimg.io.image import Metadata

__all__ = ["with_parts"]

LIMITS = Limits()


class _Added(NamedTuple):
    """New items, as what the list says of each and its content; new properties, and whether readers must know them."""

    items: list[tuple[bytes, bytes]]
    properties: list[tuple[bytes, bool]]


def with_parts(file: bytes, metadata: Metadata, orientation: int) -> bytes:
    """Return an AVIF file that says more about its picture.

    Parameters
    ----------
    file : bytes
        What an encoder made: one coded picture and perhaps its opacity.
    metadata : Metadata
        EXIF, XMP and color profile are added.
    orientation : int
        How the stored pixels are to be turned to be seen, 1 to 8.

    Returns
    -------
    bytes
        The same coded data, in a file with further items and properties.
    """
    added = _Added(_new_items(metadata), _new_properties(metadata, orientation))
    if not any(added):
        return file
    meta = first_box(walk(file, 0, len(file), LIMITS), b"meta")
    assert meta is not None
    items = read_items(file, meta, LIMITS)
    # New content lies before the old, as the library itself has it: OpenCV looks for it in the first 500 bytes.
    content = [content for _, content in added.items]
    more = box(b"mdat", *content) if content else b""
    # The length of the box does not depend on the offsets in it: the first round measures, the second one is right.
    length = len(_meta(file, meta, items, added, 0, 0))
    new = _meta(file, meta, items, added, meta.place + length + len(more) - meta.end, meta.place + length + 8)
    return b"".join([file[: meta.place], new, more, file[meta.end :]])


def _new_items(metadata: Metadata) -> list[tuple[bytes, bytes]]:
    items = []
    if metadata.exif:
        items.append((b"Exif\0", b"\0\0\0\0" + metadata.exif))
    if metadata.xmp:
        items.append((b"mime\0application/rdf+xml\0", metadata.xmp))
    return items


def _new_properties(metadata: Metadata, orientation: int) -> list[tuple[bytes, bool]]:
    properties = []
    if metadata.icc:
        properties.append((box(b"colr", b"prof", metadata.icc), False))
    turns, axis = next(pair for pair, value in ORIENTATIONS.items() if value == orientation)
    if turns:
        properties.append((box(b"irot", bytes([turns])), True))
    if axis is not None:
        properties.append((box(b"imir", bytes([axis])), True))
    return properties


def _meta(file: bytes, meta: Box, items: Items, added: _Added, moved: int, start: int) -> bytes:
    """Return the new box meta; old content lies ``moved`` bytes further, new content at ``start``."""
    numbers = range(max(items.items) + 1, max(items.items) + 1 + len(added.items))
    parts = {inner.name: box_bytes(file, inner) for inner in walk(file, meta.start + 4, meta.end, LIMITS)}
    infos = [
        box(b"infe", struct.pack(">IHH", 2 << 24, number, 0), kind)
        for number, (kind, _) in zip(numbers, added.items, strict=True)
    ]
    count = struct.pack(">H", len(items.items) + len(infos))
    parts[b"iinf"] = b"".join([parts[b"iinf"][:4], count, parts[b"iinf"][6:], *infos])
    parts[b"iloc"] = _locations(items, added, moved, start)
    parts[b"iprp"] = _properties(parts[b"iprp"], items.primary, added)
    references = [*items.references, *((b"cdsc", number, items.primary) for number in numbers)]
    pairs = [box(kind, struct.pack(">3H", origin, 1, target)) for kind, origin, target in references]
    parts[b"iref"] = b"".join([b"\0\0\0\0", *pairs])
    order = [b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp"]
    return box(b"meta", file[meta.start : meta.start + 4], *(box(name, parts[name]) for name in order))


def _locations(items: Items, added: _Added, moved: int, start: int) -> bytes:
    """Return the payload of the box iloc: old content moved by ``moved``, new content from ``start`` on."""
    rows = [
        (number, [(offset + moved, length) for offset, length in item.extents]) for number, item in items.items.items()
    ]
    for _, content in added.items:
        rows.append((rows[-1][0] + 1, [(start, len(content))]))
        start += len(content)
    packed = [
        struct.pack(">3H", number, 0, len(extents)) + b"".join(struct.pack(">II", *extent) for extent in extents)
        for number, extents in rows
    ]
    return b"".join([struct.pack(">IHH", 0, 0x4400, len(rows)), *packed])


def _properties(payload: bytes, primary: int, added: _Added) -> bytes:
    """Return the payload of the box iprp, with the new properties given to the picture."""
    container, *associations = walk(payload, 0, len(payload), LIMITS)
    old = walk(payload, container.start, container.end, LIMITS)
    indices = bytes(
        (128 if essential else 0) | (len(old) + 1 + number) for number, (_, essential) in enumerate(added.properties)
    )
    table = box_bytes(payload, associations[0])
    (count,), place = struct.unpack_from(">I", table, 4), 8
    rows = [table[:8]]
    for _ in range(count):
        number, length = struct.unpack_from(">HB", table, place)
        more = indices if number == primary else b""
        own = table[place + 3 : place + 3 + length]
        rows.append(struct.pack(">HB", number, length + len(more)) + own + more)
        place += 3 + length
    properties = [content for content, _ in added.properties]
    return box(b"ipco", box_bytes(payload, container), *properties) + box(b"ipma", *rows)
