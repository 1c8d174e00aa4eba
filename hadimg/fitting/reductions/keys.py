"""What a mask keeps while its free parameters move: its mirror images, its circles; and which parameter breaks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Kept = Callable[[Mask], list[bool]]

__all__ = ["breaking", "circles", "mirror_images"]

STEP = 1e-3
"""How far parameters are moved, relative to themselves or, at zero, to 1."""
TOLERANCE = 1e-9
SAMPLES = 7


def mirror_images(grid: Grid) -> Kept:
    """Return what tells of a mask and of each of its derivatives whether it is even in both axes of the picture."""
    rng = np.random.default_rng(0)
    down, across = rng.random((2, SAMPLES))
    places = Places.at(grid, np.append(down, 1.0 - down), np.append(across, 1.0 - across))

    def kept(mask: Mask) -> list[bool]:
        return [
            _same(values, np.roll(values, SAMPLES, axis=-2)) and _same(values, np.roll(values, SAMPLES, axis=-1))
            for values in _all(mask, places)
        ]

    return kept


def circles(grid: Grid, center: tuple[float, float]) -> Kept:
    """Return what tells of a mask and of each of its derivatives whether it is the same all around a center."""
    rng = np.random.default_rng(0)
    places = Places.at(grid, rng.random(SAMPLES), rng.random(SAMPLES))
    ray = Places.ray(grid, center, np.hypot(*places.offsets(*center)).ravel())

    def kept(mask: Mask) -> list[bool]:
        pairs = zip(_all(mask, places), _all(mask, ray), strict=True)
        return [_same(values, along.reshape(values.shape)) for values, along in pairs]

    return kept


def breaking(mask: Mask, fixed: Sequence[str], kept: Kept) -> tuple[str, ...]:
    """Return the names of the free parameters with which a mask loses what it keeps as it stands.

    A derivative that is not kept gives its parameter away; where it vanishes, as the center's of a mask that is flat as
    yet, it does so after another parameter has moved (and then both are named: either, fixed, is a way out).

    Parameters
    ----------
    mask : Mask
        With the parameters at which a fit starts.
    fixed : sequence of str
        Names of the parameters that do not move.
    kept : callable
        `mirror_images` or `circles`.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.grid import Grid
    >>> breaking(masks.ExponentialDecay(rate=0.7), (), mirror_images(Grid(40, 60)))
    ('center_row', 'center_col')
    >>> breaking(masks.ExponentialDecay(rate=0.7), ("center_row", "center_col"), mirror_images(Grid(40, 60)))
    ()
    """
    free = [number for number, name in enumerate(mask.names) if name not in fixed]
    found: set[int] = set()
    for moved in (mask, *_moved(mask, free)):
        weights, *partials = kept(moved)
        if weights:
            found |= {number for number in free if not partials[number]}
        if moved is mask and found:
            break
    return tuple(mask.names[number] for number in sorted(found))


def _moved(mask: Mask, free: list[int]) -> Iterator[Mask]:
    """Yield the mask with one parameter after the other moved a little within its bounds."""
    _, upper = mask.bounds
    for number in free:
        vector = mask.vector
        step = STEP * (abs(vector[number]) or 1.0)
        vector[number] += step if vector[number] + step <= upper[number] else -step
        yield mask.with_vector(vector)


def _all(mask: Mask, places: Grid) -> Iterator[Float]:
    with np.errstate(all="ignore"):
        yield mask.evaluate(places)
        yield from mask.evaluate_partials(places)


def _same(values: Float, others: Float) -> bool:
    return bool(np.abs(values - others).max() <= TOLERANCE * max(1e-3, np.abs(values).max()))
