"""Masks of one family that are the very same function as one of another family with other parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hadimg.masks.cos4 import Cos4
from hadimg.masks.exponential_decay import ExponentialDecay
from hadimg.masks.gaussian import Gaussian
from hadimg.masks.kang_weiss import KangWeiss
from hadimg.masks.parameters import settings

if TYPE_CHECKING:
    from hadimg.masks.base import Mask

__all__ = ["same_function"]


def same_function(mask: Mask, template: Mask) -> Mask | None:
    """Return the mask as the template's family where a formula gives its parameters, else None.

    Examples
    --------
    >>> same_function(ExponentialDecay(rate=2.0, power=2.0), Gaussian())
    Gaussian(center_row=0.5, center_col=0.5, sigma=0.5, aspect=1.0, angle=0.0)
    >>> same_function(ExponentialDecay(rate=2.0, power=1.0), Gaussian()) is None
    True
    """
    if type(mask) is type(template):
        return mask if _alike(mask, template) else None
    found = _translated(mask, template)
    if found is None:
        return None
    values, family = found
    center = {name: getattr(mask, name) for name in ("center_row", "center_col")}
    return family(**values, **center)


def _alike(mask: Mask, template: Mask) -> bool:
    """Return whether two masks of one family differ in nothing but the values of their parameters."""
    if hasattr(mask, "parts") or mask.names != template.names:
        return False
    return all(getattr(mask, name) == getattr(template, name) for name in settings(mask))


def _translated(mask: Mask, template: Mask) -> tuple[dict[str, float], type[Mask]] | None:
    """Return the parameters but the center, and the family, where the mask lies in the template's family."""
    if isinstance(mask, Cos4) and isinstance(template, KangWeiss):  # both have tan(angle) = 1 / focal length
        slope = math.tan(math.radians(mask.half_field_angle))
        return ({"focal_length": 1.0 / slope}, KangWeiss) if 1e-3 <= slope <= 5.0 else None
    if isinstance(mask, KangWeiss) and isinstance(template, Cos4) and mask.alpha == mask.tilt == 0.0:
        return {"half_field_angle": math.degrees(math.atan(1.0 / mask.focal_length))}, Cos4
    if isinstance(mask, ExponentialDecay) and isinstance(template, Gaussian) and mask.power == 2.0:
        return ({"sigma": (2.0 * mask.rate) ** -0.5}, Gaussian) if 5e-7 <= mask.rate <= 5e5 else None
    if isinstance(mask, Gaussian) and isinstance(template, ExponentialDecay) and mask.aspect == 1.0:
        return {"rate": 0.5 / mask.sigma**2, "power": 2.0}, ExponentialDecay
    return None
