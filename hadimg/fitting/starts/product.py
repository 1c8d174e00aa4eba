"""Start values of products: factor by factor, each from what the others leave, then all of them together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.gauge import scale_direction
from hadimg.fitting.starts.coarse import Coarse
from hadimg.fitting.starts.polish import Box, best_of, cost_of, polished, scale_of
from hadimg.fitting.starts.shaken import AROUND, shaken
from hadimg.masks.array import Array
from hadimg.masks.base import Mask
from hadimg.masks.compose import Composite
from hadimg.masks.constant import Constant
from hadimg.masks.normalised import Normalised
from hadimg.masks.per_channel import PerChannel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.masks.base import Float

__all__ = ["boxes_of", "start_product"]

Start = Callable[[Mask, Coarse, Box], Mask]
"""How a factor is started by itself."""

FEW = 3
"""Factors whose orders are all tried."""
PLACES = ((0.5, 0.5), (0.38, 0.38), (0.38, 0.62), (0.62, 0.38), (0.62, 0.62))
"""Where the centers of all factors are held first."""
BEGUN = 3
"""Products that are worth sweeps."""
SWEEPS = 4
EVEN, LEAST_SHARE = 1.5, 0.03
"""How evenly the logarithm is shared (1 is by mere chance), and the least share."""
WORTH = 0.9
"""A sweep that leaves more than this of the squares is the last one."""
EXACT = 1e-16
"""The part of the squares of the ratio that rounding leaves."""


def boxes_of(mask: Composite, box: Box) -> list[Box]:
    """Return the box of each part."""
    ends = np.cumsum([len(part.names) for part in mask.parts])
    return [box.part(end - len(part.names), len(part.names)) for part, end in zip(mask.parts, ends, strict=True)]


def start_product(mask: Composite, coarse: Coarse, box: Box, start: Start) -> Mask:
    """Return a product at start values.

    Parameters
    ----------
    mask : Composite
        The product, and the values of the parameters that may not move.
    coarse : Coarse
        What the pictures say of it.
    box : Box
        Which parameters may move, and between which bounds.
    start : callable
        Starts one factor by itself.
    """
    free_scale = coarse.free_scale or any(isinstance(part, Normalised) for part in mask.parts)
    plain = mask.with_parts([_plain(part) for part in mask.parts])
    parts = zip(plain.parts, boxes_of(plain, box), strict=True)
    if free_scale and any(scale_direction(part, own.free) is not None for part, own in parts if not _is_level(part)):
        free_scale = False  # a factor has a scale of its own
    found = _alternating(plain, coarse.scaled(free=free_scale), box, start)
    return mask.with_vector(found.vector)


def _plain(part: Mask) -> Mask:
    """Return a factor that can be evaluated anywhere, at once: without its level, and resampled."""
    if isinstance(part, Normalised):
        return part.mask
    return Array(part.values, resample=True) if isinstance(part, Array) else part


def _alternating(mask: Composite, coarse: Coarse, box: Box, start: Start) -> Mask:
    boxes = boxes_of(mask, box)
    levels = [k for k, part in enumerate(mask.parts) if _is_level(part) and boxes[k].free.all()]
    shapes = [k for k in range(len(mask.parts)) if k not in levels]
    if levels:
        coarse = coarse.scaled(free=True)
        # A level changes nothing while the scale is free: it would drift.
        boxes = [own._replace(free=own.free & (k not in levels)) for k, own in enumerate(boxes)]
        box = _joined(boxes)
    few = coarse.thin()
    ways = _ways(mask, shapes, boxes)
    found = [polished(_one_by_one(moved, order, few, tried, start), few, box) for moved, order, tried in ways]
    found.sort(key=lambda one: cost_of(one, few))
    swept = [_swept(one, shapes, few, boxes, box, start) for one in found[:BEGUN]]
    best = best_of(mask, swept, coarse, box)
    if len(shapes) > 1:
        best = shaken(best, coarse, box, lambda part, rng: _by_shares(mask, shapes, part, boxes, start, rng))
    return _with_level(best, levels[0], coarse) if levels else best


def _swept(mask: Mask, shapes: list[int], coarse: Coarse, boxes: list[Box], box: Box, start: Start) -> Mask:
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
            found = polished(_anew(best, k, coarse, boxes[k], start), coarse, box)
            cost = cost_of(found, coarse)
            if cost < least:
                best, least = found, cost
        if not least < WORTH * before:
            break
    return best


def _by_shares(
    mask: Composite, shapes: list[int], coarse: Coarse, boxes: list[Box], start: Start, rng: np.random.Generator
) -> Mask:
    """Return the product whose factors each explain a share of the ratio's logarithm, drawn by chance, like centers.

    One by one, the first factor takes all that it can: but factors that resemble each other share.
    """
    parts = list(mask.parts)
    free = coarse.scaled(free=True)  # a share of the level is no factor's
    for k, share in zip(shapes, rng.dirichlet(np.full(len(shapes), EVEN)), strict=True):
        exponent = max(float(share), LEAST_SHARE)
        row, col = rng.uniform(*AROUND, 2).tolist()
        rooted = free.moved(partial(_power, exponent), partial(_power_slope, exponent))
        parts[k] = start(_centered(parts[k], (row, col), boxes[k]), rooted, _without_centers(parts[k], boxes[k]))
    found = mask.with_parts(parts)
    levelled = [k for k in shapes if scale_direction(parts[k], boxes[k].free) is not None]
    return found if coarse.free_scale or not levelled else _anew(found, levelled[0], coarse, boxes[levelled[0]], start)


def _power(exponent: float, ratio: Float) -> Float:
    raised: Float = ratio**exponent
    return raised


def _power_slope(exponent: float, ratio: Float) -> Float:
    slope: Float = exponent * ratio ** (exponent - 1.0)
    return slope


def _joined(boxes: list[Box]) -> Box:
    """Return the box of all parts together."""
    return Box(*(np.concatenate(rows) for rows in zip(*boxes, strict=True)))


def _anew(mask: Mask, place: int, coarse: Coarse, box: Box, start: Start) -> Mask:
    """Return the product with one factor started from what all others leave."""
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


def _one_by_one(mask: Composite, order: tuple[int, ...], coarse: Coarse, boxes: list[Box], start: Start) -> Mask:
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
