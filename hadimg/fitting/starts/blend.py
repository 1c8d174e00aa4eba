"""Start values of blends: each mask in turn from what the other leaves, then both together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.starts.polish import Box, best_of

if TYPE_CHECKING:
    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.fitting.starts.product import Start
    from hadimg.masks.base import Mask
    from hadimg.masks.blend import Blend

__all__ = ["start_blend"]

AMOUNTS = (0.25, 0.5, 0.75)
SWEEPS = 3


def start_blend(mask: Blend, coarse: Coarse, box: Box, start: Start) -> Mask:
    """Return a blend at start values.

    Parameters
    ----------
    mask : Blend
        The blend, and the values of the parameters that may not move.
    coarse : Coarse
        What the pictures say of it.
    box : Box
        Which parameters may move, and between which bounds.
    start : callable
        Starts one mask by itself.
    """
    level = 1.0
    if coarse.free_scale:  # a sum has no scale of its own to leave to one of its masks: the brightest weights are 1
        level = float(np.quantile(coarse.ratio[coarse.weight > 0], 0.98))
    known = type(coarse)(coarse.grid, coarse.ratio / level, coarse.weight * level**2)
    amounts = AMOUNTS if box.free[-1] else (mask.amount,)
    tried = [mask.replace(amount=amount) for amount in amounts if 0.0 < amount < 1.0]
    found = [_in_turn(one, known, box, order, start) for one in tried for order in ((0, 1), (1, 0))]
    return best_of(mask, found or [mask], coarse, box)


def _in_turn(mask: Blend, coarse: Coarse, box: Box, order: tuple[int, int], start: Start) -> Blend:
    """Return the blend after each mask was started from what the other leaves, one of them as if it were alone."""
    split = len(mask.first.names)
    boxes = box.part(0, split), box.part(split, len(mask.second.names))
    parts = list(mask.parts)
    parts[order[0]] = start(parts[order[0]], coarse, boxes[order[0]])
    for _ in range(SWEEPS):
        for k in reversed(order):
            share, others = mask.shares[k], mask.shares[1 - k] * parts[1 - k].evaluate(coarse.grid)
            rest = type(coarse)(coarse.grid, (coarse.ratio - others) / share, coarse.weight * share**2)
            parts[k] = start(parts[k], rest, boxes[k])
    return mask.with_parts(parts)
