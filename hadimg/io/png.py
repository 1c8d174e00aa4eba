"""PNG: every depth and color type, whole animations, and all side information byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.exif import read_orientation
from hadimg.io.exif_thumbnail import read_thumbnail
from hadimg.io.header import Encoded, Header, ReadOptions, WriteOptions
from hadimg.io.holding import Capacity, prepare
from hadimg.io.image import Image, Page, Source
from hadimg.io.png_animation import Frame, Timeline, compose, frame_chunks, read_timeline
from hadimg.io.png_carry import side_chunks
from hadimg.io.png_chunks import LONGEST_SIDE, Chunk, Layout, assemble, image_data, read_layout, walk, without_data
from hadimg.io.png_metadata import read_metadata
from hadimg.io.png_pixels import Colors, compress, decompress, read_colors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["decode", "encode", "probe"]

DEFLATE_RATIO = 1032
"""No deflate stream grows by more."""

CAPACITY = Capacity(
    "PNG",
    whites=(255.0, 65535.0),
    channels=(1, 2, 3, 4),
    types=("uint8", "uint16"),
    metadata=("exif", "xmp", "icc", "resolution", "text"),
    orientation=True,
    pages=True,
)


@dataclass(frozen=True)
class Details:
    """What `probe` found and `decode` needs."""

    layout: Layout
    chunks: tuple[Chunk, ...]
    colors: Colors
    timeline: Timeline | None
    notes: tuple[str, ...]


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what the header declares, after walking all chunks and verifying their checksums.

    Nothing is inflated.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        Limits, and whether damage is tolerated.

    Returns
    -------
    Header
        One shape a page; the pages of an animation are its frames, after its cover if it has one.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the file is broken, too large, or of a kind that is not read.
    """
    notes: list[str] = []
    layout = read_layout(data, options)
    chunks = walk(data, options, notes)
    palette, transparency = (
        next((found.body(data) for found in chunks if found.kind == kind), None) for kind in (b"PLTE", b"tRNS")
    )
    colors = read_colors(layout, palette, transparency)
    timeline = read_timeline(data, chunks, layout, options.limits)
    held = sum(found.length for found in chunks if found.kind == b"IDAT")
    if layout.inflated_bytes() > held * DEFLATE_RATIO and not options.allow_damaged:
        raise FormatError(
            f"the PNG data end early: {held} compressed bytes cannot hold {layout.width} x {layout.height} pixels"
        )
    count = 1 if timeline is None else len(timeline.frames) + timeline.cover
    shapes = ((layout.height, layout.width),) * count
    channels = colors.channels + _gains_alpha(colors, timeline)
    details = Details(layout, tuple(chunks), colors, timeline, tuple(notes))
    header = Header("png", shapes, channels, itemsize=2 if layout.depth == 16 else 1, details=details)
    options.limits.check_header(header)
    return header


def _gains_alpha(colors: Colors, timeline: Timeline | None) -> bool:
    """Whether the frames of an animation leave parts of the canvas transparent that have no opacity of their own."""
    if timeline is None or colors.channels in (2, 4):
        return False
    height, width = colors.layout.height, colors.layout.width
    first = timeline.frames[0]
    return timeline.clears or (first.height, first.width) != (height, width)


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:
    """Return the whole picture at full depth, every frame composed as it is seen.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        What `probe` returned.
    options : ReadOptions
        The same as for `probe`.

    Returns
    -------
    Image
        8 or 16 bits; a palette, a transparent color and depths under 8 are expanded, with a note.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the data are broken or the metadata inflate to too much.
    """
    details: Details = header.details
    metadata, notes = read_metadata(data, details.chunks, options.limits)
    orientation, note = read_orientation(metadata.exif)
    thumbnail, thumbnail_note = read_thumbnail(metadata.exif, orientation)
    notes = [*details.notes, *notes, *filter(None, (note, thumbnail_note)), *_expansions(details)]
    alpha = header.channels in (2, 4)
    pages = tuple(
        Page(pixels, alpha, orientation, float(np.iinfo(pixels.dtype).max))
        for pixels in _pages(data, header, options, notes)
    )
    animation = None if details.timeline is None else details.timeline.animation()
    source = Source("png", without_data(data, details.chunks))
    return Image(pages, "png", metadata, thumbnail, source, tuple(notes), animation)


