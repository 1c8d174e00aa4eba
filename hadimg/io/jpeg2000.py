"""JPEG 2000: JP2 files and bare codestreams of up to 16 bits, always written without loss.

Source: ISO/IEC 15444-1; the boxes for EXIF, XMP and IPTC as ExifTool and Adobe write them.
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import UnsupportedError
from hadimg.io.boxes import box, first_box, walk
from hadimg.io.decoding import checked_pixels, decoding
from hadimg.io.exif import read_orientation
from hadimg.io.exif_block import finished_exif
from hadimg.io.exif_thumbnail import read_thumbnail
from hadimg.io.header import Encoded
from hadimg.io.holding import Capacity, prepare, source_details
from hadimg.io.image import Image, Metadata, Page, Source
from hadimg.io.jpeg2000_header import EXIF, IPTC, XMP, Details, probe
from hadimg.io.libraries import load_library
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from hadimg.io.header import Header, ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity(
    "JPEG 2000",
    whites=tuple(2.0**bits - 1 for bits in range(1, 17)),
    channels=(1, 2, 3, 4),
    types=("uint8", "uint16"),
    metadata=("exif", "xmp", "icc", "iptc", "resolution"),
)


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture, values as stored.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        What `probe` returned.
    options : ReadOptions
        How to read.

    Returns
    -------
    Image
        uint8 up to 8 bits, uint16 above; white is the largest value of that many bits.

    Raises
    ------
    FormatError, LimitError
        When the data are broken, or memory does not suffice.
    """
    details: Details = header.details
    codecs = load_library("imagecodecs")
    with decoding("JPEG 2000"):
        pixels = checked_pixels(codecs.jpeg2k_decode(data, verbose=0), header)
    blocks = dict(reversed(details.uuids))
    exif = blocks.get(EXIF, b"").removeprefix(b"Exif\0\0") or None
    orientation, note = read_orientation(exif)
    thumbnail, thumbnail_note = read_thumbnail(exif, orientation)
    metadata = Metadata(
        exif=exif,
        xmp=blocks.get(XMP),
        icc=details.profile,
        iptc=blocks.get(IPTC),
        resolution=details.resolution,
    )
    page = Page(pixels, alpha=header.channels in (2, 4), orientation=orientation, white=2.0**details.bits - 1)
    notes = tuple(text for text in (note, thumbnail_note) if text)
    return Image((page,), "jpeg2000", metadata, thumbnail, Source("jpeg2000", data), notes)


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file, without loss: a bare codestream where the source was one, else a JP2 file.

    Parameters
    ----------
    image : Image
        One page of uint8 or uint16, 1 to 4 channels.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        With EXIF, XMP, IPTC, color profile and resolution, except in a bare codestream.

    Raises
    ------
    UnsupportedError
        When the picture does not fit.
    """
    source: Details | None = source_details(image, "jpeg2000", probe)
    boxed = source is None or source.boxed
    # Most programs do not look for the orientation in a JP2 file: only one that came out of it goes back.
    capacity = replace(CAPACITY, orientation=source is not None, metadata=CAPACITY.metadata if boxed else ())
    ready = prepare(image, capacity, options)
    page = ready.page
    bits = int(page.white).bit_length()
    if page.pixels.max() > page.white:
        raise UnsupportedError(f"the picture has values above its level of white {page.white:.0f}")
    pixels = page.pixels.astype(np.uint8 if bits <= 8 else np.uint16, copy=False)
    stream = load_library("imagecodecs").jpeg2k_encode(
        np.ascontiguousarray(pixels),
        level=0,
        codecformat="jp2" if boxed else "j2k",
        bitspersample=bits,
        reversible=True,
        numthreads=1,
    )
    if not boxed:
        return Encoded(bytes(stream), ready.notes)
    exif, exif_notes = finished_exif(image, ready, options)
    data = _boxed(bytes(stream), page, replace(ready.metadata, exif=exif), None if options.strip else source)
    return Encoded(data, (*ready.notes, *exif_notes))


def _boxed(file: bytes, page: Page, metadata: Metadata, source: Details | None) -> bytes:
    """Return a fresh JP2 file with the boxes of ``metadata``, and those of the source that are not known."""
    uuids = ((EXIF, metadata.exif), (XMP, metadata.xmp), (IPTC, metadata.iptc))
    more = [box(b"uuid", name, payload) for name, payload in uuids if payload]
    more += [other for other in (source.others if source else ()) if other[4:8] != b"jumb"]
    parts = {item.name: file[item.place : item.end] for item in walk(file, 0, len(file), Limits())}
    parts[b"jp2h"] = _head_box(file, page, metadata, source)
    stream = parts.pop(b"jp2c")
    return b"".join([*parts.values(), *more, stream])


def _head_box(file: bytes, page: Page, metadata: Metadata, source: Details | None) -> bytes:
    head = first_box(walk(file, 0, len(file), Limits()), b"jp2h")
    assert head is not None
    parts = {part.name: file[part.place : part.end] for part in walk(file, head.start, head.end, Limits())}
    if metadata.icc:
        parts[b"colr"] = box(b"colr", b"\2\0\0", metadata.icc)
    if page.alpha:
        parts[b"cdef"] = _meanings(page.channels)
    if metadata.resolution:
        same = source is not None and source.resolution == metadata.resolution
        parts[b"res "] = source.resolution_box if source and same else _resolution(*metadata.resolution)
    return box(b"jp2h", *parts.values())


def _meanings(channels: int) -> bytes:
    """Return the box that says that the last channel is the opacity of the whole picture."""
    colors = [struct.pack(">3H", number, 0, number + 1) for number in range(channels - 1)]
    return box(b"cdef", struct.pack(">H", channels), *colors, struct.pack(">3H", channels - 1, 1, 0))


def _resolution(across: float, down: float) -> bytes:
    """Return the box that holds a resolution as fractions times powers of ten of pixels per meter."""
    numbers: list[int] = []
    powers: list[int] = []
    for dots_per_inch in (down, across):
        per_meter = dots_per_inch / 0.0254
        power = math.floor(math.log10(per_meter))
        fraction = Fraction(per_meter / 10.0**power).limit_denominator(6500)  # both numbers have 16 bits
        numbers += [fraction.numerator, fraction.denominator]
        powers.append(power)
    return box(b"res ", box(b"resd", struct.pack(">4H2b", *numbers, *powers)))
