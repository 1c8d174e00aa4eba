"""Masks divided by their own weight at the center, their largest or their mean weight."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.base import RadialForm, require_one_mask
from hadimg.masks.compose import Wrapper
from hadimg.masks.parameters import choice
from hadimg.masks.sizes import affordable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Shape
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["Normalised"]

STRIP_ROWS = 64
"""Rows that are evaluated at a time: the level of a large picture needs no picture in memory."""
STRIP_PIXELS = 1 << 15
"""The same where derivatives are wanted, of which formulas hold many at a time."""
TIE = 1e-12
"""How far below the largest weight those still lie that only rounding keeps from being equal to it."""

_once = threading.RLock()
"""Lets threads that share a mask wait for its level instead of each computing it; one mask may hold another."""


@dataclass(frozen=True)
class Normalised(Wrapper):
    r"""A mask divided by its own level ``c``: the weight at the center, the largest weight or the mean weight.

    The level is that of the whole picture, also where only a window is asked for. It depends on the mask's parameters,
    so that every partial derivative holds two terms:

    .. math:: \partial (w / c) = \partial w / c - w \, \partial c / c^2

    By this the scale of the mask loses all meaning: leave it out of a fit. Where several pixels have the largest
    weight, its derivative is the mean of theirs.

    Parameters
    ----------
    mask : Mask
        What is divided; its level must be above zero.
    by : str
        ``"center"``, the weight at the middle of the picture (whether a pixel lies there or not), ``"max"`` or
        ``"mean"``.

    Examples
    --------
    >>> from hadimg import masks
    >>> Normalised(masks.PolynomialSurface((2.0, 1.0, 0.0)), by="max").weights((1, 2)).round(3)
    array([[0.6, 1. ]])
    """

    family: ClassVar[str] = "normalised"
    example: ClassVar[str] = "normalised(gaussian(sigma=0.7, aspect=1.5), by=mean)"

    by: str = choice("center", ("center", "max", "mean"))

    def __post_init__(self) -> None:
        super().__post_init__()
        require_one_mask("normalised: mask", self.mask)

    def evaluate(self, grid: Grid) -> Float:
        """Return the weights over their level."""
        return self.mask.evaluate(grid) / self.level((grid.height, grid.width))

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield ``dw / c - w dc / c**2``."""
        shape = (grid.height, grid.width)
        level, slopes = self.level(shape), self._level_slopes(shape)
        weights = self.mask.evaluate(grid)
        for partial, slope in zip(self.mask.evaluate_partials(grid), slopes, strict=True):
            yield partial / level - weights * (slope / level**2)

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return the sums of the second derivatives of the quotient of weights and level."""
        shape = (grid.height, grid.width)
        level, slopes = self.level(shape), self._level_slopes(shape) / self.level(shape)
        scaled = field / level
        total = float(np.sum(scaled * self.mask.evaluate(grid)))
        partials = np.array([np.sum(scaled * partial) for partial in self.mask.evaluate_partials(grid)])
        mixed = np.outer(partials - total * slopes, slopes)
        own = self.mask.evaluate_curvature(grid, scaled)
        return own - mixed - mixed.T - total / level * self._level_curvature(shape)

    def factored(self, grid: Grid) -> tuple[Factor, ...] | None:
        """Return the mask's factors, the first one over the level."""
        parts = self.mask.factored(grid)
        if parts is None:
            return None
        level = self.level((grid.height, grid.width))
        return parts[0].through(lambda weights: weights / level), *parts[1:]

    def radial(self) -> RadialForm | None:
        """Return the profile over its value in the middle, where that depends on no picture's shape."""
        form = self.mask.radial()
        if form is None or self.by != "center" or form.center not in (None, (0.5, 0.5)):
            return None
        level = self._checked_level(float(form.profile(np.zeros(1))[0]))
        return RadialForm(form.center, lambda r: form.profile(r) / level)

    # ---- the level and its derivatives, of a whole picture

    def level(self, shape: Shape) -> float:
        """Return what the weights of a picture are divided by.

        Parameters
        ----------
        shape : (int, int)
            Height and width of the whole picture in pixels.

        Raises
        ------
        ArgumentError
            When it is not above zero.
        """
        with _once:
            if shape not in self._levels:
                self._levels[shape] = self._checked_level(self._measured_level(Grid.of(shape)))
            return self._levels[shape]

    @cached_property
    def _levels(self) -> dict[Shape, float]:
        return {}

    @cached_property
    def _slopes(self) -> dict[Shape, Float]:
        return {}

    @cached_property
    def _curvatures(self) -> dict[Shape, Float]:
        return {}

    def _checked_level(self, level: float) -> float:
        if not 0 < level < math.inf:
            raise ArgumentError(
                f"normalised: the level of the mask (by={self.by}) must be above zero and finite, got {level!r}"
            )
        return level

    def _measured_level(self, grid: Grid) -> float:
        if self.by == "center":
            return float(self.mask.evaluate(grid.middle)[0, 0])
        whole = affordable(grid, "normalised: weights")
        strips = (self.mask.evaluate(strip) for strip in whole.strips(STRIP_ROWS))
        if self.by == "max":
            return max(float(weights.max()) for weights in strips)
        return math.fsum(float(weights.sum()) for weights in strips) / (grid.height * grid.width)

    def _level_slopes(self, shape: Shape) -> Float:
        """Return the derivative of the level by each parameter, shape (P,)."""
        with _once:
            if shape not in self._slopes:
                total, sums = 0, np.zeros(len(self.mask.names))
                for part, chosen in self._pixels_of_the_level(Grid.of(shape)):
                    total += int(np.count_nonzero(chosen))
                    sums += [float(partial[chosen].sum()) for partial in self.mask.evaluate_partials(part)]
                self._slopes[shape] = sums / total
            return self._slopes[shape]

    def _level_curvature(self, shape: Shape) -> Float:
        """Return the second derivatives of the level by all pairs of parameters, shape (P, P)."""
        with _once:
            if shape not in self._curvatures:
                total, sums = 0, np.zeros((len(self.mask.names), len(self.mask.names)))
                for part, chosen in self._pixels_of_the_level(Grid.of(shape)):
                    total += int(np.count_nonzero(chosen))
                    sums += self.mask.evaluate_curvature(part, chosen.astype(np.float64))
                self._curvatures[shape] = sums / total
            return self._curvatures[shape]

    def _pixels_of_the_level(
        self, grid: Grid
    ) -> Iterator[tuple[Grid, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]]:
        """Yield parts of the picture, and which of their pixels have the level as the mean of their weights."""
        if self.by == "center":
            yield grid.middle, np.ones((1, 1), bool)
            return
        for strip in grid.strips(max(1, STRIP_PIXELS // grid.cols)):
            if self.by == "mean":
                yield strip, np.ones(strip.shape, bool)
                continue
            chosen = self.mask.evaluate(strip) >= self.level((grid.height, grid.width)) * (1.0 - TIE)
            if chosen.any():
                yield strip, chosen
