"""A mask times an unknown number: the exposure between two pictures, or the brightness of a flat field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hadimg.masks.compose import Product, product
from hadimg.masks.constant import Constant
from hadimg.masks.per_channel import PerChannel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hadimg.masks.base import Float, Mask

__all__ = ["Levelled"]

LEAST = 1e-300
"""Levels are above zero."""


@dataclass(frozen=True, init=False)
class Levelled(Product):
    """A mask times a level, or one level for each channel; the level's parameters stand last.

    They are named ``level``, or ``level[k]`` for channel k; all other names are those of the mask.

    Parameters
    ----------
    *factors : Mask
        Those of the mask, then the level.

    Examples
    --------
    >>> from hadimg.masks import Cos4
    >>> lit = Levelled.of(Cos4(30), np.array([200.0]))
    >>> lit.names, lit.mask
    (('half_field_angle', 'center_row', 'center_col', 'level'), \
Cos4(center_row=0.5, center_col=0.5, half_field_angle=30.0))
    """

    family: ClassVar[str] = "levelled"

    @classmethod
    def of(cls, mask: Mask, levels: Float) -> Self:
        """Return a mask times a level, or times one for each channel when there are more."""
        numbers = [max(float(level), LEAST) for level in np.ravel(levels)]
        return cls(mask, Constant(numbers[0]) if len(numbers) == 1 else PerChannel(*map(Constant, numbers)))

    @property
    def mask(self) -> Mask:
        """The mask without its level."""
        return product(*self.factors[:-1])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the mask's parameters, and those of the levels."""
        count = len(self.factors[-1].names)
        levels = ["level"] if count == 1 else [f"level[{k}]" for k in range(count)]
        return (*self.mask.names, *levels)

    def with_parts(self, parts: Sequence[Mask]) -> Self:
        """Return other factors times another level."""
        return type(self)(*parts)
