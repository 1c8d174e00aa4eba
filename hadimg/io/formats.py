"""The table of formats: how each is recognized, which module reads and writes it, and what it can hold."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from hadimg.errors import UnsupportedError

if TYPE_CHECKING:
    from hadimg.io.header import Encoded, Header, ReadOptions, WriteOptions
    from hadimg.io.image import Image

__all__ = ["FORMATS", "Codec", "Format", "format_of_data", "format_of_name"]


class Codec(Protocol):
    """The three functions of every format's module."""

    def probe(self, data: bytes, options: ReadOptions) -> Header:
        """Return what the header declares, or refuse; no pixel is decoded and nothing large is allocated."""

    def decode(self, data: bytes, header: Header, options: ReadOptions) -> Image:
        """Return the whole picture, every page at full depth, or refuse."""

    def encode(self, image: Image, options: WriteOptions) -> Encoded:
        """Return the finished file, or refuse by name what the format cannot hold."""


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Parameters
    ----------
    name : str
        The key; also what `Image.format` says.
    title : str
        What people call it.
    suffixes : tuple of str
        Lower case, with the dot; the first one is the usual one.
    module : str
        The module of ``hadimg.io`` with its `Codec` functions; None for formats that are always refused.
    signatures : tuple of (offset, bytes)
        A file is of this format when any of them matches.
    writes : bool
        Whether `encode` exists.
    lossy : bool
        Whether ``quality`` has a meaning.
    needs : tuple of str
        Libraries without which not even reading works.
    remedy : str
        For refused formats: the way out.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    module: str | None = None
    signatures: tuple[tuple[int, bytes], ...] = ()
    writes: bool = True
    lossy: bool = False
    needs: tuple[str, ...] = ()
    remedy: str = ""

    def codec(self) -> Codec:
        """Return the format's module, imported when it is first needed."""
        if self.module is None:
            raise UnsupportedError(f"{self.title} is not read", remedy=self.remedy)
        return cast("Codec", import_module(f"hadimg.io.{self.module}"))


_DEVELOP = "develop the raw file to a 16-bit TIFF first"
_CONVERT = "convert it to 16-bit TIFF or PNG first"
_ISO_MEDIA = tuple((4, b"ftyp" + brand) for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"crx "))

FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format("jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), "jpeg", ((0, b"\xff\xd8\xff"),), lossy=True),
        Format("png", "PNG", (".png", ".apng"), "png", ((0, b"\x89PNG\r\n\x1a\n"),)),
        Format(
            "tiff",
            "TIFF",
            (".tif", ".tiff", ".btf"),
            "tiff",
            ((0, b"II*\0"), (0, b"MM\0*"), (0, b"II+\0"), (0, b"MM\0+")),
        ),
        Format("webp", "WebP", (".webp",), "webp", ((8, b"WEBP"),), lossy=True, needs=("imagecodecs",)),
        Format("bmp", "BMP", (".bmp", ".dib"), "bmp", ((0, b"BM"),)),
        Format(
            "pnm",
            "PNM",
            (".ppm", ".pgm", ".pbm", ".pnm"),
            "pnm",
            tuple((0, b"P" + digit) for digit in (b"1", b"2", b"3", b"4", b"5", b"6")),
        ),
        Format("pfm", "PFM", (".pfm",), "pfm", ((0, b"PF\n"), (0, b"Pf\n"), (0, b"PF\r\n"), (0, b"Pf\r\n"))),
        Format("hadi", "HADI", (".hadi",), "hadi", ((0, b"\x89HADI\r\n\x1a"),), lossy=True),
        Format("gif", "GIF", (".gif",), "gif", ((0, b"GIF87a"), (0, b"GIF89a")), writes=False),
        Format(
            "avif", "AVIF", (".avif",), "avif", ((4, b"ftypavif"), (4, b"ftypavis")), lossy=True, needs=("imagecodecs",)
        ),
        Format(
            "jpeg2000",
            "JPEG 2000",
            (".jp2", ".j2k", ".j2c", ".jpc"),
            "jpeg2000",
            ((0, b"\0\0\0\x0cjP  \r\n\x87\n"), (0, b"\xff\x4f\xff\x51")),
            needs=("imagecodecs",),
        ),
        Format(
            "hdr",
            "Radiance HDR",
            (".hdr", ".pic"),
            "hdr",
            ((0, b"#?RADIANCE"), (0, b"#?RGBE")),
            needs=("imagecodecs",),
        ),
        Format("tga", "TGA", (".tga",), "tga", needs=("imageio",)),
        Format(
            "pcx",
            "PCX",
            (".pcx",),
            "pcx",
            tuple((0, b"\x0a" + v + b"\x01") for v in (b"\0", b"\2", b"\3", b"\5")),
            needs=("imageio",),
        ),
        Format("sgi", "SGI", (".sgi", ".rgb", ".rgba", ".bw"), "sgi", ((0, b"\x01\xda"),), needs=("imageio",)),
        Format("exr", "OpenEXR", (".exr",), None, ((0, b"\x76\x2f\x31\x01"),), remedy=_CONVERT),
        Format(
            "jxl", "JPEG XL", (".jxl",), None, ((0, b"\xff\x0a"), (0, b"\0\0\0\x0cJXL \r\n\x87\n")), remedy=_CONVERT
        ),
        Format("heif", "HEIF", (".heic", ".heif", ".cr3"), None, _ISO_MEDIA, remedy=_CONVERT),
        Format(
            "raw",
            "A camera's raw file",
            (".cr2", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw"),
            None,
            ((0, b"FUJIFILMCCD-RAW"), (0, b"IIRO"), (0, b"IIU\0")),
            remedy=_DEVELOP,
        ),
        Format("psd", "Photoshop's PSD", (".psd", ".psb"), None, ((0, b"8BPS"),), remedy=_CONVERT),
        Format("ico", "ICO", (".ico", ".cur"), None, ((0, b"\0\0\x01\0"), (0, b"\0\0\x02\0\x01")), remedy=_CONVERT),
        Format("qoi", "QOI", (".qoi",), None, ((0, b"qoif"),), remedy=_CONVERT),
        Format("blp", "BLP", (".blp",), None, ((0, b"BLP1"), (0, b"BLP2")), remedy=_CONVERT),
        Format(
            "fli",
            "FLIC",
            (".fli", ".flc"),
            None,
            ((4, b"\x11\xaf"), (4, b"\x12\xaf")),
            remedy="convert it to APNG first",
        ),
        Format("dds", "DDS", (".dds",), None, ((0, b"DDS "),), remedy=_CONVERT),
        Format("svg", "SVG", (".svg",), None, ((0, b"<svg"), (0, b"<?xml")), remedy="render it to PNG first"),
        Format("pdf", "PDF", (".pdf",), None, ((0, b"%PDF-"),), remedy="render its pages to PNG first"),
    )
}
"""Every format by name. What is not in the table is not read: fewer decoders, fewer of their defects."""


def format_of_data(data: bytes) -> Format | None:
    r"""Return the format whose signature the first bytes of a file carry, or None.

    Examples
    --------
    >>> format_of_data(b"\x89PNG\r\n\x1a\n....").name
    'png'
    """
    for row in FORMATS.values():
        if any(data[offset : offset + len(magic)] == magic for offset, magic in row.signatures):
            return row
    return None


def format_of_name(name: str) -> Format | None:
    """Return the format that the suffix of a file name stands for, in either case of letters, or None.

    Examples
    --------
    >>> format_of_name("IMG_0001.JPG").name
    'jpeg'
    """
    suffix = "." + name.rpartition(".")[2].lower()
    return next((row for row in FORMATS.values() if suffix in row.suffixes), None)
