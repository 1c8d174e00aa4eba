"""What an array must be to count as a picture; each refusal names the argument, the rule and the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.io.image import PIXEL_TYPES
from hadimg.masks.parameters import checked_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[Any]

__all__ = ["check_finite", "checked_out", "checked_white", "color_channels", "with_channels"]


def with_channels(name: str, pixels: Pixels, channel_axis: int | None) -> Pixels:
    """Return a view of shape (H, W, C), or refuse what is no picture."""
    if not isinstance(pixels, np.ndarray):
        raise ArgumentTypeError(f"{name} must be a NumPy array, got {type(pixels).__name__}")
    if pixels.dtype.name not in PIXEL_TYPES:
        raise ArgumentTypeError(
            f"{name} must be {', '.join(PIXEL_TYPES)}, got {pixels.dtype}", remedy="convert with astype"
        )
    if pixels.ndim == 2:
        view = pixels[..., np.newaxis]
    elif pixels.ndim == 3 and channel_axis is not None and -3 <= channel_axis < 3:
        view = np.moveaxis(pixels, channel_axis, -1)
    else:
        raise ArgumentError(
            f"{name} must have shape (H, W), or (H, W, C) with a channel_axis of -3 to 2, "
            f"got {pixels.shape} with channel_axis={channel_axis!r}"
        )
    if view.size == 0:
        raise ArgumentError(f"{name} must hold at least one pixel, got shape {pixels.shape}")
    return view


def color_channels(channels: int, alpha: bool | None) -> int:
    """Return how many channels are color: all but the last when it is opacity, as by default it is of 2 or 4."""
    has_alpha = channels in (2, 4) if alpha is None else bool(alpha) and channels > 1
    return channels - has_alpha


def checked_out(out: Pixels, pixels: Pixels) -> Pixels:
    """Return ``out`` if the result fits into it and nothing that is still to be read is overwritten."""
    if not isinstance(out, np.ndarray):
        raise ArgumentTypeError(f"out must be a NumPy array, got {type(out).__name__}")
    if out.shape != pixels.shape or out.dtype != pixels.dtype:
        raise ArgumentError(
            f"out must have the shape and type of pixels, {pixels.shape} {pixels.dtype}, got {out.shape} {out.dtype}"
        )
    if not out.flags.writeable:
        raise ArgumentError("out must be writable, got a read-only array")
    if out is not pixels and np.shares_memory(out, pixels):
        same = out.__array_interface__["data"] == pixels.__array_interface__["data"] and out.strides == pixels.strides
        if not same:
            raise ArgumentError("out must be pixels itself or share no memory with it, got an overlapping view")
    return out


def checked_white(white: float | None, dtype: np.dtype[Any]) -> float:
    """Return the level of white, that of the type by default."""
    highest = 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)
    if white is None:
        return highest
    level = checked_number("white", white)
    if level <= 0 or (dtype.kind == "u" and (level > highest or level != int(level))):
        rule = "above 0" if dtype.kind == "f" else f"a whole number from 1 to {highest:g}"
        raise ArgumentError(f"white must be {rule} for {dtype} pixels, got {white!r}")
    return level


def check_finite(pixels: Pixels, nonfinite: str) -> None:
    """Refuse floating-point pixels that are NaN or infinite, unless they may propagate."""
    if pixels.dtype.kind != "f" or nonfinite == "propagate":
        return
    for start in range(0, pixels.shape[0], 256):
        strip = pixels[start : start + 256]
        if not np.isfinite(strip).all():
            row, col, channel = np.argwhere(~np.isfinite(strip))[0]
            raise ArgumentError(
                f"pixels must be finite, got {strip[row, col, channel]} at row {start + row}, column {col}",
                remedy="nonfinite='propagate' lets them be",
            )
