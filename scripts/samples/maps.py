"""Values between the entries of tables and maps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from samples.compiled import compiled

if TYPE_CHECKING:
    from samples.tables import Table


@compiled
def table_at(table: Table, row: int, place: float) -> float:
    """Return the value in a row of a table at a fraction of its length, with straight lines between its entries."""
    position = min(max(place, 0.0), 1.0) * (table.shape[1] - 1)
    index = min(int(position), table.shape[1] - 2)
    return float(table[row, index] + (position - index) * (table[row, index + 1] - table[row, index]))


@compiled
def grid_at(grids: Table, layer: int, row: float, column: float) -> float:
    """Return the value of one of several grids that repeat for ever, with straight lines between their entries.

    The lengths of their edges are powers of two: a mask of bits is faster than a division.
    """
    first_row, first_column = math.floor(row), math.floor(column)
    down, right = row - first_row, column - first_column
    r0, c0 = int(first_row) & (grids.shape[1] - 1), int(first_column) & (grids.shape[2] - 1)
    r1, c1 = (r0 + 1) & (grids.shape[1] - 1), (c0 + 1) & (grids.shape[2] - 1)
    upper = grids[layer, r0, c0] + right * (grids[layer, r0, c1] - grids[layer, r0, c0])
    lower = grids[layer, r1, c0] + right * (grids[layer, r1, c1] - grids[layer, r1, c0])
    return float(upper + down * (lower - upper))
