"""What every mask can do: be evaluated and differentiated, multiplied with others, written as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.masks.evaluated import Evaluated, RadialForm

if TYPE_CHECKING:
    import os

    import numpy as np
    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["Mask", "RadialForm"]


class Mask(Evaluated):
    r"""A matrix of per-pixel gains given by a formula; putting it on a picture is a Hadamard product.

    Masks are immutable. They know no picture: `weights` evaluates them for any shape, and a mask that fits a thumbnail
    fits the full picture, because positions are fractions of the height and width and radii are in half diagonals.

    A family is a frozen dataclass whose fields are declared by `parameter`; it defines `evaluate`,
    `evaluate_partials` and `evaluate_curvature`. Everything else follows.
    """

    example: ClassVar[str] = ""
    """A text form that shows the family off; tests and pictures of the table of families use it."""
    positive: ClassVar[bool] = False
    """Whether every weight is above zero for all parameters within their bounds (but for underflow)."""

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
