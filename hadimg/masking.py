"""Putting masks on pictures and taking them off again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.gains import Gains
from hadimg.masks.array import Array
from hadimg.masks.base import Mask
from hadimg.masks.parameters import checked_number
from hadimg.multiplying import ENGINES, Job, multiply
from hadimg.pixel_checks import check_finite, checked_out, checked_white, color_channels, with_channels
from hadimg.threads import checked_workers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.io.image import Image, Page

    Pixels = NDArray[Any]

__all__ = ["Saturation", "apply_mask", "mask_image", "remove_mask"]


@dataclass(frozen=True)
class Saturation:
    """How many values of a picture came out brighter than white and were cut there.

    Parameters
    ----------
    count : int
        Color values that were cut.
    total : int
        Color values in all.

    Examples
    --------
    >>> Saturation(5, 200).share
    0.025
    """

    count: int
    total: int

    @property
    def share(self) -> float:
        """The part of all values that was cut, 0 to 1."""
        return self.count / self.total if self.total else 0.0

    def __add__(self, other: Saturation) -> Saturation:
        return Saturation(self.count + other.count, self.total + other.total)


@dataclass(frozen=True, kw_only=True)
class _Way:
    """Every option of how a mask meets a picture, checked once."""

    inverse: bool
    max_gain: float | None = None
    linear_light: bool = False
    nonfinite: str = "raise"
    workers: int | None = None
    engine: str = "auto"

    def __post_init__(self) -> None:
        if self.max_gain is not None and checked_number("max_gain", self.max_gain) <= 0:
            raise ArgumentError(f"max_gain must be above 0, got {self.max_gain!r}")
        if self.nonfinite not in ("raise", "propagate"):
            raise ArgumentError(f"nonfinite must be 'raise' or 'propagate', got {self.nonfinite!r}")
        if self.engine != "auto" and self.engine not in ENGINES:
            raise ArgumentError(f"engine must be 'auto', {', '.join(map(repr, ENGINES))}, got {self.engine!r}")
        checked_workers(self.workers)


def apply_mask(
    pixels: Pixels,
    mask: Mask | ArrayLike,
    *,
    channel_axis: int | None = -1,
    alpha: bool | None = None,
    out: Pixels | None = None,
    linear_light: bool = False,
    orientation: int = 1,
    white: float | None = None,
    nonfinite: Literal["raise", "propagate"] = "raise",
    workers: int | None = None,
    engine: str = "auto",
) -> Pixels:
    """Put a mask on a picture: the Hadamard product of every color channel with the mask's weights.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        uint8, uint16, float32 or float64; never changed unless it is ``out``.
    mask : Mask or array_like of shape (H, W)
        What to put on, or its weights. A mask that tells color channels apart needs a picture with as many.
    channel_axis : int or None
        Where the channels are in a three-dimensional array; two-dimensional arrays have none.
    alpha : bool, optional
        Whether the last channel is opacity, which is kept as it is. By default it is when there are 2 or 4 channels.
    out : ndarray, optional
        Where to put the result: same shape and type; may be ``pixels`` itself.
    linear_light : bool
        Whether to decode sRGB values to linear light before the product and to encode them again after it.
    orientation : int
        EXIF orientation of the pixels, 1 to 8: the mask lies over the picture as it is seen.
    white : float, optional
        The highest level: 255, 65535, or 1.0 for floats (where it matters in linear light only) by default.
    nonfinite : str
        ``"raise"`` refuses floating-point pixels that are NaN or infinite; ``"propagate"`` lets them be.
    workers : int, optional
        Threads; all cores by default.
    engine : str
        ``"numpy"``, ``"compiled"`` or ``"auto"``: how it is computed. All give the same pixels.

    Returns
    -------
    ndarray
        ``pixels * weights`` in the same type and range: whole numbers are rounded to nearest, ties to even, and
        saturate at 0 and ``white``; floating-point numbers are not limited. Nothing is rescaled.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an argument breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> apply_mask(np.array([[10, 20, 200]], np.uint8), masks.Constant(1.3))
    array([[ 13,  26, 255]], dtype=uint8)
    """
    way = _Way(inverse=False, linear_light=linear_light, nonfinite=nonfinite, workers=workers, engine=engine)
    return _masked(pixels, mask, channel_axis, alpha, out, orientation, white, way)[0]


@overload
def remove_mask(
    pixels: Pixels,
    mask: Mask | ArrayLike,
    *,
    max_gain: float | None = None,
    report: Literal[False] = False,
    channel_axis: int | None = -1,
    alpha: bool | None = None,
    out: Pixels | None = None,
    linear_light: bool = False,
    orientation: int = 1,
    white: float | None = None,
    nonfinite: Literal["raise", "propagate"] = "raise",
    workers: int | None = None,
    engine: str = "auto",
) -> Pixels: ...
@overload
def remove_mask(
    pixels: Pixels,
    mask: Mask | ArrayLike,
    *,
    max_gain: float | None = None,
    report: Literal[True],
    channel_axis: int | None = -1,
    alpha: bool | None = None,
    out: Pixels | None = None,
    linear_light: bool = False,
    orientation: int = 1,
    white: float | None = None,
    nonfinite: Literal["raise", "propagate"] = "raise",
    workers: int | None = None,
    engine: str = "auto",
) -> tuple[Pixels, Saturation]: ...


def remove_mask(
    pixels: Pixels,
    mask: Mask | ArrayLike,
    *,
    max_gain: float | None = None,
    report: bool = False,
    channel_axis: int | None = -1,
    alpha: bool | None = None,
    out: Pixels | None = None,
    linear_light: bool = False,
    orientation: int = 1,
    white: float | None = None,
    nonfinite: Literal["raise", "propagate"] = "raise",
    workers: int | None = None,
    engine: str = "auto",
) -> Pixels | tuple[Pixels, Saturation]:
    """Take a mask off a picture: the product with the Hadamard inverse ``1 / w`` of the mask.

    Parameters
    ----------
    pixels, mask, channel_axis, alpha, out, linear_light, orientation, white, nonfinite, workers, engine
        As for `apply_mask`.
    max_gain : float, optional
        The largest factor, above 0. With it, also a mask that has zeros can be taken off as far as that goes.
    report : bool
        Whether to return how many values came out brighter than white, too.

    Returns
    -------
    ndarray, or (ndarray, Saturation)
        ``pixels / weights`` in the same type and range, rounded and saturating as in `apply_mask`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the mask has no inverse (a weight is zero, negative or not finite) and ``max_gain`` is not given, or an
        argument breaks its rule. Then ``out`` is untouched.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> remove_mask(np.array([[13, 26, 255]], np.uint8), masks.Constant(0.5), report=True)
    (array([[ 26,  52, 255]], dtype=uint8), Saturation(count=1, total=3))
    >>> remove_mask(np.array([[13, 26, 255]], np.uint8), masks.Constant(0.0))
    Traceback (most recent call last):
    ...
    hadimg.errors.ArgumentError: the mask has no Hadamard inverse: 3 of 3 weights are not above zero, the first at \
