"""Freedoms that no picture can tell apart: which parameters to hold so that all others mean something.

Two masks with different parameters may be the same mask, or, in a picture of a flat field whose brightness nobody
knows, the same up to a number. A fit needs one of them: by these rules a surface has the weight 1 in the middle of the
picture, a radial polynomial at its center, and a graduated filter on its bright side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.ties import LinearTie
from hadimg.grid import Grid
from hadimg.masks.bspline import bspline_basis, bspline_means
from hadimg.masks.compose import Composite, Wrapper
from hadimg.masks.normalised import Normalised
from hadimg.masks.separable import Separable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Gauge", "gauge_of", "scale_direction"]

TOLERANCE = 1e-9
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


class Gauge(NamedTuple):
    """What to hold, by the names of parameters as a `ParameterMap` takes them, and a mask that obeys it.

    Parameters
    ----------
    mask : Mask
        The mask it was asked for, times a number where the scale is free.
    fixed : tuple of str
        Parameters that keep the value they have in ``mask``.
    ties : dict of str to LinearTie
        Parameters that follow others.
    reasons : dict of str to str
        Why each of them is held.
    """

    mask: Mask
    fixed: tuple[str, ...]
    ties: dict[str, LinearTie]
    reasons: dict[str, str]


def gauge_of(mask: Mask, free: Flags | None = None, *, scale: bool = False) -> Gauge:
    """Return what must be held so that the parameters of a mask are identifiable.

    Parameters
    ----------
    mask : Mask
        At parameters where it is not special: near what a fit will find.
    free : ndarray of bool, shape (P,), optional
        Parameters that nobody else holds; all by default.
    scale : bool
        Whether the mask may be multiplied by an unknown number.

    Raises
    ------
    ArgumentError
        When the mask is not above zero where its weight shall be 1.

    Examples
    --------
    >>> from hadimg import masks
    >>> gauge_of(masks.LinearGradient()).fixed
    ('center_row', 'center_col')
    >>> round(gauge_of(masks.Hugin(va=0.5, vb=-0.1), scale=True).mask.vb, 12)
    -0.2
    """
    moving = np.ones(len(mask.names), bool) if free is None else free
    held, rules = _held(mask, moving, scale=scale)
    names = mask.names
    ties = {
        names[rule.place]: LinearTie({names[k]: factor for k, factor in rule.factors.items()}, rule.offset)
        for rule in rules
        if rule.factors
    }
    fixed = tuple(names[rule.place] for rule in rules if not rule.factors)
    return Gauge(held, fixed, ties, {names[rule.place]: rule.why for rule in rules})


def scale_direction(mask: Mask, free: Flags | None = None) -> Float | None:
    """Return how parameters move when a mask is multiplied by a number, None when none of its family is that.

    Examples
    --------
    >>> from hadimg import masks
    >>> scale_direction(masks.Hugin(va=0.5, vb=-0.1))[:2].round(6)
    array([ 0.5, -0.1])
    >>> scale_direction(masks.Polynomial()) is None
    True
    """
    if isinstance(mask, Normalised):
        return None
    moving = np.ones(len(mask.names), bool) if free is None else free
    asked = moving & np.array([not name.endswith(("center_row", "center_col")) for name in mask.names], bool)
    partials = zip(mask.evaluate_partials(PROBE), asked, strict=True)
    columns = [np.ravel(partial) for partial, wanted in partials if wanted]
    weights = np.ravel(mask.evaluate(PROBE))
    if not columns or not np.isfinite(weights).all():
        return None
    matrix = np.stack(columns, axis=-1)
    found = np.linalg.lstsq(matrix, weights, rcond=None)[0]
    if not np.linalg.norm(matrix @ found - weights) <= TOLERANCE * np.linalg.norm(weights):
        return None
    direction = np.zeros(len(asked))
    direction[asked] = found
    return direction


# ---- the rules of families and compositions


def _held(mask: Mask, free: Flags, *, scale: bool) -> tuple[Mask, list[Rule]]:
    """Return a mask that obeys the rules, and the rules."""
    if isinstance(mask, Composite):
        return _held_parts(mask, free, scale=scale)
    if isinstance(mask, Separable):
        return _held_profiles(mask, scale=scale) if free.all() else (mask, [])
    rules = _meaningless(mask, free)
    direction = scale_direction(mask, free) if scale else None
    if direction is not None:
        mask, rule = _held_scale(mask, direction)
        rules.append(rule)
    return mask, rules


def _meaningless(mask: Mask, free: Flags) -> list[Rule]:
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


def _held_parts(mask: Composite, free: Flags, *, scale: bool) -> tuple[Mask, list[Rule]]:
    if isinstance(mask, Normalised):
        scale = True
    elif isinstance(mask, Wrapper):
        scale = scale and scale_direction(mask, free) is not None
    parts, rules, start = [], [], 0
    for part in mask.parts:
        size = len(part.names)
        held, own = _held(part, free[start : start + size], scale=scale)
        parts.append(held)
        rules += [rule.behind(start) for rule in own]
        start += size
    return mask.with_parts(parts), rules


def _held_scale(mask: Mask, direction: Float) -> tuple[Mask, Rule]:
    """Return a mask whose scale is its family's own with the weight 1 at one place, and the rule that keeps it so."""
    name = AT_ONE.get(mask.family)
    if name is not None:
        place = mask.names.index(name)
        level = _above_zero(mask, float(mask.vector[place]))
        held = _moved(mask, (1.0 / level - 1.0) * direction).replace(**{name: 1.0})  # to the last bit
        return held, Rule(place, {}, 1.0, "the level of the picture is free, so the mask's is not")
    slopes, weight = _at_middle(mask)
    level = _above_zero(mask, weight)
    if mask.family.startswith("log_"):
        return _moved(mask, -np.log(level) * direction), _sum_rule(slopes / level, 0.0)
    if mask.family == "dng_gain_map":  # linear in one over the weight
        return _moved(mask, (1.0 - level) * direction), _sum_rule(-slopes / level**2, 1.0)
    return _moved(mask, (1.0 / level - 1.0) * direction), _sum_rule(slopes, 1.0)


def _moved(mask: Mask, change: Float) -> Mask:
    """Return the mask with other parameters, kept within the bounds of its family."""
    return mask.with_vector(np.clip(mask.vector + change, *mask.bounds))


def _held_profiles(mask: Separable, *, scale: bool) -> tuple[Mask, list[Rule]]:
    """Return the profiles of which the one across has the mean 1 and, if asked for, the one down 1 in the middle."""
    held, rows = mask.with_unit_mean(), len(mask.row_profile)
    across = np.concatenate([np.zeros(rows), bspline_means(len(mask.col_profile))])
    rules = [_sum_rule(across, 1.0, "the profile across has the mean 1")]
    if scale:
        middle = bspline_basis(np.array([0.5]), rows)[0]
        level = _above_zero(held, float(middle @ held.row_profile))
        held = held.replace(row_profile=tuple(value / level for value in held.row_profile))
        rules.append(_sum_rule(np.concatenate([middle, np.zeros(len(mask.col_profile))]), 1.0))
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
