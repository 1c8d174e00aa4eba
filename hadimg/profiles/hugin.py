"""The vignetting of the pictures of a Hugin project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hadimg.errors import FormatError, HadimgError, LimitError, UnsupportedError
from hadimg.io.limits import Limits
from hadimg.io.reading import read_bytes
from hadimg.masks.hugin import Hugin
from hadimg.profiles.numbers import plain_number

if TYPE_CHECKING:
    from hadimg.errors import Path

__all__ = ["HuginPicture", "parse_hugin", "read_hugin"]

FILE_BYTES = 1 << 26
MOST_PICTURES = 100_000
RADIAL, FLAT_FIELD, DIVISION = 1, 2, 4
DEFAULTS = {"Va": 1.0, "Vb": 0.0, "Vc": 0.0, "Vd": 0.0, "Vx": 0.0, "Vy": 0.0, "Vm": 5.0}

_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_FIELD = re.compile(r'(?P<name>V[abcdxym]|w|h|n(?="))(?P<link>=?)(?P<value>.*)', re.DOTALL)


@dataclass(frozen=True)
class HuginPicture:
    """One picture of a project.

    Parameters
    ----------
    name : str
        As the project names its file; empty where it names none.
    shape : (int, int)
        Height and width in pixels.
    mask : Hugin, optional
        What the lens did to the light; None where the project corrects no vignetting.
    """

    name: str
    shape: tuple[int, int]
    mask: Hugin | None


def read_hugin(path: Path) -> tuple[HuginPicture, ...]:
    """Return the pictures of a project file (``.pto``) with their masks.

    Parameters
    ----------
    path : str, bytes or path
        The file, at most 64 MiB.

    Raises
    ------
    ReadError, LimitError
        When it cannot be read or is too large.
    FormatError, UnsupportedError
        As `parse_hugin`.
    """
    data = read_bytes(path, Limits(file_bytes=FILE_BYTES))
    try:
        return parse_hugin(data.decode("utf-8", "surrogateescape"))
    except HadimgError as error:
        raise error.at(path) from error


def parse_hugin(text: str) -> tuple[HuginPicture, ...]:
    """Return the pictures of the text of a project with their masks.

    Parameters
    ----------
    text : str
        Lines that begin with ``i`` describe the pictures; values of ``o`` lines, which older projects have for the
        same pictures in the same order, go before. ``Vb=0`` stands for the value of picture 0.

    Returns
    -------
    tuple of HuginPicture
        In the order of the project.

    Raises
    ------
    FormatError
        When a number is broken, a size is missing, or a link leads nowhere.
    UnsupportedError
        When a picture is corrected by a flat field picture, or by adding instead of dividing.

    Examples
    --------
    >>> parse_hugin('i w600 h400 f0 v50 Va1 Vb-0.4 Vc-0.1 Vd0.05 Vx60 Vy-40 Vm5 n"a.jpg"')[0].mask
    Hugin(center_row=0.4, center_col=0.6, va=1.0, vb=-0.4, vc=-0.1, vd=0.05)
    """
    lines: dict[str, list[dict[str, str]]] = {"i": [], "o": []}
    for number, line in enumerate(text.splitlines(), start=1):
        kind, _, rest = line.partition(" ")
        if kind in lines:
            lines[kind].append(_fields(rest, number))
            if len(lines[kind]) > MOST_PICTURES:
                raise LimitError(f"the project has more than {MOST_PICTURES} pictures")
    inputs, outputs = lines["i"], lines["o"]
    if inputs and outputs and len(inputs) != len(outputs):
        raise FormatError(f"the project has {len(inputs)} i lines and {len(outputs)} o lines, which do not pair")
    pairs = zip(inputs or outputs, outputs or inputs, strict=True)
    pictures = [first | second for first, second in pairs]
    return tuple(_picture(index, pictures) for index in range(len(pictures)))


def _fields(rest: str, number: int) -> dict[str, str]:
    """Return the values of a line that matter here; links keep their ``=``."""
    found: dict[str, str] = {}
    for word in _WORD.findall(rest):
        field = _FIELD.fullmatch(word)
        if field is None:
            continue
        name, value = field["name"], field["link"] + field["value"]
        if name in found:
            raise FormatError(f"line {number}: {name} is given twice")
        if name == "n":
            if len(value) < 2 or not value.endswith('"'):
                raise FormatError(f"line {number}: the file name does not end")
            value = value[1:-1]
        elif plain_number(value.removeprefix("=")) is None:
            raise FormatError(f"line {number}: {name} must be a number, got {value[:40]!r}")
        found[name] = value
    return found


def _picture(index: int, pictures: list[dict[str, str]]) -> HuginPicture:
    width, height = (_size(index, name, pictures) for name in ("w", "h"))
    name = pictures[index].get("n", "")
    values = {key: _value(index, key, pictures) for key in DEFAULTS}
    mode = values.pop("Vm")
    if mode not in range(8):
        raise FormatError(f"picture {index}: Vm must be a whole number from 0 to 7, got {mode!r}")
    bits = int(mode)
    if bits & FLAT_FIELD:
        raise UnsupportedError(
            f"picture {index} is corrected by a flat field picture, Vm {bits}",
            remedy="use that picture as an array mask",
        )
    if not bits & RADIAL:
        return HuginPicture(name, (height, width), None)
    if not bits & DIVISION:
        raise UnsupportedError(
            f"picture {index} is corrected by adding, Vm {bits}: that is no mask", remedy="set Vm5 in the project"
        )
    small = {key.lower(): value for key, value in values.items()}
    return HuginPicture(name, (height, width), Hugin.for_picture((height, width), **small))


def _size(index: int, name: str, pictures: list[dict[str, str]]) -> int:
    if name not in pictures[index]:
        raise FormatError(f"picture {index} has no {name}, its size in pixels")
    size = _value(index, name, pictures)
    if not (1 <= size <= 1 << 31 and size == int(size)):
        raise FormatError(f"picture {index}: {name} must be a whole number of pixels above 0, got {size!r}")
    return int(size)


def _value(index: int, name: str, pictures: list[dict[str, str]]) -> float:
    """Return a value of a picture, found through at most one link."""
    text = pictures[index].get(name)
    if text is None:
        return DEFAULTS[name]
    if text.startswith("="):
        target = float(text[1:])
        text = pictures[int(target)].get(name, "=") if target in range(len(pictures)) else "="
        if text.startswith("="):
            raise FormatError(f"picture {index}: {name} is linked to picture {target:g}, which has no value of its own")
    return float(text)
