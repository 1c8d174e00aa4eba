"""How a JPEG's numbers are coded: quantization tables, chroma sampling, color model, and what a quality means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hadimg.errors import ArgumentError
from hadimg.io.jpeg_segments import color_model

if TYPE_CHECKING:
    from hadimg.io.jpeg_segments import Layout

__all__ = ["Coding", "coding_of", "quality_tables"]

Table = tuple[int, ...]

SAMPLINGS: dict[tuple[float, float], str] = {(1, 1): "444", (2, 1): "422", (1, 2): "440", (2, 2): "420", (4, 1): "411"}
"""How many luma values share one chroma value, across and down, and the name of it."""

_QUANTIZATION = 0xDB
_ZIGZAG = sorted(range(64), key=lambda k: (k // 8 + k % 8, k // 8 if (k // 8 + k % 8) % 2 else k % 8))
# The tables of the standard's annex K, row by row: what quality 50 means to nearly every encoder.
_LUMA = (
    *(16, 11, 10, 16, 24, 40, 51, 61),
    *(12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77),
    *(24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101),
    *(72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA = (
    *(17, 18, 24, 47, 99, 99, 99, 99),
    *(18, 21, 26, 66, 99, 99, 99, 99),
    *(24, 26, 56, 99, 99, 99, 99, 99),
    *(47, 66, 99, 99, 99, 99, 99, 99),
    *(99,) * 32,
)


@cache
def quality_tables(quality: int) -> tuple[Table, Table]:
    """Return the quantization tables for luma and chroma that encoders of the IJG line use for a quality.

    Parameters
    ----------
    quality : int
        1 to 100.

    Returns
    -------
    tuple of two tables
        64 numbers each, row by row.

    Raises
    ------
    ArgumentError
        For any other quality.

    Examples
    --------
    >>> quality_tables(90)[0][:8]
    (3, 2, 2, 3, 5, 8, 10, 12)
    """
    if quality not in range(1, 101):
        raise ArgumentError(f"quality must be a whole number from 1 to 100, got {quality!r}")
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    luma, chroma = (tuple(min(max((value * scale + 50) // 100, 1), 255) for value in base) for base in (_LUMA, _CHROMA))
    return luma, chroma


@cache
def _qualities() -> dict[tuple[Table, ...], int]:
    """Return the quality that each pair of tables, and each table for grey, stands for."""
    found: dict[tuple[Table, ...], int] = {}
    for quality in range(1, 101):
        luma, chroma = quality_tables(quality)
        found[luma, chroma] = found[luma,] = quality
    return found


@dataclass(frozen=True)
class Coding:
    """How the numbers of a JPEG are coded.

    Parameters
    ----------
    model : str
        ``"grey"``, ``"ycbcr"`` or ``"rgb"``.
    tables : tuple of tables
        The quantization tables in the order of the components that first use them; the last one serves the rest.
    sampling : str
        A name of `SAMPLINGS`, or the sampling factors where they have no name.
    progressive : bool
        Whether the picture comes in several scans of growing detail.
    """

    model: str
    tables: tuple[Table, ...]
    sampling: str = "444"
    progressive: bool = False

    @property
    def quality(self) -> int | None:
        """The IJG quality that has these tables, or None."""
        usual = len(self.tables) == {"grey": 1, "ycbcr": 2}.get(self.model)
        return _qualities().get(self.tables) if usual else None

    @classmethod
    def of_quality(
        cls, quality: int, *, model: str = "ycbcr", sampling: str = "444", progressive: bool = False
    ) -> Coding:
        """Return the coding that a quality stands for."""
        luma, chroma = quality_tables(quality)
        return cls(model, (luma, chroma) if model == "ycbcr" else (luma,), sampling, progressive)


def coding_of(data: bytes, layout: Layout) -> Coding | None:
    """Return how a JPEG is coded, or None when its quantization tables do not all stand before its first scan.

    Parameters
    ----------
    data : bytes
        The file.
    layout : Layout
        Its segments.
    """
    defined = _defined_tables(data, layout)
    components = layout.frame.components
    numbers = list(dict.fromkeys(component.table for component in components))
    in_order = [component.table for component in components] == numbers + numbers[-1:] * (
        len(components) - len(numbers)
    )
    if not in_order:  # such as one table for the outer components and another between them
        numbers = [component.table for component in components]
    if any(number not in defined for number in numbers):
        return None
    model = color_model(data, layout)
    tables = tuple(defined[number] for number in numbers)
    return Coding(model, tables, _sampling(layout), layout.frame.progressive)


def _sampling(layout: Layout) -> str:
    first, *others = layout.frame.components
    ratios = {(first.horizontal / other.horizontal, first.vertical / other.vertical) for other in others} or {
        (1.0, 1.0)
    }
    name = SAMPLINGS.get(ratios.pop()) if len(ratios) == 1 else None
    return name or ",".join(f"{c.horizontal}x{c.vertical}" for c in layout.frame.components)


def _defined_tables(data: bytes, layout: Layout) -> dict[int, Table]:
    tables: dict[int, Table] = {}
    for segment in layout.segments:
        payload = segment.payload(data) if segment.code == _QUANTIZATION else b""
        while payload:
            size = 2 if payload[0] >> 4 else 1
            values = [int.from_bytes(payload[k : k + size], "big") for k in range(1, 1 + 64 * size, size)]
            if len(payload) < 1 + 64 * size or 0 in values:
                break
            table = [0] * 64
            for place, value in zip(_ZIGZAG, values, strict=True):
                table[place] = value
            tables[payload[0] & 15] = tuple(table)
            payload = payload[1 + 64 * size :]
    return tables
