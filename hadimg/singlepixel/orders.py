r"""In which order a camera shows the patterns: closed forms of the sequency down ``sr`` and across ``sc``.

A scene has most of its energy in few coefficients of low sequency; the sooner their patterns are shown, the fewer are
needed. The keys are whole numbers, so that no rounding ever decides; the smaller key comes first, ties go to the
smaller ``sr + sc``, then to the smaller ``sr``. The pattern that is all light always comes first: it measures the flux.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.singlepixel.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

__all__ = ["PATTERN_ORDERS", "Sequencies", "pattern_order"]

CORRELATION = 0.95
"""Of neighboring pixels, in the model of the order "variance"."""


@dataclass(frozen=True, eq=False)
class Sequencies:
    """What an order knows of a frame of patterns.

    Parameters
    ----------
    frame : Frame
        Rows and columns of the patterns.
    seed : int
        For the order "random".
    """

    frame: Frame
    seed: int = 0

    @cached_property
    def rows(self) -> Whole:
        """Sequencies down, as a column."""
        return self.frame.row_sequencies[:, np.newaxis]

    @cached_property
    def cols(self) -> Whole:
        """Sequencies across, as a row."""
        return self.frame.col_sequencies[np.newaxis, :]

    @cached_property
    def even(self) -> tuple[Whole, Whole]:
        """Both, scaled to one unit: sign changes in the same length of the scene, whatever its sides."""
        common = math.gcd(self.frame.height, self.frame.width)
        return self.rows * (self.frame.width // common), self.cols * (self.frame.height // common)


def natural(of: Sequencies) -> Whole:
    """Keep the order of Sylvester's matrix of all pixels."""
    rows, cols = of.frame.natural_rows, of.frame.natural_cols
    return np.asarray(rows[:, np.newaxis] * of.frame.width + cols)


def naive(of: Sequencies) -> Whole:
    """Take row sequencies one after the other, each with all column sequencies: ``sr W + sc``."""
    return of.rows * of.frame.width + of.cols


def sequency(of: Sequencies) -> Whole:
    """Add both: ``sr + sc``, in sign changes per length. Lopez-Garcia et al., Opt. Express 30:13714 (2022)."""
    rows, cols = of.even
    return rows + cols


def zig_zag(of: Sequencies) -> Whole:
    """Take the diagonals of `sequency` to and fro, as JPEG does its coefficients."""
    rows, cols = of.even
    diagonal, most = rows + cols, int(rows.max())
    return diagonal * (most + 1) + np.where(diagonal % 2, rows, most - rows)


def cake_cutting(of: Sequencies) -> Whole:
    """Count the connected pieces of the pattern: ``(sr + 1)(sc + 1)``. Yu, Sensors 19:4122 (2019)."""
    return (of.rows + 1) * (of.cols + 1)


def xy(of: Sequencies) -> Whole:
    """Take ``sr sc + (sr^2 + sc^2) / 4``, in sign changes per length. Cai et al., COL 21:071101 (2023)."""
    rows, cols = of.even
    return 4 * rows * cols + rows**2 + cols**2


def square(of: Sequencies) -> Whole:
    """Take the larger one, in sign changes per length."""
    return np.maximum(*of.even)


def radial(of: Sequencies) -> Whole:
    """Take ``sr^2 + sc^2``, in sign changes per length."""
    rows, cols = of.even
    return rows**2 + cols**2


def russian_dolls(of: Sequencies) -> Whole:
    """Take the larger of both dyadic levels (bit lengths), then their sum. Sun et al., Sci. Rep. 7:3464 (2017)."""
    rows, cols = _bit_lengths(of.rows), _bit_lengths(of.cols)
    return np.maximum(rows, cols) * 128 + rows + cols


