"""How many pixels are evaluated at a time, so that an absurd size is refused by name before it eats the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.errors import LimitError

if TYPE_CHECKING:
    from hadimg.grid import Grid

__all__ = ["MOST_PIXELS", "affordable"]

MOST_PIXELS = 1 << 31
"""Two thousand million: sixteen gibibytes of weights."""


def affordable(grid: Grid, what: str) -> Grid:
    """Return a grid, or raise LimitError when a window of fewer pixels is the only way.

    Parameters
    ----------
    grid : Grid
        All pixels that are to be evaluated.
    what : str
        What is asked for, for the message.

    Examples
    --------
    >>> from hadimg.grid import Grid
    >>> affordable(Grid(10**6, 10**6), "weights")
    Traceback (most recent call last):
    ...
    hadimg.errors.LimitError: weights of 1000000 x 1000000 pixels are too many, 2147483648 is the limit (ask for a \
window of them)
    """
    if grid.rows * grid.cols > MOST_PIXELS:
        raise LimitError(
            f"{what} of {grid.rows} x {grid.cols} pixels are too many, {MOST_PIXELS} is the limit",
            remedy="ask for a window of them",
        )
    return grid
