"""Tables of values at evenly spaced nodes, interpolated bilinearly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from hadimg.masks.base import Mask
from hadimg.masks.parameters import Parameter, coefficients, declared, setting

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from hadimg.masks.base import Float

__all__ = ["Lattice", "hats"]

_ORIGIN = Parameter(-1e3, 1e3, "fraction", "where the first node lies")
_SPACING = Parameter(1e-6, 1e3, "fraction", "from one node to the next")


def hats(positions: Float, count: int, origin: float, spacing: float) -> Float:
    """Return the weight of each node at each position, shape (N, count): hat functions, constant beyond the last nodes.

    Examples
    --------
    >>> hats(np.array([0.0, 0.25, 2.0]), 2, origin=0.0, spacing=1.0)
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.  , 1.  ]])
    """
    place = np.clip((positions - origin) / spacing, 0.0, count - 1.0)
    distance: Float = np.abs(place[:, np.newaxis] - np.arange(count))
    return np.maximum(1.0 - distance, 0.0)


@dataclass(frozen=True)
class Lattice(Mask):
    """A mask from values at evenly spaced nodes; node ``k`` of an axis lies at ``origin + k * spacing``.

    Origins and spacings are fractions of the height and the width. Without spacings, they bring the last node to the
    far edge when the first lies on the near one.
    """

    nodes: tuple[tuple[float, ...], ...] = coefficients(((1.0, 1.0), (1.0, 1.0)), dimensions=2, doc="values at nodes")
    row_origin: float = setting(0.0, _ORIGIN)
    row_spacing: float = setting(None, _SPACING)
    col_origin: float = setting(0.0, _ORIGIN)
    col_spacing: float = setting(None, _SPACING)

    def __post_init__(self) -> None:
        nodes = declared(self)["nodes"].check(f"{self.family}: nodes", self.nodes)
        for name, count in (("row_spacing", len(nodes)), ("col_spacing", len(nodes[0]))):
            if getattr(self, name) is None:
                object.__setattr__(self, name, 1.0 / max(count - 1, 1))
        super().__post_init__()

    @classmethod
    def edge_nodes(cls, nodes: ArrayLike) -> Self:
        """Return the mask whose outermost nodes lie on the edges of the picture.

        Parameters
        ----------
        nodes : array_like, shape (n, m)
            The values at the nodes.
        """
        return cls(nodes)  # type: ignore[arg-type]

    @classmethod
    def cell_centers(cls, nodes: ArrayLike) -> Self:
        """Return the mask whose nodes lie in the middles of n x m equal cells of the picture.

        Parameters
        ----------
        nodes : array_like, shape (n, m)
            The values at the nodes.
        """
        rows, cols = np.shape(cls.edge_nodes(nodes).nodes)
        return cls(
            nodes,  # type: ignore[arg-type]
            row_origin=0.5 / rows,
            row_spacing=1.0 / rows,
            col_origin=0.5 / cols,
            col_spacing=1.0 / cols,
        )

    @property
    def smooth(self) -> bool:
        """Whether it has no kinks: there are some along the lines between nodes."""
        return False

    def hats_at(self, rows: Float, cols: Float) -> tuple[Float, Float]:
        """Return the weights of the nodes at positions of rows, shape (H, n), and of columns, shape (W, m)."""
        return (
            hats(rows, len(self.nodes), self.row_origin, self.row_spacing),
            hats(cols, len(self.nodes[0]), self.col_origin, self.col_spacing),
        )
