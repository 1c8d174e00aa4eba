"""Masks that depend on the distance from a center only."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.masks.base import Mask, RadialForm
from hadimg.masks.parameters import parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.polynomial_form import PolynomialForm

__all__ = ["Centered", "Radial"]


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

    def radial(self) -> RadialForm:
        """Return center and profile."""
        return RadialForm((self.center_row, self.center_col), self.profile)

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
