"""JPEG: decoded strictly, written with the source's own tables, under the source's own segments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hadimg.errors import FormatError, UnsupportedError, WriteError
from hadimg.io.decoding import checked_pixels, decoding
from hadimg.io.exif import orientation_only, read_orientation
from hadimg.io.exif_block import finished_exif
from hadimg.io.exif_thumbnail import read_thumbnail
from hadimg.io.header import Encoded, Header
from hadimg.io.holding import Capacity, prepare
from hadimg.io.image import Image, Metadata, Page, Source
from hadimg.io.jpeg_frame import refuse_by_name
from hadimg.io.jpeg_metadata import new_segments, read_metadata
from hadimg.io.jpeg_segments import END_OF_IMAGE, color_model, find_end, read_layout
from hadimg.io.jpeg_splice import carried_segments, join_stream
from hadimg.io.jpeg_stream import choose_writable, decode_stream, encode_stream
from hadimg.io.jpeg_tables import Coding, coding_of
from hadimg.io.jpeg_xmp import LONGEST

if TYPE_CHECKING:
    from hadimg.io.header import ReadOptions, WriteOptions
    from hadimg.io.holding import Prepared
    from hadimg.io.jpeg_segments import Layout

__all__ = ["decode", "encode", "probe"]

DEFAULT_QUALITY = 90
LARGEST_SIDE = 65500

_PARTS = ("exif", "xmp", "icc", "iptc", "resolution", "text")
_CAPACITY = Capacity("JPEG", metadata=_PARTS, orientation=True)


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what a JPEG declares, or refuse it, from its segments alone.

    Parameters
    ----------
    data : bytes
        The file.
    options : ReadOptions
        Limits, and whether bytes between the segments are forgiven.

    Returns
    -------
    Header
        Its details are the `Layout`.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the segments cannot be followed, are too many, or declare what is not read.
    """
    layout = read_layout(data, options.limits)
    if layout.junk and not options.allow_damaged:
        raise FormatError(
            f"the JPEG has {layout.junk} bytes between its segments that belong to none", remedy="allow damaged files"
        )
    refuse_by_name(layout.frame)
    if layout.has_many_scans(data):
        find_end(data, layout, options.limits)
    channels = len(layout.frame.components)
    return Header("jpeg", ((layout.frame.height, layout.frame.width),), channels, itemsize=1, details=layout)


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:
    """Return the picture of a JPEG, grey or RGB, in stored order.

    Parameters
    ----------
    data : bytes
        The file.
    header : Header
        What `probe` found.
    options : ReadOptions
        Whether damage is refused.

    Returns
    -------
    Image
        One page; the thumbnail of its EXIF block beside it. Notes name what is broken, and what follows the picture.

    Raises
    ------
    FormatError
        When the data are damaged, or hold something else than the header declares.
    """
    layout: Layout = header.details
    with decoding("JPEG"):
        pixels, damage = decode_stream(data, layout, allow_damaged=options.allow_damaged)
    pixels = checked_pixels(pixels, header)
    metadata, notes = read_metadata(data, layout)
    orientation, orientation_note = read_orientation(metadata.exif)
    thumbnail, thumbnail_note = read_thumbnail(metadata.exif, orientation)
    junk = f"{layout.junk} bytes between the segments, which belong to none, are left out" if layout.junk else None
    found = (damage, junk, orientation_note, thumbnail_note, *notes, _name_tail(data, layout))
    return Image(
        (Page(pixels, orientation=orientation),),
        "jpeg",
        metadata,
        thumbnail=thumbnail,
        source=Source("jpeg", data),
        notes=tuple(note for note in found if note),
    )


