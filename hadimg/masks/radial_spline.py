"""A radial profile of linear or cubic splines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.local_splines import basis_at, clamped, slope_coefficients
from hadimg.masks.parameters import Coefficients, Parameter, coefficients, setting
from hadimg.masks.radial import LinearRadial, bend_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.masks.base import Float

__all__ = ["RadialSpline"]

_KNOTS = Coefficients(0.0, np.inf, "half diagonals", "distances where the pieces meet", least=2)
_DEGREE = Parameter(1.0, 3.0, "", "1 for lines, 3 for cubics")


@dataclass(frozen=True)
class RadialSpline(LinearRadial):
    r"""A profile of linear or cubic B-splines: the sum of ``c_k N_k(r)``, constant beyond the outermost knots.

    The derivative by a coefficient is :math:`N_k(r)`. The basis is above zero and sums to 1, so the weights lie
    between the smallest and the largest coefficient, and the profile does not increase when the coefficients do not
    (for lines: if and only if). A line's coefficients are its weights at the knots.

    Parameters
    ----------
    coefficients : sequence of float
        At least 1e-6 each: as many as knots for lines, two more for cubics.
    center_row, center_col : float
        Center as fractions of the height and width.
    knots : sequence of float
        Increasing distances in half diagonals, the first usually 0; a setting, not a parameter.
    degree : float
        1 for lines, 3 for cubics (with the outermost knots repeated); a setting, not a parameter.

    Examples
    --------
    >>> mask = RadialSpline((1.0, 0.9, 0.5), knots=(0.0, 0.5, 1.0))
    >>> mask.profile(np.array([0.25, 0.75, 2.0])).round(12)
    array([0.95, 0.7 , 0.5 ])
    """

    family: ClassVar[str] = "radial_spline"
    example: ClassVar[str] = (
        "radial_spline(coefficients=[1, 1, 0.95, 0.8, 0.6, 0.5, 0.45], knots=[0, 0.25, 0.5, 0.75, 1], degree=3)"
    )
    positive: ClassVar[bool] = True

    coefficients: tuple[float, ...] = coefficients(
        (1.0, 0.95, 0.85, 0.7, 0.5), least=2, lower=1e-6, doc="heights of the splines"
    )
    knots: tuple[float, ...] = setting((0.0, 0.25, 0.5, 0.75, 1.0), _KNOTS)
    degree: float = setting(1.0, _DEGREE)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.degree not in (1.0, 3.0):
            raise ArgumentError(f"{self.family}: degree must be 1 or 3, got {self.degree:g}")
        if any(after <= before for before, after in zip(self.knots, self.knots[1:], strict=False)):
            raise ArgumentError(f"{self.family}: knots must increase, got {self.knots!r:.80}")
        needed = len(self.knots) + self._degree - 1
        if len(self.coefficients) != needed:
            raise ArgumentError(
                f"{self.family}: {len(self.knots)} knots of degree {self.degree:g} need {needed} coefficients, got "
                f"{len(self.coefficients)}"
            )

    @property
    def smooth(self) -> bool:
        """Whether the splines are cubic: lines have kinks at the knots."""
        return self._degree == 3

    @property
    def _degree(self) -> int:
        return int(self.degree)

    def _basis(self, r: Float) -> tuple[Float, list[Float]]:
        """Return the number of the first spline that reaches each distance, and the values of it and the next ones."""
        knots = clamped(self.knots, self._degree)
        return basis_at(np.clip(r, self.knots[0], self.knots[-1]), knots, self._degree)

    def profile(self, r: Float) -> Float:
        """Return the sum of the splines."""
        first, values = self._basis(r)
        heights = np.array(self.coefficients)
        return sum((heights[first + k] * value for k, value in enumerate(values)), start=np.zeros_like(r))

    def profile_partials(self, r: Float) -> Iterator[Float]:
        """Yield the splines."""
        first, values = self._basis(r)
        for number in range(len(self.coefficients)):
            yield sum((np.where(first + k == number, value, 0.0) for k, value in enumerate(values)), np.zeros_like(r))

    def slope_ratio(self, r: Float) -> Float:
        """Return ``w'(r) / r``; 0 at the center, the mean over the cone by symmetry, and beyond the knots."""
        return self._derivative(r, np.array(self.coefficients), 1) / np.where(r > 0, r, 1.0)

    def slope_ratio_partials(self, r: Float) -> Iterator[Float]:
        """Yield the slopes of the splines over the distance."""
        for heights in np.eye(len(self.coefficients)):
            yield self._derivative(r, heights, 1) / np.where(r > 0, r, 1.0)

    def bend_ratio(self, r: Float) -> Float:
        """Return ``(w''(r) - w'(r) / r) / r**2``; lines bend nowhere between their knots."""
        second = self._derivative(r, np.array(self.coefficients), 2) if self._degree > 1 else 0.0
        return bend_ratio(second, self.slope_ratio(r), r)

    def _derivative(self, r: Float, heights: Float, order: int) -> Float:
        """Return a derivative of the sum of splines with these heights; 0 at the center and beyond the knots."""
        knots = clamped(self.knots, self._degree)
        for degree in range(self._degree, self._degree - order, -1):
            heights = slope_coefficients(heights, knots, degree)
            knots = knots[1:-1]
        inside = (r > 0) & (r >= self.knots[0]) & (r <= self.knots[-1])
        first, values = basis_at(np.where(inside, r, self.knots[0]), knots, self._degree - order)
        total = sum((heights[first + k] * value for k, value in enumerate(values)), start=np.zeros_like(r))
        return np.where(inside, total, 0.0)
