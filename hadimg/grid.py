"""Where the pixels lie: positions of the pixel centers of a picture, or of a window of it, in half diagonals."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Shape = tuple[int, int]
    Window = tuple[slice, slice]
    Float = NDArray[np.float64]
    Numbers = NDArray[np.intp]

__all__ = ["Grid"]


@dataclass(frozen=True)
class Grid:
    r"""The pixel centers of a picture of ``height`` times ``width`` pixels, or of a rectangular window of it.

    Row ``i`` of ``height`` lies at the fraction ``(i + 0.5) / height``. With ``rho = hypot(height, width) / 2`` pixels
    (the half diagonal), the position relative to a center is

    .. math:: v = (row - center\_row) \, height / rho, \qquad u = (col - center\_col) \, width / rho

    so that the outer corner of a centered picture lies at ``hypot(u, v) = 1``, whatever its size.

    Parameters
    ----------
    height, width : int
        Size of the whole picture in pixels.
    top, left : int
        First row and column of the window.
    rows, cols : int, optional
        Size of the window; to the end of the picture by default.

    Examples
    --------
    >>> grid = Grid(4, 6)
    >>> v, u = grid.offsets(0.5, 0.5)
    >>> v.shape, u.shape
    ((4, 1), (1, 6))
    >>> round(float(np.hypot(u, v).max()), 3)
    0.809
    """

    height: int
    width: int
    top: int = 0
    left: int = 0
    rows: int = -1
    cols: int = -1

    def __post_init__(self) -> None:
        if self.rows < 0:
            object.__setattr__(self, "rows", self.height - self.top)
        if self.cols < 0:
            object.__setattr__(self, "cols", self.width - self.left)

    @classmethod
    def of(cls, shape: Shape | Grid, window: Window | None = None) -> Grid:
        """Return the grid of a shape, or the window of a grid.

        Parameters
        ----------
        shape : (int, int) or Grid
            Height and width of the whole picture in pixels, both at least 1.
        window : (slice, slice), optional
            Rows and columns, as in ``array[window]``; steps other than 1 are refused.

        Returns
        -------
        Grid
            The same positions that the window would have in the whole picture.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            When the shape is not two positive integers, or the window is empty or has a step.

        Examples
        --------
        >>> Grid.of((4000, 6000), (slice(100, 200), slice(0, 50))).shape
        (100, 50)
        """
        grid = shape if isinstance(shape, Grid) else cls(*_checked_shape(shape))
        return grid if window is None else grid.window(window)

    def window(self, window: Window) -> Grid:
        """Return the grid of a window of this grid; see `of`."""
        try:
            rows, cols = window
            ranges = [range(*part.indices(size)) for part, size in ((rows, self.rows), (cols, self.cols))]
        except (TypeError, AttributeError, ValueError) as error:
            raise ArgumentTypeError(f"window must be two slices (rows, columns), got {window!r}") from error
        if any(part.step != 1 or len(part) == 0 for part in ranges):
            raise ArgumentError(
                f"window must have steps of 1 and hold at least one pixel of {self.rows} x {self.cols}, got {window!r}"
            )
        down, right = ranges
        return Grid(
            self.height, self.width, self.top + down.start, self.left + right.start, rows=len(down), cols=len(right)
        )

    @property
    def shape(self) -> Shape:
        """Rows and columns of the window."""
        return self.rows, self.cols

    @property
    def half_diagonal(self) -> float:
        """Half the diagonal of the whole picture, in pixels: the unit of radii."""
        return math.hypot(self.height, self.width) / 2

    @property
    def scale(self) -> tuple[float, float]:
        """The whole height and width in half diagonals (``kv`` and ``ku``; their squares sum to 4)."""
        return self.height / self.half_diagonal, self.width / self.half_diagonal

    @property
    def row(self) -> Float:
        """Positions of the rows as fractions of the whole height, shape (rows, 1)."""
        return ((np.arange(self.top, self.top + self.rows) + 0.5) / self.height)[:, np.newaxis]

    @property
    def col(self) -> Float:
        """Positions of the columns as fractions of the whole width, shape (1, cols)."""
        return ((np.arange(self.left, self.left + self.cols) + 0.5) / self.width)[np.newaxis, :]

    def offsets(self, center_row: float, center_col: float) -> tuple[Float, Float]:
        """Return ``v`` of shape (rows, 1) and ``u`` of shape (1, cols): offsets from a center in half diagonals.

        Parameters
        ----------
        center_row, center_col : float
            The center as fractions of the whole height and width; 0.5 is the middle.
        """
        kv, ku = self.scale
        return (self.row - center_row) * kv, (self.col - center_col) * ku

    def farthest(self, center_row: float, center_col: float) -> float:
        """Return the largest distance of a pixel center of the window from a center, in half diagonals."""
        v, u = self.offsets(center_row, center_col)
        return math.hypot(float(np.abs(v).max()), float(np.abs(u).max()))

    @property
    def on_pixels(self) -> bool:
        """Whether the positions are those of all pixels of a window."""
        return True

    @property
    def paired(self) -> bool:
        """Whether each row belongs to one column only, so that positions are pairs and no window; see `scattered`."""
        return False

    def chosen(self, rows: Numbers, cols: Numbers) -> Grid:
        """Return the grid of the pixels where some rows and columns of the whole picture cross.

        Examples
        --------
        >>> Grid(4, 6).chosen(np.array([0, 3]), np.array([1, 2, 5])).shape
        (2, 3)
        """
        return _Chosen(self.height, self.width, rows=len(rows), cols=len(cols), numbers=(rows, cols))

    def scattered(self, rows: Numbers, cols: Numbers) -> Grid:
        """Return the grid of single pixels of the whole picture, one below the other.

        Examples
        --------
        >>> Grid(4, 6).scattered(np.array([0, 3]), np.array([1, 5])).shape
        (2, 1)
        """
        return _Scattered(self.height, self.width, rows=len(rows), cols=1, numbers=(rows, cols))

    @property
    def middle(self) -> Grid:
        """The one position in the middle of the whole picture, whether a pixel's center lies there or not."""
        return _Middle(self.height, self.width, rows=1, cols=1)

    def strips(self, rows: int) -> Iterator[Grid]:
        """Yield windows of at most ``rows`` rows that cover the grid from top to bottom."""
        for start in range(0, self.rows, rows):
            yield self.window((slice(start, start + rows), slice(None)))


