"""WebP: still pictures and animations; EXIF, XMP and color profile byte for byte, lossless stays lossless.

Source: RFC 9649, "WebP Image Format".
"""

from __future__ import annotations

import struct
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import UnsupportedError
from hadimg.io.decoding import checked_pixels, decoding
from hadimg.io.exif import read_orientation
from hadimg.io.exif_block import finished_exif
from hadimg.io.exif_thumbnail import read_thumbnail
from hadimg.io.header import Encoded
from hadimg.io.holding import Capacity, prepare, source_details
from hadimg.io.image import Animation, Image, Metadata, Page, Source
from hadimg.io.libraries import load_library
from hadimg.io.limits import Limits
from hadimg.io.riff import pack, riff, walk
from hadimg.io.webp_header import ALPHA, ANIMATED, EXIF, ICC, XMP, Details, probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.header import Header, ReadOptions, WriteOptions

    _Chunk = tuple[bytes, bytes]

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity("WebP", channels=(3, 4), metadata=("exif", "xmp", "icc"), orientation=True, pages=True)

LARGEST_SIDE = 16383
EXIF_PREFIX = b"Exif\0\0"  # of JPEG; some programs write it into WebP as well
FLAGS = {b"ICCP": ICC, b"EXIF": EXIF, b"XMP ": XMP, b"ANIM": ANIMATED}

SIGNED = (b"C2PA",)
"""Chunks whose content vouches for the pixels, and would be false."""


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture, or every frame of an animation as it is seen.

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
        uint8, RGB or RGB with opacity.

    Raises
    ------
    FormatError, LimitError
        When the data are broken, or too large for the library.
    """
    details: Details = header.details
    exif = details.blocks.get(b"EXIF", b"").removeprefix(EXIF_PREFIX) or None
    orientation, note = read_orientation(exif)
    thumbnail, thumbnail_note = read_thumbnail(exif, orientation)
    notes = [text for text in (note, thumbnail_note) if text]
    if details.trailing:
        notes.append(f"{details.trailing} bytes behind the end of the WebP data are left out")
    if details.animated:
        frames = _frames(data, header)
    else:
        codecs = load_library("imagecodecs")
        with decoding("WebP"):
            frames = [checked_pixels(codecs.webp_decode(data, hasalpha=header.channels == 4), header)]
    pages = tuple(Page(pixels, alpha=header.channels == 4, orientation=orientation) for pixels in frames)
    metadata = Metadata(exif=exif, xmp=details.blocks.get(b"XMP "), icc=details.blocks.get(b"ICCP"))
    timing = Animation(tuple(map(float, details.durations)), details.plays) if details.animated else None
    return Image(pages, "webp", metadata, thumbnail, Source("webp", data), tuple(notes), timing)


def _frames(data: bytes, header: Header) -> list[NDArray[Any]]:
    """Return the frames of an animation, each composed with those before it."""
    plugin = load_library("PIL.WebPImagePlugin", package="pillow")
    frames = []
    with decoding("WebP"), plugin.WebPImageFile(BytesIO(data)) as file:
        for number in range(len(header.shapes)):
            file.seek(number)
            frames.append(checked_pixels(np.array(file), header, number))
    return frames


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file: lossless where the source was lossless WebP or quality is 100, else lossy.

    Parameters
    ----------
    image : Image
        uint8; one page, or the frames of an animation.
    options : WriteOptions
        How to write; quality is 90 unless it is given.

    Returns
    -------
    Encoded
        With EXIF, XMP and color profile.

    Raises
    ------
    UnsupportedError
        When the picture does not fit.
    """
    ready = prepare(image, CAPACITY, options)
    source: Details | None = source_details(image, "webp", probe)
    _check_fit(image, source, options)
    level = options.quality or 90
    lossless = level == 100 or (options.quality is None and source is not None and source.lossless)
    coded = [_coded(page.pixels, level, lossless=lossless) for page in ready.pages]
    body = coded[0] if image.animation is None else _animation(coded, image.animation, ready.pages[0].shape, source)
    exif, exif_notes = finished_exif(image, ready, options)
    before, after = _metadata_chunks(replace(ready.metadata, exif=exif), source)
    unknown = () if source is None or options.strip else source.unknown
    after += [chunk for chunk in unknown if chunk[0] not in SIGNED]
    signed = [f"the signed part {name.decode()} is left out" for name, _ in unknown if name in SIGNED]
    chunks = _extended([*before, *body, *after], ready.pages[0].shape, alpha=any(page.alpha for page in ready.pages))
    return Encoded(riff(chunks), (*ready.notes, *exif_notes, *_timing_notes(image.animation), *signed))


