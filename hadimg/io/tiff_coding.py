"""The codings of TIFF segments, one row each: how bytes are packed, and how they are unpacked without surprises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hadimg.errors import FormatError
from hadimg.io.decoding import decoding
from hadimg.io.libraries import load_library

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CODINGS", "UNREAD_CODINGS", "Coding"]

LZMA_MEMORY = 1 << 28


@dataclass(frozen=True)
class Coding:
    """One coding of strips and tiles.

    Parameters
    ----------
    number : int
        The value of the tag Compression.
    title : str
        What people call it.
    ratio : int
        No byte can hold more decoded bytes than this; 0 where there is no such number.
    decode : callable
        ``decode(packed, size)`` returns at most ``size`` bytes.
    encode : callable
        ``encode(array)`` returns the packed bytes of a contiguous array, one line a row.
    """

    number: int
    title: str
    ratio: int
    decode: Callable[[memoryview, int], Any]
    encode: Callable[[Any], bytes | memoryview]

    @property
    def plain(self) -> bool:
        """Whether bytes are stored as they are."""
        return self.number == 1

    def unpack(self, packed: memoryview, size: int) -> Any:
        """Return the decoded bytes; of uncoded ones, what lies behind ``size`` does not matter.

        Raises
        ------
        FormatError
            Whatever the library found wrong, or when there are more bytes.
        """
        with decoding(self.title):
            decoded = self.decode(packed, size + 1)
        if len(decoded) > size and not self.plain:
            raise FormatError(f"the {self.title} data go on after {size} bytes, where they should end")
        return decoded


def _plain_decode(packed: memoryview, size: int) -> memoryview:
    return packed[:size]


def _plain_encode(array: Any) -> memoryview:
    view: memoryview = array.reshape(-1).view("u1").data
    return view


def _lzma_decode(packed: memoryview, size: int) -> bytes:
    import lzma  # the standard library's, because it bounds the memory that a hostile header may ask for

    return lzma.LZMADecompressor(memlimit=LZMA_MEMORY).decompress(packed, size)


def _by_imagecodecs(
    name: str, level: int | None = None
) -> tuple[Callable[[memoryview, int], Any], Callable[[Any], bytes]]:
    """Return decoder and encoder of a coding of imagecodecs, which is imported when one of them is first called."""
    options = {} if level is None else {"level": level}

    def decode(packed: memoryview, size: int) -> Any:
        return getattr(load_library("imagecodecs"), f"{name}_decode")(packed, out=size)

    def encode(array: Any) -> bytes:
        encoded: bytes = getattr(load_library("imagecodecs"), f"{name}_encode")(array, **options)
        return encoded

    return decode, encode


# Level 1 of libdeflate makes photographs as small as zlib's level 6 (to 2 %) in a third of the time of its own level 6.
_DEFLATE = _by_imagecodecs("deflate", 1)

CODINGS = {
    row.number: row
    for row in (
        Coding(1, "uncoded", 1, _plain_decode, _plain_encode),
        Coding(5, "LZW", 4096, *_by_imagecodecs("lzw")),
        Coding(8, "Deflate", 1040, *_DEFLATE),
        Coding(32946, "Deflate", 1040, *_DEFLATE),
        Coding(32773, "PackBits", 64, *_by_imagecodecs("packbits")),
        Coding(34925, "LZMA", 0, _lzma_decode, _by_imagecodecs("lzma")[1]),
        Coding(50000, "Zstandard", 0, *_by_imagecodecs("zstd")),
    )
}
"""Codings that keep every bit, by the number that the tag Compression has."""

_FAX = "convert it to 8-bit grey first"
_LOSSY = "save it with LZW or Deflate coding first"
_DEVELOP = "develop the raw file to a 16-bit TIFF first"

UNREAD_CODINGS = {
    2: ("a fax coding (CCITT RLE)", _FAX),
    3: ("a fax coding (CCITT group 3)", _FAX),
    4: ("a fax coding (CCITT group 4)", _FAX),
    6: ("old-style JPEG coding", _LOSSY),
    7: ("JPEG coding, which loses with each writing,", _LOSSY),
    32767: ("a camera's raw coding", _DEVELOP),
    34676: ("LogL coding", "convert it to a 32-bit floating-point TIFF first"),
    34677: ("24-bit LogLuv coding", "convert it to a 32-bit floating-point TIFF first"),
    34712: ("JPEG 2000 coding", _LOSSY),
    34713: ("a camera's raw coding", _DEVELOP),
    34887: ("LERC coding", _LOSSY),
    34892: ("lossy JPEG coding of raw values", _DEVELOP),
    50001: ("WebP coding", _LOSSY),
    50002: ("JPEG XL coding", _LOSSY),
    65535: ("a camera's raw coding", _DEVELOP),
}
"""Codings that are refused by name, and the way out."""