@dataclass(frozen=True, eq=False)
class _Chosen(Grid):
    """Some rows and columns of a picture; a mask evaluates to the same bits there as on the whole picture."""

    numbers: tuple[Numbers, Numbers] = (np.zeros(0, np.intp), np.zeros(0, np.intp))

    @property
    def on_pixels(self) -> bool:
        return False

    @property
    def row(self) -> Float:
        return ((self.numbers[0] + 0.5) / self.height)[:, np.newaxis]

    @property
    def col(self) -> Float:
        return ((self.numbers[1] + 0.5) / self.width)[np.newaxis, :]


class _Scattered(_Chosen):
    """Single pixels of a picture, one below the other."""

    @property
    def paired(self) -> bool:
        return True

    @property
    def col(self) -> Float:
        return ((self.numbers[1] + 0.5) / self.width)[:, np.newaxis]


class _Middle(Grid):
    """The middle of a picture: a grid of one position, between pixels where the picture has an even size."""

    @property
    def on_pixels(self) -> bool:
        return False

    @property
    def row(self) -> Float:
        return np.full((1, 1), 0.5)

    @property
    def col(self) -> Float:
        return np.full((1, 1), 0.5)


def _checked_shape(shape: object) -> Shape:
    try:
        height, width = (_whole(size) for size in shape)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"shape must be two whole numbers (height, width), got {shape!r}") from error
    if height < 1 or width < 1:
        raise ArgumentError(f"shape must be at least 1 x 1 pixel, got {height} x {width}")
    return height, width


def _whole(value: SupportsIndex) -> int:
    return operator.index(value)
