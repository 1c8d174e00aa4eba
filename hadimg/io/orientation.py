"""The eight EXIF orientations: how stored pixels are turned to be seen, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["INVERSE", "turn"]

INVERSE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
"""The orientation that undoes each orientation."""


_TURNS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


def turn(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return a view of ``array`` turned from the stored order to the one that is seen.

    Parameters
    ----------
    array : ndarray, shape (H, W) or (H, W, C)
        Rows and columns as stored.
    orientation : int
        EXIF orientation, 1 to 8. ``INVERSE[orientation]`` turns back.

    Returns
    -------
    ndarray
        A view; (W, H) or (W, H, C) for orientations 5 to 8.

    Examples
    --------
    >>> turn(np.array([[1, 2, 3], [4, 5, 6]]), 6)
    array([[4, 1],
           [5, 2],
           [6, 3]])
    """
    return _TURNS[orientation](array)
