"""Start values, found from the pictures: one function a family, and one a composition."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting import radial_starts, shape_starts, surface_starts
from hadimg.fitting.canonical import canonical
from hadimg.fitting.centers import centers, with_center
from hadimg.fitting.gauge import scale_direction
from hadimg.fitting.polish import Box, best_of, cost_of, polished, scale_of
from hadimg.masks.array import Array
from hadimg.masks.compose import Composite, Product, Reciprocal, Strength
from hadimg.masks.constant import Constant
from hadimg.masks.normalised import Normalised
from hadimg.masks.per_channel import PerChannel
from hadimg.masks.power import Power

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hadimg.fitting.coarse import Coarse
    from hadimg.masks.base import Float, Mask

__all__ = ["CANDIDATES", "start"]

CANDIDATES: dict[str, Callable[[Mask, Coarse, Box], Iterator[Mask]]] = {
    "constant": surface_starts.surface,
    "exponential_decay": radial_starts.exponential_decay,
    "gaussian": shape_starts.gaussian,
    "cos4": radial_starts.cosine,
    "cos4_angle": radial_starts.cosine,
    "polynomial": radial_starts.polynomial,
    "lensfun_pa": radial_starts.polynomial,
    "dng_vignette": radial_starts.inverse_polynomial,
    "hugin": radial_starts.polynomial,
    "micasense": radial_starts.polynomial,
    "kang_weiss": radial_starts.kang_weiss,
    "aperture": shape_starts.aperture,
    "tanh_falloff": radial_starts.tanh_falloff,
    "half_cosine": shape_starts.half_cosine,
    "linear_gradient": shape_starts.linear_gradient,
    "polynomial_surface": surface_starts.surface,
    "log_polynomial_surface": surface_starts.log_surface,
    "spline_surface": surface_starts.surface,
    "log_spline_surface": surface_starts.log_surface,
    "separable": surface_starts.separable,
    "radial_spline": radial_starts.polynomial,
    "grid": surface_starts.surface,
    "dng_gain_map": surface_starts.inverse_surface,
}
"""What each family may start from. A family without a line starts from the values it was given, at a few centers."""

EXPONENTS = (0.5, 1.0, 2.0)
AMOUNTS = (0.5, 1.0)
FEW = 3
"""Factors whose orders are all tried."""
PLACES = ((0.5, 0.5), (0.38, 0.38), (0.38, 0.62), (0.62, 0.38), (0.62, 0.62))
"""Where the centers of all factors are held first."""
BEGUN = 3
"""Products that are worth sweeps."""
SWEEPS = 4
WORTH = 0.9
"""A sweep that leaves more than this of the squares is the last one."""
EXACT = 1e-16
"""The part of the squares of the ratio that rounding leaves."""


def start(mask: Mask, coarse: Coarse, box: Box | None = None) -> Mask:
    """Return a mask with parameters from which a fit finds the best ones.

    Parameters
    ----------
    mask : Mask
        The family or composition, its settings, and the values of the parameters that may not move.
    coarse : Coarse
        What the pictures say of it.
    box : Box, optional
        Which parameters may move and between which bounds; by default all, between those of the family.

    Returns
    -------
    Mask
        The same mask with other values.

    Examples
    --------
    >>> from hadimg.fitting.coarse import coarse_ratio
    >>> from hadimg.masks import ExponentialDecay
    >>> image = np.full((64, 96), 100.0)
    >>> target = image * ExponentialDecay(rate=0.8).weights(image.shape)
    >>> found = start(ExponentialDecay(), coarse_ratio(image, target))
    >>> round(found.rate, 1), round(found.power, 1)
    (0.8, 1.0)
    """
    box = Box.of(mask) if box is None else box
    if not box.free.any():
        return mask
    if mask.channels is None:
        coarse = coarse.merged()
    if isinstance(mask, Composite):
        return _of_composite(mask, coarse, box)
    if coarse.free_scale and scale_direction(mask, box.free) is not None:
        coarse = coarse.scaled(free=False)
    candidates = CANDIDATES.get(mask.family, _given)
    found = best_of(mask, candidates(mask, coarse, box), coarse, box)
    said = canonical(found)
    return said if box.hold(mask, said) == said else found


def _given(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the mask as it was given, at a few centers where it has one."""
    yield mask
    if "center_row" in mask.names:
        for place in centers(mask, coarse, box):
            yield with_center(mask, place)


# ---- compositions


