"""HADI: our own pictures in Hadamard matrices, between the codec and the pictures of this room.

Source: ``specification.txt`` of `hadimg.codec`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.chunks import unpack_metadata
from hadimg.codec.container import read_header
from hadimg.codec.picture import encode as encode_pixels
from hadimg.codec.reading import checked_window, open_layout, read_pixels
from hadimg.codec.settings import STEP_UNIT
from hadimg.codec.source import MemorySource
from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.exif import read_orientation
from hadimg.io.exif_block import finished_exif
from hadimg.io.exif_thumbnail import read_thumbnail
from hadimg.io.header import Encoded, Header
from hadimg.io.holding import Capacity, prepare, source_details
from hadimg.io.image import Image, Metadata, Page, Source

if TYPE_CHECKING:
    from hadimg.codec.container import Header as FileHeader
    from hadimg.codec.grid import Layout
    from hadimg.io.header import ReadOptions, WriteOptions
    from hadimg.io.limits import Limits

__all__ = ["decode", "decode_part", "encode", "encode_with", "probe"]

CAPACITY = Capacity(
    "HADI",
    whites=tuple(2.0**bits - 1 for bits in range(1, 17)),
    channels=(1, 2, 3, 4),
    types=("uint8", "uint16", "float32"),
    metadata=("exif", "xmp", "icc", "iptc", "resolution", "text"),
    orientation=True,
)

USUAL_QUALITY = 90
LOSSLESS_QUALITY = 100


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what the header declares, or refuse it.

    Parameters
    ----------
    data : bytes
        The whole file, or at least its header.
    options : ReadOptions
        With the limits.

    Returns
    -------
    Header
        One page.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the header is broken, declares too much, or is of a later version.
    """
    header = read_header(MemorySource(data), options.limits)
    return Header("hadi", header.shapes, header.channels, header.itemsize, header)


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        What `probe` returned.
    options : ReadOptions
        How to read: damaged files give the tiles that are whole.

    Returns
    -------
    Image
        With everything that was encoded.

    Raises
    ------
    FormatError, LimitError
        When the data are broken, or memory does not suffice.
    """
    return decode_part(data, options)


def decode_part(
    data: bytes, options: ReadOptions, *, window: tuple[int, int, int, int] | None = None, reduce: int = 0
) -> Image:
    """Return a part of the picture, or all of it reduced; with the metadata of the whole.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        As for `decode`.
    window, reduce
        As for `hadimg.codec.decode`.
    """
    partial = options.allow_damaged
    layout = open_layout(MemorySource(data), options.limits, partial=partial)
    header = layout.header
    box = checked_window(window, header)
    pixels, damage = read_pixels(layout, box, reduce, partial=partial, workers=None)
    metadata, notes = _metadata(layout, options.limits, partial=partial)
    if damage:
        notes = (f"the HADI data are damaged: {damage}", *notes)
    orientation, note = read_orientation(metadata.exif)
    thumbnail, thumbnail_note = read_thumbnail(metadata.exif, orientation)
    floats = header.samples.dtype.kind == "f"
    white = 1.0 if floats else 2.0**header.settings.depth - 1
    flat = pixels[:, :, 0] if pixels.ndim == 3 and header.channels == 1 else pixels
    page = Page(flat, alpha=header.settings.alpha, orientation=orientation, white=white)
    whole = window is None and reduce == 0
    notes += tuple(text for text in (note, thumbnail_note) if text)
    return Image((page,), "hadi", metadata, thumbnail, Source("hadi", data) if whole else None, notes)


def _metadata(layout: Layout, limits: Limits, *, partial: bool) -> tuple[Metadata, tuple[str, ...]]:
    try:
        return unpack_metadata(layout.metadata(), limits), ()
    except FormatError as error:
        if not partial:
            raise
        return Metadata(), (f"the metadata are left out: {error.reason}",)


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file.

    Without a quality, a picture that came out of a HADI file is quantized as there, or not at all; others get quality
    90. Quality 100 and floats are without loss.

    Parameters
    ----------
    image : Image
        One page of uint8, uint16 or float32, 1 to 4 channels.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        With all metadata.

    Raises
    ------
    UnsupportedError
        When the picture does not fit.
    """
    return encode_with(image, options, **_usual(image, options.quality))


def _usual(image: Image, quality: int | None) -> dict[str, Any]:
    """Return the options of the encoder that a quality stands for."""
    if quality == LOSSLESS_QUALITY or any(page.pixels.dtype.kind == "f" for page in image.pages):
        return {"lossless": True}
    if quality is not None:
        return {"quality": quality}
    source: FileHeader | None = source_details(image, "hadi", probe)
    if source is None or source.samples.dtype.kind == "f":
        return {"quality": USUAL_QUALITY}
    settings = source.settings
    kept = {"tuning": settings.tuning, "tile": source.tile}
    return {"lossless": True, **kept} if settings.lossless else {"step": settings.step / STEP_UNIT, **kept}


def encode_with(image: Image, options: WriteOptions, **choices: Any) -> Encoded:
    """Return the finished file, with the options of the encoder as they are given.

    Parameters
    ----------
    image : Image
        As for `encode`.
    options : WriteOptions
        With ``strip``; ``quality`` is not looked at.
    **choices
        As for `hadimg.codec.encode`, but for ``depth`` and ``metadata``, which the picture knows.

    Returns
    -------
    Encoded
        As for `encode`.
    """
    ready = prepare(image, CAPACITY, options)
    page = ready.page
    exif, notes = finished_exif(image, ready, options)
    known = ready.metadata
    metadata = Metadata(exif, known.xmp, known.icc, known.iptc, known.resolution, known.text)
    depth = None if page.pixels.dtype.kind == "f" else int(page.white).bit_length()
    if depth is not None and page.pixels.max() > page.white:
        raise UnsupportedError(f"the picture has values above its level of white {page.white:.0f}")
    data = encode_pixels(np.ascontiguousarray(page.pixels), depth=depth, metadata=metadata, **choices)
    return Encoded(data, (*ready.notes, *notes))
