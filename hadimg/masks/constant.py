"""The same gain everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.masks.base import RadialForm
from hadimg.masks.linear import Linear
from hadimg.masks.parameters import parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["Constant"]


@dataclass(frozen=True)
class Constant(Linear):
    """The same gain everywhere: ``value``.

    1 is the neutral element of the Hadamard product; 0 has no inverse.

    Parameters
    ----------
    value : float
        The gain, at least 0.

    Examples
    --------
    >>> Constant(0.5).weights((1, 3))
    array([[0.5, 0.5, 0.5]])
    """

    family: ClassVar[str] = "constant"
    example: ClassVar[str] = "constant(value=0.6)"

    value: float = parameter(1.0, lower=0.0, doc="the gain")

    def evaluate(self, grid: Grid) -> Float:
        """Return ``value`` for every pixel."""
        return np.full(grid.shape, self.value)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:
        """Yield ones: the derivative by ``value``."""
        yield np.ones(grid.shape)

    def radial(self) -> RadialForm:
        """Return the constant profile, which fits any center."""
        return RadialForm(None, lambda r: np.full_like(r, self.value))
