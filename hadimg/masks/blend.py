"""Masks between two masks: the weighted mean of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.compose import as_mask
from hadimg.masks.composite import Composite, field_of, radial_of
from hadimg.masks.contraction import bordered
from hadimg.masks.parameters import parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hadimg.grid import Grid
    from hadimg.masks.base import Float, Mask, RadialForm

__all__ = ["Blend"]


@dataclass(frozen=True)
class Blend(Composite):
    r"""A mask between two masks: ``(1 - amount) * first + amount * second``.

    A sum of masks up to a number, for what comes together rather than one behind the other: two lights, or a lens and
    a slope added to it. With the constant mask 1 as the first it is `Strength`. The derivatives are

    .. math:: (1 - a) \, \partial w_1, \qquad a \, \partial w_2, \qquad \partial w / \partial a = w_2 - w_1

    Where both masks have a scale of their own the amount means nothing, and a fit holds it at a half.

    Parameters
    ----------
    first, second : Mask or float
        What is blended; a number is a constant mask.
    amount : float
        0 is the first mask, 1 the second.

    Examples
    --------
    >>> from hadimg import masks
    >>> Blend(0.5, 1.0, 0.25).weights((1, 1))
    array([[0.625]])
    >>> str(Blend(masks.Constant(0.5), 1.0))
    'blend(constant(value=0.5), constant(value=1), amount=0.5)'
    """

    family: ClassVar[str] = "blend"
    example: ClassVar[str] = (
        "blend(cos4(half_field_angle=35), linear_gradient(angle=-60, low=0.4, width=0.1), amount=0.3)"
    )
    mask_fields: ClassVar[tuple[str, ...]] = ("first", "second")

    first: Mask
    second: Mask
    amount: float = parameter(0.5, lower=0.0, upper=1.0, doc="0 the first mask, 1 the second")

    def __post_init__(self) -> None:
        for name in self.mask_fields:
            object.__setattr__(self, name, as_mask(getattr(self, name)))
        super().__post_init__()
        counts = sorted({mask.channels for mask in self.parts if mask.channels is not None})
        if len(counts) > 1:
            raise ArgumentError(f"blend: both masks must tell equally many channels apart, got {counts}")

    @property
    def parts(self) -> tuple[Mask, ...]:
        """Both masks."""
        return self.first, self.second

    @property
    def shares(self) -> tuple[float, float]:
        """What each mask counts for."""
        return 1.0 - self.amount, self.amount

    def with_parts(self, parts: Sequence[Mask]) -> Self:
        """Return the same blend of other masks."""
        first, second = parts
        return self.replace(first=first, second=second)

    def evaluate(self, grid: Grid) -> Float:
        """Return the weighted mean of both masks' weights."""
        own, other = self.shares
        return own * self.first.evaluate(grid) + other * self.second.evaluate(grid)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield each mask's own times its share, then the difference of both masks."""
        first, second = (part.evaluate(grid) for part in self.parts)
        for part, share in zip(self.parts, self.shares, strict=True):
            for partial in part.evaluate_partials(grid):
                yield share * self._for_all_channels(partial)
        yield second - first

    def _for_all_channels(self, values: Float) -> Float:
        """Return what holds for all channels once for each, where the other mask tells them apart."""
        if self.channels is None or values.ndim == 3:
            return values
        return np.broadcast_to(values, (self.channels, *values.shape))

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:
        """Return each mask's own times its share, bordered by the slopes of both."""
        blocks, mixed = [], list[float]()
        for part, share, sign in zip(self.parts, self.shares, (-1.0, 1.0), strict=True):
            own = field_of(part, field)
            blocks.append(share * part.evaluate_curvature(grid, own))
            mixed += [sign * float(np.sum(own * partial)) for partial in part.evaluate_partials(grid)]
        first, second = blocks
        between = np.zeros((len(first), len(second)))
        return bordered(np.block([[first, between], [between.T, second]]), mixed, 0.0)

    def radial(self) -> RadialForm | None:
        """Return the weighted mean of the profiles when both masks share one center."""
        own, other = self.shares
        return radial_of(self.parts, lambda first, second: own * first + other * second)
