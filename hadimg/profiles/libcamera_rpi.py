"""Shading tables of libcamera's tuning files for Raspberry Pi cameras (``rpi.alsc``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, HadimgError
from hadimg.io.limits import Limits
from hadimg.io.reading import read_bytes
from hadimg.masks.parameters import checked_number
from hadimg.masks.per_channel import PerChannel
from hadimg.masks.store import parse_json
from hadimg.profiles.gain_tables import checked_gains, table_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.errors import Path
    from hadimg.masks.base import Mask

    Table = NDArray[np.float64]

__all__ = ["RpiShading", "parse_rpi", "read_rpi"]

FILE_BYTES = 1 << 24
MOST_TABLES = 100
SHAPES = {12 * 16: (12, 16), 32 * 32: (32, 32)}
"""Rows and columns by the number of values: of VC4 (up to Raspberry Pi 4) and of PiSP (Raspberry Pi 5)."""


@dataclass(frozen=True, eq=False)
class RpiShading:
    """The shading correction of a tuning file: gains at the middles of cells.

    Parameters
    ----------
    luminance : ndarray, shape (12, 16) or (32, 32)
        Gains for all channels, at full strength: the table of the file, or the cosine-fourth law that it asks for.
    strength : float
        The share that the tuning applies: the gain becomes ``1 + strength * (gain - 1)``.
    red, blue : dict of float to ndarray
        Further gains for red and blue, by the color temperature in kelvin that they were measured at.
    """

    luminance: Table = field(repr=False)
    strength: float
    red: dict[float, Table] = field(repr=False)
    blue: dict[float, Table] = field(repr=False)

    def luminance_mask(self, *, strength: float | None = None) -> Mask:
        """Return the mask of all channels.

        Parameters
        ----------
        strength : float, optional
            The share that is applied; that of the tuning by default, 1 for what was measured.
        """
        return table_mask(self._gains(self.strength if strength is None else strength), nodes="cells")

    def color_mask(self, temperature: float) -> PerChannel:
        """Return the mask of red, green and blue as libcamera corrects them before it looks at the picture.

        Red and blue tables are interpolated between the two nearest color temperatures, those at the ends hold beyond,
        and each is divided by its smallest value, so that it only brightens.

        Parameters
        ----------
        temperature : float
            Color temperature of the light in kelvin.
        """
        kelvin = checked_number("temperature", temperature)
        gains = self._gains(self.strength)
        channels = []
        for tables in (self.red, {}, self.blue):
            color = _between(tables, kelvin) if tables else np.ones_like(gains)
            channels.append(table_mask(gains * (color / color.min()), nodes="cells"))
        return PerChannel(*channels)

    def _gains(self, strength: float) -> Table:
        return 1.0 + checked_number("strength", strength) * (self.luminance - 1.0)


def _between(tables: dict[float, Table], kelvin: float) -> Table:
    """Return the table at a color temperature."""
    known = sorted(tables)
    above = int(np.searchsorted(known, kelvin))
    if above in (0, len(known)):
        return tables[known[max(above - 1, 0)]]
    low, high = known[above - 1], known[above]
    share = (kelvin - low) / (high - low)
    return (1.0 - share) * tables[low] + share * tables[high]


def read_rpi(path: Path) -> RpiShading:
    """Return the shading correction of a tuning file (JSON).

    Parameters
    ----------
    path : str, bytes or path
        The file, at most 16 MiB.

    Raises
    ------
    ReadError, LimitError
        When it cannot be read or is too large.
    FormatError
        As `parse_rpi`.
    """
    data = read_bytes(path, Limits(file_bytes=FILE_BYTES))
    try:
        return parse_rpi(data)
    except HadimgError as error:
        raise error.at(path) from error


def parse_rpi(data: bytes) -> RpiShading:
    """Return the shading correction of the text of a tuning file.

    Where the file gives ``corner_strength`` (and ``asymmetry``) the luminance is the law that libcamera makes of them,
    whether there is a table too or not.

    Parameters
    ----------
    data : bytes
        JSON.

    Raises
    ------
    FormatError
        When it is no JSON, has no ``rpi.alsc``, or a table of it has holes or another size than 12 x 16 or 32 x 32.

    Examples
    --------
    >>> parse_rpi(b'{"version": 2.0, "algorithms": [{"rpi.awb": {}}]}')
    Traceback (most recent call last):
    ...
    hadimg.errors.FormatError: the tuning file must hold 'rpi.alsc' once, got it 0 times
    """
    document = parse_json(data)
    steps = document.get("algorithms", [document]) if isinstance(document, dict) else []
    if not isinstance(steps, list):
        raise FormatError("'algorithms' must be a list")
    found = [step["rpi.alsc"] for step in steps if isinstance(step, dict) and "rpi.alsc" in step]
    if len(found) != 1 or not isinstance(found[0], dict):
        raise FormatError(f"the tuning file must hold 'rpi.alsc' once, got it {len(found)} times")
    return _shading(found[0])


def _shading(entry: dict[str, Any]) -> RpiShading:
    if "corner_strength" in entry:
        corner, asymmetry = _number(entry, "corner_strength", 1.0, 1e6), _number(entry, "asymmetry", 0.0, 1e3)
        if corner == 1:
            raise FormatError("corner_strength must be above 1, got 1")
        luminance = _cosine_law(corner, asymmetry, _shape_of(entry))
    elif "luminance_lut" in entry:
        luminance = _table("luminance_lut", entry["luminance_lut"])
    else:
        raise FormatError("'rpi.alsc' has neither 'luminance_lut' nor 'corner_strength'")
    strength = _number(entry, "luminance_strength", 0.0, 10.0)
    red, blue = (_tables(name, entry.get(name, []), luminance) for name in ("calibrations_Cr", "calibrations_Cb"))
    return RpiShading(luminance, strength, red, blue)


def _number(entry: dict[str, Any], name: str, lowest: float, highest: float) -> float:
    """Return a number of the file, 1 where it gives none."""
    value = entry.get(name, 1.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not lowest <= value <= highest:
        raise FormatError(f"{name} must be a number from {lowest:g} to {highest:g}, got {value!r:.40}")
    return float(value)


def _shape_of(entry: dict[str, Any]) -> tuple[int, int]:
    """Return rows and columns of the tables of a file, those of VC4 where it has none."""
    for name in ("luminance_lut", "calibrations_Cr", "calibrations_Cb"):
        values = entry.get(name)
        if isinstance(values, list) and values and isinstance(values[0], dict):
            values = values[0].get("table")
        if isinstance(values, list) and len(values) in SHAPES:
            return SHAPES[len(values)]
    return SHAPES[12 * 16]


def _cosine_law(corner: float, asymmetry: float, shape: tuple[int, int]) -> Table:
    """Return the gains that libcamera makes of ``corner_strength``: 1 in the middle, and so much at its radius 1.

    The radius is counted in cells: 1 at ``sqrt(rows * columns / 4 * (1 + asymmetry**2))`` of them, which is half the
    diagonal of square tables only. ``asymmetry`` stretches it along the columns.
    """
    rows, cols = shape
    down, across = (np.arange(count) + 0.5 - count / 2 for count in shape)
    squared = np.add.outer(down**2, (asymmetry * across) ** 2) / (rows * cols / 4 * (1.0 + asymmetry**2))
    law: Table = (1.0 + (np.sqrt(corner) - 1.0) * squared) ** 2
    return law


def _table(name: str, values: Any) -> Table:
    shape = SHAPES.get(len(values)) if isinstance(values, list) else None
    if shape is None:
        size = f"{len(values)} values" if isinstance(values, list) else f"{values!r:.40}"
        raise FormatError(f"{name} must hold 12 x 16 or 32 x 32 values, got {size}")
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        raise FormatError(f"{name} must hold numbers only")
    rows, cols = shape
    return checked_gains(name, [values[row * cols : (row + 1) * cols] for row in range(rows)])


def _tables(name: str, entries: Any, luminance: Table) -> dict[float, Table]:
    if not isinstance(entries, list) or len(entries) > MOST_TABLES:
        raise FormatError(f"{name} must be a list of at most {MOST_TABLES} tables")
    found: dict[float, Table] = {}
    for index, entry in enumerate(entries):
        kelvin = entry.get("ct") if isinstance(entry, dict) else None
        if isinstance(kelvin, bool) or not isinstance(kelvin, (int, float)) or not 0 < kelvin < 1e6:
            raise FormatError(f"{name}[{index}] must have a color temperature 'ct' in kelvin, got {kelvin!r:.40}")
        if kelvin in found:
            raise FormatError(f"{name} has two tables for {kelvin:g} K")
        table = _table(f"{name}[{index}]", entry.get("table"))
        if table.shape != luminance.shape:
            raise FormatError(f"{name}[{index}] has shape {table.shape}, luminance_lut {luminance.shape}")
        found[float(kelvin)] = table
    return found
