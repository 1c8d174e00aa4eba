"""Radiance HDR: color in float32, three mantissas and one exponent of 8 bits a pixel.

Source: "Real Pixels" by G. Ward in Graphics Gems II, and the file formats chapter of the Radiance documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.decoding import checked_pixels, decoding, readable
from hadimg.io.header import Encoded, Header
from hadimg.io.holding import Capacity, prepare
from hadimg.io.image import Image, Metadata, Page
from hadimg.io.libraries import load_library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.header import ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity("HDR", whites=(), channels=(3,), types=("float32",), metadata=("text",), orientation=True)

SIGNATURE = "#?RADIANCE"
VARIABLE = re.compile(r"([A-Z][A-Z_0-9]*)=(.*)", re.DOTALL)
SIZE = re.compile(rb"([-+][XY]) +(\d{1,9}) +([-+][XY]) +(\d{1,9}) *\n")
AXES = {
    (b"-Y", b"+X"): 1,
    (b"-Y", b"-X"): 2,
    (b"+Y", b"-X"): 3,
    (b"+Y", b"+X"): 4,
    (b"+X", b"-Y"): 5,
    (b"-X", b"-Y"): 6,
    (b"-X", b"+Y"): 7,
    (b"+X", b"+Y"): 8,
}
"""The order in which pixels are stored, as the EXIF orientation that turns it to what is seen."""

SEEN = ("EXPOSURE", "COLORCORR", "PRIMARIES", "PIXASPECT")
"""Variables that change how the picture is seen; they stay when metadata are left out."""

LARGEST = 2.0**127
STRIP = 64


class Details(NamedTuple):
    """What the decoder wants to know."""

    start: int
    orientation: int
    text: tuple[tuple[str, str], ...]


def probe(data: bytes, options: ReadOptions) -> Header:
    r"""Return what the header declares, or refuse it.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        With the limits.

    Returns
    -------
    Header
        One page of float32 RGB.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the header is broken, declares too much, or another color space.

    Examples
    --------
    >>> from hadimg.io.header import ReadOptions
    >>> probe(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n" + bytes(8), ReadOptions()).shapes
    ((1, 2),)
    """
    end = data.find(b"\n\n", 0, options.limits.block_bytes)
    size = SIZE.match(data, end + 2) if end >= 0 else None
    orientation = AXES.get((size[1], size[3])) if size else None
    if not data.startswith(b"#?") or size is None or orientation is None:
        raise FormatError("the HDR header is broken: no line with the size behind an empty line")
    height, width = int(size[2]), int(size[4])
    if not (height and width):
        raise FormatError(f"the HDR header declares {height} rows of {width} pixels")
    text = _header_text(data[:end])
    formats = [value.strip() for keyword, value in text if keyword == "FORMAT"]
    if any(value != "32-bit_rle_rgbe" for value in formats):
        raise UnsupportedError(f"the HDR format {formats[0]!r} is not read", remedy="convert it to RGBE with ra_rgbe")
    details = Details(size.end(), orientation, tuple(entry for entry in text if entry[0] != "FORMAT"))
    header = Header("hdr", ((height, width),), 3, 4, details)
    options.limits.check_header(header)
    return header


def _header_text(head: bytes) -> list[tuple[str, str]]:
    """Return the variables of the header by name, and every other line as a comment."""
    text = []
    for line in readable(head).split("\n")[1:]:
        variable = VARIABLE.fullmatch(line)
        text.append((variable[1], variable[2]) if variable else ("Comment", line.removeprefix("#").strip()))
    return text


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture, values as stored: the header's EXPOSURE is carried, not applied.

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
        float32 RGB, white is 1.0.

    Raises
    ------
    FormatError, UnsupportedError
        When data are missing or broken, or coded in the way of before 1991.
    """
    details: Details = header.details
    height, width = header.shapes[0]
    raster = memoryview(data)[details.start :]
    lead = bytes(raster[:3])
    coded = 8 <= width < 32768 and lead[:2] == b"\2\2" and lead[2:] < b"\x80"
    pixels = _runs(raster, height, width) if coded else _flat(raster, height, width)
    page = Page(checked_pixels(pixels, header), orientation=details.orientation, white=1.0)
    return Image((page,), "hdr", Metadata(text=details.text))


def _runs(raster: memoryview, height: int, width: int) -> NDArray[Any]:
    """Return pixels whose rows are run-length coded, four channels one after the other."""
    needed = height * (4 + 8 * (width // 127))
    if len(raster) < needed:
        raise FormatError(f"the HDR data end early: at least {needed} bytes are needed, {len(raster)} are there")
    head = f"{SIGNATURE}\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n".encode()
    codecs = load_library("imagecodecs")
    with decoding("HDR"):
        pixels: NDArray[Any] = codecs.rgbe_decode(b"".join([head, raster]))
    return pixels


def _flat(raster: memoryview, height: int, width: int) -> NDArray[Any]:
    """Return pixels that are stored without runs."""
    needed = 4 * height * width
    if len(raster) < needed:
        if b"\1\1\1" in bytes(raster):
            raise UnsupportedError("the old run-length coding of HDR is not read", remedy="convert it with ra_rgbe -r")
        raise FormatError(f"the HDR data end early: {needed - len(raster)} of {needed} bytes are missing")
    rgbe = np.frombuffer(raster, np.uint8, needed).reshape(height, width, 4)
    exponent = rgbe[:, :, 3:]
    scale = np.where(exponent > 0, np.ldexp(np.float32(1), exponent.astype(np.int32) - 136), np.float32(0))
    return rgbe[:, :, :3] * scale


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file; each pixel is rounded to 8 bits below its largest channel.

    Parameters
    ----------
    image : Image
        One page of float32.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        Pictures that came out of an HDR file and were not changed are written without loss.

    Raises
    ------
    UnsupportedError
        When the picture does not fit, or has negative or infinite values.
    """
    ready = prepare(image, CAPACITY, options)
    page, notes = ready.page, ready.notes
    if image.format != "hdr":
        notes = (*notes, "HDR rounds each pixel to 8 bits below its largest channel")
    pixels = np.empty_like(page.pixels)
    for row in range(0, page.shape[0], STRIP):
        pixels[row : row + STRIP] = _rounded(page.pixels[row : row + STRIP])
    coded = load_library("imagecodecs").rgbe_encode(pixels, header=True, rle=page.shape[1] >= 8)
    axes = next(axes for axes, orientation in AXES.items() if orientation == page.orientation)
    height, width = page.shape
    size = f"{axes[0].decode()} {height} {axes[1].decode()} {width}"
    text = image.metadata.text
    if options.strip:
        text = tuple(entry for entry in text if entry[0] in SEEN)
    lines = [SIGNATURE, *(line for entry in text for line in _lines(*entry)), "FORMAT=32-bit_rle_rgbe", "", size, ""]
    head = "\n".join(lines).encode("utf-8", "replace")
    return Encoded(head + coded.partition(b"\n\n")[2].partition(b"\n")[2], notes)


def _lines(keyword: str, text: str) -> list[str]:
    if VARIABLE.fullmatch(f"{keyword}=") and len(text.splitlines()) == 1:
        return [f"{keyword}={text}"]
    whole = text if keyword == "Comment" else f"{keyword}: {text}"
    return [f"# {line}".rstrip() for line in whole.splitlines()]


def _rounded(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the nearest values that the coding holds exactly (the library itself rounds down)."""
    largest = pixels.max(axis=2, keepdims=True)
    if not (pixels.min() >= 0 and largest.max() < LARGEST):
        raise UnsupportedError("HDR holds values from 0 to 1.7e38, the picture has others", remedy="write TIFF instead")
    exponent = np.frexp(largest)[1] - 8
    exponent += np.rint(np.ldexp(largest, -exponent)) > 255  # rounded up to the next power of two
    rounded: NDArray[Any] = np.ldexp(np.rint(np.ldexp(pixels, -exponent)), exponent)
    return rounded
