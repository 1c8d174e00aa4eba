"""The header of a file: what the picture is and how it is coded, read and refused before anything is allocated."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hadimg.codec.samples import KINDS, LARGEST_ORIGIN, Samples
from hadimg.codec.settings import SEGMENTS, SETTINGS_BYTES, Settings
from hadimg.errors import FormatError, UnsupportedError

if TYPE_CHECKING:
    from hadimg.codec.source import Source
    from hadimg.io.limits import Limits

__all__ = ["HEADER_BYTES", "LARGEST_SIDE", "MAGIC", "TILES", "VERSION", "Header", "read_header"]

MAGIC = b"\x89HADI\r\n\x1a"
VERSION = (1, 0)
LARGEST_SIDE = 1 << 20
TILES = (64, 128, 256, 512)
"""Side lengths that tiles can have."""

_HEAD = struct.Struct("<8sBBH")
_BODY = struct.Struct("<IIBBHBBHIdq")
_CHECKSUM = struct.Struct("<I")
HEADER_BYTES = _HEAD.size + _BODY.size + SETTINGS_BYTES + _CHECKSUM.size
LONGEST_HEADER = 4096
"""Later minor versions may append fields; no header is longer than this."""


@dataclass(frozen=True)
class Header:
    """The claims of a file.

    Parameters
    ----------
    height, width : int
        Size in pixels.
    samples : Samples
        What levels stand for.
    settings : Settings
        How tiles are coded.
    tile : int
        Side length of tiles, one of `TILES`; those at the right and at the bottom are cut.
    axis : bool
        Whether pixels of one channel have an axis for it.
    metadata_bytes : int
        Length of the chunks that follow the header.
    version : tuple of int
        Major and minor.
    length : int
        Bytes of the header.

    Examples
    --------
    >>> header = Header(480, 640, Samples("uint8"), Settings())
    >>> Header.unpack(header.pack()) == header
    True
    """

    height: int
    width: int
    samples: Samples
    settings: Settings
    tile: int = 512
    axis: bool = False
    metadata_bytes: int = 0
    version: tuple[int, int] = VERSION
    length: int = HEADER_BYTES

    @property
    def channels(self) -> int:
        """Channels of a pixel, opacity included."""
        return self.settings.channels // self.samples.planes

    @property
    def itemsize(self) -> int:
        """Bytes of one value."""
        return int(self.samples.dtype.itemsize)

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of the one page, as `Limits.check_header` asks for it."""
        return ((self.height, self.width),)

    def pack(self) -> bytes:
        """Return the bytes of the header, its checksum included."""
        body = _BODY.pack(
            self.width,
            self.height,
            KINDS.index(self.samples.kind),
            SEGMENTS,
            self.tile,
            self.axis,
            0,
            0,
            self.metadata_bytes,
            self.samples.unit,
            self.samples.origin,
        )
        data = _HEAD.pack(MAGIC, *VERSION, HEADER_BYTES) + body + self.settings.pack()
        return data + _CHECKSUM.pack(zlib.crc32(data))

    @classmethod
    def unpack(cls, data: bytes) -> Header:
        """Return what the bytes of a whole header declare.

        Whatever the version, a header begins with the same 12 bytes and ends in its checksum, which is asked first: a
        damaged file is never taken for one of a later version.

        Raises
        ------
        FormatError, UnsupportedError
            When its checksum is wrong, a value breaks its rule, or the version is not known.
        """
        (checksum,) = _CHECKSUM.unpack(data[-_CHECKSUM.size :])
        if checksum != zlib.crc32(data[: -_CHECKSUM.size]):
            raise FormatError("the checksum of the HADI header is wrong", remedy="copy the file again")
        _, major, minor, length = _HEAD.unpack_from(data)
        if major != VERSION[0]:
            raise UnsupportedError(
                f"the file is HADI version {major}.{minor}, this hadimg reads version {VERSION[0]}",
                remedy="update hadimg",
            )
        if length < HEADER_BYTES or (minor <= VERSION[1] and length != HEADER_BYTES):
            raise FormatError(f"the HADI header of version {major}.{minor} cannot have {length} bytes")
        width, height, kind, segments, tile, axis, zero, zeros, metadata, unit, origin = _BODY.unpack_from(
            data, _HEAD.size
        )
        settings = Settings.unpack(data[_HEAD.size + _BODY.size :][:SETTINGS_BYTES])
        rules = (
            ("a width of", width, 1 <= width <= LARGEST_SIDE),
            ("a height of", height, 1 <= height <= LARGEST_SIDE),
            ("the kind of samples", kind, kind < len(KINDS)),
            ("a number of segments of", segments, segments == SEGMENTS),
            ("tiles of", tile, tile in TILES),
            ("a channel axis of", axis, axis <= 1),
            ("a reserved field of", zero or zeros, not (zero or zeros)),
        )
        for name, value, fits in rules:
            if not fits:
                raise FormatError(f"the HADI header declares {name} {value}, which version 1 does not have")
        samples = Samples(KINDS[kind], unit, origin)
        _check_samples(samples, settings, bool(axis))
        return cls(height, width, samples, settings, tile, bool(axis), metadata, (major, minor), length)


def _check_samples(samples: Samples, settings: Settings, axis: bool) -> None:
    """Refuse what contradicts itself."""
    in_units = samples.kind == "float32 in units"
    unit_fits = math.isfinite(samples.unit) and samples.unit > 0 if in_units else samples.unit == 0
    origin_fits = abs(samples.origin) <= LARGEST_ORIGIN if in_units else samples.origin == 0
    if not (unit_fits and origin_fits):
        raise FormatError(f"the HADI header declares a unit of {samples.unit} and an origin of {samples.origin}")
    halves = samples.kind == "float32 in halves"
    colored = settings.channels // samples.planes
    if colored * samples.planes != settings.channels or colored > 4 or (axis and colored > 1):
        raise FormatError(f"the HADI header declares {settings.channels} planes for samples in {samples.kind}")
    if settings.depth > 8 * samples.dtype.itemsize or (halves and (settings.depth, settings.mode) != (16, "lossless")):
        raise FormatError(f"the HADI header declares {settings.depth} bits for samples in {samples.kind}")
    if settings.alpha != (colored in (2, 4)) or (halves and settings.color != "none"):
        raise FormatError("the HADI header contradicts itself about opacity or color")


def read_header(source: Source, limits: Limits) -> Header:
    """Return the header at the beginning of a file, or refuse it.

    Parameters
    ----------
    source : Source
        The file.
    limits : Limits
        Checked against what the header declares.

    Raises
    ------
    FormatError, UnsupportedError, LimitError
        When it is no such file, of a newer format, broken or over a limit.
    """
    head = source.read(0, _HEAD.size)
    if head[: len(MAGIC)] != MAGIC[: len(head)]:
        raise FormatError("the data do not begin as a HADI file does")
    if len(head) < _HEAD.size:
        raise FormatError(f"the HADI header is cut: {len(head)} bytes are there")
    length = _HEAD.unpack(head)[3]
    if not _HEAD.size + _CHECKSUM.size <= length <= LONGEST_HEADER:
        raise FormatError(f"the HADI header declares its own length as {length} bytes")
    data = source.read(0, length)
    if len(data) < length:
        raise FormatError(f"the HADI header is cut: {len(data)} of {length} bytes are there")
    header = Header.unpack(data)
    limits.check_header(header)
    limits.check("metadata_bytes", header.metadata_bytes)
    return header
