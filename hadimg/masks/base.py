"""What every mask can do: weights, their partial derivatives, parameters as a vector, products, text and JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.grid import Grid
from hadimg.masks.parametrised import Parametrised

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hadimg.grid import Shape, Window

    Float = NDArray[np.float64]

__all__ = ["Mask", "RadialForm"]


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


class Mask(Parametrised, ABC):
    r"""A matrix of per-pixel gains given by a formula; putting it on a picture is a Hadamard product.

    Masks are immutable. They know no picture: `weights` evaluates them for any shape, and a mask that fits a thumbnail
    fits the full picture, because positions are fractions of the height and width and radii are in half diagonals.

    A family is a frozen dataclass whose fields are declared by `parameter`; it defines `evaluate` and
    `evaluate_partials`. Everything else follows.
    """

    example: ClassVar[str] = ""
    """A text form that shows the family off; tests and pictures of the table of families use it."""
    positive: ClassVar[bool] = False
    """Whether every weight is above zero for all parameters within their bounds (but for underflow)."""

    # ---- what a family defines

    @abstractmethod
    def evaluate(self, grid: Grid) -> Float:
        """Return the weights on a grid, shape ``grid.shape``; (C, *grid.shape) for a mask for each of C channels.

        Channels stand first in here, so that products with masks for all channels are what NumPy broadcasts.
        """

    @abstractmethod
    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield the derivative of the weights by each parameter, in the order of `names`."""

    def radial(self) -> RadialForm | None:
        """Return the mask as a function of the distance from one point, or None when it is none."""
        return None

    # ---- channels

    @property
    def channels(self) -> int | None:
        """How many color channels the mask tells apart; None when its weights hold for all of them."""
        return None

    def channel(self, index: int) -> Mask:  # noqa: ARG002 (all channels have the same)
        """Return the mask of one channel, which tells no channels apart.

        Parameters
        ----------
        index : int
            Number of the channel, from 0.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.PerChannel(masks.Constant(0.5), masks.Constant(0.7)).reciprocal().channel(1)
        Reciprocal(mask=Constant(value=0.7))
        """
        return self

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

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.Constant(0.5).weights((2, 3))
        array([[0.5, 0.5, 0.5],
               [0.5, 0.5, 0.5]])
        """
        return self._channels_last(self.evaluate(Grid.of(shape, window)))

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
        yield from map(self._channels_last, self.evaluate_partials(Grid.of(shape, window)))

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
        grid = Grid.of(shape, window)
        result = np.empty((len(self.names), *grid.shape, *([] if self.channels is None else [self.channels])))
        for row, partial in zip(result, self.partials(grid), strict=True):
            row[...] = partial
        return result

    # ---- composition

    def __mul__(self, other: Mask | float) -> Mask:
        from hadimg.masks.compose import as_mask, product

        return product(self, as_mask(other))

    def __rmul__(self, other: float) -> Mask:
        from hadimg.masks.compose import as_mask, product

        return product(as_mask(other), self)

    def __truediv__(self, other: Mask | float) -> Mask:
        from hadimg.masks.compose import as_mask, product

        return product(self, as_mask(other).reciprocal())

    def __rtruediv__(self, other: float) -> Mask:
        from hadimg.masks.compose import as_mask, product

        return self.reciprocal() if other == 1 else product(as_mask(other), self.reciprocal())

    def reciprocal(self) -> Mask:
        """Return the Hadamard inverse ``1 / w``; `remove_mask` multiplies by it.

        Examples
        --------
        >>> from hadimg import masks
        >>> (1 / masks.Constant(0.5)).weights((1, 2))
        array([[2., 2.]])
        """
        from hadimg.masks.compose import Reciprocal

        return Reciprocal(self)

    def strength(self, amount: float) -> Mask:
        """Return the mask blended towards the neutral one: ``1 + amount * (w - 1)``.

        Parameters
        ----------
        amount : float
            0 is no mask at all, 1 the mask itself.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.Constant(0.5).strength(0.5).weights((1, 2))
        array([[0.75, 0.75]])
        """
        from hadimg.masks.compose import Strength

        return Strength(self, amount)

    def __pow__(self, exponent: float) -> Mask:
        from hadimg.masks.power import Power

        return Power(self, exponent)

    def normalised(self, *, by: str = "center") -> Mask:
        """Return the mask divided by its own weight at the center, its largest or its mean weight.

        Parameters
        ----------
        by : str
            ``"center"``, ``"max"`` or ``"mean"``, each of the whole picture.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.Constant(0.5).normalised(by="mean").weights((1, 2))
        array([[1., 1.]])
        """
        from hadimg.masks.normalised import Normalised

        return Normalised(self, by=by)

    # ---- text and JSON

    def __str__(self) -> str:
        from hadimg.masks.text import format_mask

        return format_mask(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from hadimg.masks.showing import html_card

        return html_card(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the mask as plain data for JSON; `hadimg.masks.from_dict` reads it back exactly.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.Constant(0.5).to_dict()
        {'family': 'constant', 'parameters': {'value': 0.5}}
        """
        from hadimg.masks.serial import mask_to_dict

        return mask_to_dict(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the mask to a JSON file that `hadimg.masks.load` and the command line read.

        Parameters
        ----------
        path : str or path
            Overwritten when it exists; whole or not at all. Long arrays go into an ``.npz`` file beside it.

        Raises
        ------
        WriteError
            When the file cannot be written.
        """
        from hadimg.masks.store import save

        save(self, path)


def require_mask(name: str, value: object) -> Mask:
    """Return ``value`` if it is a mask, or raise ArgumentTypeError naming the argument."""
    if not isinstance(value, Mask):
        raise ArgumentTypeError(
            f"{name} must be a mask, got {type(value).__name__}", remedy="make one with hadimg.masks, or parse its text"
        )
    return value


def require_one_mask(name: str, value: object) -> Mask:
    """Return ``value`` if it is a mask that tells no channels apart, or raise an error naming the argument."""
    mask = require_mask(name, value)
    if mask.channels is not None:
        raise ArgumentError(
            f"{name} must not tell channels apart, got one for {mask.channels}",
            remedy="take each channel by itself: mask.channel(0)",
        )
    return mask
