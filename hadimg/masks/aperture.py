"""A bright disc, ellipse or rectangle with a soft edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hadimg.masks.base import RadialForm
from hadimg.masks.edge import Edge, edge_curvature
from hadimg.masks.logistic import logistic, logistic_bend, logistic_slope
from hadimg.masks.parameters import parameter
from hadimg.masks.rotated import Rotated
from hadimg.masks.shape_distance import shape_curvature, shape_distance, shape_partials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["Aperture"]


@dataclass(frozen=True)
class Aperture(Rotated):
    r"""A bright shape with a soft edge: ``low + (1 - low) L((radius - d) / softness)`` with the logistic edge ``L``.

    ``d`` is the distance of `shape_distance`: a disc, an ellipse, a diamond or nearly a rectangle. With
    :math:`z = (radius - d) / softness` and :math:`K = (1 - low) L' / softness`:

    .. math::
        \partial w / \partial low = 1 - L, \quad \partial w / \partial radius = K, \quad
        \partial w / \partial softness = -K z, \quad \partial w / \partial (shape) = -K \, \partial d / \partial (shape)

    Parameters
    ----------
    low : float
        Gain far outside, 0 to 1. With 0 the mask may have no inverse.
    radius : float
        Where the edge lies, in half diagonals, at least 0.
    softness : float
        Width of the edge in half diagonals, at least 1e-6; half a pixel and more has smooth derivatives.
    aspect : float
        Width along the axis over width across it, 0.05 to 20.
    angle : float
        Degrees, counter-clockwise from the direction of increasing column.
    exponent : float
        1 diamond, 2 ellipse, 4 squircle, 16 and more nearly a rectangle; 1 to 64.
    center_row, center_col : float
        Center as fractions of the height and width.

    Examples
    --------
    >>> Aperture(low=0.0, radius=0.5, softness=0.01).weights((1, 5)).round(3)
    array([[0., 1., 1., 1., 0.]])
    """

    family: ClassVar[str] = "aperture"
    example: ClassVar[str] = "aperture(low=0.3, radius=0.6, softness=0.05, aspect=1.4, angle=20, exponent=4)"

    low: float = parameter(0.0, lower=0.0, upper=1.0, doc="gain far outside")
    radius: float = parameter(0.8, lower=0.0, unit="half diagonals", doc="where the edge lies")
    softness: float = parameter(0.05, lower=1e-6, unit="half diagonals", doc="width of the edge")
    aspect: float = parameter(1.0, lower=0.05, upper=20.0, doc="width along over width across")
    angle: float = parameter(0.0, unit="degrees", doc="direction of the axis")
    exponent: float = parameter(2.0, lower=1.0, upper=64.0, doc="1 diamond, 2 ellipse, 16 rectangle")

    def _profile(self, distance: Float) -> Float:
        return self.low + (1.0 - self.low) * logistic((self.radius - distance) / self.softness)

    def evaluate_along(self, a: Float, b: Float) -> Float:
        """Return the gain at the shape's distance."""
        return self._profile(shape_distance(a, b, self.aspect, self.exponent))

    def _slope(self, distance: Float) -> Float:
        return (1.0 - self.low) / self.softness * logistic_slope((self.radius - distance) / self.softness)

    def slopes(self, a: Float, b: Float) -> tuple[Float, Float]:
        """Return ``-K`` times the slopes of the distance."""
        shape = shape_partials(a, b, self.aspect, self.exponent)
        k = self._slope(shape.distance)
        return -k * shape.along, -k * shape.across

    def own_partials(self, a: Float, b: Float, turn: Float) -> Iterator[Float]:
        """Yield the derivatives by low, radius, softness, aspect, angle and exponent."""
        shape = shape_partials(a, b, self.aspect, self.exponent)
        z = (self.radius - shape.distance) / self.softness
        k = self._slope(shape.distance)
        yield logistic(-z)
        yield k
        yield -k * z
        yield -k * shape.aspect
        yield turn
        yield -k * shape.exponent

    def own_curvature(self, a: Float, b: Float, field: Float) -> Float:
        """Return the sums for low, radius, softness, aspect, angle and exponent, then for the positions."""
        shape = shape_partials(a, b, self.aspect, self.exponent)
        z = (shape.distance - self.radius) / self.softness
        edge = Edge(z, -logistic_slope(z), -logistic_bend(z), self.softness, 1.0 - self.low, (-1.0,))

        def position(weight: Float) -> Float:
            return shape_curvature(a, b, self.aspect, self.exponent, weight)

        return edge_curvature(edge, shape.gradient(a, b), position, field)

    def radial(self) -> RadialForm | None:
        """Return the disc's profile; every other shape has none."""
        if self.aspect != 1.0 or self.exponent != 2.0:
            return None
        return RadialForm((self.center_row, self.center_col), self._profile)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the profile of the shape's distance."""
        return self.shape_factor(grid, self._profile, self.aspect, self.exponent)
