"""What a DNG file says about its shading: the opcodes FixVignetteRadial and GainMap of its opcode lists."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hadimg.errors import ArgumentError, FormatError, HadimgError
from hadimg.io.limits import Limits
from hadimg.io.reading import read_bytes
from hadimg.io.tiff_structure import read_structure
from hadimg.masks.dng_vignette import DngVignette
from hadimg.profiles.dng_gain_map import GainArea, read_gain_map

if TYPE_CHECKING:
    from hadimg.errors import Path
    from hadimg.grid import Shape
    from hadimg.masks.base import Mask

__all__ = ["DngProfile", "Opcode", "parse_opcodes", "read_dng"]

LISTS = {51008: 1, 51009: 2, 51022: 3}
"""Tags of OpcodeList1 (raw values as stored), OpcodeList2 (linear raw values) and OpcodeList3 (after demosaicing)."""
WIDTH, HEIGHT = 256, 257
MOST_OPCODES = 1000
NAMES = {
    1: "WarpRectilinear",
    2: "WarpFisheye",
    3: "FixVignetteRadial",
    4: "FixBadPixelsConstant",
    5: "FixBadPixelsList",
    6: "TrimBounds",
    7: "MapTable",
    8: "MapPolynomial",
    9: "GainMap",
    10: "DeltaPerRow",
    11: "DeltaPerColumn",
    12: "ScalePerRow",
    13: "ScalePerColumn",
    14: "WarpRectilinear2",
}
VIGNETTE = struct.Struct(">7d")


@dataclass(frozen=True)
class Opcode:
    """One step of an opcode list.

    Parameters
    ----------
    name : str
        As in the DNG specification, or ``"opcode 99"`` where that knows none.
    optional : bool
        Whether a reader may leave it out.
    masks : tuple of Mask
        What the step undoes: one mask for FixVignetteRadial, one a map plane for GainMap, none for steps that are no
        shading.
    area : GainArea, optional
        The pixels that a GainMap is for; its masks lie on that rectangle, not on the whole picture.
    """

    name: str
    optional: bool
    masks: tuple[Mask, ...] = ()
    area: GainArea | None = None

    def on_picture(self, shape: Shape) -> tuple[Mask, ...]:
        """Return the masks for a whole picture: 1 outside of the area's rectangle.

        Parameters
        ----------
        shape : (int, int)
            Height and width of the picture, which must hold the area.
        """
        if self.area is None:
            return self.masks
        return tuple(self.area.on_picture(mask, shape) for mask in self.masks)


@dataclass(frozen=True)
class DngProfile:
    """The opcode lists of one picture inside a DNG file.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the picture.
    lists : dict of int to tuple of Opcode
        The lists 1, 2 and 3, as far as they are there.
    """

    shape: tuple[int, int]
    lists: dict[int, tuple[Opcode, ...]]


def read_dng(path: Path, *, limits: Limits | None = None) -> tuple[DngProfile, ...]:
    """Return the opcode lists of every picture in a DNG file that has some.

    Parameters
    ----------
    path : str, bytes or path
        The file.
    limits : Limits, optional
        Of its size and structure.

    Returns
    -------
    tuple of DngProfile
        Usually one, of the raw picture; none when the file has no opcodes.

    Raises
    ------
    ReadError, LimitError
        When the file cannot be read, or is too large.
    FormatError
        When it is no TIFF structure, or an opcode is broken.
    """
    limits = Limits() if limits is None else limits
    data = read_bytes(path, limits)
    try:
        structure = read_structure(data, limits)
        found = []
        for page, below in zip(structure.pages, structure.below, strict=True):
            for directory in (page, *below):
                raw = {number: directory.raw(tag) for tag, number in LISTS.items()}
                lists = {number: parse_opcodes(block) for number, block in raw.items() if block is not None}
                if lists:
                    found.append(DngProfile((directory.number(HEIGHT), directory.number(WIDTH)), lists))
    except HadimgError as error:
        raise error.at(path) from error
    return tuple(found)


def parse_opcodes(data: bytes) -> tuple[Opcode, ...]:
    r"""Return the steps of an opcode list from the bytes of its tag, which are big-endian in every file.

    Parameters
    ----------
    data : bytes
        The value of OpcodeList1, OpcodeList2 or OpcodeList3.

    Raises
    ------
    FormatError
        When the list is cut, its counts do not fit its length, or a number is not finite or out of its range.

    Examples
    --------
    >>> parse_opcodes(b"\0\0\0\0")
    ()
    >>> parse_opcodes(b"\0\0\0\1" + b"\0" * 8)
    Traceback (most recent call last):
    ...
    hadimg.errors.FormatError: the opcode list declares 1 opcodes of at least 16 bytes, 8 bytes follow
    """
    if len(data) < 4:
        raise FormatError(f"an opcode list begins with a count of 4 bytes, got {len(data)}")
    (count,) = struct.unpack_from(">I", data)
    if count * 16 > len(data) - 4 or count > MOST_OPCODES:
        raise FormatError(
            f"the opcode list declares {count} opcodes of at least 16 bytes, {len(data) - 4} bytes follow"
        )
    place, opcodes = 4, []
    for index in range(count):
        if place + 16 > len(data):
            raise FormatError(f"opcode {index} is cut: it should begin at byte {place}, the list has {len(data)}")
        identifier, _version, flags, size = struct.unpack_from(">4I", data, place)
        place += 16
        if place + size > len(data):
            raise FormatError(f"opcode {index} declares {size} bytes of parameters, {len(data) - place} follow")
        opcodes.append(_opcode(index, identifier, bool(flags & 1), data[place : place + size]))
        place += size
    if any(data[place:]):
        raise FormatError(f"{len(data) - place} bytes follow the last opcode of the list")
    return tuple(opcodes)


def _opcode(index: int, identifier: int, optional: bool, parameters: bytes) -> Opcode:
    name = NAMES.get(identifier, f"opcode {identifier}")
    known: dict[str, Any] = {}
    try:
        if name == "FixVignetteRadial":
            known = {"masks": (_vignette(parameters),)}
        elif name == "GainMap":
            area, masks = read_gain_map(parameters)
            known = {"masks": masks, "area": area}
    except HadimgError as error:
        kind = FormatError if isinstance(error, ArgumentError) else type(error)  # a value that no mask takes
        raise kind(f"opcode {index} ({name}): {error.reason}", remedy=error.remedy) from error
    return Opcode(name, optional, **known)


def _vignette(parameters: bytes) -> Mask:
    if len(parameters) != VIGNETTE.size:
        raise FormatError(f"the parameters must be {VIGNETTE.size} bytes, got {len(parameters)}")
    values = VIGNETTE.unpack(parameters)
    if not all(map(math.isfinite, values)):
        raise FormatError(f"the parameters must be finite, got {values}")
    *k, center_col, center_row = values
    if not (0 <= center_col <= 1 and 0 <= center_row <= 1):
        raise FormatError(f"the center must lie in [0, 1], got x {center_col!r}, y {center_row!r}")
    return DngVignette().with_vector([*k, center_row, center_col])