row 0, column 0 is zero (give max_gain to limit the gain instead)
    """
    way = _Way(
        inverse=True, max_gain=max_gain, linear_light=linear_light, nonfinite=nonfinite, workers=workers, engine=engine
    )
    result, saturation = _masked(pixels, mask, channel_axis, alpha, out, orientation, white, way)
    return (result, saturation) if report else result


def mask_image(
    image: Image,
    mask: Mask,
    *,
    inverse: bool = False,
    max_gain: float | None = None,
    linear_light: bool = False,
    in_place: bool = False,
    workers: int | None = None,
    engine: str = "auto",
) -> tuple[Image, Saturation]:
    """Put a mask on every page of a picture that was read from a file, or take it off, as the picture is seen.

    Parameters
    ----------
    image : Image
        The picture; it stays as it is unless ``in_place`` is said.
    mask : Mask
        What to put on or take off.
    inverse : bool
        Whether to take it off.
    in_place : bool
        Whether the pixels of ``image`` may be overwritten, which saves the memory of a second picture.
    max_gain, linear_light, workers, engine
        As for `remove_mask`.

    Returns
    -------
    (Image, Saturation)
        The picture with its new pixels, and how many values came out brighter than white.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> from hadimg.io.image import Image
    >>> image = Image.from_pixels(np.full((2, 2), 200, np.uint8))
    >>> mask_image(image, masks.Constant(0.5))[0].pixels
    array([[100, 100],
           [100, 100]], dtype=uint8)
    """
    way = _Way(inverse=inverse, max_gain=max_gain, linear_light=linear_light, workers=workers, engine=engine)
    saturation = Saturation(0, 0)
    pages = []
    for page in image.pages:
        pixels, cut = _masked_page(page, mask, way, in_place=in_place)
        pages.append(pixels)
        saturation += cut
    small = image.thumbnail
    if small is not None:
        small = replace(small, pixels=_masked_page(small, mask, way, in_place=in_place)[0])
    return replace(image.with_pixels(*pages), thumbnail=small), saturation


def _masked_page(page: Page, mask: Mask, way: _Way, *, in_place: bool) -> tuple[Pixels, Saturation]:
    """Multiply one page, turning darkness into light and back where the file counts darkness."""
    pixels = page.pixels if in_place and page.pixels.flags.writeable else page.pixels.copy()
    color = pixels[..., :-1] if page.alpha else pixels
    top = pixels.dtype.type(page.white)
    if page.inverted:
        np.subtract(top, color, out=color)
    channel_axis = None if pixels.ndim == 2 else -1
    result, cut = _masked(pixels, mask, channel_axis, page.alpha, pixels, page.orientation, page.white, way)
    if page.inverted:
        np.subtract(top, color, out=color)
    return result, cut


def _masked(
    pixels: Pixels,
    mask: Mask | ArrayLike,
    channel_axis: int | None,
    alpha: bool | None,
    out: Pixels | None,
    orientation: int,
    white: float | None,
    way: _Way,
) -> tuple[Pixels, Saturation]:
    """Check everything, then multiply: nothing is written before all is known to be right."""
    source = with_channels("pixels", pixels, channel_axis)
    result = np.empty_like(pixels, order="C", subok=False) if out is None else checked_out(out, pixels)
    target = with_channels("out", result, channel_axis)
    color = color_channels(source.shape[2], alpha)
    height, width = source.shape[:2]
    if orientation not in range(1, 9):
        raise ArgumentError(f"orientation must be a whole number from 1 to 8, got {orientation!r}")
    level = checked_white(white, pixels.dtype)
    jobs = []
    for part in _parts(mask if isinstance(mask, Mask) else Array(mask), color):
        gains = Gains(part.mask, (height, width), orientation, way.inverse, way.max_gain, part.name)
        gains.check_inverse()
        jobs.append(Job(source[..., part.place], target[..., part.place], gains, part.color, level, way.linear_light))
    check_finite(source[..., :color], way.nonfinite)
    saturated = sum(multiply(job, workers=way.workers, engine=way.engine) for job in jobs)
    return result, Saturation(saturated, height * width * color)


class _Part(NamedTuple):
    """The channels at a place, the first of which are multiplied by one mask that tells no channels apart."""

    mask: Mask
    place: slice
    color: int
    name: str


def _parts(mask: Mask, color: int) -> list[_Part]:
    """Return all channels at once, or each color channel with its own mask and opacity behind the last."""
    if mask.channels is None:
        return [_Part(mask, slice(None), color, "the mask")]
    if mask.channels != color:
        raise ArgumentError(f"the mask is for {mask.channels} color channels, the picture has {color}")
    return [
        _Part(mask.channel(k), slice(k, k + 1 if k + 1 < color else None), 1, f"the mask of channel {k}")
        for k in range(color)
    ]
