"""Radial masks that are polynomials of the distance, or one over them, written as another family of that kind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from hadimg.masks.compose import Reciprocal, Strength
from hadimg.masks.cos4 import Cos4
from hadimg.masks.dng_vignette import DngVignette
from hadimg.masks.lensfun_pa import LensfunPa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hadimg.grid import Grid
    from hadimg.masks.base import Float, Mask

__all__ = ["LAYOUTS", "center_of", "linear_places", "same_polynomial", "with_center", "with_linear"]


class _Layout(NamedTuple):
    """The powers of the distance that a family has a coefficient for, and whether its mask is one over their sum."""

    powers: tuple[int, ...]
    inverted: bool = False


LAYOUTS = {
    "polynomial": _Layout((2, 4, 6)),
    "lensfun_pa": _Layout((2, 4, 6)),
    "hugin": _Layout((0, 2, 4, 6)),
    "micasense": _Layout((1, 2, 3, 4, 5, 6)),
    "dng_vignette": _Layout((2, 4, 6, 8, 10), inverted=True),
}
"""Radial polynomials. A family without a power 0 has the constant 1."""


class _Series(NamedTuple):
    """A radial mask as a polynomial of the distance in half diagonals, or as one over it."""

    center: tuple[float, float]
    terms: Mapping[int, float]
    inverted: bool


def same_polynomial(mask: Mask, template: Mask, grid: Grid) -> Mask | None:
    """Return the mask as the template's family when both are the same radial polynomial, else None."""
    if isinstance(template, Reciprocal):
        inner = same_polynomial(mask.reciprocal(), template.mask, grid)
        return None if inner is None else inner.reciprocal()
    series, layout = _series(mask, grid), LAYOUTS.get(template.family)
    if series is None or layout is None or layout.inverted != series.inverted:
        return None
    terms = {0: 1.0} | dict.fromkeys(layout.powers, 0.0)
    if any(value != terms.get(power, 0.0) for power, value in series.terms.items() if power not in layout.powers):
        return None
    centered = with_center(template, series.center)
    unit = _unit(centered, grid)
    values = [series.terms.get(power, 0.0) / unit**power for power in layout.powers]
    return with_linear(centered, values)


def _series(mask: Mask, grid: Grid) -> _Series | None:
    """Return the polynomial of a mask, or None when it is none."""
    if isinstance(mask, Reciprocal):
        inner = _series(mask.mask, grid)
        return None if inner is None else inner._replace(inverted=not inner.inverted)
    if isinstance(mask, Strength):
        inner = _series(mask.mask, grid)
        if inner is None or inner.inverted:
            return None
        blended = {power: mask.amount * value for power, value in inner.terms.items()}
        return inner._replace(terms=blended | {0: 1.0 + mask.amount * (inner.terms[0] - 1.0)})
    if isinstance(mask, Cos4):  # 1 / (1 + t r^2)^2
        t = math.tan(math.radians(mask.half_field_angle)) ** 2
        return _Series((mask.center_row, mask.center_col), {0: 1.0, 2: 2.0 * t, 4: t * t}, inverted=True)
    layout = LAYOUTS.get(mask.family)
    if layout is None:
        return None
    unit = _unit(mask, grid)
    values = mask.vector[linear_places(mask)]
    terms = {power: float(value) * unit**power for power, value in zip(layout.powers, values, strict=True)}
    return _Series(center_of(mask) or (0.5, 0.5), {0: 1.0} | terms, layout.inverted)


def _unit(mask: Mask, grid: Grid) -> float:
    """Return the half diagonal in the family's own unit of radius."""
    if isinstance(mask, DngVignette):
        return 1.0 / math.sqrt(mask.corner_squared(grid))
    return mask.crop_ratio if isinstance(mask, LensfunPa) else 1.0


def linear_places(mask: Mask) -> list[int]:
    """Return the places of all parameters but the center."""
    return [k for k, name in enumerate(mask.names) if name not in ("center_row", "center_col")]


def with_linear(mask: Mask, values: Float | list[float]) -> Mask:
    """Return the mask with other values of all parameters but the center."""
    vector = mask.vector
    vector[linear_places(mask)] = values
    return mask.with_vector(vector)


def center_of(mask: Mask) -> tuple[float, float] | None:
    """Return the center of a mask that is radial, or has one; None for others."""
    form = mask.radial()
    if form is not None:
        return form.center
    try:
        return mask.center_row, mask.center_col  # type: ignore[attr-defined]
    except AttributeError:
        return None


def with_center(template: Mask, center: tuple[float, float]) -> Mask:
    """Return the mask with another center, where it has one."""
    if "center_row" not in template.names:
        return template
    return template.replace(center_row=center[0], center_col=center[1])
