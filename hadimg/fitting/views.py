"""Pictures as a fit sees them: turned as they are seen, color channels only, in the light that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.io.image import Image
from hadimg.io.orientation import turn
from hadimg.light import code_tables, decode_srgb
from hadimg.pixel_checks import color_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[Any]

__all__ = ["View", "in_linear_light", "view"]


class View(NamedTuple):
    """The color values of a picture.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        Not a copy, unless values count darkness.
    white : float or None
        The level of white; None for floats, which have no highest level.
    """

    pixels: Pixels
    white: float | None


def view(name: str, picture: object, *, alpha: bool | None = None) -> View:
    """Return what counts of a picture.

    Parameters
    ----------
    name : str
        Of the argument, for messages.
    picture : ndarray or Image
        Of shape (H, W) or (H, W, C); or a picture read from a file, which knows its orientation and opacity.
    alpha : bool, optional
        Whether the last channel of an array is opacity; by default it is when there are 2 or 4.

    Examples
    --------
    >>> view("image", np.zeros((4, 6, 4), np.uint8)).pixels.shape
    (4, 6, 3)
    """
    if isinstance(picture, Image):
        return _of_file(name, picture)
    try:
        pixels = np.asarray(picture)
    except ValueError as error:
        raise ArgumentTypeError(f"{name} must hold numbers in rows of equal length") from error
    if pixels.dtype.kind not in "uif":
        raise ArgumentTypeError(f"{name} must hold real numbers, got {pixels.dtype}", remedy="convert with astype")
    if pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ArgumentError(f"{name} must have shape (H, W) or (H, W, C) with at least one pixel, got {pixels.shape}")
    white = None if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    return View(_color(pixels, alpha), white)


def in_linear_light(seen: View, white: float | None = None) -> View:
    """Return sRGB values decoded to linear light, 0 to 1, as float32; it takes a picture of its own.

    Parameters
    ----------
    seen : View
        The coded values.
    white : float, optional
        The level of white of floats, 1 by default.
    """
    pixels = seen.pixels
    top = seen.white if seen.white is not None else (white or 1.0)
    if pixels.dtype.kind == "u" and top <= np.iinfo(np.uint16).max:
        table = code_tables(int(top)).light.astype(np.float32)
        return View(table[np.minimum(pixels, int(top))], 1.0)
    light = np.empty(pixels.shape, np.float32)
    for row, coded in zip(light, pixels, strict=True):
        row[...] = decode_srgb(coded / top)
    return View(light, None if white is None else 1.0)


def _of_file(name: str, image: Image) -> View:
    if len(image.pages) != 1:
        raise ArgumentError(
            f"{name} must hold one page, got {len(image.pages)}", remedy="give the pixels of one: image.pages[0].pixels"
        )
    page = image.pages[0]
    pixels = turn(page.pixels, page.orientation)
    white = None if pixels.dtype.kind == "f" else page.white
    if page.inverted:
        pixels = (np.asarray(page.white, pixels.dtype) - pixels).astype(pixels.dtype, copy=False)
    return View(_color(pixels, page.alpha), white)


def _color(pixels: Pixels, alpha: bool | None) -> Pixels:
    if pixels.ndim == 2:
        return pixels
    count = color_channels(pixels.shape[2], alpha)
    return pixels[..., 0] if count == 1 else pixels[..., :count]
