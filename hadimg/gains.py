"""The gains of one picture: a mask laid over it as it is seen, read out in the order in which it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.io.orientation import INVERSE, turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.grid import Shape
    from hadimg.masks import Mask
    from hadimg.masks.factored import Factor

    Float = NDArray[np.float64]
    Numbers = NDArray[np.intp]

__all__ = ["Gains"]

SAMPLES = 4096
NEAR_ZERO = 1e-6


@dataclass(frozen=True, eq=False)
class Gains:
    """The factor of every stored pixel: a mask, or its inverse up to a largest gain.

    Parameters
    ----------
    mask : Mask
        The mask, laid out over the picture as it is seen.
    shape : (int, int)
        Height and width as stored.
    orientation : int
        EXIF orientation, 1 to 8.
    inverse : bool
        Whether the factors are the inverse of the mask.
    max_gain : float, optional
        The largest factor of an inverse.
    name : str
        What messages call the mask.
    """

    mask: Mask
    shape: Shape
    orientation: int = 1
    inverse: bool = False
    max_gain: float | None = None
    name: str = "the mask"

    @property
    def grid(self) -> Grid:
        """The pixels of the whole picture as it is seen."""
        height, width = self.shape
        return Grid.of((width, height) if self.orientation >= 5 else (height, width))

    def factors(self, weights: Float) -> Float:
        """Return the factors that belong to weights of the mask."""
        if not self.inverse:
            return weights
        with np.errstate(divide="ignore", over="ignore"):
            gain = 1.0 / weights
        return gain if self.max_gain is None else np.where(weights * self.max_gain > 1.0, gain, self.max_gain)

    def rows(self, start: int, stop: int) -> Float:
        """Return the factors of the stored rows from ``start`` to ``stop``, all checked to be finite."""
        factors = turn(self.factors(self._weights(start, stop)), INVERSE[self.orientation])
        if not np.isfinite(factors).all():
            row, col = np.argwhere(~np.isfinite(factors))[0]
            raise ArgumentError(
                f"{self.name} has no finite gain at stored row {start + row}, column {col}: {factors[row, col]}"
            )
        return factors

    def _weights(self, start: int, stop: int) -> Float:
        """Return the mask's weights on the seen window that holds the stored rows."""
        grid = self.grid
        along = grid.width if self.orientation >= 5 else grid.height
        backwards = self.orientation in (3, 4, 6, 7)
        part = slice(along - stop, along - start) if backwards else slice(start, stop)
        window = (slice(None), part) if self.orientation >= 5 else (part, slice(None))
        return self.mask.evaluate(grid.window(window))

    @cached_property
    def stored_order(self) -> tuple[Numbers, Numbers, bool]:
        """Numbers of what each stored row and column is in the seen picture, and whether rows are columns there."""
        shape = self.grid.shape
        seen = np.broadcast_arrays(np.arange(shape[0])[:, np.newaxis], np.arange(shape[1]))
        rows, cols = (turn(numbers, INVERSE[self.orientation]) for numbers in seen)
        swapped = self.orientation >= 5
        down, across = (cols, rows) if swapped else (rows, cols)
        return down[:, 0].copy(), across[0].copy(), swapped

    def at(self, places: NDArray[np.int64]) -> Float:
        """Return the factors of stored pixels given by their flat index, to the bit those of `rows`."""
        down, across, swapped = self.stored_order
        row, col = np.divmod(places, self.shape[1])
        seen = (across[col], down[row]) if swapped else (down[row], across[col])
        return self.factors(self.mask.evaluate(self.grid.scattered(*seen))[:, 0])

    def factored(self, grid: Grid) -> tuple[Factor, ...] | None:
        """Return the factors on a grid as a product that compiled loops know, or None when they are none."""
        parts = self.mask.factored(grid)
        if parts is None or not self.inverse:
            return parts
        if len(parts) > 1 and self.max_gain is not None:
            return None  # the limit is one for all of them
        return tuple(part.through(self.factors) for part in parts)

    def stored_factors(self) -> tuple[Factor, ...] | None:
        """Return what `factored` does for all pixels, in the order in which they are stored."""
        down, across, swapped = self.stored_order
        parts = self.factored(self.grid)
        return None if parts is None else tuple(part.stored(down, across, swapped=swapped) for part in parts)

    def check_inverse(self) -> None:
        """Raise ArgumentError when the mask has no Hadamard inverse and no largest gain replaces it.

        Profiles of distances and surfaces are looked at along all the places that there are: only if one comes near
        zero is the whole mask evaluated, which also finds what the message names.
        """
        if not self.inverse:
            return
        factors = self.mask.factored(self.grid)
        if factors is None or not all(map(_far_from_zero, factors)):
            self._check_all_weights()

    def _check_all_weights(self) -> None:
        grid = self.grid
        wrong, first = 0, (0, 0, 0.0)
        for strip in grid.strips(256):
            weights = self.mask.evaluate(strip)
            bad = ~(np.isfinite(weights) & (weights >= 0))
            if self.max_gain is None:
                with np.errstate(divide="ignore", over="ignore"):
                    bad |= ~np.isfinite(1.0 / weights)
            if wrong == 0 and bad.any():
                row, col = np.argwhere(bad)[0]
                first = (strip.top + int(row), int(col), float(weights[row, col]))
            wrong += int(np.count_nonzero(bad))
        if wrong:
            raise _no_inverse(self.name, wrong, grid, first, limited=self.max_gain is not None)


def _far_from_zero(factor: Factor) -> bool:
    places = np.linspace(factor.low, factor.high, SAMPLES)
    weights = places if factor.profile is None else factor.profile(places)
    return bool(np.isfinite(weights).all() and weights.min() > NEAR_ZERO * weights.max())


def _no_inverse(name: str, wrong: int, grid: Grid, first: tuple[int, int, float], *, limited: bool) -> ArgumentError:
    row, col, value = first
    kind = "zero" if value == 0 else f"{value:.6g}" if np.isfinite(value) else "not finite"
    rule = "below zero or not finite" if limited else "not above zero"
    return ArgumentError(
        f"{name} has no Hadamard inverse: {wrong} of {grid.height * grid.width} weights are {rule}, "
        f"the first at row {row}, column {col} is {kind}",
        remedy=None if limited else "give max_gain to limit the gain instead",
    )
