"""The headers of JPEG 2000: the size of the codestream, and what the boxes around it say about its colors.

Source: ISO/IEC 15444-1, annex A (codestream) and annex I (JP2 boxes).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.boxes import Box, box_bytes, first_box, walk
from hadimg.io.header import Header

if TYPE_CHECKING:
    from hadimg.io.header import ReadOptions
    from hadimg.io.limits import Limits

__all__ = ["EXIF", "IPTC", "XMP", "Details", "probe"]

EXIF = b"JpgTiffExif->JP2"
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")

CONVERT = "convert it to 16-bit TIFF first"
COLORS = {12: "CMYK", 14: "Lab", 18: "YCC", 20: "e-sRGB", 21: "ROMM RGB"}


class Details(NamedTuple):
    """What the decoder and the encoder want to know."""

    bits: int
    boxed: bool
    profile: bytes | None = None
    resolution: tuple[float, float] | None = None
    resolution_box: bytes = b""
    uuids: tuple[tuple[bytes, bytes], ...] = ()
    others: tuple[bytes, ...] = ()


class _Size(NamedTuple):
    height: int
    width: int
    channels: int
    bits: int


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
        One page of 1 to 4 channels of up to 16 bits.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When a header is broken, declares too much, or a kind of picture that is not kept.

    Examples
    --------
    >>> from hadimg.io.header import ReadOptions
    >>> probe(b"\xff\x4f\xff\x51\0\x29", ReadOptions())
    Traceback (most recent call last):
    ...
    hadimg.errors.FormatError: the JPEG 2000 header is cut
    """
    limits = options.limits
    if data.startswith(b"\xff\x4f"):
        size = _read_size(data, 0)
        details = Details(size.bits, boxed=False)
        stream = Box(b"jp2c", 0, 0, len(data))
    else:
        boxes = walk(data, 0, len(data), limits)
        stream = first_box(boxes, b"jp2c") or _missing("jp2c")
        head = first_box(boxes, b"jp2h") or _missing("jp2h")
        size = _read_size(data, stream.start)
        inner = walk(data, head.start, head.end, limits)
        _check_boxes(data, inner, size)
        details = _read_boxes(data, boxes, inner, size.bits, limits)
    header = Header("jpeg2000", (size[:2],), size.channels, 1 if size.bits <= 8 else 2, details)
    limits.check_header(header)
    _check_tiles(data, stream, limits)
    return header


def _missing(name: str) -> Box:
    raise FormatError(f"the JPEG 2000 file has no box {name}")


