"""One mask written as another family: exactly where both say the same, by least squares where they do not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.base import require_mask
from hadimg.masks.compose import Reciprocal
from hadimg.masks.equivalents import same_function
from hadimg.masks.per_channel import PerChannel
from hadimg.masks.radial_series import center_of, linear_places, same_polynomial, with_center, with_linear
from hadimg.masks.sizes import affordable
from hadimg.masks.text import parse

if TYPE_CHECKING:
    from hadimg.grid import Shape
    from hadimg.masks.base import Float, Mask

__all__ = ["Conversion", "convert"]

STRIP_ROWS = 64
SAMPLES = 8192
"""Pixels that a least squares conversion looks at; eight a parameter where there are many parameters."""
MOST_PARAMETERS = 1024
ROUNDING = 1e-12
"""The largest deviation that the rounding of a solve leaves: two masks no farther apart everywhere are the same."""


@dataclass(frozen=True)
class Conversion:
    """A mask as another family, and how far it is from the original.

    Parameters
    ----------
    mask : Mask
        The mask of the other family.
    exact : bool
        Whether the two are the same function, so that only rounding lies between them: known by their formulas, or
        seen by a deviation of at most 1e-12 at every one of at least 4 pixels a parameter. Conversions between
        families that count in half diagonals and surfaces, and to and from `dng_vignette` with a center off the
        middle, are exact for pictures of the given aspect only.
    largest_deviation : float
        The largest ``|new - old| / |old|`` over the pixels of the given shape.
    """

    mask: Mask
    exact: bool
    largest_deviation: float


_LINKS = {
    "constant": "weight",
    "polynomial": "weight",
    "lensfun_pa": "weight",
    "hugin": "weight",
    "micasense": "weight",
    "polynomial_surface": "weight",
    "spline_surface": "weight",
    "radial_spline": "weight",
    "grid": "weight",
    "log_polynomial_surface": "log",
    "log_spline_surface": "log",
    "log_separable": "log",
    "dng_vignette": "gain",
    "dng_gain_map": "gain",
}
"""What of a family is linear in its parameters (but its center): the weight, its logarithm, or the gain ``1 / w``."""


def convert(mask: Mask, family: str | Mask, *, shape: Shape | Grid = (400, 600)) -> Conversion:
    """Return a mask as another family.

    `polynomial`, `hugin`, `lensfun_pa`, `micasense` and `dng_vignette` become each other exactly where their powers
    allow it. `dng_vignette` and `cos4` are one over a polynomial: exactly ``1 / polynomial``, so a polynomial becomes
    `dng_vignette` by least squares only. Also exact are `cos4` and an untilted `kang_weiss`, a round `gaussian` and an
    `exponential_decay` of power 2, and every mask as its own family. All else is least squares of the relative
    deviation, in which the parameters of the other family must be linear; its center is that of the mask. Where that
    leaves nothing but rounding it is exact too: an elliptic `gaussian` as a `log_polynomial_surface`, say.

    Parameters
    ----------
    mask : Mask
        What is converted; one that holds a mask for each channel, channel by channel.
    family : str or Mask
        The name of the family, its text form (``"spline_surface"``, ``"reciprocal(polynomial())"``), or a mask of it,
        whose settings and numbers of coefficients are kept.
    shape : (int, int) or Grid
        The picture for which the masks shall agree. Only its aspect matters, and that only for least squares and for
        `dng_vignette` with a center off the middle.

    Returns
    -------
    Conversion
        The mask, whether it is the same function, and the largest relative deviation.

    Raises
    ------
    ArgumentError
        When the family is not linear in its parameters, or the mask has weights that are not positive and finite,
        from which no deviation is relative.
    LimitError
        When the shape has more than 2**31 pixels.

    Examples
    --------
    >>> from hadimg import masks
    >>> masks.convert(1 / masks.Polynomial(k1=-0.3), "reciprocal(polynomial)").exact
    True
    >>> result = masks.convert(masks.Cos4(30.0), "polynomial")
    >>> result.exact, round(result.largest_deviation, 4)
    (False, 0.0016)
    """
    require_mask("mask", mask)
    template = require_mask("family", parse(family) if isinstance(family, str) else family)
    grid = affordable(Grid.of(shape), "convert: weights")
    if mask.channels is not None:
        return _by_channel([convert(mask.channel(k), template, shape=grid) for k in range(mask.channels)])
    found = same_function(mask, template) or same_polynomial(mask, template, grid)
    converted = _fitted(mask, template, grid) if found is None else found
    deviation = _largest_deviation(mask, converted, grid)
    seen = deviation <= ROUNDING and grid.rows * grid.cols >= 4 * len(converted.names)
    return Conversion(converted, found is not None or seen, deviation)


def _by_channel(parts: list[Conversion]) -> Conversion:
    """Return the conversions of all channels as one."""
    return Conversion(
        PerChannel(*(part.mask for part in parts)),
        all(part.exact for part in parts),
        max(part.largest_deviation for part in parts),
    )


# ---- least squares


def _fitted(mask: Mask, template: Mask, grid: Grid) -> Mask:
    """Return the template with the parameters that come closest to the mask in relative deviation."""
    if isinstance(template, Reciprocal):
        return _fitted(mask.reciprocal(), template.mask, grid).reciprocal()
    link = _LINKS.get(template.family)
    if link is None:
        raise ArgumentError(
            f"convert: {template.family} is not linear in its parameters, so nothing can be solved for",
            remedy=f"fit it to the weights of the mask, or convert to one of {', '.join(_LINKS)}",
        )
    center = center_of(mask)
    start = template if center is None else with_center(template, center)
    linear = linear_places(start)
    if len(linear) > MOST_PARAMETERS:
        raise ArgumentError(f"convert: at most {MOST_PARAMETERS} parameters are solved for, got {len(linear)}")
    rows, values = _equations(mask, start, linear, grid, link)
    change = np.linalg.lstsq(rows, values, rcond=None)[0]
    return with_linear(start, start.vector[linear] + change)


def _equations(mask: Mask, start: Mask, linear: list[int], grid: Grid, link: str) -> tuple[Float, Float]:
    """Return, one row a sampled pixel, how the linked value moves with each parameter, and how far it has to go."""
    samples = max(SAMPLES, 8 * len(linear))
    share = min(1.0, math.sqrt(samples / (grid.rows * grid.cols)))
    down, across = (np.linspace(0, n - 1, max(1, math.ceil(n * share))).round().astype(int) for n in grid.shape)
    rows, values = [], []
    for row in down:
        line = grid.window((slice(row, row + 1), slice(None)))
        wanted = mask.weights(line)[0, across]
        if not (np.isfinite(wanted) & (wanted > 0)).all():
            raise ArgumentError(
                f"convert: the mask must be positive, row {row} holds {wanted.min()!r}: no deviation from that is "
                "relative",
                remedy="convert a mask that is blended towards the neutral one (strength) or floored",
            )
        weights, partials = start.weights(line)[0, across], start.jacobian(line)[linear][:, 0, across]
        if link != "weight" and not (np.isfinite(weights) & (weights > 0)).all():
            raise ArgumentError(f"convert: the {start.family} mask to start from must be positive, row {row} is not")
        if link == "weight":
            rows.append(partials / wanted)
            values.append((wanted - weights) / wanted)
        elif link == "gain":
            rows.append(-partials / weights**2 * wanted)
            values.append(1.0 - wanted / weights)
        else:
            rows.append(partials / weights)
            values.append(np.log(wanted / weights))
    return np.concatenate(rows, axis=1).T, np.concatenate(values)


def _largest_deviation(old: Mask, new: Mask, grid: Grid) -> float:
    largest = 0.0
    for strip in grid.strips(STRIP_ROWS):
        was, now = old.weights(strip), new.weights(strip)
        difference = np.abs(now - was)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(difference == 0, 0.0, difference / np.abs(was))
        largest = max(largest, float(relative.max()))
    return largest
