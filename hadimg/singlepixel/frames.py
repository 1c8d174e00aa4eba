"""The frame that patterns fill: its size, where the scene lies in it, and how its coefficients are laid out.

A scene whose sides are powers of two fills its frame. Others are embedded, in the middle of nothing: at the upper left
of the next powers of two, whose rest is known to be dark; or a Hadamard matrix of exactly their sides is taken, where
one is known. Coefficients stand at their sequencies (``sr``, ``sc``) where these tell them apart, else in natural
order.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.walsh.constructions import base_order
from hadimg.walsh.matrices import hadamard_matrix, order_or_refuse
from hadimg.walsh.orders import sign_changes, walsh_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Float = NDArray[np.float64]

__all__ = ["MOST_PIXELS", "SIZES", "Frame"]

SIZES = ("embedded", "exact")
MOST_PIXELS = 1 << 26
"""Of a frame; 8192 x 8192."""


@dataclass(frozen=True)
class Frame:
    """Rows and columns of patterns.

    Parameters
    ----------
    height, width : int
        Orders of Hadamard matrices.

    Examples
    --------
    >>> Frame.around((100, 60)), Frame.around((96, 60), "exact").layout
    (Frame(height=128, width=64), 'natural')
    """

    height: int
    width: int

    @classmethod
    def around(cls, shape: tuple[int, int], sizes: str = "embedded") -> Frame:
        """Return the frame for scenes of a shape."""
        height, width = checked_shape(shape)
        if sizes not in SIZES:
            raise ArgumentError(f"sizes must be one of {', '.join(map(repr, SIZES))}, got {sizes!r}")
        if sizes == "exact":
            order_or_refuse("the height of a scene with sizes='exact'", height)
            order_or_refuse("the width of a scene with sizes='exact'", width)
            return cls(height, width)
        return cls(1 << (height - 1).bit_length(), 1 << (width - 1).bit_length())

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def size(self) -> int:
        """How many patterns there are, and pixels of each."""
        return self.height * self.width

    @property
    def layout(self) -> str:
        """``"sequency"`` where both sides are powers of two, else ``"natural"``."""
        return "natural" if self.height & (self.height - 1) or self.width & (self.width - 1) else "sequency"

    @cached_property
    def natural_rows(self) -> Whole:
        """The row of `hadamard_matrix` at each row of coefficients."""
        return walsh_order(self.height, self.layout)

    @cached_property
    def natural_cols(self) -> Whole:
        """The row of `hadamard_matrix` at each column of coefficients."""
        return walsh_order(self.width, self.layout)

    @cached_property
    def row_sequencies(self) -> Whole:
        """Sign changes down the patterns of each row of coefficients."""
        return self._sequencies(self.height)

    @cached_property
    def col_sequencies(self) -> Whole:
        """Sign changes across the patterns of each column of coefficients."""
        return self._sequencies(self.width)

    def _sequencies(self, n: int) -> Whole:
        return np.arange(n) if self.layout == "sequency" else sign_changes(hadamard_matrix(n))

    def natural_places(self, indices: Whole) -> Whole:
        """Return where coefficients stand in a transform of natural order."""
        rows, cols = np.divmod(indices, self.width)
        return np.asarray(self.natural_rows[rows] * self.width + self.natural_cols[cols])

    def signs(self, index: int) -> NDArray[np.int8]:
        """Return the pattern of a coefficient: +1 and -1, as large as the frame."""
        row, col = divmod(index, self.width)
        down = _line(self.height, int(self.natural_rows[row]))
        across = _line(self.width, int(self.natural_cols[col]))
        return np.multiply.outer(down, across)

    def variances(self, correlation: float) -> tuple[Float, Float]:
        """Return the variance of each row and column of coefficients of a line of correlated pixels.

        Pixels that are ``k`` apart are correlated by ``correlation**k``; with all variances 1 the mean result is 1.
        """
        down = line_variances(self.height, correlation)[self.natural_rows]
        return down, line_variances(self.width, correlation)[self.natural_cols]


def checked_shape(shape: Any) -> tuple[int, int]:
    """Return the shape of a scene, or raise an error that says what it must be."""
    try:
        height, width = (operator.index(side) for side in shape)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"shape must be two whole numbers, rows and columns, got {shape!r:.80}") from error
    if height < 1 or width < 1 or height > MOST_PIXELS or width > MOST_PIXELS or height * width > MOST_PIXELS:
        raise ArgumentError(f"shape must have at least one pixel and at most {MOST_PIXELS}, got {(height, width)}")
    return height, width


def _line(n: int, row: int) -> NDArray[np.int8]:
    """Return one row of `hadamard_matrix`."""
    base = base_order(n)
    bits = np.bitwise_count(np.arange(n // base) & row // base) % 2
    signs = 1 - 2 * bits.astype(np.int8)
    return np.asarray(np.kron(signs, hadamard_matrix(base)[row % base]))


def line_variances(n: int, correlation: float) -> Float:
    """Return the diagonal of ``H R H' / n`` for ``R[i, j] = correlation**|i - j|``, in natural order, by doubling.

    A row of twice the length is ``(h, +-h)``; ``sums`` holds ``h R h'``, ``forth`` the sum of ``h[i] r**i``, ``back``
    that of ``h[i] r**(m - 1 - i)``.

    Examples
    --------
    >>> line_variances(4, 0.5).round(4).tolist()
    [2.0625, 0.4375, 0.9375, 0.5625]
    """
    base = base_order(n)
    matrix = hadamard_matrix(base).astype(np.float64)
    powers = correlation ** np.arange(base)
    sums = np.einsum("ij,jk,ik->i", matrix, correlation ** abs(np.subtract.outer(range(base), range(base))), matrix)
    forth, back = matrix @ powers, matrix @ powers[::-1]
    length = base
    while length < n:
        cross = 2.0 * correlation * forth * back
        far = correlation**length
        sums = np.concatenate([2.0 * sums + cross, 2.0 * sums - cross])
        forth, back = (
            np.concatenate([forth + far * forth, forth - far * forth]),
            np.concatenate([far * back + back, far * back - back]),
        )
        length *= 2
    return np.asarray(sums / n)
