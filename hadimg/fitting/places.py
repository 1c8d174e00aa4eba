"""Positions of a picture that need not be those of its pixels: nodes of cells, points of a ray, samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.grid import Window

    Float = NDArray[np.float64]

__all__ = ["Places"]


@dataclass(frozen=True, eq=False)
class Places(Grid):
    """Every pair of some rows and some columns of a picture, given as fractions of its height and width.

    Masks evaluate on it as on pixels. Make one with `at`.

    Parameters
    ----------
    height, width : int
        Size of the whole picture in pixels: the units of distances.
    row_places, col_places : ndarray, shape (h,) and (w,)
        Fractions of the height and width, in any order.
    """

    row_places: Float = None  # type: ignore[assignment]  # `at` gives them; fields of Grid before them have defaults
    col_places: Float = None  # type: ignore[assignment]

    @classmethod
    def at(cls, grid: Grid, row_places: Float, col_places: Float) -> Places:
        """Return places of the picture that a grid belongs to.

        Parameters
        ----------
        grid : Grid
            Of pixels of that picture.
        row_places, col_places : ndarray, shape (h,) and (w,)
            Fractions of its height and width.

        Examples
        --------
        >>> Places.at(Grid(4, 6), np.array([0.5]), np.array([0.0, 1.0])).offsets(0.5, 0.5)[1].round(3)
        array([[-0.832,  0.832]])
        """
        size = {"rows": len(row_places), "cols": len(col_places)}
        return cls(grid.height, grid.width, **size, row_places=row_places, col_places=col_places)

    @classmethod
    def ray(cls, grid: Grid, center: tuple[float, float], distances: Float) -> Places:
        """Return the places to the right of a center, shape (1, N), at distances in half diagonals."""
        row, col = center
        _, unit = grid.scale
        return cls.at(grid, np.array([row]), col + distances / unit)

    def window(self, window: Window) -> Places:
        """Return some of the rows and some of the columns; steps other than 1 are refused."""
        if any(part.step not in (None, 1) for part in window):
            raise ArgumentError(f"window must have steps of 1, got {window!r}")
        rows, cols = window
        return self.at(self, self.row_places[rows], self.col_places[cols])

    @property
    def on_pixels(self) -> bool:
        """Whether the positions are those of pixel centers: no."""
        return False

    @property
    def row(self) -> Float:
        """Positions of the rows."""
        return self.row_places[:, np.newaxis]

    @property
    def col(self) -> Float:
        """Positions of the columns."""
        return self.col_places[np.newaxis, :]