def _extended(chunks: list[_Chunk], canvas: tuple[int, int], *, alpha: bool) -> list[_Chunk]:
    """Return the chunks behind the one that announces them, where there is more than the picture."""
    names = {name for name, _ in chunks}
    flags = sum(flag for name, flag in FLAGS.items() if name in names) + (ALPHA if alpha else 0)
    if not flags and len(chunks) == 1:
        return chunks
    height, width = canvas
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return [(b"VP8X", bytes([flags, 0, 0, 0]) + size), *chunks]


def _check_fit(image: Image, source: Details | None, options: WriteOptions) -> None:
    pages, timing = image.pages, image.animation
    if max(max(page.shape) for page in pages) > LARGEST_SIDE:
        height, width = pages[0].shape
        raise UnsupportedError(
            f"WebP holds at most {LARGEST_SIDE} pixels a side, the picture is {width} x {height}",
            remedy="write PNG or TIFF instead",
        )
    if timing is None:
        if len(pages) > 1:
            raise UnsupportedError(
                f"WebP holds several pages only as an animation, the picture has {len(pages)} without timing",
                remedy="write TIFF instead",
            )
        return
    if timing.cover or len({(page.pixels.shape, page.orientation) for page in pages}) > 1:
        raise UnsupportedError(
            "WebP holds no cover picture and no frames of different size", remedy="write PNG instead"
        )
    if source is not None and not source.lossless and options.quality is None:
        raise UnsupportedError(
            "coding a lossy animation again would damage every frame a second time",
            remedy="give a quality: 100 keeps the frames as they are",
        )


def _coded(pixels: NDArray[Any], level: int, *, lossless: bool) -> list[_Chunk]:
    """Return the chunks of one coded picture."""
    data = load_library("imagecodecs").webp_encode(
        np.ascontiguousarray(pixels), level=75 if lossless else level, lossless=lossless, method=4, numthreads=1
    )
    chunks = walk(data, 12, len(data), Limits())
    coded = {chunk.name: data[chunk.start : chunk.end] for chunk in chunks if chunk.name != b"VP8X"}
    stream = coded.get(b"VP8L")
    if stream and pixels.shape[2] == 4:
        # the library says that a picture whose opacity is 255 everywhere has none: say otherwise in its header
        coded[b"VP8L"] = stream[:4] + bytes([stream[4] | 0x10]) + stream[5:]
    return list(coded.items())


def _animation(
    coded: list[list[_Chunk]], timing: Animation, canvas: tuple[int, int], source: Details | None
) -> list[_Chunk]:
    """Return the chunks of an animation whose every frame covers the canvas and replaces what was there."""
    height, width = canvas
    background = source.background if source else bytes(4)
    chunks = [(b"ANIM", background + struct.pack("<H", min(timing.plays, 65535)))]
    for duration, frame in zip(timing.durations, coded, strict=True):
        numbers = (0, 0, width - 1, height - 1, min(round(duration), (1 << 24) - 1))
        head = b"".join(struct.pack("<I", number)[:3] for number in numbers)
        chunks.append((b"ANMF", head + b"\x02" + pack(frame)))  # 2: do not blend
    return chunks


def _timing_notes(timing: Animation | None) -> list[str]:
    if timing is None:
        return []
    whole = all(float(duration).is_integer() and duration < 1 << 24 for duration in timing.durations)
    notes = [] if whole else ["WebP counts whole milliseconds: the durations were rounded"]
    return notes if timing.plays < 1 << 16 else [*notes, f"WebP plays at most 65535 times, not {timing.plays}"]


def _metadata_chunks(metadata: Metadata, source: Details | None) -> tuple[list[_Chunk], list[_Chunk]]:
    """Return the chunks of metadata before the picture, and those behind it."""
    exif = metadata.exif
    if exif and source and source.blocks.get(b"EXIF") == EXIF_PREFIX + exif:
        exif = EXIF_PREFIX + exif
    before, after = ((b"ICCP", metadata.icc),), ((b"EXIF", exif), (b"XMP ", metadata.xmp))
    return [(name, block) for name, block in before if block], [(name, block) for name, block in after if block]
