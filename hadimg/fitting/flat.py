"""Fitting a mask to a picture of an evenly lit field."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.asked import Asked
from hadimg.fitting.begin import begin
from hadimg.fitting.engine import Options, run
from hadimg.fitting.observations import Observations
from hadimg.fitting.pair import check_light
from hadimg.fitting.usable import usable_weights
from hadimg.fitting.views import in_linear_light, view
from hadimg.masks.base import require_mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike

    from hadimg.fitting.outcome.result import FitResult
    from hadimg.fitting.solving.course import Callback
    from hadimg.fitting.ties import Tie
    from hadimg.grid import Grid
    from hadimg.io.image import Image
    from hadimg.masks.base import Mask

__all__ = ["fit_flat"]

CODED = "values of 8 bits are coded, not light: the mask holds for such values; linear_light=True fits the light"


def fit_flat(
    mask: Mask,
    flat: ArrayLike | Image,
    *,
    weights: ArrayLike | None = None,
    fixed: Iterable[str] | Mapping[str, float] = (),
    tied: Mapping[str, str | Tie] | None = None,
    bounds: Mapping[str, tuple[float | None, float | None]] | None = None,
    loss: str = "linear",
    loss_scale: float | None = None,
    method: str = "least_squares",
    step: str | float | None = None,
    reduce: str = "auto",
    dark: float = 0.0,
    clipped: str = "ignore",
    linear_light: bool = False,
    alpha: bool | None = None,
    grid: Grid | None = None,
    start: str = "auto",
    covariance: str | None = None,
    gtol: float = 1e-6,
    max_iterations: int | None = None,
    callback: Callback | None = None,
    workers: int | None = None,
) -> FitResult:
    r"""Fit the parameters of a mask to a picture of an evenly lit field: ``flat = level * mask``.

    The level is unknown: it is a parameter of its own, one for each channel of the picture, named ``level`` or
    ``level[k]``. Families that have a scale of their own are held at weight 1 in the middle of the picture (`hugin` at
    its center, `linear_gradient` far out on the bright side), so that nothing is left undetermined.

    Parameters
    ----------
    mask : Mask
        The family or composition, for all channels together or, with `PerChannel`, for each.
    flat : array_like of shape (H, W) or (H, W, C), or Image
        A picture of a white wall, of the sky, or without a sample. Never changed, and never copied whole.
    weights, fixed, tied, bounds, loss, loss_scale, method, step, reduce, dark, clipped, linear_light, alpha, grid
        As for `hadimg.fit`.
    start, covariance, gtol, max_iterations, callback, workers
        As for `hadimg.fit`.

    Returns
    -------
    FitResult
        The fitted mask without the level; the level is among the parameters. Clipped and dark values are counted.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an argument breaks its rule, or no value of the picture can be used.

    Examples
    --------
    >>> from hadimg import masks
    >>> flat = 180.0 * masks.Cos4(32.0, center_row=0.48).weights((60, 90))
    >>> result = fit_flat(masks.Cos4(), flat)
    >>> round(result.mask.half_field_angle, 9), round(result.params["level"], 9)
    (32.0, 180.0)
    """
    began = time.perf_counter()
    asked = Asked(require_mask("mask", mask), fixed, tied, bounds)
    level = check_light(clipped, dark, linear_light=linear_light)
    seen = view("flat", flat, alpha=alpha)
    valid, ignored = weights, dict[str, int]()
    if clipped == "ignore":
        valid, ignored = usable_weights({"flat": seen}, weights, dark=level, together=mask.channels is None)
    coded = seen.pixels.dtype == np.uint8 and not linear_light
    seen = in_linear_light(seen) if linear_light else seen
    observations = Observations.of_flat(seen.pixels, valid, dark=level, grid=grid)
    levels = "each" if observations.channels else "one"
    beginning = begin(asked, observations, levels=levels, start_from=start)
    options = Options(
        loss=loss,
        loss_scale=loss_scale,
        method=method,
        step=step,
        reduce=reduce,
        covariance=covariance,
        gtol=gtol,
        max_iterations=max_iterations,
        callback=callback,
        workers=workers,
    )
    warnings = (CODED,) if coded else ()
    return run(beginning, observations, options, ignored=ignored, warnings=warnings, began=began)
