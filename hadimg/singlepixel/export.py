"""Patterns as files for a micromirror device: a sequence of frames, and a JSON file that says what they are."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import ArgumentTypeError, WriteError
from hadimg.io.atomic import sync_folder, write_bytes
from hadimg.io.paths import as_path
from hadimg.singlepixel.camera import Camera
from hadimg.singlepixel.choosing import checked_choice
from hadimg.singlepixel.mirrors import frames, place

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from hadimg.errors import Path
    from hadimg.singlepixel.mirrors import Placement

    Bits = NDArray[np.uint8]

__all__ = ["FORMATS", "FrameFormat", "encoded_frames", "export_patterns"]

FORMAT = "hadimg-patterns"
VERSION = 1
DOCUMENT = "patterns.json"


class FrameFormat(NamedTuple):
    """One way to write frames.

    Parameters
    ----------
    suffix : str
        Of the files.
    frames : int
        How many a file holds.
    encode : callable
        From that many frames, or fewer at the end, to the bytes of a file.
    layout : str
        What the bytes mean, for the JSON file.
    """

    suffix: str
    frames: int
    encode: Callable[[Sequence[Bits]], bytes]
    layout: str


def _png(pixels: Bits) -> bytes:
    from hadimg.io.files import encode_image
    from hadimg.io.header import WriteOptions
    from hadimg.io.image import Image

    return encode_image(Image.from_pixels(pixels), "frame.png", WriteOptions()).data


def gray_png(group: Sequence[Bits]) -> bytes:
    """Return a picture of 0 and 255."""
    return _png(group[0] * np.uint8(255))


def packed_bits(group: Sequence[Bits]) -> bytes:
    """Return 8 mirrors a byte, the leftmost in its highest bit; each row begins with a new byte."""
    return np.packbits(group[0], axis=-1, bitorder="big").tobytes()


def alp_bytes(group: Sequence[Bits]) -> bytes:
    """Return a byte a mirror, 0 or 255, row after row."""
    return (group[0] * np.uint8(255)).tobytes()


def rgb_planes(channels: str) -> Callable[[Sequence[Bits]], bytes]:
    """Return an encoder of 24 frames as the bits of one color picture, 8 a channel, in the order of the letters."""

    def encode(group: Sequence[Bits]) -> bytes:
        picture = np.zeros((*group[0].shape, 3), np.uint8)
        for number, frame in enumerate(group):
            picture[..., "rgb".index(channels[number // 8])] |= frame << np.uint8(number % 8)
        return _png(picture)

    return encode


FORMATS: dict[str, FrameFormat] = {
    "png": FrameFormat(".png", 1, gray_png, "8-bit gray, 0 and 255"),
    "packed": FrameFormat(".bin", 1, packed_bits, "1 bit a mirror, leftmost = most significant, rows padded to bytes"),
    "alp": FrameFormat(".raw", 1, alp_bytes, "1 byte a mirror, 0 or 255, for ALP4lib with bitDepth=1"),
    "rgb24_4500": FrameFormat(
        ".png", 24, rgb_planes("grb"), "LightCrafter 4500: frames 0-7 bits 0-7 of green, 8-15 of red, 16-23 of blue"
    ),
    "rgb24_dlpc300": FrameFormat(
        ".png", 24, rgb_planes("brg"), "DLPC300: frames 0-7 bits 0-7 of blue, 8-15 of red, 16-23 of green"
    ),
}
"""The formats of frames."""


def encoded_frames(camera: Camera, placement: Placement, format_: str) -> Iterator[bytes]:
    """Yield the content of one file after the other; no more frames are in memory than one file holds."""
    row = FORMATS[format_]
    every = frames(camera, placement)
    while group := list(itertools.islice(every, row.frames)):
        yield row.encode(group)


def export_patterns(
    camera: Camera,
    folder: Path,
    *,
    format: str = "png",  # noqa: A002 (the word for it)
    dmd: tuple[int, int] = (768, 1024),
    zoom: int | str = "max",
    offset: tuple[int, int] | None = None,
    overwrite: bool = False,
) -> pathlib.Path:
    """Write what the mirrors of a camera show, frame after frame, and what it means to ``patterns.json``.

    Parameters
    ----------
    camera : Camera
        The patterns, their number and their mode: in the mode "split" ``h+`` at even and ``h-`` at odd places.
    folder : str or path
        Made if missing.
    format : str
        A name of the table `hadimg.singlepixel.FORMATS`: "png", "packed" (1 bit a mirror), "alp" (ViALUX), or 24 frames
        in the bits of one color picture, for either LightCrafter.
    dmd : (int, int)
        Rows and columns of mirrors.
    zoom : int or "max"
        Mirrors per pixel; the largest whole number that fits by default.
    offset : (int, int), optional
        First row and column of mirrors; centered by default. The border stays dark.
    overwrite : bool
        Whether files of the same names are replaced.

    Returns
    -------
    pathlib.Path
        The JSON file, which `load_readings` takes for the description of the camera. It is written last: where it is,
        every frame is.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the patterns do not fit the mirrors, or are not of 0 and 1.
    WriteError
        When a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     document = export_patterns(Camera((8, 8), measurements=3), folder, dmd=(16, 20), format="packed")
    ...     sorted(file.name for file in document.parent.iterdir())[-3:]
    ['frame_000004.bin', 'frame_000005.bin', 'patterns.json']
    """
    if not isinstance(camera, Camera):
        raise ArgumentTypeError(f"camera must be a Camera, got {type(camera).__name__}")
    checked_choice("format", format, FORMATS)
    placement = place(camera.shape, dmd, zoom, offset)
    contents = encoded_frames(camera, placement, format)
    target = as_path(folder)
    document = target / DOCUMENT
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"the folder cannot be made: {error.strerror or error}", path=folder) from error
    if document.exists() and not overwrite:
        raise WriteError("the file exists", path=document, remedy="allow overwriting or choose another name")
    names = []
    for number, content in enumerate(contents):
        names.append(f"frame_{number:06d}{FORMATS[format].suffix}")
        write_bytes(target / names[-1], content, overwrite=overwrite, sync=False)
    text = json.dumps(describe(camera, placement, format, names), allow_nan=False)
    write_bytes(document, f"{text}\n".encode("ascii"), overwrite=overwrite)
    sync_folder(target)
    return document


def describe(camera: Camera, placement: Placement, format_: str, names: list[str]) -> dict[str, Any]:
    """Return what the frames are, for JSON.

    ``patterns`` are rows and columns of coefficients, which are sequencies down and across where both sides are powers
    of two; in the mode "raster" they are rows and columns of pixels.
    """
    rows, cols = np.divmod(camera.indices, camera.frame.width)
    return {
        "format": FORMAT,
        "version": VERSION,
        "camera": camera.to_dict(),
        "height": camera.shape[0],
        "width": camera.shape[1],
        "patterns": np.stack([rows, cols], axis=1).tolist(),
        "layout": "pixels" if camera.mode == "raster" else camera.frame.layout,
        "frames": camera.exposures,
        "files": {"format": format_, "layout": FORMATS[format_].layout, "first": names[:1], "count": len(names)},
        "bitorder": "big",
        "dmd": list(placement.device),
        "zoom": placement.zoom,
        "offset": [placement.top, placement.left],
    }
