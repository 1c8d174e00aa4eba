"""PNM: the portable bit, grey and pixel maps (PBM, PGM, PPM), text or binary, with the level of white they declare.

Source: the manual pages pbm(5), pgm(5) and ppm(5) of Netpbm. Libraries disagree about levels of white other than 255
and 65535 and rescale the values; here they stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError, FormatError, UnsupportedError
from hadimg.io.decoding import readable
from hadimg.io.header import Encoded, Header
from hadimg.io.holding import Capacity, prepare
from hadimg.io.image import Image, Metadata, Page

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.header import ReadOptions, WriteOptions
    from hadimg.io.limits import Limits

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity("PNM", whites=(), types=("uint8", "uint16"), metadata=("text",))

TOKEN = re.compile(rb"((?:[ \t\r\n\v\f]|#[^\r\n]*[\r\n])+)(\d{1,10})(?!\d)")
COMMENT = re.compile(rb"#([^\r\n]*)")
BLANKS = b" \t\r\n\v\f"


class Details(NamedTuple):
    """What the decoder wants to know: digit of the magic number, level of white, start of the raster, comments."""

    kind: int
    white: int
    start: int
    comments: tuple[str, ...]


def probe(data: bytes, options: ReadOptions) -> Header:
    r"""Return what the header declares, or refuse it.

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
    FormatError, LimitError
        When the header is broken or declares too much.

    Examples
    --------
    >>> from hadimg.io.header import ReadOptions
    >>> probe(b"P5 3 2 1023\n" + bytes(12), ReadOptions()).itemsize
    2
    """
    if not re.match(rb"P[1-6]", data):
        raise FormatError("the PNM data do not begin with P1 to P6")
    kind = data[1] - ord("0")
    numbers, comments, end = _header_numbers(data, 2 if kind in (1, 4) else 3, options.limits)
    width, height, white = numbers if len(numbers) == 3 else (*numbers, 1)
    if not (width and height and 0 < white <= 65535):
        raise FormatError(f"the PNM header declares {width} x {height} pixels and the level of white {white}")
    if not data[end : end + 1].isspace():
        raise FormatError("the PNM header does not end in a blank")
    channels = 3 if kind in (3, 6) else 1
    details = Details(kind, white, end + 1, comments)
    header = Header("pnm", ((height, width),), channels, 1 if white <= 255 else 2, details)
    options.limits.check_header(header)
    return header


def _header_numbers(data: bytes, count: int, limits: Limits) -> tuple[list[int], tuple[str, ...], int]:
    """Return the numbers of the header, its comments, and where it ends."""
    numbers: list[int] = []
    comments: list[str] = []
    place = 2
    for _ in range(count):
        token = TOKEN.match(data, place, min(len(data), place + limits.block_bytes))
        if token is None:
            raise FormatError(f"the PNM header holds {len(numbers)} of {count} numbers")
        numbers.append(int(token[2]))
        comments += [readable(comment.removeprefix(b" ")) for comment in COMMENT.findall(token[1])]
        place = token.end()
    return numbers, tuple(comments), place


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture, values as stored; bits come out as 0 and 255.

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
        uint8 up to white 255, uint16 above.

    Raises
    ------
    FormatError, UnsupportedError
        When data are missing or break a rule, or several pictures follow each other.
    """
    details: Details = header.details
    height, width = header.shapes[0]
    raster = memoryview(data)[details.start :]
    if details.kind == 1:
        pixels = _plain_bits(bytes(raster), height * width)
    elif details.kind == 4:
        pixels = _packed_bits(raster, height, width)
    elif details.kind in (2, 3):
        pixels = _plain_values(bytes(raster), height * width * header.channels, details.white)
    else:
        pixels = _binary_values(raster, height * width * header.channels, details.white)
    pixels = pixels.reshape((height, width) if header.channels == 1 else (height, width, 3))
    bits = details.kind in (1, 4)
    notes = ("bits are read as 0 and 255, to be written as grey",) if bits else ()
    metadata = Metadata(text=tuple(("Comment", text) for text in details.comments))
    page = Page(pixels, white=255.0 if bits else float(details.white))
    return Image((page,), "pnm", metadata, notes=notes)


