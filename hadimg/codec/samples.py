"""Values of pixels and the whole numbers that are coded for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KINDS", "Samples", "samples_in_units"]

Kind = Literal["uint8", "uint16", "float32 in units", "float32 in halves"]
KINDS: tuple[Kind, ...] = ("uint8", "uint16", "float32 in units", "float32 in halves")
"""What the byte of the header stands for: the place in this table."""

LARGEST_ORIGIN = 1 << 52


@dataclass(frozen=True)
class Samples:
    """What the levels of a file stand for.

    Parameters
    ----------
    kind : str
        One of `KINDS`. Whole numbers are their own levels. Floats in units are ``(level + origin) * unit``. Floats in
        halves are two levels of 16 bits in two planes of a tile: their bits, in an order that rises with the value.
    unit : float
        The value of one level.
    origin : int
        What level 0 stands for, in units.

    Examples
    --------
    >>> Samples("float32 in units", 0.25, -4).from_levels(np.array([[0, 5]]))
    array([[-1.  ,  0.25]], dtype=float32)
    """

    kind: Kind
    unit: float = 0.0
    origin: int = 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the pixels."""
        return np.dtype(self.kind.split()[0])

    @property
    def planes(self) -> int:
        """Planes of a tile for one channel of a pixel."""
        return 2 if self.kind == "float32 in halves" else 1

    def to_levels(self, pixels: NDArray[Any], depth: int) -> NDArray[Any]:
        """Return the levels of pixels of shape (h, w, C), as unsigned numbers; C doubles for halves.

        Raises
        ------
        ArgumentError
            When a value needs more than ``depth`` bits.
        """
        if self.kind == "float32 in halves":
            return _halves(pixels)
        if self.kind == "float32 in units":
            levels = np.rint(pixels.astype(np.float64) / self.unit) - self.origin
            # written so that NaN does not fit
            if not (levels.min() >= 0 and levels.max() < 1 << depth):
                raise ArgumentError(f"pixels must be finite and within {1 << depth} levels of {self.unit:g}")
            return levels.astype(np.uint16)
        if depth < 8 * pixels.dtype.itemsize and int(pixels.max()) >= 1 << depth:
            raise ArgumentError(f"pixels must be at most {(1 << depth) - 1} at a depth of {depth} bits")
        return pixels

    def from_levels(self, levels: NDArray[Any]) -> NDArray[Any]:
        """Return the pixels of levels of shape (h, w, planes)."""
        if self.kind == "float32 in halves":
            return _whole(levels)
        if self.kind == "float32 in units":
            return ((levels.astype(np.int64) + self.origin) * self.unit).astype(np.float32)
        return levels.astype(self.dtype, copy=False)


def samples_in_units(unit: float, lowest: float, highest: float) -> tuple[Samples, int]:
    """Return how floats between two values are coded in whole multiples of ``unit``, and the bits that it takes.

    Raises
    ------
    ArgumentError
        When 16 bits do not suffice.

    Examples
    --------
    >>> samples_in_units(1 / 1024, -0.5, 1.0)
    (Samples(kind='float32 in units', unit=0.0009765625, origin=-512), 11)
    """
    if not (math.isfinite(unit) and unit > 0):
        raise ArgumentError(f"unit must be a positive number, got {unit!r}")
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise ArgumentError("pixels must be finite to be counted in units", remedy="use lossless=True without a unit")
    low, high = float(np.rint(np.float64(lowest) / unit)), float(np.rint(np.float64(highest) / unit))
    if high - low > 65535 or max(abs(low), abs(high)) > LARGEST_ORIGIN:
        raise ArgumentError(
            f"unit must leave at most 65536 levels between {lowest:g} and {highest:g}, got {unit:g}",
            remedy=f"use {(highest - lowest) / 65535:.3g} or more",
        )
    return Samples("float32 in units", unit, int(low)), max(int(high - low).bit_length(), 1)


def _halves(pixels: NDArray[Any]) -> NDArray[np.uint16]:
    """Return the high and the low 16 bits of each float: first the high ones of all channels, then the low ones."""
    bits = np.ascontiguousarray(pixels).view(np.uint32)
    # With the sign bit set all bits turn, else that one: whole numbers in the order of the values.
    bits = bits ^ np.where(bits >> 31 != 0, np.uint32(0xFFFFFFFF), np.uint32(0x80000000))
    return np.concatenate([bits >> 16, bits & 0xFFFF], axis=-1).astype(np.uint16)


def _whole(levels: NDArray[Any]) -> NDArray[np.float32]:
    channels = levels.shape[-1] // 2
    bits = levels[..., :channels].astype(np.uint32) << 16 | levels[..., channels:].astype(np.uint32)
    bits ^= np.where(bits >> 31 != 0, np.uint32(0x80000000), np.uint32(0xFFFFFFFF))
    return bits.view(np.float32)
