"""All pixels as a solver sees them at the end of a fit: exact sums, rows of what is free, and how they scatter."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.outcome.scatter import scatter
from hadimg.fitting.passes.squares import Squares
from hadimg.fitting.reductions.triangle import triangle_of_sums
from hadimg.fitting.sums import Sums

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.parameters import ParameterMap
    from hadimg.fitting.solving.problem import Scatter

    Float = NDArray[np.float64]

__all__ = ["Pixels"]


@dataclass(frozen=True, eq=False)
class Pixels(Squares):
    """The exact sums of an objective for parameters of known roles.

    Parameters
    ----------
    objective, fixed, lanes
        As for `Squares`.
    parameters : ParameterMap
        The roles of the parameters. What ties hold may be a direction that changes nothing: without it the sums keep
        all their digits.
    norm : float, optional
        Root of the weighted sum of the squared target, where it is known already: it takes a pass over all pixels.
    """

    _: KW_ONLY
    parameters: ParameterMap
    norm: float | None = None

    @property
    def target_norm(self) -> float:
        """Root of the weighted sum of the squared target."""
        return super().target_norm if self.norm is None else self.norm

    def rows(self, theta: ArrayLike) -> tuple[Float, Float]:
        """Return a Jacobian and a residual whose products are those of all pixels, for what is free.

        The last ones are kept: errors need them again.
        """
        vector = np.asarray(theta, dtype=np.float64)
        if vector.tobytes() not in self._last:
            found = self._free_rows(vector) or super().rows(vector)
            self._last.clear()
            self._last[vector.tobytes()] = found
        jacobian, residual = self._last[vector.tobytes()]
        return jacobian.copy(), residual.copy()

    def scatter(self, theta: Float, kind: str) -> Scatter:
        """Return how shares of the gradient scatter."""
        return scatter(self.objective, theta, kind)

    def _free_rows(self, theta: Float) -> tuple[Float, Float] | None:
        """Return rows of which only the products with the derivatives of the free parameters are right, or None."""
        if not self.parameters.ties:
            return None
        chain = self.parameters.jacobian(self.parameters.independent(theta))
        sums = self.row_sums(theta)
        assert sums.gradient is not None
        assert sums.gauss_newton is not None
        triangle = triangle_of_sums(Sums(sums.cost, chain @ sums.gradient, chain @ sums.gauss_newton @ chain.T))
        if triangle is None:
            return None
        free, short = triangle.rows
        jacobian, residual = np.zeros((len(theta) + 1, len(theta))), np.zeros(len(theta) + 1)
        jacobian[: len(free)], residual[: len(short)] = free @ np.linalg.pinv(chain.T), short
        return jacobian, residual  # as many rows as without ties: a solver counts them once

    @cached_property
    def _last(self) -> dict[bytes, tuple[Float, Float]]:
        return {}