def _of_composite(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    for kind, found in _COMPOSITIONS.items():
        if isinstance(mask, kind):
            return found(mask, coarse, box)
    return polished(mask, coarse, box)


def _boxes(mask: Composite, box: Box) -> list[Box]:
    """Return the box of each part."""
    ends = np.cumsum([len(part.names) for part in mask.parts])
    return [box.part(end - len(part.names), len(part.names)) for part, end in zip(mask.parts, ends, strict=True)]


def _of_channels(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    """Start each channel by itself."""
    parts = [
        start(part, coarse.channel(k) if coarse.channels else coarse, own)
        for k, (part, own) in enumerate(zip(mask.parts, _boxes(mask, box), strict=True))
    ]
    return mask.with_parts(parts)


def _of_reciprocal(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    inverse = coarse.moved(lambda ratio: 1.0 / ratio, lambda ratio: -1.0 / ratio**2)
    return polished(mask.with_parts([start(mask.parts[0], inverse, box)]), coarse, box)


def _of_power(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    """Start the mask from the root of the ratio, for a few exponents unless one is given."""

    def rooted(exponent: float) -> Coarse:
        root = 1.0 / exponent
        return coarse.moved(lambda ratio: ratio**root, lambda ratio: root * ratio ** (root - 1.0))

    return _wrapped(mask, coarse, box, EXPONENTS, rooted)


def _of_strength(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    """Start the mask from the ratio with its blending undone, for a few amounts unless one is given."""
    level = float(np.quantile(coarse.ratio[coarse.weight > 0], 0.98)) if coarse.free_scale else 1.0

    def unblended(amount: float) -> Coarse:
        ratio = 1.0 + (coarse.ratio / level - 1.0) / amount
        return type(coarse)(coarse.grid, ratio, coarse.weight * (level * amount) ** 2)

    return _wrapped(mask, coarse, box, AMOUNTS, unblended)


def _wrapped(
    mask: Composite, coarse: Coarse, box: Box, tried: tuple[float, ...], undone: Callable[[float], Coarse]
) -> Mask:
    """Return the best start of a wrapper whose own parameter is the last one."""
    inner = box.part(0, len(box.free) - 1)
    given = float(mask.vector[-1])
    values = tuple(dict.fromkeys((given, *tried))) if box.free[-1] else (given,)
    candidates = []
    for value in values:
        if value:
            part = start(mask.parts[0], undone(value), inner)
            candidates.append(mask.with_vector([*part.vector, value]))
    return best_of(mask, candidates or [mask], coarse, box)


def _of_normalised(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    """Start the mask from the ratio times any number: its own level divides that out."""
    return mask.with_parts([start(mask.parts[0], coarse.scaled(free=True), box)])


def _of_product(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    """Start each factor from what the others leave of the ratio, then move all of them together."""
    free_scale = coarse.free_scale or any(isinstance(part, Normalised) for part in mask.parts)
    plain = mask.with_parts([_plain(part) for part in mask.parts])
    parts = zip(plain.parts, _boxes(plain, box), strict=True)
    if free_scale and any(scale_direction(part, own.free) is not None for part, own in parts if not _is_level(part)):
        free_scale = False  # a factor has a scale of its own
    found = _alternating(plain, coarse.scaled(free=free_scale), box)
    return mask.with_vector(found.vector)


def _plain(part: Mask) -> Mask:
    """Return a factor that can be evaluated anywhere, at once: without its level, and resampled."""
    if isinstance(part, Normalised):
        return part.mask
    return Array(part.values, resample=True) if isinstance(part, Array) else part


def _alternating(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    boxes = _boxes(mask, box)
    levels = [k for k, part in enumerate(mask.parts) if _is_level(part) and boxes[k].free.all()]
    shapes = [k for k in range(len(mask.parts)) if k not in levels]
    if levels:
        coarse = coarse.scaled(free=True)
        # A level changes nothing while the scale is free: it would drift.
        boxes = [own._replace(free=own.free & (k not in levels)) for k, own in enumerate(boxes)]
        box = _joined(boxes)
    few = coarse.thin()
    ways = _ways(mask, shapes, boxes)
    found = [polished(_one_by_one(moved, order, few, tried), few, box) for moved, order, tried in ways]
    found.sort(key=lambda one: cost_of(one, few))
    swept = [_swept(one, shapes, few, boxes, box) for one in found[:BEGUN]]
    best = best_of(mask, swept, coarse, box)
    return _with_level(best, levels[0], coarse) if levels else best


def _swept(mask: Mask, shapes: list[int], coarse: Coarse, boxes: list[Box], box: Box) -> Mask:
    """Return the product after each factor in turn was started anew from what the others leave, where that is better.

    All factors together stop at the nearest optimum; one of them by itself sees beyond it.
    """
    best, least = mask, cost_of(mask, coarse)
    exact = EXACT * float((coarse.weight * coarse.ratio**2).sum())
    for _ in range(SWEEPS):
        before = least
        for k in shapes:
            if least <= exact:
                return best
            found = polished(_anew(best, k, coarse, boxes[k]), coarse, box)
            cost = cost_of(found, coarse)
            if cost < least:
                best, least = found, cost
        if not least < WORTH * before:
            break
    return best


def _joined(boxes: list[Box]) -> Box:
    """Return the box of all parts together."""
    return Box(*(np.concatenate(rows) for rows in zip(*boxes, strict=True)))


def _anew(mask: Mask, place: int, coarse: Coarse, box: Box) -> Mask:
    assert isinstance(mask, Composite)
    parts = list(mask.parts)
    others = [part.evaluate(coarse.grid) for k, part in enumerate(parts) if k != place]
    known = np.prod(np.broadcast_arrays(*others), axis=0) if others else np.ones(coarse.grid.shape)
    parts[place] = start(parts[place], coarse.over(known), box)
    return mask.with_parts(parts)


def _ways(
    mask: Composite, shapes: list[int], boxes: list[Box]
) -> Iterator[tuple[Composite, tuple[int, ...], list[Box]]]:
    """Yield masks, orders of their factors, and which parameters move.

    With all centers free, one factor takes what others have aside; so they are held first, at a few places.
    """
    held = [_without_centers(part, box) for part, box in zip(mask.parts, boxes, strict=True)]
    orders = list(permutations(shapes)) if len(shapes) <= FEW else [tuple(shapes), tuple(reversed(shapes))]
    places = PLACES if len(shapes) < FEW else PLACES[:1]
    for place in places:
        moved = mask.with_parts([_centered(part, place, box) for part, box in zip(mask.parts, boxes, strict=True)])
        yield from ((moved, order, held) for order in orders)
    yield from ((mask, order, boxes) for order in orders)


def _centered(part: Mask, place: tuple[float, float], box: Box) -> Mask:
    """Return a factor with its centers at a place, those of them that may move."""
    vector = part.vector
    for k, name in enumerate(part.names):
        if name.endswith(("center_row", "center_col")):
            vector[k] = place[name.endswith("center_col")]
    return box.hold(part, part.with_vector(vector))


def _without_centers(part: Mask, box: Box) -> Box:
    centered = np.array([name.endswith(("center_row", "center_col")) for name in part.names], bool)
    return box._replace(free=box.free & ~centered)


def _one_by_one(mask: Composite, order: tuple[int, ...], coarse: Coarse, boxes: list[Box]) -> Mask:
    """Return the product whose factors were started one by one from what others had left, then moved together."""
    parts = list(mask.parts)
    known: Float = np.ones(coarse.grid.shape)
    for k in order:
        parts[k] = start(parts[k], coarse.over(known), boxes[k])
        known = known * parts[k].evaluate(coarse.grid)
    return polished(mask.with_parts(parts), coarse, _joined(boxes))


def _is_level(part: Mask) -> bool:
    """Return whether a factor is nothing but a level, or one for each channel."""
    return isinstance(part, Constant) or (
        isinstance(part, PerChannel) and all(isinstance(one, Constant) for one in part.parts)
    )


def _with_level(mask: Mask, place: int, coarse: Coarse) -> Mask:
    """Return the product with the level that brings it nearest to the ratio."""
    assert isinstance(mask, Composite)
    parts = list(mask.parts)
    scale = np.ravel(scale_of(np.broadcast_to(mask.evaluate(coarse.grid), coarse.ratio.shape), coarse))
    vector = parts[place].vector
    vector *= np.clip(scale if len(scale) == len(vector) else np.full(len(vector), scale.mean()), 1e-6, None)
    parts[place] = parts[place].with_vector(vector)
    return mask.with_parts(parts)


_COMPOSITIONS: dict[type[Composite], Callable[[Composite, Coarse, Box], Mask]] = {
    PerChannel: _of_channels,
    Reciprocal: _of_reciprocal,
    Power: _of_power,
    Strength: _of_strength,
    Normalised: _of_normalised,
    Product: _of_product,
}
