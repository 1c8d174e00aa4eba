"""Masks as compiled loops over strips: their factors in short forms, tried on a sample of the picture's own pixels."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.gains import Gains
from hadimg.masks.tensor import ordered_product
from hadimg.profile_forms import ProfileForm, identity, profile_form, stretch_error, stretch_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hadimg.masks import Mask
    from hadimg.masks.factored import Factor

    Fill = Callable[[slice, NDArray[Any]], None]

__all__ = ["WeightLoops", "weight_loops"]

PROBES = 101
ALLOWED = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 2e-7}
ROUNDING = {np.dtype(np.float32): 3e-7, np.dtype(np.float64): 1e-15}
"""What sums, roots and products of a few numbers lose, as a part of the largest of them."""


class WeightLoops(NamedTuple):
    """How the factors of a mask are evaluated, whatever part of the picture is asked for.

    ``error`` bounds what they make wrong, ``lowest`` and ``highest`` the weights but for that.
    """

    forms: tuple[ProfileForm, ...]
    dtype: np.dtype[Any]
    error: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0

    def over(self, factors: Sequence[Factor], *, streamed: bool = False) -> Fill:
        """Return the loop over the factors on some grid: it writes chosen rows into a C-ordered array of its type.

        The rows of one single factor may be ``streamed`` into a large array.
        """
        from hadimg.kernels.weights import fill_distance, fill_surface

        sides = [_sides(factor, form, self.dtype) for factor, form in zip(factors, self.forms, strict=True)]
        stretches = [stretch_table(factor.exponent, self.dtype) for factor in factors]

        def fill(rows: slice, out: NDArray[Any]) -> None:
            for k, ((down, across), form) in enumerate(zip(sides, self.forms, strict=True)):
                last = self.dtype.type(form.shift), form.coefficients, form.table, k == 0, streamed, out
                if factors[k].table is None:
                    fill_distance(down[rows], across, stretches[k], *last)
                else:
                    fill_surface(down[rows], across, *last)

        return fill


def _sides(factor: Factor, form: ProfileForm, dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what the loops add or multiply for each row and each column, in the unit of the form."""
    if factor.table is None:
        down, across = factor.rows * form.unit, factor.cols.T * form.unit
    else:
        down, across = factor.rows, ordered_product(factor.cols, factor.table.T * form.unit).T
    return np.ascontiguousarray(down, dtype), np.ascontiguousarray(across, dtype)


def weight_loops(gains: Gains, factors: Sequence[Factor] | None, *, precise: bool = False) -> WeightLoops | None:
    """Return the loops for the factors of a picture, or None when the mask has none that are accurate enough.

    Parameters
    ----------
    gains : Gains
        The gains; loops are the same for all orientations of a picture, and for all parts of it.
    factors : sequence of Factor or None
        Their factors on any grid; without any there are no loops.
    precise : bool
        Whether to compute in float64, to about 1e-10 where the mask is smooth; else in float32, to 1e-6.
    """
    if factors is None:  # said before the mask is hashed, which may be a picture
        return None
    grid = gains.grid
    kind = np.dtype(np.float64 if precise else np.float32)
    return _tried_loops(gains.mask, grid.height, grid.width, gains.inverse, gains.max_gain, kind)


@lru_cache(maxsize=16)
def _tried_loops(
    mask: Mask, height: int, width: int, inverse: bool, max_gain: float | None, dtype: np.dtype[Any]
) -> WeightLoops | None:
    gains = Gains(mask, (height, width), inverse=inverse, max_gain=max_gain)
    sample = gains.grid.chosen(_spread(height), _spread(width))
    factors = gains.factored(sample)
    truth = gains.factors(mask.evaluate(sample))
    if factors is None or not np.isfinite(truth).all():
        return None
    forms, bounds = [], []
    for factor in factors:
        form = _form(factor, dtype)
        if form is None:
            return None
        forms.append(form)
        bounds.append(_bound(factor, form, dtype))
    loops = WeightLoops(tuple(forms), dtype)
    found = np.empty(sample.shape, dtype)
    loops.over(factors)(slice(None), found)
    error = float(np.abs(found - truth).max())
    if not error <= ALLOWED[dtype] * float(np.abs(truth).max()):
        return None
    largest = [max(abs(form.lowest), abs(form.highest)) for form in forms]
    spread = sum(bound * math.prod(largest[:k] + largest[k + 1 :]) for k, bound in enumerate(bounds))
    ends = [math.prod(pair) for pair in product(*((form.lowest, form.highest) for form in forms))]
    # The worst of all pixels is a little worse than the worst of the sample.
    return loops._replace(error=max(1.5 * error, spread), lowest=min(ends), highest=max(ends))


def _spread(size: int) -> NDArray[np.intp]:
    """Return numbers of rows or columns spread over all, the first and the last among them."""
    return np.linspace(0, size - 1, min(size, PROBES)).astype(np.intp)


def _form(factor: Factor, dtype: np.dtype[Any]) -> ProfileForm | None:
    if factor.profile is None:
        return identity(factor.low, factor.high, dtype)
    return profile_form(factor.profile, factor.low, factor.high, precise=dtype == np.float64)


def _bound(factor: Factor, form: ProfileForm, dtype: np.dtype[Any]) -> float:
    """Return what a factor may be wrong by: its form, and all that is rounded on the way to it."""
    farthest = max(abs(factor.low), abs(factor.high))
    misplaced = farthest * (ROUNDING[dtype] + stretch_error(factor.exponent))
    rounded = ROUNDING[dtype] * max(abs(form.lowest), abs(form.highest))
    return form.error + misplaced * form.slope + rounded
