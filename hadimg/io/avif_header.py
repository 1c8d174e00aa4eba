"""The headers of AVIF: size, depth, channels, orientation, colors and metadata, read from the boxes and checked.

Source: "AV1 Image File Format" of the Alliance for Open Media, and ISO/IEC 23008-12 section 6.5.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.avif_items import Item, Items, read_items
from hadimg.io.boxes import box_bytes, first_box, walk
from hadimg.io.header import Header

if TYPE_CHECKING:
    from hadimg.io.header import ReadOptions
    from hadimg.io.limits import Limits

__all__ = ["ORIENTATIONS", "Details", "probe"]

ORIENTATIONS = {
    (0, None): 1,
    (0, 1): 2,
    (2, None): 3,
    (0, 0): 4,
    (1, 0): 5,
    (3, None): 6,
    (3, 0): 7,
    (1, None): 8,
    (2, 0): 2,
    (2, 1): 4,
    (3, 1): 5,
    (1, 1): 7,
}
"""Quarter turns against the clock and then the mirrored axis (0 swaps top and bottom), as EXIF orientation; the first
pair of each orientation is the one that is written."""

CONVERT = "convert it to PNG first"


class Details(NamedTuple):
    """What the decoder and the encoder want to know."""

    bits: int
    alpha: bool
    orientation: int
    profile: bytes | None
    colors: tuple[int, int] | None
    exif: bytes | None
    xmp: bytes | None
    gain_map: bool


def probe(data: bytes, options: ReadOptions) -> Header:
    r"""Return what the headers declare, or refuse it.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        With the limits.

    Returns
    -------
    Header
        One page of 8, 10 or 12 bits.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When a header is broken, declares too much, or a kind of picture that is not kept.

    Examples
    --------
    >>> from hadimg.io.header import ReadOptions
    >>> probe(b"\0\0\0\x10ftypavis\0\0\0\0", ReadOptions())
    Traceback (most recent call last):
    ...
    hadimg.errors.UnsupportedError: sequences in AVIF are not read (convert them to APNG or WebP first)
    """
    boxes = walk(data, 0, len(data), options.limits)
    brands = box_bytes(data, first_box(boxes, b"ftyp"))
    if brands[:4] == b"avis" or first_box(boxes, b"moov") is not None:
        raise UnsupportedError("sequences in AVIF are not read", remedy="convert them to APNG or WebP first")
    meta = first_box(boxes, b"meta")
    if meta is None:
        raise FormatError("the AVIF file has no box meta")
    items = read_items(data, meta, options.limits)
    primary = items.items[items.primary]
    size = primary.first(b"ispe")
    coding = _coding(items)
    if len(size) < 12 or len(coding) < 3 or not primary.extents:
        raise FormatError("the AVIF file does not say how large its picture is, or where it lies")
    width, height = struct.unpack_from(">II", size, 4)
    if not (width and height):
        raise FormatError(f"the AVIF header declares {width} x {height} pixels")
    _check_kind(items)
    bits = 8 if not coding[2] & 0x40 else 12 if coding[2] & 0x20 else 10
    alpha = any(_is_alpha(items.items.get(origin)) for _, origin, _ in _pointing(items, b"auxl"))
    channels = (1 if coding[2] & 0x10 else 3) + alpha
    details = _details(data, items, bits, options.limits, alpha=alpha)
    header = Header("avif", ((height, width),), channels, 1 if bits == 8 else 2, details)
    options.limits.check_header(header)
    return header


def _coding(items: Items) -> bytes:
    """Return the configuration of the coded picture, or of the first tile of a picture made of tiles."""
    first_tile = next((to for kind, origin, to in items.references if (kind, origin) == (b"dimg", items.primary)), 0)
    tile = items.items.get(first_tile, Item())
    return items.items[items.primary].first(b"av1C") or tile.first(b"av1C")


def _pointing(items: Items, kind: bytes) -> list[tuple[bytes, int, int]]:
    """Return the references of a kind to the picture."""
    return [reference for reference in items.references if reference[0] == kind and reference[2] == items.primary]


def _is_alpha(item: Item | None) -> bool:
    kind = b"" if item is None else item.first(b"auxC")[4:].partition(b"\0")[0]
    return kind.endswith((b":auxiliary:alpha", b":hevc:2015:auxid:1"))


def _check_kind(items: Items) -> None:
    primary = items.items[items.primary]
    if primary.kind not in (b"av01", b"grid"):
        raise UnsupportedError(f"AVIF whose picture is of the type {primary.kind!r} is not read", remedy=CONVERT)
    if primary.first(b"clap"):
        raise UnsupportedError("AVIF that shows only a part of its pixels is not read", remedy=CONVERT)
    if any(kind == b"prem" for kind, *_ in items.references):
        raise UnsupportedError("AVIF with colors multiplied by their opacity is not read", remedy=CONVERT)


def _details(data: bytes, items: Items, bits: int, limits: Limits, *, alpha: bool) -> Details:
    primary = items.items[items.primary]
    turns = primary.first(b"irot")
    mirror = primary.first(b"imir")
    profile, colors = None, None
    for name, payload in primary.properties:
        if name == b"colr" and payload[:4] in (b"prof", b"rICC"):
            profile = payload[4:]
        if name == b"colr" and payload[:4] == b"nclx" and len(payload) >= 10:
            colors = struct.unpack_from(">HH", payload, 4)
    described = [items.items[origin] for _, origin, _ in _pointing(items, b"cdsc") if origin in items.items]
    blocks = [(item, _content(data, item, limits)) for item in described if item.kind in (b"Exif", b"mime")]
    limits.check("metadata_bytes", sum(len(content) for _, content in blocks))
    exif = next((content for item, content in blocks if item.kind == b"Exif"), b"")
    skipped = 4 + int.from_bytes(exif[:4], "big")
    return Details(
        bits,
        alpha,
        ORIENTATIONS[turns[0] & 3 if turns else 0, mirror[0] & 1 if mirror else None],
        profile,
        colors,
        exif[skipped:] or None,
        next((content for item, content in blocks if item.content == b"application/rdf+xml"), None),
        any(item.kind == b"tmap" for item in items.items.values()),
    )


def _content(data: bytes, item: Item, limits: Limits) -> bytes:
    limits.check("block_bytes", sum(length for _, length in item.extents))
    return b"".join(data[offset : offset + length] for offset, length in item.extents)
