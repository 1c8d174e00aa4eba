"""Shading tables and polynomials of libcamera's tuning files for Rockchip cameras (``LensShadingCorrection``)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from hadimg.errors import FormatError, HadimgError, UnsupportedError
from hadimg.io.limits import Limits
from hadimg.io.reading import read_bytes
from hadimg.masks.dng_vignette import DngVignette
from hadimg.masks.polynomial_form import PolynomialForm
from hadimg.masks.store import parse_json
from hadimg.profiles.gain_tables import checked_gains, table_mask
from hadimg.profiles.plain_yaml import parse_yaml

if TYPE_CHECKING:
    from hadimg.errors import Path
    from hadimg.masks.base import Mask

__all__ = ["RockchipShading", "parse_rockchip", "read_rockchip"]

FILE_BYTES = 1 << 24
MOST_SETS = 100
CHANNELS = ("r", "gr", "gb", "b")
SECTORS = 8
"""Cells from the middle to each edge; the tables have ``2 * 8 + 1`` nodes a side."""
ONE = 1024
"""The integer that stands for a gain of 1."""
HIGHEST_GAIN = 4095 / ONE
POLYNOMIAL = ("cx", "cy", "k0", "k1", "k2", "k3", "k4")


@dataclass(frozen=True)
class RockchipShading:
    """The shading correction for one color temperature.

    Parameters
    ----------
    temperature : float
        Color temperature in kelvin.
    resolution : str
        The picture size that the file names, such as ``"800x600"``; empty where it names none.
    masks : dict of str to Mask
        What the lens did to the Bayer planes ``r``, ``gr``, ``gb``, ``b``.
    clamped : tuple of str
        The planes whose gain leaves 1..3.999 somewhere, which is what the hardware can do: there libcamera clamps a
        polynomial, and the camera corrects less (or nothing) than the mask says. The masks are never clamped.
    """

    temperature: float
    resolution: str
    masks: dict[str, Mask]
    clamped: tuple[str, ...]


def read_rockchip(path: Path) -> tuple[RockchipShading, ...]:
    """Return the shading corrections of a tuning file (YAML or JSON), by rising color temperature.

    Parameters
    ----------
    path : str, bytes or path
        The file, at most 16 MiB.

    Raises
    ------
    ReadError, LimitError
        When it cannot be read or is too large.
    FormatError, UnsupportedError
        As `parse_rockchip`.
    """
    data = read_bytes(path, Limits(file_bytes=FILE_BYTES))
    try:
        return parse_rockchip(data)
    except HadimgError as error:
        raise error.at(path) from error


def parse_rockchip(data: bytes) -> tuple[RockchipShading, ...]:
    """Return the shading corrections of the text of a tuning file, by rising color temperature.

    Tables have their nodes on the edges of the picture. A polynomial is that of DNG: its radius is 1 at the farthest
    outer corner, its center a fraction of the picture.

    Parameters
    ----------
    data : bytes
        Plain YAML in UTF-8 (see `hadimg.profiles.plain_yaml`), or JSON when it begins with a brace.

    Raises
    ------
    FormatError
        When it is not understood, has no ``LensShadingCorrection``, or a table has holes or another size than 17 x 17.
    UnsupportedError
        When the nodes are not evenly spaced.

    Examples
    --------
    >>> parse_rockchip(b"version: 1")
    Traceback (most recent call last):
    ...
    hadimg.errors.FormatError: the tuning file must hold 'LensShadingCorrection' once, got it 0 times
    """
    document = parse_json(data) if data.lstrip()[:1] == b"{" else parse_yaml(_decoded(data))
    steps = document.get("algorithms", [document]) if isinstance(document, dict) else []
    if not isinstance(steps, list):
        raise FormatError("'algorithms' must be a list")
    found = [
        step["LensShadingCorrection"] for step in steps if isinstance(step, dict) and "LensShadingCorrection" in step
    ]
    if len(found) != 1 or not isinstance(found[0], dict):
        raise FormatError(f"the tuning file must hold 'LensShadingCorrection' once, got it {len(found)} times")
    entry = found[0]
    kind = entry.get("type", "table")
    if kind not in ("table", "polynomial"):
        raise UnsupportedError(f"LensShadingCorrection of type {kind!r:.40} is not known, only table and polynomial")
    for axis in ("x-size", "y-size"):
        _check_even(axis, entry.get(axis))
    sets = entry.get("sets")
    if not isinstance(sets, list) or not 1 <= len(sets) <= MOST_SETS:
        raise FormatError(f"'sets' must be a list of 1 to {MOST_SETS} sets")
    shadings = sorted((_shading(index, item, kind) for index, item in enumerate(sets)), key=lambda s: s.temperature)
    for one, other in itertools.pairwise(shadings):
        if one.temperature == other.temperature:
            raise FormatError(f"there are two sets for {one.temperature:g} K")
    return tuple(shadings)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"the file is no text in UTF-8: byte {error.start} is {data[error.start]}") from error


def _check_even(axis: str, sizes: Any) -> None:
    """Refuse cells that are no eight positive numbers, or of different sizes."""
    if sizes is None:
        return
    if not isinstance(sizes, list) or len(sizes) != SECTORS or not all(map(_is_number, sizes)):
        raise FormatError(f"{axis} must hold {SECTORS} numbers")
    if any(abs(size * 2 * SECTORS - 1.0) > 1e-3 for size in sizes):
        raise UnsupportedError(f"{axis} must hold equal cells of {0.5 / SECTORS}, others are not read: {sizes}")


def _shading(index: int, entry: Any, kind: str) -> RockchipShading:
    if not isinstance(entry, dict):
        raise FormatError(f"set {index} must have keys and values")
    temperature, resolution = entry.get("ct"), entry.get("resolution", "")
    if not _is_number(temperature) or not 0 < temperature < 1e6:
        raise FormatError(f"set {index} must have a color temperature 'ct' in kelvin, got {temperature!r:.40}")
    masks: dict[str, Mask] = {}
    clamped = []
    for channel in CHANNELS:
        name = f"{channel} of set {index}"
        if channel not in entry:
            raise FormatError(f"set {index} has no {channel}")
        if kind == "table":
            masks[channel] = table_mask(_table(name, entry[channel]), nodes="edges")
        else:
            masks[channel] = mask = _polynomial(name, entry[channel])
            if _leaves_the_range(mask):
                clamped.append(channel)
    return RockchipShading(float(temperature), str(resolution), masks, tuple(clamped))


def _table(name: str, values: Any) -> Any:
    side = 2 * SECTORS + 1
    if not isinstance(values, list) or len(values) != side * side:
        size = f"{len(values)} values" if isinstance(values, list) else f"{values!r:.40}"
        raise FormatError(f"{name} must hold {side} x {side} values, got {size}")
    if not all(map(_is_number, values)):
        raise FormatError(f"{name} must hold numbers only")
    rows = [values[start : start + side] for start in range(0, side * side, side)]
    return checked_gains(name, np.array(rows, np.float64) / ONE)


def _polynomial(name: str, values: Any) -> DngVignette:
    if not isinstance(values, dict) or not all(_is_number(values.get(key)) for key in POLYNOMIAL):
        raise FormatError(f"{name} must give numbers for {', '.join(POLYNOMIAL)}")
    col, row, *k = (float(values[key]) for key in POLYNOMIAL)
    if not (0 <= col <= 1 and 0 <= row <= 1):
        raise FormatError(f"{name}: the center must lie in [0, 1], got x {col!r}, y {row!r}")
    return DngVignette().with_vector([*k, row, col])


def _leaves_the_range(mask: DngVignette) -> bool:
    """Return whether the gain is below 1 or above 3.999 somewhere between the center and the farthest corner."""
    least, most = PolynomialForm((1.0, mask.k0, mask.k1, mask.k2, mask.k3, mask.k4), 1.0).range()
    return least < 1.0 or most > HIGHEST_GAIN


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
