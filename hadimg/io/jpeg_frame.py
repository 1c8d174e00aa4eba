"""The frame header of a JPEG: what it declares, and which kinds are refused by name."""

from __future__ import annotations

from dataclasses import dataclass

from hadimg.errors import FormatError, UnsupportedError

__all__ = ["FRAME_CODES", "Component", "Frame", "read_frame", "refuse_by_name"]

FRAME_CODES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The codes of markers that begin a frame header."""


@dataclass(frozen=True)
class Component:
    """One color component of a frame: its name, sampling factors, and quantization table."""

    name: int
    horizontal: int
    vertical: int
    table: int


@dataclass(frozen=True)
class Frame:
    """What the frame header declares."""

    code: int
    precision: int
    height: int
    width: int
    components: tuple[Component, ...]

    @property
    def progressive(self) -> bool:
        """Whether the picture comes in several scans of growing detail."""
        return self.code == 0xC2


def read_frame(code: int, payload: bytes) -> Frame:
    """Return the claims of a frame header.

    Parameters
    ----------
    code : int
        The code of its marker, one of `FRAME_CODES`.
    payload : bytes
        What follows its length.

    Raises
    ------
    FormatError
        When it is cut, or makes claims that no picture can meet.
    """
    if len(payload) < 6 or len(payload) < 6 + 3 * payload[5]:
        raise FormatError("the JPEG's frame header is cut")
    components = tuple(
        Component(name=payload[k], horizontal=payload[k + 1] >> 4, vertical=payload[k + 1] & 15, table=payload[k + 2])
        for k in range(6, 6 + 3 * payload[5], 3)
    )
    height, width = int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big")
    if width == 0 or not components or any(not 1 <= f <= 4 for c in components for f in (c.horizontal, c.vertical)):
        raise FormatError("the JPEG's frame header is impossible: its width, components or sampling factors are 0")
    return Frame(code, payload[0], height, width, components)


def refuse_by_name(frame: Frame) -> None:
    """Raise UnsupportedError for the kinds of JPEG that would be narrowed or misread.

    Parameters
    ----------
    frame : Frame
        The claims about the picture.
    """
    remedy = "convert it to a common JPEG, PNG or TIFF first"
    coding = {0xC3: "lossless", 0xC7: "lossless", 0xCB: "lossless", 0xCF: "lossless"}.get(frame.code)
    if coding is None and frame.code in (0xC5, 0xC6, 0xCD, 0xCE):
        coding = "hierarchical"
    if coding is None and frame.code >= 0xC8:
        coding = "arithmetic"
    if coding is not None:
        raise UnsupportedError(f"JPEG with {coding} coding is not read", remedy=remedy)
    if frame.precision != 8:
        raise UnsupportedError(f"JPEG of {frame.precision} bits is not read, only of 8", remedy=remedy)
    if frame.height == 0:
        raise UnsupportedError("JPEG that tells its height only at its end (DNL) is not read", remedy=remedy)
    if len(frame.components) not in (1, 3):
        name = {2: "2 components", 4: "4 inks (CMYK or YCCK)"}.get(
            len(frame.components), f"{len(frame.components)} components"
        )
        raise UnsupportedError(f"JPEG with {name} is not read, only grey and RGB", remedy="convert it to RGB first")
