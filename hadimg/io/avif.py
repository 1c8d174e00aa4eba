"""AVIF: still pictures of 8, 10 and 12 bits, with EXIF, XMP, color profile and orientation.

Source: "AV1 Image File Format" of the Alliance for Open Media.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError, UnsupportedError
from hadimg.io.avif_header import Details, probe
from hadimg.io.avif_parts import with_parts
from hadimg.io.decoding import checked_pixels, decoding
from hadimg.io.exif_block import finished_exif
from hadimg.io.exif_thumbnail import read_thumbnail
from hadimg.io.header import Encoded
from hadimg.io.holding import Capacity, prepare, source_details
from hadimg.io.image import Image, Metadata, Page, Source
from hadimg.io.libraries import load_library

if TYPE_CHECKING:
    from hadimg.io.header import Header, ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity(
    "AVIF",
    whites=(255.0, 1023.0, 4095.0),
    channels=(1, 2, 3, 4),
    types=("uint8", "uint16"),
    metadata=("exif", "xmp", "icc"),
    orientation=True,
)

LARGEST_SIDE = 65535
SPEED = 6  # 2.5 s for 3 megapixels on one core; the library's own choice, 0, takes 80 s for 2 % less
DEFAULT_COLORS = (2, 2)  # "unspecified", which readers take as sRGB


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture, as stored.

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
        uint8 for 8 bits; uint16 for 10 and 12, where white is 1023 or 4095.

    Raises
    ------
    FormatError, LimitError
        When the data are broken, or memory does not suffice.
    """
    details: Details = header.details
    codecs = load_library("imagecodecs")
    with decoding("AVIF"):
        pixels = checked_pixels(codecs.avif_decode(data, numthreads=1), header)
    page = Page(pixels, alpha=details.alpha, orientation=details.orientation, white=2.0**details.bits - 1)
    metadata = Metadata(exif=details.exif, xmp=details.xmp, icc=details.profile)
    thumbnail, thumbnail_note = read_thumbnail(details.exif, details.orientation)
    gain_map = "the gain map of the AVIF file is left out" if details.gain_map else None
    notes = tuple(text for text in (gain_map, thumbnail_note) if text)
    return Image((page,), "avif", metadata, thumbnail, Source("avif", data), notes)


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file; quality is 90 unless it is given, and 100 is without loss.

    Parameters
    ----------
    image : Image
        One page of uint8, or of uint16 with white 1023 or 4095.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        With EXIF, XMP, color profile and orientation; grey and opacity are always without loss.

    Raises
    ------
    ArgumentError, UnsupportedError
        When the picture does not fit.
    """
    ready = prepare(image, CAPACITY, options)
    page = ready.page
    if max(page.shape) > LARGEST_SIDE:
        raise UnsupportedError(f"AVIF holds at most {LARGEST_SIDE} pixels a side", remedy="write TIFF instead")
    if page.pixels.max() > page.white:
        raise ArgumentError(f"pixels must be at most their level of white {page.white:.0f}, got {page.pixels.max()}")
    bits = int(page.white).bit_length()
    source: Details | None = source_details(image, "avif", probe)
    primaries, transfer = (source.colors if source else None) or DEFAULT_COLORS
    coded = load_library("imagecodecs").avif_encode(
        np.ascontiguousarray(page.pixels, np.uint8 if bits == 8 else np.uint16),
        level=options.quality or 90,
        speed=SPEED,
        bitspersample=bits,
        pixelformat="400" if page.channels <= 2 else "444",
        primaries=primaries,
        transfer=transfer,
        numthreads=1,
    )
    metadata, notes = ready.metadata, ready.notes
    if metadata.exif:
        exif, exif_notes = finished_exif(image, ready, options)
        metadata, notes = replace(metadata, exif=exif), (*notes, *exif_notes)
    return Encoded(with_parts(bytes(coded), metadata, page.orientation), notes)
