"""The same mask, said in one of the several ways in which its family can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.masks.compose import Composite

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.masks.base import Mask

__all__ = ["canonical"]


def canonical(mask: Mask) -> Mask:
    """Return the same mask with its axis along its greater width, angles within half a turn, and tilts above zero.

    An ellipse is the same after half a turn, and after a quarter turn with its sides exchanged; a graduated filter is
    the same with its sides exchanged after half a turn; so is a tilt with the opposite sign.

    Examples
    --------
    >>> from hadimg import masks
    >>> canonical(masks.Gaussian(sigma=0.5, aspect=0.5, angle=200.0))
    Gaussian(center_row=0.5, center_col=0.5, sigma=0.5, aspect=2.0, angle=-70.0)
    """
    if isinstance(mask, Composite):
        return mask.with_parts([canonical(part) for part in mask.parts])
    form = _FORMS.get(mask.family)
    return mask if form is None else mask.replace(**form(mask))


def _ellipse(mask: Any) -> dict[str, float]:
    aspect, angle = mask.aspect, mask.angle
    if aspect < 1.0:
        aspect, angle = 1.0 / aspect, angle + 90.0
    return {"aspect": aspect, "angle": _turned(angle, 180.0)}


def _filter(mask: Any) -> dict[str, float]:
    if mask.high >= mask.low:
        return {"angle": _turned(mask.angle, 360.0)}
    return {
        "angle": _turned(mask.angle + 180.0, 360.0),
        "low": mask.high,
        "high": mask.low,
        "offset": -mask.offset,
    }


def _tilt(mask: Any) -> dict[str, float]:
    if mask.tilt >= 0.0:
        return {"tilt_axis": _turned(mask.tilt_axis, 360.0)}
    return {"tilt": -mask.tilt, "tilt_axis": _turned(mask.tilt_axis + 180.0, 360.0)}


def _turned(angle: float, period: float) -> float:
    """Return an angle in (-period / 2, period / 2]."""
    return period / 2 - (period / 2 - angle) % period


_FORMS: dict[str, Callable[[Any], dict[str, float]]] = {
    "gaussian": _ellipse,
    "aperture": _ellipse,
    "half_cosine": _ellipse,
    "linear_gradient": _filter,
    "kang_weiss": _tilt,
}
"""What each family that has several ways replaces."""
