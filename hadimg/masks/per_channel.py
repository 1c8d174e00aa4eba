"""Masks that hold one mask for each color channel: color shading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.compose import Composite, as_mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.grid import Grid
    from hadimg.masks.base import Float, Mask

__all__ = ["PerChannel"]


@dataclass(frozen=True, init=False)
class PerChannel(Composite):
    """One mask for each color channel of a picture, in the order of its channels.

    Its weights have a channel axis. Inverses, powers and blends of it work channel by channel, and a product with a
    mask for all channels puts that on each of them, with parameters that the channels share. A picture with another
    number of color channels is refused; opacity is no color.

    Parameters
    ----------
    *masks : Mask or float
        At least one, each for one channel; a number is a constant mask.

    Examples
    --------
    >>> from hadimg import masks
    >>> cast = PerChannel(0.5, 1.0, 0.25)
    >>> cast.weights((1, 1)).tolist(), cast.channels
    ([[[0.5, 1.0, 0.25]]], 3)
    >>> (cast * masks.Cos4()).channel(2)
    Product(Constant(value=0.25), Cos4(center_row=0.5, center_col=0.5, half_field_angle=30.0))
    """

    family: ClassVar[str] = "per_channel"
    example: ClassVar[str] = (
        "per_channel(cos4(half_field_angle=35), gaussian(sigma=0.9), exponential_decay(rate=0.6, power=2))"
    )

    masks: tuple[Mask, ...]

    def __init__(self, *masks: Mask | float) -> None:
        if not masks:
            raise ArgumentError("per_channel: at least one mask is needed, got none")
        made = tuple(as_mask(mask) for mask in masks)
        for mask in made:
            if mask.channels is not None:
                raise ArgumentError(f"per_channel: each mask must be for one channel, got one for {mask.channels}")
        object.__setattr__(self, "masks", made)

    def __repr__(self) -> str:
        return f"PerChannel({', '.join(map(repr, self.masks))})"

    @property
    def parts(self) -> tuple[Mask, ...]:
        """The masks of the channels."""
        return self.masks

    def with_parts(self, parts: Sequence[Mask]) -> PerChannel:
        """Return a mask of other masks."""
        return type(self)(*parts)

    @property
    def channels(self) -> int:
        """How many masks there are."""
        return len(self.masks)

    def channel(self, index: int) -> Mask:
        """Return the mask of one channel."""
        if index not in range(len(self.masks)):
            raise ArgumentError(f"per_channel: the channel must be 0 to {len(self.masks) - 1}, got {index!r}")
        return self.masks[index]

    def evaluate(self, grid: Grid) -> Float:
        """Return the weights of each mask, one behind the other."""
        return np.stack([mask.evaluate(grid) for mask in self.masks])

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield each mask's partial derivatives in its own channel, zero in the others."""
        for k, mask in enumerate(self.masks):
            for partial in mask.evaluate_partials(grid):
                result = np.zeros((len(self.masks), *grid.shape))
                result[k] = partial
                yield result

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return each mask's own, of its own channel: those of two channels have no second derivative together."""
        blocks = [mask.evaluate_curvature(grid, field[k]) for k, mask in enumerate(self.masks)]
        size, ends = sum(map(len, blocks)), np.cumsum([len(block) for block in blocks])
        result = np.zeros((size, size))
        for block, end in zip(blocks, ends, strict=True):
            result[end - len(block) : end, end - len(block) : end] = block
        return result