def _read_size(data: bytes, start: int) -> _Size:
    """Return what the marker SIZ says, which must be the first of the codestream."""
    if data[start : start + 4] != b"\xff\x4f\xff\x51" or len(data) < start + 45:
        raise FormatError("the JPEG 2000 header is cut")
    right, bottom, left, top, tile_width, tile_height, *_, count = struct.unpack_from(">8IH", data, start + 8)
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0 or not (tile_width and tile_height):
        raise FormatError(f"the JPEG 2000 header declares {width} x {height} pixels")
    if (width // tile_width + 1) * (height // tile_height + 1) > 2 * 65536:
        raise FormatError("the JPEG 2000 header declares more tiles than the format allows")
    if not 1 <= count <= 4:
        raise UnsupportedError(f"JPEG 2000 with {count} components is not read", remedy=CONVERT)
    if len(data) < start + 42 + 3 * count:
        raise FormatError("the JPEG 2000 header is cut")
    parts = {tuple(data[place : place + 3]) for place in range(start + 42, start + 42 + 3 * count, 3)}
    depth, *steps = parts.pop()
    if parts or steps != [1, 1] or depth & 0x80 or depth > 15:
        raise UnsupportedError(
            "JPEG 2000 with signed, subsampled, unlike or more than 16-bit components is not read", remedy=CONVERT
        )
    return _Size(height, width, count, depth + 1)


def _check_boxes(data: bytes, inner: list[Box], size: _Size) -> None:
    """Refuse what the boxes say about colors that would be lost."""
    image_header = box_bytes(data, first_box(inner, b"ihdr"))
    if len(image_header) < 14 or struct.unpack_from(">IIH", image_header) != size[:3]:
        raise FormatError("the JPEG 2000 boxes declare another size than the codestream")
    if first_box(inner, b"pclr") is not None:
        raise UnsupportedError("JPEG 2000 with a palette is not read", remedy=CONVERT)
    color = box_bytes(data, first_box(inner, b"colr"))
    if color[:1] == b"\1" and len(color) >= 7:
        (space,) = struct.unpack_from(">I", color, 3)
        expected = 17 if size.channels <= 2 else 16
        if space != expected:
            name = COLORS.get(space, f"color space {space}")
            raise UnsupportedError(f"JPEG 2000 in {name} with {size.channels} channels is not read", remedy=CONVERT)
    meanings = box_bytes(data, first_box(inner, b"cdef"))[2:]
    for number, kind, _ in struct.iter_unpack(">3H", meanings[: len(meanings) // 6 * 6]):
        opacity = size.channels in (2, 4) and number == size.channels - 1
        if kind != (1 if opacity else 0):
            raise UnsupportedError("JPEG 2000 with channels of another meaning is not read", remedy=CONVERT)


def _read_boxes(data: bytes, boxes: list[Box], inner: list[Box], bits: int, limits: Limits) -> Details:
    """Return what the boxes say beside the picture."""
    carried = [item for item in boxes if item.name in (b"uuid", b"xml ", b"jumb", b"asoc", b"uinf", b"lbl ")]
    color, resolution = first_box(inner, b"colr"), first_box(inner, b"res ")
    for item in (*carried, *inner):
        limits.check("block_bytes", item.end - item.start)
    limits.check("metadata_bytes", sum(item.end - item.start for item in (*carried, *inner)))
    profile = box_bytes(data, color)
    uuids = [box_bytes(data, item) for item in carried if item.name == b"uuid"]
    known = (EXIF, XMP, IPTC)
    others = [
        data[item.place : item.end]
        for item in carried
        if item.name != b"uuid" or data[item.start : item.start + 16] not in known
    ]
    return Details(
        bits,
        boxed=True,
        profile=profile[3:] if profile[:1] in (b"\2", b"\3") else None,
        resolution=_resolution(data, resolution, limits),
        resolution_box=b"" if resolution is None else data[resolution.place : resolution.end],
        uuids=tuple((payload[:16], payload[16:]) for payload in uuids if payload[:16] in known),
        others=tuple(others),
    )


def _resolution(data: bytes, parent: Box | None, limits: Limits) -> tuple[float, float] | None:
    """Return pixels per inch, horizontally and vertically; that of display counts before that of capture."""
    if parent is None:
        return None
    boxes = walk(data, parent.start, parent.end, limits)
    payload = box_bytes(data, first_box(boxes, b"resd") or first_box(boxes, b"resc"))
    if len(payload) < 10:
        return None
    down, down_by, across, across_by, down_power, across_power = struct.unpack_from(">4H2b", payload)
    if not (down and down_by and across and across_by):
        return None
    per_meter = across / across_by * 10.0**across_power, down / down_by * 10.0**down_power
    return round(per_meter[0] * 0.0254, 4), round(per_meter[1] * 0.0254, 4)


def _check_tiles(data: bytes, stream: Box, limits: Limits) -> None:
    """Refuse a codestream that ends before its last tile does; the decoder fills the rest with grey."""
    place, markers = stream.start + 2, 0
    while place + 4 <= stream.end:
        marker, length = struct.unpack_from(">HH", data, place)
        if marker == 0xFFD9:
            return
        step = 2 + length
        if marker == 0xFF90 and place + 12 <= stream.end:  # a part of a tile, which says how long it is
            (part,) = struct.unpack_from(">I", data, place + 6)
            step = part or stream.end - 2 - place
        if marker < 0xFF00 or length < 2 or step < 4:
            raise FormatError(f"the JPEG 2000 data are broken at byte {place}")
        place += step
        markers += 1
        limits.check("blocks", markers)
    if data[place : place + 2] != b"\xff\xd9" or place + 2 > stream.end:
        raise FormatError("the JPEG 2000 data end early")
