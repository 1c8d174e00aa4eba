"""Patterns on a micromirror device: which frames are shown, and where on the mirrors each pixel of a pattern lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel.acquisition import MODES
from hadimg.singlepixel.choosing import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.singlepixel.camera import Camera

__all__ = ["Placement", "frames", "place", "shown"]


@dataclass(frozen=True)
class Placement:
    """Where a pattern lies on the mirrors.

    Parameters
    ----------
    device : (int, int)
        Rows and columns of mirrors.
    zoom : int
        Mirrors per pixel, in both directions.
    top, left : int
        The first row and column of mirrors that belong to the pattern; those around it stay dark.
    """

    device: tuple[int, int]
    zoom: int
    top: int
    left: int


def place(
    shape: tuple[int, int], device: tuple[int, int], zoom: int | str = "max", offset: tuple[int, int] | None = None
) -> Placement:
    """Return where patterns of a shape lie: enlarged by a whole number, and centered unless told otherwise.

    Examples
    --------
    >>> place((128, 128), (768, 1024))
    Placement(device=(768, 1024), zoom=6, top=0, left=128)
    """
    rows, cols = _pair("dmd", device, lower=1)
    most = min(rows // shape[0], cols // shape[1])
    if most < 1:
        raise ArgumentError(f"patterns of {shape[0]} x {shape[1]} pixels do not fit {rows} x {cols} mirrors")
    if isinstance(zoom, str) and zoom != "max":
        raise ArgumentError(f"zoom must be a whole number or 'max', got {zoom!r}")
    factor = most if zoom == "max" else whole("zoom", zoom, lower=1)
    free = rows - factor * shape[0], cols - factor * shape[1]
    if min(free) < 0:
        raise ArgumentError(f"zoom must be at most {most} for {rows} x {cols} mirrors, got {factor}")
    top, left = (free[0] // 2, free[1] // 2) if offset is None else _pair("offset", offset, lower=0)
    if top > free[0] or left > free[1]:
        raise ArgumentError(f"offset must be at most {free} for the pattern to stay on the mirrors, got {(top, left)}")
    return Placement((rows, cols), factor, top, left)


def shown(camera: Camera) -> Iterator[int]:
    """Yield the number of the reading that each frame is for, as `Camera.patterns` counts them.

    Examples
    --------
    >>> from hadimg.singlepixel import Camera
    >>> list(shown(Camera((2, 2), measurements=2, mode="complementary")))
    [0, 2]
    >>> list(shown(Camera((2, 2), measurements=2, mode="plus_only", flux_exposures=3)))
    [0, 0, 0, 1]
    """
    mode = MODES[camera.mode]
    if not mode.displayable:
        raise ArgumentError(
            f"mirrors show 0 and 1, not the +1 and -1 of the mode {camera.mode!r}", remedy="take the mode 'split'"
        )
    for k in range(camera.count):
        repeats = camera.flux_exposures if mode.needs_flux and k == camera.exposure.flux_place else 1
        for part in range(1 if mode.at_once else mode.readings):
            for _ in range(repeats):
                yield k * mode.readings + part


def frames(camera: Camera, placement: Placement) -> Iterator[NDArray[np.uint8]]:
    """Yield one frame after the other: a new array of 0 and 1 for each, as large as the device."""
    zoom, top, left = placement.zoom, placement.top, placement.left
    height, width = camera.shape
    for number in shown(camera):
        frame = np.zeros(placement.device, np.uint8)
        inside = frame[top : top + zoom * height, left : left + zoom * width]
        inside[...] = np.repeat(np.repeat(camera.pattern(number).astype(np.uint8), zoom, 0), zoom, 1)
        yield frame


def _pair(name: str, value: Any, *, lower: int) -> tuple[int, int]:
    try:
        first, second = value
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"{name} must be two whole numbers, rows and columns, got {value!r:.80}") from error
    return whole(name, first, lower=lower, upper=1 << 15), whole(name, second, lower=lower, upper=1 << 15)