def _name_tail(data: bytes, layout: Layout) -> str | None:
    """Return what follows the picture in its file, in words."""
    end = find_end(data, layout)
    tail = data[end:] if end is not None else b""
    if not tail.strip(b"\0"):
        return None
    kinds = []
    if tail.startswith(b"\xff\xd8\xff"):
        gain_map = b"hdrgm" in tail or b"urn:iso:std:iso:ts:21496" in tail
        kinds.append("a gain map" if gain_map else "further pictures, such as previews")
    if b"ftyp" in tail:
        kinds.append("a video")
    what = " and ".join(kinds) or "of unknown kind"
    return f"{len(tail)} bytes after the picture ({what}) are neither read nor written"


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return a picture as a JPEG file.

    Parameters
    ----------
    image : Image
        One page of 8 bits, grey or RGB. A picture that came from a JPEG keeps that file's quantization tables,
        sampling, progressive coding and segments; others get quality 90, full sampling and their neutral metadata.
    options : WriteOptions
        What shall differ.

    Returns
    -------
    Encoded
        The file, and notes about what could not be kept.

    Raises
    ------
    UnsupportedError
        For what JPEG cannot hold: depth, opacity, pages, size.
    ArgumentError
        For a quality or subsampling that does not exist.
    """
    prepared = prepare(image, _CAPACITY, options)
    page = prepared.page
    if max(page.shape) > LARGEST_SIDE:
        raise UnsupportedError(f"JPEG holds {LARGEST_SIDE} pixels a side, not {max(page.shape)}", remedy="write TIFF")
    source = image.source.data if image.source is not None and image.source.format == "jpeg" else b""
    layout = read_layout(source) if source else None
    recolored = layout is not None and len(layout.frame.components) != page.channels
    if recolored:
        layout = None  # its segments speak of pixels of another kind
    coding, coding_notes = _choose_coding(source, layout, page.channels, options)
    pixels = page.pixels.reshape(page.pixels.shape[:2]) if coding.model == "grey" else page.pixels
    stream, stream_note = encode_stream(pixels, coding)
    exif, exif_notes = _exif_to_write(image, prepared, options)
    segments, notes = _choose_segments(source, layout, replace(prepared.metadata, exif=exif), options)
    data = join_stream(segments, stream)
    _check(data, page, coding)
    recolored_note = "of the source's segments only known metadata are kept: the colors changed" if recolored else None
    said = (*prepared.notes, recolored_note, *coding_notes, stream_note, *exif_notes, *notes)
    return Encoded(data, tuple(note for note in said if note))


def _choose_coding(
    source: bytes, layout: Layout | None, channels: int, options: WriteOptions
) -> tuple[Coding, tuple[str, ...]]:
    """Return the source's coding with what ``options`` change in it."""
    notes: tuple[str, ...] = ()
    coding = coding_of(source, layout) if layout is not None else None
    if coding is None:
        if layout is not None:
            notes = (f"the source changes its quantization tables between scans: quality {DEFAULT_QUALITY}",)
        model = "grey" if channels == 1 else color_model(source, layout) if layout is not None else "ycbcr"
        coding = Coding.of_quality(DEFAULT_QUALITY, model=model)
    if options.quality is not None:
        asked = Coding.of_quality(options.quality, model=coding.model)
        coding = replace(coding, tables=asked.tables)
    coding, more_notes = choose_writable(coding, asked_sampling=options.subsampling)
    return coding, notes + more_notes


def _exif_to_write(image: Image, prepared: Prepared, options: WriteOptions) -> tuple[bytes | None, tuple[str, ...]]:
    """Return the EXIF block with the picture's orientation and thumbnail, or with the orientation alone if too long."""
    block, notes = finished_exif(image, prepared, options)
    if block is None or len(block) <= LONGEST - len(b"Exif\0\0"):
        return block, notes
    alone = None if image.orientation == 1 else orientation_only(image.orientation)
    return alone, (f"EXIF of {len(block)} bytes is too long for JPEG and left out",)


def _choose_segments(
    source: bytes, layout: Layout | None, metadata: Metadata, options: WriteOptions
) -> tuple[list[bytes], tuple[str, ...]]:
    """Return the segments that stand in front of the picture."""
    if layout is None:
        fresh, notes = new_segments(metadata, _PARTS)
        return [content for _, content in fresh], notes
    if not options.strip:
        return carried_segments(source, layout, read_metadata(source, layout)[0], metadata)
    # Stripped: what changes how the picture is seen stays, which is its density, orientation, profile and color model.
    kinds = ("jfif", "adobe") if color_model(source, layout) == "rgb" else ("jfif",)
    kept = [source[s.start : s.end] for s in layout.segments if s.carried and s.kind(source) in kinds]
    fresh, notes = new_segments(metadata, ("exif", "icc"))
    return kept + [content for _, content in fresh], notes


def _check(data: bytes, page: Page, coding: Coding) -> None:
    """Hold the finished file against the picture; a difference is a defect of ours or of a library."""
    layout = read_layout(data)
    whole = (layout.frame.height, layout.frame.width) == page.shape and data.endswith(END_OF_IMAGE)
    if not whole or color_model(data, layout) != coding.model:
        raise WriteError("the encoder wrote something else than the picture", remedy="please report this")
