"""Masks that depend on the distance from a center only."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.masks.base import Mask, RadialForm
from hadimg.masks.contraction import gram
from hadimg.masks.factored import distance_factor
from hadimg.masks.parameters import parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor
    from hadimg.masks.polynomial_form import PolynomialForm

__all__ = ["Centered", "LinearRadial", "Radial", "bend_ratio"]


@dataclass(frozen=True)
class Centered(Mask):
    """A mask that has a center, as fractions of the height and width."""

    center_row: float = parameter(0.5, unit="fraction of the height", doc="row of the center", last=True)
    center_col: float = parameter(0.5, unit="fraction of the width", doc="column of the center", last=True)

    def polynomial_form(self, grid: Grid) -> PolynomialForm | None:  # noqa: ARG002 (families that are one look at it)
        """Return the mask as a polynomial out to the farthest pixel of a grid, or None when it is none."""
        return None

    def farthest_squared(self, grid: Grid) -> float:
        """Return the squared distance of the farthest pixel from the center, in half diagonals squared."""
        distance = grid.farthest(self.center_row, self.center_col)
        return distance * distance  # infinite where a power would raise OverflowError


@dataclass(frozen=True)
class Radial(Centered):
    r"""A mask ``w(r)`` of the distance ``r`` from a center, in half diagonals.

    A family defines `profile`, `profile_partials` and `slope_ratio` beside each other. The center's partial
    derivatives follow from the slope ratio :math:`q = w'(r) / r`:
    :math:`\partial w / \partial center\_row = -k_v \, q \, v`, and the same for the column.

    The second derivatives follow from those of the profile by the family's own parameters, from those of the slope
    ratio by them, and from :math:`e = q'(r) / r`:

    .. math::
        \frac{\partial^2 w}{\partial p \, \partial center\_row} = -k_v \, v \frac{\partial q}{\partial p}, \quad
        \frac{\partial^2 w}{\partial center\_row^2} = k_v^2 (q + e \, v^2), \quad
        \frac{\partial^2 w}{\partial center\_row \, \partial center\_col} = k_v k_u \, e \, v u

    At ``r = 0`` only ``q`` is left of these: 0 at the tip of a cone, where no second derivative by the center exists.
    """

    @abstractmethod
    def profile(self, r: Float) -> Float:
        """Return the weights at distances ``r``."""

    @abstractmethod
    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the derivatives of the profile by the family's own parameters."""

    @abstractmethod
    def slope_ratio(self, r: Float) -> Float:
        """Return ``w'(r) / r``; 0 at ``r = 0`` where it has no limit, the mean over that pixel by symmetry."""

    @abstractmethod
    def profile_curvature(self, r: Float, field: Float) -> Float:
        """Return the sums of ``field`` times the second derivatives of the profile by the family's own parameters."""

    @abstractmethod
    def slope_ratio_partials(self, r: Float) -> Iterator[Float | float]:
        """Yield the derivatives of the slope ratio by the family's own parameters; any finite numbers at ``r = 0``."""

    @abstractmethod
    def bend_ratio(self, r: Float) -> Float:
        """Return ``q'(r) / r`` of the slope ratio ``q``; any finite number at ``r = 0``, where it multiplies 0."""

    def radial(self) -> RadialForm:
        """Return center and profile."""
        return RadialForm((self.center_row, self.center_col), self.profile)

    def factored(self, grid: Grid) -> tuple[Factor, ...]:
        """Return the profile of the distance."""
        return (distance_factor(grid, (self.center_row, self.center_col), self.profile),)

    def evaluate(self, grid: Grid) -> Float:
        """Return the profile at the distance of every pixel."""
        v, u = grid.offsets(self.center_row, self.center_col)
        return self.profile(np.hypot(v, u))

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the profile's partial derivatives, then those by the center."""
        v, u = grid.offsets(self.center_row, self.center_col)
        r = np.hypot(v, u)
        yield from self.profile_partials(r)
        kv, ku = grid.scale
        q = self.slope_ratio(r)
        yield -kv * q * v
        yield -ku * q * u

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the profile's own second derivatives, bordered by those with the center."""
        v, u = grid.offsets(self.center_row, self.center_col)
        r = np.hypot(v, u)
        kv, ku = grid.scale
        down, across = -kv * v * field, -ku * u * field
        mixed = np.array([[np.sum(down * slope), np.sum(across * slope)] for slope in self.slope_ratio_partials(r)])
        center = np.diag([kv * kv, ku * ku]) * np.sum(field * self.slope_ratio(r))
        center += gram(field * self.bend_ratio(r), [-kv * v, -ku * u])
        return np.block([[self.profile_curvature(r, field), mixed], [mixed.T, center]])


@dataclass(frozen=True)
class LinearRadial(Radial):
    """A radial mask whose profile is linear in the family's own parameters: nothing bends but by the center."""

    def profile_curvature(self, r: Float, field: Float) -> Float:  # noqa: ARG002 (the same for all distances)
        """Return zeros."""
        own = len(self.names) - 2
        return np.zeros((own, own))


def bend_ratio(second: Float | float, ratio: Float, r: Float) -> Float:
    """Return what `Radial.bend_ratio` is, from the second derivative ``w''(r)`` and the slope ratio ``w'(r) / r``."""
    away = np.where(r > 0, r, 1.0)
    result: Float = (second - ratio) / (away * away)
    return result
