"""What must be held of a family by itself: parameters that mean nothing, and its scale where that is free."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.bspline import bspline_basis, bspline_means
from hadimg.masks.log_separable import LogSeparable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask
    from hadimg.masks.separable import Separable

    Float = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["PROBE", "Rule", "held_profiles", "held_scale", "meaningless", "scaled"]

PROBE = Grid(12, 18)
"""Where masks are looked at: their freedoms are the same on every grid."""
AT_ONE = {"constant": "value", "hugin": "va", "linear_gradient": "high"}
"""Families whose scale one parameter shows: it is held at 1."""

_ROUND = {"aspect": 1.0, "exponent": 2.0}
WITHOUT = {
    "gaussian": ("angle", {"aspect": 1.0}),
    "aperture": ("angle", _ROUND),
    "half_cosine": ("angle", _ROUND),
    "kang_weiss": ("tilt_axis", {"tilt": 0.0}),
}
"""Parameters that mean nothing while others are held at certain values."""


class Rule(NamedTuple):
    """One freedom taken away: parameter ``place`` is ``offset`` plus the sum of ``factors`` times other parameters."""

    place: int
    factors: dict[int, float]
    offset: float
    why: str

    def behind(self, count: int) -> Rule:
        """Return the rule for the same parameter behind ``count`` others."""
        factors = {k + count: factor for k, factor in self.factors.items()}
        return self._replace(place=self.place + count, factors=factors)


def meaningless(mask: Mask, free: Flags) -> list[Rule]:
    """Return rules for parameters that do nothing, or nothing that others could not do."""
    names, values = mask.names, dict(zip(mask.names, mask.vector, strict=True))
    if mask.family == "linear_gradient":
        held: tuple[str, ...] = ("center_row", "center_col")
        why = "center and offset are one freedom"
    elif mask.family in WITHOUT and all(
        not free[names.index(name)] and values[name] == value for name, value in WITHOUT[mask.family][1].items()
    ):
        held, why = (WITHOUT[mask.family][0],), "has no meaning where it is round or upright"
    else:
        return []
    return [Rule(names.index(name), {}, values[name], why) for name in held if free[names.index(name)]]


def held_scale(mask: Mask, direction: Float) -> tuple[Mask, Rule]:
    """Return a mask whose scale is its family's own with the weight 1 at one place, and the rule that keeps it so."""
    name = AT_ONE.get(mask.family)
    if name is not None:
        place = mask.names.index(name)
        level = _above_zero(mask, float(mask.vector[place]))
        held = scaled(mask, direction, 1.0 / level).replace(**{name: 1.0})  # to the last bit
        return held, Rule(place, {}, 1.0, "the level of the picture is free, so the mask's is not")
    slopes, weight = _at_middle(mask)
    level = _above_zero(mask, weight)
    held = scaled(mask, direction, 1.0 / level)
    if mask.family.startswith("log_"):
        return held, _sum_rule(slopes / level, 0.0)
    if mask.family == "dng_gain_map":
        return held, _sum_rule(-slopes / level**2, 1.0)
    return held, _sum_rule(slopes, 1.0)


def scaled(mask: Mask, direction: Float, factor: float) -> Mask:
    """Return a mask times a factor above zero, within the bounds of its family, along the direction that scales it."""
    if mask.family.startswith("log_"):
        change = math.log(factor)
    elif mask.family == "dng_gain_map":  # linear in one over the weight
        change = 1.0 - 1.0 / factor
    else:
        change = factor - 1.0
    return mask.with_vector(np.clip(mask.vector + change * direction, *mask.bounds))


def held_profiles(mask: Separable | LogSeparable, *, scale: bool) -> tuple[Mask, list[Rule]]:
    """Return the profiles of which the one across has the mean 1 and, if asked for, the one down 1 in the middle.

    Of logarithms these are the mean 0, and 0 in the middle.
    """
    logarithmic = isinstance(mask, LogSeparable)
    held: Separable | LogSeparable = mask.with_zero_mean() if isinstance(mask, LogSeparable) else mask.with_unit_mean()
    total, rows = 0.0 if logarithmic else 1.0, len(mask.row_profile)
    across = np.concatenate([np.zeros(rows), bspline_means(len(mask.col_profile))])
    rules = [_sum_rule(across, total, f"the profile across has the mean {total:g}")]
    if scale:
        middle = bspline_basis(np.array([0.5]), rows)[0]
        height = float(middle @ held.row_profile)
        profile = np.array(held.row_profile)
        profile = profile - height if logarithmic else profile / _above_zero(held, height)
        held = held.replace(row_profile=tuple(profile.tolist()))
        rules.append(_sum_rule(np.concatenate([middle, np.zeros(len(mask.col_profile))]), total))
    return held, rules


def _sum_rule(factors: Float, total: float, why: str = "weight 1 in the middle") -> Rule:
    """Return the rule that a weighted sum of all parameters has a value; the one that counts most is held."""
    pivot = int(np.argmax(np.abs(factors)))
    own = float(factors[pivot])
    others = {k: -float(factor) / own for k, factor in enumerate(factors) if k != pivot and factor}
    return Rule(pivot, others, total / own, why)


def _at_middle(mask: Mask) -> tuple[Float, float]:
    """Return how the weight in the middle depends on each parameter, and the weight; of a profile, at its center."""
    form = mask.radial()
    if form is not None and form.center is not None:
        mask = mask.replace(center_row=0.5, center_col=0.5)
    middle = PROBE.middle
    slopes = np.array([float(part[0, 0]) for part in mask.evaluate_partials(middle)])
    return slopes, float(mask.evaluate(middle)[0, 0])


def _above_zero(mask: Mask, level: float) -> float:
    if not level > 0:
        raise ArgumentError(
            f"{mask.family}: the weight that shall be 1 must be above zero where the fit starts, got {level:.3g}",
            remedy="turn the picture's values around, or choose another family",
        )
    return level
