"""The light that falls through each pattern: all of it at once, by one fast transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.array_checks import checked_numbers
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel.acquisition import MODES
from hadimg.walsh.transform import fwht2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.singlepixel.plan import PatternPlan

    Float = NDArray[np.float64]

__all__ = ["light_of", "scene_planes"]


def scene_planes(scene: ArrayLike, shape: tuple[int, int]) -> Float:
    """Return a scene as planes, ``(channels, H, W)``, or raise an error that says what it must be.

    Examples
    --------
    >>> scene_planes(np.ones((2, 4, 3)), (2, 4)).shape
    (3, 2, 4)
    """
    given = checked_numbers("scene", scene)
    if given.dtype.kind == "c":
        raise ArgumentTypeError(f"scene must be real, got {given.dtype}")
    if given.ndim not in (2, 3) or given.shape[:2] != shape or given.size == 0:
        raise ArgumentError(
            f"scene must have the camera's shape {shape}, with an axis of channels at most, got {given.shape}",
            remedy="make a camera of the scene's shape",
        )
    planes = np.moveaxis(np.atleast_3d(given).astype(np.float64), 2, 0)
    if not np.isfinite(planes).all():
        channel, row, col = np.argwhere(~np.isfinite(planes))[0]
        raise ArgumentError(f"scene must be finite, got {planes[channel, row, col]} at row {row}, column {col}")
    return planes


def light_of(camera: PatternPlan, planes: Float) -> Float:
    """Return the light of each reading, ``(count, readings, channels)``."""
    if camera.mode == "raster":
        everything, places = planes.reshape(len(planes), -1), camera.indices
    else:
        frame = np.zeros((len(planes), *camera.frame.shape))
        frame[:, : camera.shape[0], : camera.shape[1]] = planes
        everything = fwht2(frame, overwrite_x=True).reshape(len(planes), -1)
        places = camera.frame.natural_places(camera.indices)
    # The flux is the first coefficient to the last digit, so that the pattern that is all dark reads exactly zero.
    coefficients = np.ascontiguousarray(everything[:, places].T)
    return MODES[camera.mode].light(coefficients, everything[:, 0], camera.exposure)
