"""The exact sums and rows of an objective: by a compiled loop where the mask allows it, else as it sums itself."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.passes.fused import fused_sums
from hadimg.fitting.passes.lanes import LANES
from hadimg.fitting.reductions.triangle import streamed_triangle, triangle_of_sums

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.objective import Objective
    from hadimg.fitting.sums import Sums

    Float = NDArray[np.float64]

__all__ = ["Squares"]

LEAST_VALUES = 1 << 17
"""Smaller pictures are done before the tables of a mask are made."""


@dataclass(frozen=True, eq=False)
class Squares:
    """The exact sums of an objective, each in one pass over all pixels; what a solver knows of a fit.

    Smooth masks are summed by `hadimg.fitting.passes.fused.fused_sums`: least squares in float32 lanes, which give the
    Gauss-Newton matrix to about 1e-7 and a gradient that does not cancel to 1e-6, or twice as slowly in float64 lanes,
    which give all to rounding. Whoever says that a fit has succeeded asks the latter. Robust losses take float64 lanes.

    Parameters
    ----------
    objective : Objective
        Mask, observations and loss.
    fixed : sequence of str
        Names of parameters that do not move: their derivatives are not computed where that saves time, and zero.
    lanes : str
        ``"float64"``, or ``"float32"`` for a first look.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.fitting.objective import Objective
    >>> from hadimg.fitting.observations import Observations
    >>> Squares(Objective(masks.Constant(), Observations([[1.0, 2.0]], [[0.5, 1.0]]))).sums([0.25], 1)
    Sums(cost=0.15625, gradient=array([-1.25]), gauss_newton=None)
    """

    objective: Objective
    _: KW_ONLY
    fixed: tuple[str, ...] = ()
    lanes: str = "float64"

    def __post_init__(self) -> None:
        if self.lanes not in LANES:
            raise ArgumentError(f"lanes must be {' or '.join(map(repr, LANES))}, got {self.lanes!r}")
        for name in self.fixed:
            if name not in self.names:
                raise ArgumentError(f"fixed must name parameters of the fit, {', '.join(self.names)}, got {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.objective.names

    @property
    def count(self) -> int:
        """How many values count."""
        return self.objective.count

    @property
    def target_norm(self) -> float:
        """Root of the weighted sum of the squared target."""
        return self.objective.target_norm

    def sums(self, theta: ArrayLike, order: int = 2) -> Sums:
        """Return the cost, from order 1 on its gradient, from order 2 on its Gauss-Newton matrix.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        order : int
            0, 1 or 2.
        """
        vector = np.asarray(theta, dtype=np.float64)
        # The matrix of a robust loss is another one than that of the rows, which is what compiled passes give.
        found = self._fused(vector, order) if self._plain or order != 2 else None
        return self._without_held(self.objective.sums(vector, order)) if found is None else found

    def row_sums(self, theta: ArrayLike) -> Sums:
        """Return the cost, its gradient and the products of the rows whose squares are the losses.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        vector = np.asarray(theta, dtype=np.float64)
        found = self._fused(vector, 2)
        return self._without_held(self.objective.row_sums(vector)) if found is None else found

    def _fused(self, vector: Float, order: int) -> Sums | None:
        """Return the sums of a compiled pass, or None where there is none."""
        own = self.objective
        large = not own.free and own.observations.image.size >= LEAST_VALUES
        if not large or order not in (0, 1, 2) or vector.shape != (len(self.names),):
            return None
        mask, found = own.mask.with_vector(vector), None
        # Beyond float32 lies what float64 may hold; and what a loss makes of residuals needs all their digits.
        for kind in dict.fromkeys([LANES[self.lanes], np.float64] if self._plain else [np.float64]):
            found = fused_sums(
                mask,
                own.observations,
                wanted=~self._held,
                order=order,
                kind=kind,
                workers=own.workers,
                loss=own.loss,
                scale=own.scale,
            )
            if found is None or all(np.isfinite(part).all() for part in found if part is not None):
                break
        return found

    def rows(self, theta: ArrayLike) -> tuple[Float, Float]:
        """Return a Jacobian (P + 1, P) and a residual (P + 1,) whose products with each other are those of all pixels.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        triangle = triangle_of_sums(self.row_sums(theta))
        if triangle is None:
            triangle = streamed_triangle(self.objective, theta)
        jacobian, residual = triangle.rows
        jacobian[:, self._held] = 0.0
        return jacobian, residual

    def hessian(self, theta: ArrayLike) -> Float:
        """Return all second derivatives of the cost, shape (P, P), those by fixed parameters too.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        return self.objective.hessian(theta)

    @cached_property
    def _held(self) -> NDArray[np.bool_]:
        return np.isin(self.names, self.fixed)

    def _without_held(self, sums: Sums) -> Sums:
        for part in (sums.gradient, sums.gauss_newton):
            if part is not None:
                part[self._held] = 0.0
                part[..., self._held] = 0.0
        return sums

    @property
    def _plain(self) -> bool:
        return self.objective.loss is LOSSES["linear"]
