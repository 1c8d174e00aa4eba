"""Tables of functions at even distances, and the lines or cubics between their nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["cubics", "lines", "read"]


def lines(levels: Float) -> Float:
    """Return the lines from each node to the next, shape (B, 2, nodes)."""
    return np.stack([levels[:, :-1], np.diff(levels)], axis=1)


def cubics(levels: Float) -> Float:
    """Return the cubics through two nodes on either side, shape (B, 4, nodes); a line at the first."""
    before, here, after, beyond = (levels[:, k : levels.shape[1] - 3 + k] for k in range(4))
    bend = before / 2 - here + after / 2
    twist = (beyond - before) / 6 + (here - after) / 2
    cubics = np.stack([here, after - here - bend - twist, bend, twist], axis=1)
    line = np.stack([levels[:, 0], levels[:, 1] - levels[:, 0], *np.zeros((2, len(levels)))], axis=1)
    return np.concatenate([line[..., np.newaxis], cubics], axis=2)


def read(tables: NDArray[Any], distances: NDArray[Any]) -> Float:
    """Evaluate all functions at distances in steps of the tables, in float64; shape (B, *distances.shape).

    Parameters
    ----------
    tables : ndarray, shape (B, 2 or 4, nodes)
        What `lines` or `cubics` give.
    distances : ndarray
        At least 0 and below the number of nodes.

    Examples
    --------
    >>> read(cubics(np.array([[0.0, 1.0, 8.0, 27.0, 64.0]])), np.array([1.5]))
    array([[3.375]])
    """
    node = distances.astype(np.int64)
    x = distances - node
    result = np.zeros((len(tables), *distances.shape))
    for power in range(tables.shape[1] - 1, -1, -1):
        result = result * x + tables[:, power, node]
    return result
