"""Tables of gains that other programs multiply pictures by, as masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from hadimg.errors import ArgumentError, FormatError, LimitError
from hadimg.masks.grid import Grid

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.masks.base import Mask

    Nodes = Literal["cells", "edges"]

__all__ = ["checked_gains", "table_mask"]

MOST_NODES = 1 << 20


def table_mask(gains: ArrayLike, *, nodes: Nodes) -> Mask:
    """Return the mask that a table of gains undoes: ``1 / gain``, the gains interpolated bilinearly.

    Parameters
    ----------
    gains : array_like, shape (rows, cols)
        Factors that multiply the picture, row by row from the top; positive and finite.
    nodes : {"cells", "edges"}
        Where the values lie. ``"cells"``: value (i, j) in the middle of cell (i, j), at the fractions
        ``(i + 0.5) / rows`` and ``(j + 0.5) / cols``. ``"edges"``: the first and last nodes on the borders of the
        picture, at ``i / (rows - 1)`` and ``j / (cols - 1)``.

    Returns
    -------
    Mask
        ``1 / grid``.

    Raises
    ------
    FormatError
        When the table has holes, or gains that are not positive.

    Examples
    --------
    >>> table_mask([[1.0, 2.0]], nodes="cells").weights((1, 2))
    array([[1. , 0.5]])
    """
    table = checked_gains("the gain table", gains)
    if nodes == "cells":
        return Grid.cell_centers(table).reciprocal()
    if nodes != "edges":
        raise ArgumentError(f"nodes must be one of 'cells', 'edges', got {nodes!r}")
    if min(table.shape) < 2:
        raise FormatError(f"a gain table with nodes on the edges needs at least 2 a side, got {table.shape}")
    return Grid.edge_nodes(table).reciprocal()


def checked_gains(name: str, gains: ArrayLike) -> NDArray[np.float64]:
    """Return gains as an array of shape (rows, cols), or raise an error that names what is wrong where."""
    try:
        table = np.array(gains, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(f"{name} must hold numbers in rows of equal length") from error
    if table.ndim != 2 or table.size == 0:
        raise FormatError(f"{name} must have rows and columns, got shape {table.shape}")
    if table.size > MOST_NODES:
        raise LimitError(f"{name} has {table.size} values, the limit is {MOST_NODES}")
    bad = ~(np.isfinite(table) & (table > 0))
    if bad.any():
        row, col = np.argwhere(bad)[0]
        raise FormatError(f"{name} must hold positive gains, got {table[row, col]} at row {row}, column {col}")
    return table