def total_variation(of: Sequencies) -> NDArray[np.float64]:
    r"""Take the total variation of the pattern: ``2 (W-1) sr + 2 (H-1) sc - (4 - 2 sqrt 2) sr sc``.

    A whole number and the root of a whole number: both correctly rounded, and distinct keys lie far enough apart.
    """
    height, width = of.frame.height, of.frame.width
    corners = of.rows * of.cols
    whole = 2 * (width - 1) * of.rows + 2 * (height - 1) * of.cols - 4 * corners
    return np.asarray(whole + np.sqrt(8.0 * np.square(corners, dtype=np.float64)))


def variance(of: Sequencies) -> Whole:
    """Begin with the largest variance where neighboring pixels are correlated by 0.95; in 2^-20 of its logarithm."""
    rows, cols = (np.rint(-(2.0**20) * np.log2(part)).astype(np.int64) for part in of.frame.variances(CORRELATION))
    return np.asarray(rows[:, np.newaxis] + cols)


def random(of: Sequencies) -> Whole:
    """Shuffle by a hash of the place and the seed (SplitMix64), which is the same on every machine for ever."""
    value = np.arange(of.frame.size, dtype=np.uint64) + np.uint64(of.seed % 2**32) * np.uint64(2**32)
    value = (value + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ value >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ value >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return ((value ^ value >> np.uint64(31)) >> np.uint64(24)).astype(np.int64).reshape(of.frame.shape)


def _bit_lengths(numbers: Whole) -> Whole:
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64)


PATTERN_ORDERS: dict[str, Callable[[Sequencies], NDArray[Any]]] = {
    "natural": natural,
    "sequency": sequency,
    "zig_zag": zig_zag,
    "cake_cutting": cake_cutting,
    "xy": xy,
    "square": square,
    "russian_dolls": russian_dolls,
    "total_variation": total_variation,
    "radial": radial,
    "variance": variance,
    "naive": naive,
    "random": random,
}
"""From a frame to its keys, the smallest first."""


def pattern_order(
    shape: tuple[int, int], order: str = "xy", *, seed: int = 0, sizes: str = "embedded"
) -> NDArray[np.int64]:
    """Return the patterns of a scene in the order in which a camera shows them.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the scene.
    order : str
        A name of the table `PATTERN_ORDERS`. On photographs "xy" and "zig_zag" are good, "cake_cutting" where edges
        are parallel to the axes; "naive" is what other programs mean by "sequency", and the worst.
    seed : int
        For "random".
    sizes : {"embedded", "exact"}
        As in `Camera`.

    Returns
    -------
    ndarray of int64
        A permutation of the coefficients: ``sr * width + sc`` for the pattern of those sequencies.

    Raises
    ------
    ArgumentError
        When the name is unknown, or the shape has no patterns.

    Examples
    --------
    >>> pattern_order((4, 4), "cake_cutting")[:6].tolist()
    [0, 1, 4, 2, 8, 5]
    """
    if order not in PATTERN_ORDERS:
        raise ArgumentError(f"order must be one of {', '.join(map(repr, PATTERN_ORDERS))}, got {order!r}")
    return order_of_frame(Frame.around(shape, sizes), order, seed)


def order_of_frame(frame: Frame, order: str, seed: int) -> NDArray[np.int64]:
    """Return the coefficients of a frame in a known order."""
    sequencies = Sequencies(frame, seed)
    keys = PATTERN_ORDERS[order](sequencies)
    sums = sequencies.rows + sequencies.cols
    rows_bits, sums_bits = int(sequencies.rows.max()).bit_length(), int(sums.max()).bit_length()
    ties = sums << rows_bits | sequencies.rows
    bits = sums_bits + rows_bits
    if keys.dtype.kind == "i" and int(keys.max() - keys.min() + 1).bit_length() + bits < 63:
        keys = (keys - keys.min() + 1) << bits | ties  # one sort of whole numbers takes a fifth of two in turn
        keys[0, 0] = 0
        return np.argsort(keys, axis=None, kind=None if frame.layout == "sequency" else "stable")
    keys[0, 0] = keys.min() - 1
    return np.lexsort((ties.reshape(-1), keys.reshape(-1)))