def _enough(held: int, needed: int, unit: str) -> None:
    if held < needed:
        raise FormatError(f"the PNM data end early: {needed - held} of {needed} {unit} are missing")


def _single(rest: memoryview) -> None:
    """Refuse a further picture behind the raster."""
    if re.match(rb"[ \t\r\n]*P[1-7][ \t\r\n]", rest[:64]):
        raise UnsupportedError("the PNM file holds several pictures", remedy="split it with pamsplit")


def _packed_bits(raster: memoryview, height: int, width: int) -> NDArray[np.uint8]:
    stride = (width + 7) // 8
    _enough(len(raster), stride * height, "bytes")
    _single(raster[stride * height :])
    rows = np.frombuffer(raster, np.uint8, stride * height).reshape(height, stride)
    bits = np.unpackbits(rows, axis=1, count=width)
    return (bits - np.uint8(1)).astype(np.uint8, copy=False)  # 1 is black: 1 - 1 = 0 and 0 - 1 = 255


def _binary_values(raster: memoryview, count: int, white: int) -> NDArray[Any]:
    dtype = np.dtype(np.uint8 if white <= 255 else ">u2")
    _enough(len(raster), count * dtype.itemsize, "bytes")
    _single(raster[count * dtype.itemsize :])
    values = np.frombuffer(raster, dtype, count)
    values = values.astype(np.uint16 if white > 255 else np.uint8)
    return _under(values, white)


def _plain_bits(text: bytes, count: int) -> NDArray[np.uint8]:
    digits = text.translate(None, BLANKS)
    _enough(len(digits), count, "digits")
    bits = np.frombuffer(digits, np.uint8) - np.uint8(ord("0"))
    if bits.size > count or bits.max() > 1:
        raise FormatError("the PNM data hold other characters than one 0 or 1 a pixel")
    return (bits - np.uint8(1)).astype(np.uint8, copy=False)


def _plain_values(text: bytes, count: int, white: int) -> NDArray[Any]:
    _enough(len(text), 2 * count - 1, "characters")  # before a text of blanks is taken for a picture
    if text.translate(None, BLANKS + b"0123456789"):
        raise FormatError("the PNM data hold other characters than digits")
    # float32 holds 0 to 65535 exactly, and what is larger stays larger
    values = np.fromstring(text, np.float32, sep=" ")
    _enough(values.size, count, "values")
    if values.size > count:
        raise FormatError(f"the PNM data hold {values.size} values for {count}")
    return _under(values, white).astype(np.uint16 if white > 255 else np.uint8)


def _under(values: NDArray[Any], white: int) -> NDArray[Any]:
    highest = int(values.max())
    if highest > white:
        raise FormatError(f"the PNM data hold the value {highest}, the header says at most {white}")
    return values


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file, always binary, with the picture's own level of white.

    Parameters
    ----------
    image : Image
        One page, grey or RGB, uint8 or uint16.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        Comments are carried, and other text as comments.

    Raises
    ------
    ArgumentError, UnsupportedError
        When the picture does not fit.
    """
    ready = prepare(image, CAPACITY, options)
    page = ready.page
    white, pixels = int(page.white), page.pixels
    if white != page.white or not 0 < white <= 65535 or (white < np.iinfo(pixels.dtype).max and pixels.max() > white):
        raise ArgumentError(f"pixels must be at most their level of white {page.white}, got {pixels.max()}")
    height, width = page.shape
    comments = "".join(
        f"# {line}\n"
        for keyword, text in ready.metadata.text
        for line in (text if keyword == "Comment" else f"{keyword}: {text}").splitlines() or [""]
    )
    kind = "P6" if page.channels == 3 else "P5"
    head = f"{kind}\n{comments}{width} {height}\n{white}\n".encode("utf-8", "replace")
    raster = np.ascontiguousarray(pixels, np.uint8 if white <= 255 else ">u2")
    return Encoded(b"".join((head, raster.data.cast("B"))), ready.notes)
