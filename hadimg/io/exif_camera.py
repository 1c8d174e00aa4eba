"""What an EXIF block says about how a picture was taken: camera, lens, focal length, aperture, distance."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hadimg.errors import FormatError
from hadimg.io.exif import byte_order, directory, first_directory, read_value

if TYPE_CHECKING:
    from hadimg.io.exif import Entry

__all__ = ["Exposure", "read_exposure"]

MAKE, MODEL, EXIF_DIRECTORY = 0x010F, 0x0110, 0x8769
F_NUMBER, SUBJECT_DISTANCE, FOCAL_LENGTH, LENS_MODEL = 0x829D, 0x9206, 0x920A, 0xA434

_ASCII, _RATIONAL, _UTF8 = 2, 5, 129
_LONGEST_TEXT = 1024
_INFINITY = 0xFFFFFFFF


@dataclass(frozen=True)
class Exposure:
    """How a picture was taken, as far as its EXIF block says.

    Parameters
    ----------
    make, model : str, optional
        Maker and name of the camera.
    lens : str, optional
        Name of the lens.
    focal_length : float, optional
        In millimeters, as engraved on the lens.
    f_number : float, optional
        Focal length by diameter of the aperture.
    distance : float, optional
        To the subject, in meters; infinity where the block says so.
    """

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    focal_length: float | None = None
    f_number: float | None = None
    distance: float | None = None


def read_exposure(block: bytes) -> Exposure:
    """Return what an EXIF block says about camera and lens.

    Parameters
    ----------
    block : bytes
        A bare TIFF structure.

    Returns
    -------
    Exposure
        A field that is missing, unknown (0) or of another type than the standard says is None.

    Raises
    ------
    FormatError
        When the block, or the directory with the exposure, is broken.

    Examples
    --------
    >>> from hadimg.io.exif import orientation_only
    >>> read_exposure(orientation_only(6)).make is None
    True
    """
    try:
        first = _by_tag(first_directory(block)[0])
        pointer = first.get(EXIF_DIRECTORY)
        second = {} if pointer is None else _by_tag(directory(block, read_value(block, pointer))[0])
    except ValueError as error:
        raise FormatError(f"the EXIF block is broken: {error}") from error
    distance = _number(block, second.get(SUBJECT_DISTANCE), infinity=True)
    return Exposure(
        _text(block, first.get(MAKE)),
        _text(block, first.get(MODEL)),
        _text(block, second.get(LENS_MODEL)),
        _number(block, second.get(FOCAL_LENGTH)),
        _number(block, second.get(F_NUMBER)),
        distance,
    )


def _by_tag(entries: list[Entry]) -> dict[int, Entry]:
    """Return the entries by tag, the first of each, as readers of EXIF take them."""
    return {entry.tag: entry for entry in reversed(entries)}


def _bytes(block: bytes, entry: Entry, size: int) -> bytes | None:
    """Return the ``size`` bytes of an entry's value, None when the block ends before."""
    start = entry.place
    if size > 4:
        start = struct.unpack_from((byte_order(block) or "<") + "I", block, entry.place)[0]
    return block[start : start + size] if start + size <= len(block) else None


def _text(block: bytes, entry: Entry | None) -> str | None:
    if entry is None or entry.kind not in (_ASCII, _UTF8) or entry.length > _LONGEST_TEXT:
        return None
    raw = _bytes(block, entry, entry.length)
    if raw is None:
        return None
    text = raw.split(b"\0")[0].decode("utf-8", "replace")
    return " ".join(text.split()) or None


def _number(block: bytes, entry: Entry | None, *, infinity: bool = False) -> float | None:
    """Return a positive fraction; with ``infinity``, the largest numerator stands for it, as the standard says."""
    if entry is None or entry.kind != _RATIONAL or entry.length < 1:
        return None
    raw = _bytes(block, entry, 8)
    if raw is None:
        return None
    numerator, denominator = struct.unpack((byte_order(block) or "<") + "II", raw)
    if infinity and numerator == _INFINITY:
        return math.inf
    return numerator / denominator if numerator and denominator else None
