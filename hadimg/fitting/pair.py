"""Fitting a mask to a picture before and after it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.asked import Asked
from hadimg.fitting.begin import begin
from hadimg.fitting.engine import Options, run
from hadimg.fitting.observations import Observations
from hadimg.fitting.usable import usable_weights
from hadimg.fitting.views import in_linear_light, view
from hadimg.masks.base import require_mask
from hadimg.masks.parameters import checked_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike

    from hadimg.fitting.outcome.result import FitResult
    from hadimg.fitting.solving.course import Callback
    from hadimg.fitting.ties import Tie
    from hadimg.grid import Grid
    from hadimg.io.image import Image
    from hadimg.masks.base import Mask

__all__ = ["check_light", "fit"]

CLIPPED = ("ignore", "keep")
ROUNDINGS = {"nearest": 0.0, "truncated": 0.5}
"""What is added to values of the target for the way in which whole numbers were made of them."""


def fit(
    mask: Mask,
    image: ArrayLike | Image,
    target: ArrayLike | Image,
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
    gain: bool = False,
    clipped: str = "ignore",
    rounding: str = "nearest",
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
    r"""Fit the parameters of a mask to the same picture before and after it: ``target = image * mask``.

    Minimises :math:`\tfrac12 \sum v \, (I * w(\theta) - T)^2`, or a robust loss of the same residuals. Start values are
    found from the pictures: the mask's own values count for fixed parameters only.

    Parameters
    ----------
    mask : Mask
        The family or composition, for all channels together or, with `PerChannel`, for each.
    image, target : array_like of shape (H, W) or (H, W, C), or Image
        Before and after. Never changed, and never copied whole. Opacity does not count.
    weights : array_like, shape (H, W) or that of the image, optional
        One over the variance of each value, or in proportion to it; 0 leaves a value out, also NaN. All 1 by default.
    fixed : iterable of str, or dict of str to float
        Parameters that keep the mask's values, or the given ones. ``"center"`` stands for all centers.
    tied : dict of str to str or tie, optional
        Parameters that follow others: the other's name, a `LinearTie` or a `GeneralTie`.
    bounds : dict of str to (float, float), optional
        Lower and upper bounds; None for none. Those of the family hold besides.
    loss : str
        ``"linear"`` for least squares; ``"huber"``, ``"soft_l1"``, ``"cauchy"``, ``"arctan"`` and ``"tukey"`` let
        outliers pull less.
    loss_scale : float, optional
        Residuals beyond this are outliers. By default from the spread of the residuals of a first fit.
    method, step, gtol, max_iterations
        As for `hadimg.fitting.solving.solvers.solve`: ``"least_squares"``, ``"lbfgs"``, ``"gradient_descent"``, ...
    reduce : str
        How pixels are compressed: ``"auto"``, ``"none"``, ``"fold"``, ``"radial"`` or ``"cells"``.
    dark : float
        Level that both pictures have without any light.
    gain : bool
        Whether the exposures differ: the result then has a parameter ``level``, or one for each channel of a mask that
        tells channels apart, and the mask is 1 in its middle where its family leaves that open.
    clipped : str
        ``"ignore"`` leaves out pixels at the highest level, or not above the dark one, in either picture; the result
        counts them. ``"keep"`` takes them as they are. Floats have no highest level.
    rounding : str
        ``"truncated"`` when the target's whole numbers were made by dropping what is behind the point.
    linear_light : bool
        Whether to decode sRGB values to linear light first; takes the memory of the pictures as float32.
    alpha : bool, optional
        Whether the last channel of an array is opacity. By default it is when there are 2 or 4.
    grid : Grid, optional
        Where the values lie, when they are no whole picture: a window of one, or cells of one.
    start : str
        ``"given"`` starts from the mask's own values instead.
    covariance : str, optional
        A key of `hadimg.fitting.outcome.covariance.KINDS`; ``"block"`` by default. ``"absolute"`` when weights are one
        over the variance itself.
    callback : callable, optional
        Called once per iteration with its number, cost, optimality and parameters; returning True stops.
    workers : int, optional
        Threads; all cores by default. Results are the same for any number.

    Returns
    -------
    FitResult
        The fitted mask, parameters with errors, and how far to trust them. ``success`` is true at an optimum only.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an argument breaks its rule, or no value of the pictures can be used.

    Examples
    --------
    >>> from hadimg import masks
    >>> image = np.random.default_rng(0).uniform(50.0, 200.0, (60, 90))
    >>> dimmed = image * masks.ExponentialDecay(rate=0.8, power=1.5).weights(image.shape)
    >>> result = fit(masks.ExponentialDecay(), image, dimmed)
    >>> result.success, round(result.mask.rate, 9), round(result.mask.power, 9)
    (True, 0.8, 1.5)
    """
    began = time.perf_counter()
    asked = Asked(require_mask("mask", mask), fixed, tied, bounds)
    level = check_light(clipped, dark, linear_light=linear_light)
    _check_rounding(rounding, linear_light=linear_light)
    before, after = (view(name, one, alpha=alpha) for name, one in (("image", image), ("target", target)))
    if before.pixels.shape != after.pixels.shape:
        raise ArgumentError(
            f"image and target must have one shape, got {before.pixels.shape} and {after.pixels.shape}",
            remedy="crop or resize one, or repeat a gray one for each channel",
        )
    valid, ignored = weights, dict[str, int]()
    if clipped == "ignore":
        views = {"image": before, "target": after}
        valid, ignored = usable_weights(views, weights, dark=level, together=mask.channels is None)
    if linear_light:
        before, after = in_linear_light(before), in_linear_light(after)
    seen = after.pixels if not ROUNDINGS[rounding] else np.add(after.pixels, ROUNDINGS[rounding], dtype=np.float32)
    observations = Observations(before.pixels, seen, valid, dark=level, grid=grid)
    levels = None if not gain else "one" if mask.channels is None else "each"
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
    return run(beginning, observations, options, ignored=ignored, began=began)


def check_light(clipped: str, dark: float, *, linear_light: bool) -> float:
    """Return the dark level, or raise an error about what cannot be said of light."""
    if clipped not in CLIPPED:
        raise ArgumentError(f"clipped must be 'ignore' or 'keep', got {clipped!r:.40}")
    level = checked_number("dark", dark)
    if linear_light and level:
        raise ArgumentError(
            f"dark must be 0 with linear_light, got {level:g}: a level of coded values is no level of light",
            remedy="decode and subtract it yourself",
        )
    return level


def _check_rounding(rounding: str, *, linear_light: bool) -> None:
    if rounding not in ROUNDINGS:
        raise ArgumentError(f"rounding must be 'nearest' or 'truncated', got {rounding!r:.40}")
    if linear_light and ROUNDINGS[rounding]:
        raise ArgumentError("rounding must be 'nearest' with linear_light, got 'truncated'")
