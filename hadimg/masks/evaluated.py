"""A mask to whoever computes with it: weights, partial derivatives and curvature, for any picture or part of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.grid import Grid
from hadimg.masks.factored import distance_factor, surface_factor
from hadimg.masks.parametrised import Parametrised
from hadimg.masks.sizes import affordable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from hadimg.grid import Shape, Window
    from hadimg.masks.factored import Factor

    Float = NDArray[np.float64]

__all__ = ["Evaluated", "RadialForm"]

STRIP_VALUES = 1 << 20
"""Partial derivatives of all pixels of a strip together: curvature keeps no more of them at a time."""


class RadialForm(NamedTuple):
    """A mask seen as a function of the distance from one point.

    Parameters
    ----------
    center : (float, float) or None
        Row and column as fractions; None when the function is constant and any point will do.
    profile : callable
        From distances in half diagonals to weights.
    """

    center: tuple[float, float] | None
    profile: Callable[[Float], Float]


class Evaluated(Parametrised, ABC):
    """Parameters and a formula: `evaluate` and its derivatives on a grid, and what follows for pictures and windows."""

    # ---- what a family defines

    @abstractmethod
    def evaluate(self, grid: Grid) -> Float:
        """Return the weights on a grid, shape ``grid.shape``; (C, *grid.shape) for a mask for each of C channels.

        Channels stand first in here, so that products with masks for all channels are what NumPy broadcasts.
        """

    @abstractmethod
    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the derivative of the weights by each parameter, in the order of `names`."""

    @abstractmethod
    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        r"""Return :math:`\sum_n field_n \, \partial^2 w_n / \partial \theta_k \partial \theta_l`, shape (P, P).

        ``field`` has the shape of `evaluate`: channels stand first. Symmetric up to rounding, in the order of `names`.
        Finite also where the mask has a kink: there a second derivative that is infinite counts as 0.
        """

    @property
    def smooth(self) -> bool:
        """Whether weights and partial derivatives have no kinks, except perhaps at a center."""
        return True

    def radial(self) -> RadialForm | None:
        """Return the mask as a function of the distance from one point, or None when it is none."""
        return None

    def factored(self, grid: Grid) -> tuple[Factor, ...] | None:
        """Return the mask on a grid as a product of factors that compiled loops know, or None when it is none."""
        form = self.radial()
        if form is None:
            return None
        if form.center is not None:
            return (distance_factor(grid, form.center, form.profile),)
        value = float(form.profile(np.zeros(1))[0])
        rows, cols = (np.ones((size, 1)) for size in grid.shape)
        return (surface_factor(rows, cols, [[value]], (value, value)),)

    # ---- channels

    @property
    def channels(self) -> int | None:
        """How many color channels the mask tells apart; None when its weights hold for all of them."""
        return None

    def _channels_last(self, values: Float) -> Float:
        return values if self.channels is None else np.ascontiguousarray(np.moveaxis(values, 0, -1))

    # ---- weights and derivatives

    def weights(self, shape: Shape | Grid, *, window: Window | None = None) -> Float:
        """Return the gain of every pixel.

        Parameters
        ----------
        shape : (int, int) or Grid
            Height and width of the picture in pixels, or a grid.
        window : (slice, slice), optional
            Rows and columns of the picture that are wanted; only these are computed.

        Returns
        -------
        ndarray of float64, shape (H, W), or the window's shape
            The mask; with a window, exactly ``mask.weights(shape)[window]``. A mask that tells C `channels` apart has
            the shape (H, W, C) here and in its derivatives.

        Raises
        ------
        LimitError
            When more than 2**31 pixels are asked for, here and in its derivatives: ask for windows.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.Constant(0.5).weights((2, 3))
        array([[0.5, 0.5, 0.5],
               [0.5, 0.5, 0.5]])
        """
        return self._channels_last(self.evaluate(affordable(Grid.of(shape, window), "weights")))

    def partials(self, shape: Shape | Grid, *, window: Window | None = None) -> Iterator[Float]:
        """Yield the derivative of the weights by each parameter, one (H, W) array at a time, in the order of `names`.

        Parameters
        ----------
        shape, window
            As for `weights`.

        Examples
        --------
        >>> from hadimg import masks
        >>> [partial.shape for partial in masks.Cos4().partials((4, 6))]
        [(4, 6), (4, 6), (4, 6)]
        """
        grid = affordable(Grid.of(shape, window), "partial derivatives")
        yield from map(self._channels_last, self.evaluate_partials(grid))

    def jacobian(self, shape: Shape | Grid, *, window: Window | None = None) -> Float:
        """Return all partial derivatives at once.

        Parameters
        ----------
        shape, window
            As for `weights`.

        Returns
        -------
        ndarray of float64, shape (P, H, W)
            Row k is the derivative of the weights by parameter k. Reshaped to (P, H * W) it is the slides'
            derivative of the mask by its parameters: one row per parameter, one column per pixel.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.ExponentialDecay(rate=1.2).jacobian((4, 6)).shape
        (4, 4, 6)
        """
        grid = affordable(Grid.of(shape, window), "partial derivatives")
        result = np.empty((len(self.names), *grid.shape, *([] if self.channels is None else [self.channels])))
        for row, partial in zip(result, self.partials(grid), strict=True):
            row[...] = partial
        return result

    def curvature(self, shape: Shape | Grid, field: ArrayLike, *, window: Window | None = None) -> Float:
        r"""Return the second derivatives of the weights by all pairs of parameters, added up over the pixels.

        .. math:: C_{kl} = \sum_n field_n \, \frac{\partial^2 w_n}{\partial \theta_k \, \partial \theta_l}

        The part of the Hessian of any function of the masked picture that its Gauss-Newton matrix leaves out: with
        the function's derivative by each weight for the field. No second derivative is kept as a picture.

        Parameters
        ----------
        shape, window
            As for `weights`.
        field : array_like
            What each pixel counts for, of the shape of the weights (the window's, where there is one).

        Returns
        -------
        ndarray of float64, shape (P, P)
            Symmetric, in the order of `names`. Finite wherever weights and partial derivatives are: where a mask has a
            tip or a kink (exactly at the center of a cone), an infinite second derivative counts as 0.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            When the field is not of that shape, or holds no numbers.

        Examples
        --------
        >>> from hadimg import masks
        >>> mask = masks.Constant(0.5).strength(0.8)  # 1 + amount * (value - 1), by value and amount
        >>> mask.curvature((2, 3), np.ones((2, 3)))
        array([[0., 6.],
               [6., 0.]])
        """
        grid = affordable(Grid.of(shape, window), "partial derivatives")
        values = self._checked_field(field, grid)
        size = len(self.names)
        rows = max(1, STRIP_VALUES // max(1, size * grid.cols * (self.channels or 1)))
        result = np.zeros((size, size))
        for strip in [grid] if rows >= grid.rows else grid.strips(rows):
            first = strip.top - grid.top
            result += self.evaluate_curvature(strip, values[..., first : first + strip.rows, :])
        return (result + result.T) / 2.0

    def _checked_field(self, field: ArrayLike, grid: Grid) -> Float:
        """Return a field as float64, channels first."""
        wanted = grid.shape if self.channels is None else (*grid.shape, self.channels)
        values = np.asarray(field)
        if values.dtype.kind not in "biuf":
            raise ArgumentTypeError(f"field must hold real numbers, got {values.dtype}")
        if values.shape != wanted:
            raise ArgumentError(f"field must have the shape of the weights, {wanted}, got {values.shape}")
        return np.moveaxis(values, -1, 0).astype(np.float64) if self.channels else values.astype(np.float64, copy=False)
