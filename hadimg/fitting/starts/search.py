"""Start values, found from the pictures: one function a family, and one a composition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.gauge import scale_direction
from hadimg.fitting.starts import radial as radial_starts
from hadimg.fitting.starts import shapes as shape_starts
from hadimg.fitting.starts import surfaces as surface_starts
from hadimg.fitting.starts.blend import start_blend
from hadimg.fitting.starts.canonical import canonical
from hadimg.fitting.starts.centers import centers, with_center
from hadimg.fitting.starts.polish import Box, best_of, polished
from hadimg.fitting.starts.product import boxes_of, start_product
from hadimg.masks.blend import Blend
from hadimg.masks.compose import Composite, Product, Reciprocal, Strength
from hadimg.masks.normalised import Normalised
from hadimg.masks.per_channel import PerChannel
from hadimg.masks.power import Power

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.masks.base import Mask

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
    "log_separable": surface_starts.log_surface,
    "radial_spline": radial_starts.polynomial,
    "grid": surface_starts.surface,
    "dng_gain_map": surface_starts.inverse_surface,
}
"""What each family may start from. A family without a line starts from the values it was given, at a few centers."""

EXPONENTS = (0.5, 1.0, 2.0)
AMOUNTS = (0.5, 1.0)


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
    >>> from hadimg.fitting.starts.coarse import coarse_ratio
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


def _of_channels(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    """Start each channel by itself."""
    parts = [
        start(part, coarse.channel(k) if coarse.channels else coarse, own)
        for k, (part, own) in enumerate(zip(mask.parts, boxes_of(mask, box), strict=True))
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


def _of_blend(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    assert isinstance(mask, Blend)
    return start_blend(mask, coarse, box, start)


def _of_product(mask: Composite, coarse: Coarse, box: Box) -> Mask:
    return start_product(mask, coarse, box, start)


_COMPOSITIONS: dict[type[Composite], Callable[[Composite, Coarse, Box], Mask]] = {
    PerChannel: _of_channels,
    Reciprocal: _of_reciprocal,
    Power: _of_power,
    Strength: _of_strength,
    Blend: _of_blend,
    Normalised: _of_normalised,
    Product: _of_product,
}
