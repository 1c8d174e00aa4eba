"""A darkened surround that begins and ends smoothly: half a period of a cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.base import RadialForm
from hadimg.masks.edge import Edge, edge_curvature
from hadimg.masks.parameters import parameter
from hadimg.masks.rotated import Rotated
from hadimg.masks.shape_distance import shape_curvature, shape_distance, shape_partials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Shape
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["HalfCosine"]


@dataclass(frozen=True)
class HalfCosine(Rotated):
    r"""A ramp of half a cosine: ``1 + brightness (1 - cos(pi t)) / 2`` with ``t = clip((d - start) / width, 0, 1)``.

    ``d`` is the distance of `shape_distance`: a disc, an ellipse, a diamond or nearly a rectangle. The ramp has no
    kink where it begins nor where it ends. With :math:`K = brightness \, (\pi / 2) \sin(\pi t) / width`:

    .. math::
        \partial w / \partial brightness = (1 - \cos \pi t) / 2, \quad \partial w / \partial start = -K, \quad
        \partial w / \partial width = -K t, \quad \partial w / \partial (shape) = K \, \partial d / \partial (shape)

    With brightness -1 the weights outside are zero: such a mask has no inverse. This is the ramp of darktable's
    vignetting; `from_darktable` reads that tool's values.

    Parameters
    ----------
    brightness : float
        What the gain is changed by far outside, -1 to 0.
    start : float
        Where the ramp begins, in half diagonals, at least 0.
    width : float
        How long it is, in half diagonals, at least 1e-6.
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
    >>> HalfCosine(brightness=-0.5, start=0.25, width=0.5).weights((1, 5)).round(3)
    array([[0.5  , 0.907, 1.   , 0.907, 0.5  ]])
    """

    family: ClassVar[str] = "half_cosine"
    example: ClassVar[str] = "half_cosine(brightness=-0.5, start=0.3, width=0.6, aspect=1.4, angle=20, exponent=2.6)"

    brightness: float = parameter(-0.5, lower=-1.0, upper=0.0, doc="change of the gain far outside")
    start: float = parameter(0.5, lower=0.0, unit="half diagonals", doc="where the ramp begins")
    width: float = parameter(0.5, lower=1e-6, unit="half diagonals", doc="length of the ramp")
    aspect: float = parameter(1.0, lower=0.05, upper=20.0, doc="width along over width across")
    angle: float = parameter(0.0, unit="degrees", doc="direction of the axis")
    exponent: float = parameter(2.0, lower=1.0, upper=64.0, doc="1 diamond, 2 ellipse, 16 rectangle")

    @classmethod
    def from_darktable(
        cls,
        shape: Shape,
        *,
        scale: float = 80.0,
        falloff: float = 50.0,
        brightness: float = -0.5,
        roundness: float = 1.0,
        automatic_ratio: bool = True,
    ) -> Self:
        """Return the mask that darktable's vignetting puts on a picture of a given shape.

        Its lengths are percent of half the height and half the width (automatic ratio) or of half the longer side;
        its exponent is two over the value that it calls shape; its center is the pixel with the index ``W / 2``, half
        a pixel beyond the middle.

        Parameters
        ----------
        shape : (int, int)
            Height and width of the picture in pixels.
        scale, falloff : float
            Where the ramp begins and how long it is, in percent.
        brightness : float
            -1 to 0. Above 0 darktable adds ``brightness * ramp`` to the picture, which no mask can do: refused.
        roundness : float
            The value that darktable calls shape: 1 ellipse, below 1 nearer to a rectangle, at most 2.
        automatic_ratio : bool
            Whether the shape follows the picture's; else it is round.

        Raises
        ------
        ArgumentError
            When the brightness is above 0 or another value is out of its range.

        Examples
        --------
        >>> HalfCosine.from_darktable((400, 600)).aspect
        1.5
        """
        if brightness > 0:
            raise ArgumentError(
                f"brightness must lie in [-1, 0], got {brightness!r}: darktable adds brightness * ramp above 0",
                remedy="a mask multiplies; add the ramp to the pixels yourself",
            )
        if not 0 < roundness <= 2:
            raise ArgumentError(f"roundness must lie in (0, 2], got {roundness!r}")
        grid = Grid.of(shape)
        kv, ku = grid.scale
        aspect = grid.width / grid.height if automatic_ratio else 1.0
        unit = math.sqrt(aspect / (1.0 + aspect**2)) if automatic_ratio else max(kv, ku) / 2
        return cls(
            brightness=brightness,
            start=scale / 100 * unit,
            width=falloff / 100 * unit,
            aspect=aspect,
            exponent=2.0 / roundness,
            center_row=0.5 + 0.5 / grid.height,
            center_col=0.5 + 0.5 / grid.width,
        )

    @property
    def smooth(self) -> bool:
        """Whether it has no kinks: its curvature jumps where the ramp begins and where it ends."""
        return False

    def _ramp(self, distance: Float) -> Float:
        return np.clip((distance - self.start) / self.width, 0.0, 1.0)

    def _profile(self, distance: Float) -> Float:
        return 1.0 + self.brightness * _rise(self._ramp(distance))

    def _slope(self, ramp: Float) -> Float:
        inside = (ramp > 0.0) & (ramp < 1.0)
        return np.where(inside, self.brightness * (math.pi / 2) / self.width * np.sin(math.pi * ramp), 0.0)

    def evaluate_along(self, a: Float, b: Float) -> Float:
        """Return the gain at the shape's distance."""
        return self._profile(shape_distance(a, b, self.aspect, self.exponent))

    def slopes(self, a: Float, b: Float) -> tuple[Float, Float]:
        """Return ``K`` times the slopes of the distance."""
        shape = shape_partials(a, b, self.aspect, self.exponent)
        k = self._slope(self._ramp(shape.distance))
        return k * shape.along, k * shape.across

    def own_partials(self, a: Float, b: Float, turn: Float) -> Iterator[Float]:
        """Yield the derivatives by brightness, start, width, aspect, angle and exponent."""
        shape = shape_partials(a, b, self.aspect, self.exponent)
        t = self._ramp(shape.distance)
        k = self._slope(t)
        yield _rise(t)
        yield -k
        yield -k * t
        yield k * shape.aspect
        yield turn
        yield k * shape.exponent

    def own_curvature(self, a: Float, b: Float, field: Float) -> Float:
        """Return the sums for brightness, start, width, aspect, angle and exponent, then for the positions."""
        shape = shape_partials(a, b, self.aspect, self.exponent)
        t = self._ramp(shape.distance)
        inside = (t > 0.0) & (t < 1.0)
        slope, bend = (np.where(inside, part, 0.0) for part in (np.sin(math.pi * t), np.cos(math.pi * t)))
        edge = Edge(t, math.pi / 2 * slope, math.pi**2 / 2 * bend, self.width, self.brightness, (1.0,))

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


def _rise(ramp: Float) -> Float:
    """Return ``(1 - cos(pi t)) / 2``, exactly 0 and 1 at the ends."""
    return (1.0 - np.cos(math.pi * ramp)) / 2.0
