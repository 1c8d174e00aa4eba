"""Freedoms that no picture can tell apart: which parameters to hold so that all others mean something.

Two masks with different parameters may be the same mask, or, in a picture of a flat field whose brightness nobody
knows, the same up to a number. A fit needs one of them: by these rules a surface has the weight 1 in the middle of the
picture, a radial polynomial at its center, and a graduated filter on its bright side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.fitting.gauge_rules import PROBE, Rule, held_profiles, held_scale, meaningless, scaled
from hadimg.fitting.ties import LinearTie
from hadimg.masks.blend import Blend
from hadimg.masks.compose import Composite, Wrapper
from hadimg.masks.log_separable import LogSeparable
from hadimg.masks.normalised import Normalised
from hadimg.masks.separable import Separable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Gauge", "gauge_of", "scale_direction"]

TOLERANCE = 1e-9


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
    if isinstance(mask, (Separable, LogSeparable)):
        return held_profiles(mask, scale=scale) if free.all() else (mask, [])
    rules = meaningless(mask, free)
    direction = scale_direction(mask, free) if scale else None
    if direction is not None:
        mask, rule = held_scale(mask, direction)
        rules.append(rule)
    return mask, rules


def _held_parts(mask: Composite, free: Flags, *, scale: bool) -> tuple[Mask, list[Rule]]:
    if isinstance(mask, Blend):
        return _held_blend(mask, free, scale=scale)
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


def _held_blend(mask: Blend, free: Flags, *, scale: bool) -> tuple[Mask, list[Rule]]:
    """Return a blend whose masks, amount and scale leave no freedom that another of them has, too."""
    split = len(mask.first.names)
    frees = free[:split], free[split:-1]
    directions = [scale_direction(part, own) for part, own in zip(mask.parts, frees, strict=True)]
    scales = [k for k, direction in enumerate(directions) if direction is not None]
    rules, asked = list[Rule](), free.copy()
    if free[-1] and len(scales) + scale > (not scales) + 1:
        asked[-1] = False
        mask = _evenly(mask, directions)
        rules.append(Rule(len(free) - 1, {}, mask.amount, "the masks have scales of their own"))
    whole = scale and scale_direction(mask, asked) is not None
    parts = []
    for k, (part, own, start) in enumerate(zip(mask.parts, frees, (0, split), strict=True)):
        held, inner = _held(part, own, scale=whole and k == min(scales, default=None))
        parts.append(held)
        rules += [rule.behind(start) for rule in inner]
    return mask.with_parts(parts), rules


def _evenly(mask: Blend, directions: list[Float | None]) -> Blend:
    """Return the blend with the amount a half, and the same weights up to a number, where families can do that."""
    if not 0.0 < mask.amount < 1.0 or any(isinstance(part, Composite) for part in mask.parts):
        return mask
    own, other = directions
    ratio = mask.amount / (1.0 - mask.amount)
    first, second = mask.parts
    if own is not None and other is not None:
        first, second = scaled(first, own, 2.0 * (1.0 - mask.amount)), scaled(second, other, 2.0 * mask.amount)
    elif other is not None:
        second = scaled(second, other, ratio)
    elif own is not None:
        first = scaled(first, own, 1.0 / ratio)
    return mask.replace(first=first, second=second, amount=0.5)
