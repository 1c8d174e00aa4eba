"""A graduated filter: one side darker than the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.contraction import contracted
from hadimg.masks.edge import Edge, edge_curvature
from hadimg.masks.factored import linear_factor
from hadimg.masks.logistic import logistic, logistic_bend, logistic_slope
from hadimg.masks.parameters import Parameter, parameter
from hadimg.masks.rotated import RADIANS, Rotated, turned_bends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["LinearGradient"]


@dataclass(frozen=True)
class LinearGradient(Rotated):
    r"""A graduated filter: ``low + (high - low) L((a - offset) / width)`` with the logistic edge ``L``.

    ``a`` grows in the direction of ``angle``, from the ``low`` side to the ``high`` side. With
    :math:`K = (high - low) L' / width` and :math:`z = (a - offset) / width`:

    .. math::
        \partial w / \partial low = 1 - L, \quad \partial w / \partial high = L, \quad
        \partial w / \partial offset = -K, \quad \partial w / \partial width = -K z, \quad
        \partial w / \partial angle = -K b \, \pi / 180

    Parameters
    ----------
    angle : float
        Direction towards ``high`` in degrees, counter-clockwise from the direction of increasing column:
        -90 darkens the sky.
    low, high : float
        Gains far out on either side, at least 1e-6.
    offset : float
        Where the middle of the edge lies along the axis, in half diagonals from the center. Center and offset are one
        freedom: a fit keeps one of them fixed.
    width : float
        Width of the edge in half diagonals, at least 1e-6.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> LinearGradient(angle=0.0, low=0.2, high=1.0).weights((1, 3)).round(3)
    array([[0.259, 0.6  , 0.941]])
    """

    family: ClassVar[str] = "linear_gradient"
    example: ClassVar[str] = "linear_gradient(angle=-60, low=0.3, high=1, offset=0.1, width=0.15)"
    positive: ClassVar[bool] = True

    angle: float = parameter(0.0, unit="degrees", doc="direction towards high")
    low: float = parameter(0.5, lower=1e-6, doc="gain far out on the dark side")
    high: float = parameter(1.0, lower=1e-6, doc="gain far out on the bright side")
    offset: float = parameter(0.0, unit="half diagonals", doc="middle of the edge")
    width: float = parameter(0.25, lower=1e-6, unit="half diagonals", doc="width of the edge")

    @classmethod
    def from_stops(
        cls,
        stops: float,
        *,
        angle: float = 0.0,
        offset: float = 0.0,
        width: float = 0.25,
        center_row: float = 0.5,
        center_col: float = 0.5,
    ) -> LinearGradient:
        """Return a graduated filter of a strength in stops, as photographers and RawTherapee give it.

        The ramps of other tools have other shapes: RawTherapee's ends at two lines, this one comes near its ends.

        Parameters
        ----------
        stops : float
            -19 to 19; the dark side passes ``2**-stops`` of the light. Below 0 that side is the brighter one.
        angle, offset, width, center_row, center_col : float
            As for the family.

        Examples
        --------
        >>> LinearGradient.from_stops(2, angle=-90).low
        0.25
        """
        low = 2.0 ** -Parameter(-19.0, 19.0, "stops", "").check("stops", stops)
        return cls(angle=angle, low=low, offset=offset, width=width, center_row=center_row, center_col=center_col)

    def _edge(self, a: Float) -> Float:
        return (a - self.offset) / self.width

    def evaluate_along(self, a: Float, b: Float) -> Float:  # noqa: ARG002 (the gain is the same across)
        """Return the graduated gain."""
        return self.low + (self.high - self.low) * logistic(self._edge(a))

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the gain as a function of the position along."""
        cosine, sine = self._direction
        center = self.center_row, self.center_col
        return (linear_factor(grid, center, (-sine, cosine), lambda a: self.evaluate_along(a, a)),)

    def slopes(self, a: Float, b: Float) -> tuple[Float, Float]:
        """Return ``K`` and 0: the gain is the same across."""
        return (self.high - self.low) / self.width * logistic_slope(self._edge(a)), np.zeros_like(b)

    def own_partials(self, a: Float, b: Float, turn: Float) -> Iterator[Float]:
        """Yield the derivatives by angle, low, high, offset and width."""
        z = self._edge(a)
        k, _ = self.slopes(a, b)
        yield turn
        yield logistic(-z)
        yield logistic(z)
        yield -k
        yield -k * z

    def own_curvature(self, a: Float, b: Float, field: Float) -> Float:
        """Return the sums for angle, low, high, offset and width, then for the positions."""
        z = self._edge(a)
        edge = Edge(z, logistic_slope(z), logistic_bend(z), self.width, self.high - self.low, (-1.0, 1.0))

        def position(weight: Float) -> Float:
            turn = turned_bends(a, b, (1.0, 0.0), (0.0, 0.0, 0.0))
            return contracted(weight, [[turn.twice, turn.along, turn.across], [0.0, 0.0], [0.0]])

        result = edge_curvature(edge, (-b * RADIANS, 1.0, 0.0), position, field)
        order = [4, 0, 1, 2, 3, 5, 6]  # the angle stands first here
        return result[np.ix_(order, order)]