def _expansions(details: Details) -> list[str]:
    layout, colors = details.layout, details.colors
    if colors.palette is not None:
        return [f"the palette is expanded to 8-bit RGB{'' if colors.channels == 3 else ' and opacity'}"]
    notes = [f"the depth of {layout.depth} bits is expanded to 8"] if layout.depth < 8 else []
    return notes + (["the transparent color is expanded to opacity"] if colors.key is not None else [])


def _pages(data: bytes, header: Header, options: ReadOptions, notes: list[str]) -> Iterator[NDArray[Any]]:
    """Yield the pixels of each page."""
    details: Details = header.details
    timeline = details.timeline
    stored = [found for found in details.chunks if found.kind == b"IDAT"]
    layout = details.layout
    still = Frame(layout.width, layout.height, 0, 0, 0.0, 0, 0, tuple((one.start, one.length) for one in stored))
    if timeline is None or timeline.cover:
        yield _pixels(data, still, header, options, notes)
    if timeline is not None:
        whole = (layout.height, layout.width)
        canvas = np.zeros(
            whole if header.channels == 1 else (*whole, header.channels), (np.uint8, np.uint16)[header.itemsize - 1]
        )
        frames = ((frame, _pixels(data, frame, header, options, notes)) for frame in timeline.frames)
        yield from compose(frames, canvas, alpha=header.channels in (2, 4))


def _pixels(data: bytes, frame: Frame, header: Header, options: ReadOptions, notes: list[str]) -> NDArray[Any]:
    """Return the pixels of one frame, with as many channels as the header says."""
    details: Details = header.details
    layout = details.layout._replace(width=frame.width, height=frame.height)
    values, damage = decompress(frame.stream(data), layout, allow_damaged=options.allow_damaged)
    if damage:
        notes.append(damage)
    pixels = details.colors.expand(values, allow_damaged=options.allow_damaged)
    if details.colors.channels == header.channels:
        return pixels
    opacity = np.full((*pixels.shape[:2], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
    return np.concatenate([pixels.reshape(*pixels.shape[:2], -1), opacity], axis=2)


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file.

    Parameters
    ----------
    image : Image
        One page, or the frames of an animation; 8 or 16 bits, 1 to 4 channels.
    options : WriteOptions
        With ``strip``, only what changes how the picture is seen is written: colors and orientation.

    Returns
    -------
    Encoded
        The side chunks of a PNG source are carried over byte for byte; the notes name those that cannot be.

    Raises
    ------
    UnsupportedError
        For what PNG cannot hold: floats, other levels of white, pages that are no animation.
    """
    _refuse(image)
    prepared = prepare(image, CAPACITY, options)
    pages = [page.pixels for page in prepared.pages]
    layout, stream = compress(pages[0])
    carried = side_chunks(image, prepared.metadata, prepared.page.orientation, layout, strip=options.strip)
    if image.animation is None:
        opening, body = b"", list(image_data(stream))
    else:
        opening, body = frame_chunks(pages, image.animation, stream)
    chunks = [*carried.color, opening, *carried.before, *body, *carried.after]
    return Encoded(assemble(layout, chunks), (*prepared.notes, *carried.notes))


def _refuse(image: Image) -> None:
    """Refuse what PNG cannot hold and what would not be one animation."""
    first = image.pages[0].pixels
    if first.dtype.kind == "f":
        raise UnsupportedError(f"PNG holds 8 or 16 bits, the picture {first.dtype}", remedy="write TIFF")
    if max(first.shape[:2]) > LONGEST_SIDE:
        raise UnsupportedError(
            f"the PNG encoder takes sides of {LONGEST_SIDE} pixels, the picture has {max(first.shape[:2])}",
            remedy="write TIFF",
        )
    if image.animation is None:
        if len(image.pages) > 1:
            raise UnsupportedError(f"PNG holds one page, the picture has {len(image.pages)}", remedy="write TIFF")
        return
    frames = len(image.pages) - image.animation.cover
    if frames < 1 or len(image.animation.durations) != len(image.pages):
        raise UnsupportedError(
            f"an animation needs one duration a page: {len(image.pages)} pages, {len(image.animation.durations)}"
            " durations"
        )
    for page in image.pages:
        if page.pixels.shape != first.shape or page.pixels.dtype != first.dtype:
            raise UnsupportedError("the frames of a PNG have one size and depth, those of the picture differ")
