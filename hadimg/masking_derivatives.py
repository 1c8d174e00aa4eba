r"""Derivatives of putting a mask on a picture, forward and backward, for programs that chain them with their own.

`apply_mask` computes :math:`Y = X * M(\theta)`. By the Hadamard product rule its differential is

.. math:: \dot Y = \dot X * M + X * \sum_k \dot\theta_k \, \partial M / \partial\theta_k

The adjoint takes a cotangent ``G`` of ``Y`` back:

.. math:: \bar X = G * M, \qquad \bar\theta_k = \langle G * X, \; \partial M / \partial\theta_k \rangle

with a sum over the channels that share the mask. Rounding and saturation have no useful derivative: these are the
derivatives of the unrounded product. Opacity is kept as it is, so it changes as it is told to, and no parameter of the
mask feels it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.grid import Grid
from hadimg.masks.base import require_mask
from hadimg.pixel_checks import check_finite, color_channels, with_channels
from hadimg.threads import checked_workers, each

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Pixels = NDArray[Any]

__all__ = ["apply_mask_jvp", "apply_mask_vjp"]

STRIP_BYTES, ARRAYS = 1 << 22, 12
"""What one thread holds at a time, and the float64 arrays of a strip that it holds for each channel."""


def apply_mask_jvp(
    pixels: Pixels,
    mask: Mask,
    *,
    pixel_tangent: ArrayLike | None = None,
    parameter_tangent: ArrayLike | None = None,
    channel_axis: int | None = -1,
    alpha: bool | None = None,
    nonfinite: Literal["raise", "propagate"] = "raise",
    workers: int | None = None,
) -> Pixels:
    """Return how the masked picture changes when pixels and parameters do: the product of the Jacobian with a vector.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        As for `apply_mask`.
    mask : Mask
        With P parameters.
    pixel_tangent : array_like, shape of the pixels, optional
        How the pixels change.
    parameter_tangent : array_like, shape (P,), optional
        How the parameters change, in the order of ``mask.names``.
    channel_axis, alpha, nonfinite, workers
        As for `apply_mask`. Opacity is kept as it is: it changes as ``pixel_tangent`` says, whatever the mask does.

    Returns
    -------
    ndarray, shape of the pixels
        In the type of floating-point pixels, else float64.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When shapes do not match, neither tangent is given, or an argument breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> apply_mask_jvp(np.array([[2.0, 4.0]]), masks.Constant(0.5), parameter_tangent=[0.1])
    array([[0.2, 0.4]])
    """
    stage = _Stage.of(pixels, mask, channel_axis, alpha, nonfinite, workers)
    if pixel_tangent is None and parameter_tangent is None:
        raise ArgumentError("one of pixel_tangent and parameter_tangent must be given, got neither")
    moved = None if pixel_tangent is None else stage.view("pixel_tangent", pixel_tangent)
    rates = None if parameter_tangent is None else _rates(parameter_tangent, mask)
    result, out = stage.new()

    def step(rows: slice, grid: Grid) -> None:
        change: Any = 0.0
        if moved is not None:
            out[rows][..., stage.color :] = moved[rows][..., stage.color :]
            change = moved[rows][..., : stage.color] * stage.last(mask.evaluate(grid))
        if rates is not None and rates.size:
            partials = zip(rates, mask.evaluate_partials(grid), strict=True)
            turned: Any = sum(rate * partial for rate, partial in partials)
            change = change + stage.source[rows][..., : stage.color] * stage.last(turned)
        out[rows][..., : stage.color] = change

    stage.each(step)
    return result


def apply_mask_vjp(
    pixels: Pixels,
    mask: Mask,
    cotangent: ArrayLike,
    *,
    channel_axis: int | None = -1,
    alpha: bool | None = None,
    nonfinite: Literal["raise", "propagate"] = "raise",
    workers: int | None = None,
) -> tuple[Pixels, Float]:
    """Return what a change of the masked picture asks of pixels and parameters: the adjoint of `apply_mask_jvp`.

    When ``cotangent`` is the derivative of a loss by the masked picture, the results are its derivatives by the pixels
    and by the parameters: what backward passes of PyTorch and JAX ask for.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        As for `apply_mask`.
    mask : Mask
        With P parameters.
    cotangent : array_like, shape of the pixels
        One number for each value of the masked picture.
    channel_axis, alpha, nonfinite, workers
        As for `apply_mask`. The cotangent of opacity goes to the pixels' opacity as it is and to no parameter.

    Returns
    -------
    pixel_cotangent : ndarray, shape of the pixels
        In the type of floating-point pixels, else float64.
    parameter_cotangent : ndarray of float64, shape (P,)
        In the order of ``mask.names``; the same bits for any number of threads.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When shapes do not match, or an argument breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> apply_mask_vjp(np.array([[2.0, 4.0]]), masks.Constant(0.5), np.array([[1.0, 10.0]]))
    (array([[0.5, 5. ]]), array([42.]))
    """
    stage = _Stage.of(pixels, mask, channel_axis, alpha, nonfinite, workers)
    given = stage.view("cotangent", cotangent)
    result, out = stage.new()

    def step(rows: slice, grid: Grid) -> list[float]:
        out[rows] = given[rows]
        color = given[rows][..., : stage.color]
        np.multiply(color, stage.last(mask.evaluate(grid)), out=out[rows][..., : stage.color], casting="same_kind")
        field = np.multiply(color, stage.source[rows][..., : stage.color], dtype=np.float64)
        field = field.sum(axis=-1) if mask.channels is None else np.moveaxis(field, -1, 0)
        return [float(np.sum(field * partial)) for partial in mask.evaluate_partials(grid)]

    parts = stage.each(step)
    return result, np.array(parts).reshape(len(parts), len(mask.names)).sum(axis=0)


@dataclass(frozen=True, eq=False)
class _Stage:
    """Pixels and a mask that fit each other, seen strip by strip with channels last."""

    pixels: Pixels
    source: Pixels
    mask: Mask
    channel_axis: int | None
    color: int
    workers: int | None

    @classmethod
    def of(
        cls,
        pixels: Pixels,
        mask: Mask,
        channel_axis: int | None,
        alpha: bool | None,
        nonfinite: str,
        workers: int | None,
    ) -> _Stage:
        require_mask("mask", mask)
        source = with_channels("pixels", pixels, channel_axis)
        color = color_channels(source.shape[2], alpha)
        if mask.channels not in (None, color):
            raise ArgumentError(f"the mask is for {mask.channels} color channels, the picture has {color}")
        if nonfinite not in ("raise", "propagate"):
            raise ArgumentError(f"nonfinite must be 'raise' or 'propagate', got {nonfinite!r}")
        checked_workers(workers)
        check_finite(source[..., :color], nonfinite)
        return cls(pixels, source, mask, channel_axis, color, workers)

    def new(self) -> tuple[Pixels, Pixels]:
        """Return an array of zeros for a result, and the same with channels last."""
        dtype = self.pixels.dtype if self.pixels.dtype.kind == "f" else np.dtype(np.float64)
        result = np.zeros(self.pixels.shape, dtype)
        return result, self._channels_last(result)

    def view(self, name: str, value: ArrayLike) -> Pixels:
        """Return an array of the pixels' shape with channels last."""
        array = np.asarray(value)
        if array.dtype.kind not in "buif":
            raise ArgumentTypeError(f"{name} must hold real numbers, got {array.dtype}")
        if array.shape != self.pixels.shape:
            raise ArgumentError(f"{name} must have the shape of pixels, {self.pixels.shape}, got {array.shape}")
        return self._channels_last(array)

    def _channels_last(self, array: Pixels) -> Pixels:
        return array[..., np.newaxis] if array.ndim == 2 else np.moveaxis(array, self.channel_axis or 0, -1)

    def last(self, values: Float) -> Float:
        """Return weights, or what is like them, so that they broadcast with pixels."""
        return values[..., np.newaxis] if self.mask.channels is None else np.moveaxis(values, 0, -1)

    def each(self, step: Callable[[slice, Grid], Any]) -> list[Any]:
        """Return what a step gives for each strip, from top to bottom."""
        height, width, channels = self.source.shape
        rows = max(1, STRIP_BYTES // (8 * ARRAYS * width * channels))
        grids = list(Grid.of((height, width)).strips(rows))
        return each(lambda grid: step(slice(grid.top, grid.top + grid.rows), grid), grids, workers=self.workers)


def _rates(tangent: ArrayLike, mask: Mask) -> Float:
    array = np.asarray(tangent)
    if array.dtype.kind not in "buif":
        raise ArgumentTypeError(f"parameter_tangent must hold real numbers, got {array.dtype}")
    if array.shape != (len(mask.names),):
        raise ArgumentError(
            f"parameter_tangent must hold {len(mask.names)} values {mask.names}, got shape {array.shape}"
        )
    return array.astype(np.float64)
