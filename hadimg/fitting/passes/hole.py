"""The pixels around the center of a mask, where cusps are too sharp for tables: they are computed one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from hadimg.grid import Grid, Window

__all__ = ["Hole", "hole_around"]

REACH = 16
"""Pixels from the center in each direction."""


class Hole(NamedTuple):
    """Rows and columns of a window, from the first to beyond the last; no pixel at all when both are equal."""

    top: int
    bottom: int
    left: int
    right: int

    def joined(self, other: Hole) -> Hole:
        """Return the smallest rectangle that holds both."""
        if self.top == self.bottom or other.top == other.bottom:
            return other if self.top == self.bottom else self
        low, high = np.minimum(self, other), np.maximum(self, other)
        return Hole(int(low[0]), int(high[1]), int(low[2]), int(high[3]))

    @property
    def window(self) -> Window:
        """The rows and the columns as slices."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def __bool__(self) -> bool:
        return self.top < self.bottom

    def beyond(self, grid: Grid, center: tuple[float, float]) -> float:
        """Return a distance in half diagonals that no pixel outside of the hole around a center falls short of."""
        if self:
            return REACH / grid.half_diagonal
        v, u = grid.offsets(*center)
        return float(np.hypot(np.abs(v).min(), np.abs(u).min()))


def hole_around(grid: Grid, center: tuple[float, float]) -> Hole:
    """Return the pixels of a grid that are so near to a center that tables need not hold for them.

    Examples
    --------
    >>> from hadimg.grid import Grid
    >>> hole_around(Grid(100, 200), (0.5, 0.0))
    Hole(top=34, bottom=66, left=0, right=16)
    """
    down = _near(center[0] * grid.height - grid.top, grid.rows)
    across = _near(center[1] * grid.width - grid.left, grid.cols)
    return Hole(*down, *across) if down[0] < down[1] and across[0] < across[1] else Hole(0, 0, 0, 0)


def _near(middle: float, count: int) -> tuple[int, int]:
    inside = float(np.clip(middle, -REACH - 1, count + REACH + 1))
    return max(0, int(np.floor(inside)) - REACH), min(count, int(np.ceil(inside)) + REACH)
