"""What was seen: a picture before the mask, the same picture after it, and how much each value counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.grid import Grid
from hadimg.masks.parameters import checked_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from hadimg.grid import Shape, Window

    Float = NDArray[np.float64]
    Pixels = NDArray[Any]

__all__ = ["Observations", "Strip"]

STRIP_BYTES = 1 << 23
"""What the three float64 arrays of one strip take together unless told otherwise."""


class Strip(NamedTuple):
    """A part of the observations in float64, with channels first so that it broadcasts with the weights of masks.

    Parameters
    ----------
    grid : Grid
        Where its pixels lie.
    image, target, variance_weights : ndarray of float64, shape (rows, cols) or (C, rows, cols)
        Light before and after, the dark level taken off, and what each value counts. Values that do not count are 0
        in all three, whatever the pictures hold there. The weights may be a read-only view.
    """

    grid: Grid
    image: Float
    target: Float
    variance_weights: Float


@dataclass(frozen=True, eq=False, init=False)
class Observations:
    """A pair of pictures that a mask connects, ``target = image * mask``, with a weight for each value.

    The pictures are looked at in strips and never copied whole. Every channel counts: leave opacity out.

    Parameters
    ----------
    image, target : array_like of real numbers, shape (H, W) or (H, W, C)
        Before and after the mask.
    variance_weights : array_like, shape (H, W) or that of the image, optional
        One over the variance of each value, or anything in proportion to it; 0 or False leaves a value out, and then
        it may even be NaN. By default all values count alike.
    dark : float
        Level that both pictures have without any light; it is subtracted from both.
    grid : Grid, optional
        Where the pixels lie, when the pictures are a window of a larger one.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When shapes do not match, a value that counts is NaN or infinite, a weight is negative, or no value counts.

    Examples
    --------
    >>> seen = Observations([[1.0, 2.0], [3.0, 4.0]], [[0.5, 1.0], [np.nan, 2.0]], [[1, 1], [0, 1]])
    >>> seen.count
    3
    """

    image: Pixels
    target: Pixels
    variance_weights: Pixels | None
    dark: float
    grid: Grid
    count: int
    """How many values count: those of all channels whose weight is above zero."""

    def __init__(
        self,
        image: ArrayLike,
        target: ArrayLike,
        variance_weights: ArrayLike | None = None,
        *,
        dark: float = 0.0,
        grid: Grid | None = None,
    ) -> None:
        before, after = _picture("image", image), _picture("target", target)
        if before.shape != after.shape:
            raise ArgumentError(
                f"image and target must have one shape, got {before.shape} and {after.shape}",
                remedy="crop or resize one, or repeat a gray one for each channel",
            )
        weights = None if variance_weights is None else _numbers("weights", variance_weights)
        if weights is not None and weights.shape not in (before.shape, before.shape[:2]):
            raise ArgumentError(
                f"weights must have shape {before.shape[:2]} or that of the image, {before.shape}, got {weights.shape}"
            )
        place = Grid.of(before.shape[:2]) if grid is None else grid
        if place.shape != before.shape[:2]:
            raise ArgumentError(f"grid must be that of the image, {before.shape[:2]}, got one of {place.shape}")
        values = (before, after, weights, checked_number("dark", dark), place)
        for name, value in zip(("image", "target", "variance_weights", "dark", "grid"), values, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "count", self._checked_count())

    @classmethod
    def of_flat(
        cls, flat: ArrayLike, variance_weights: ArrayLike | None = None, *, dark: float = 0.0, grid: Grid | None = None
    ) -> Observations:
        """Return a picture of an evenly lit field as the target of an image that is 1 everywhere.

        Parameters
        ----------
        flat, variance_weights, dark, grid
            As ``target`` and the others of the class.

        Examples
        --------
        >>> seen = Observations.of_flat([[120, 200]], dark=20)
        >>> [strip.target.tolist() for strip in seen.strips()], [strip.image.tolist() for strip in seen.strips()]
        ([[[100.0, 180.0]]], [[[1.0, 1.0]]])
        """
        target = _picture("flat", flat)
        even = np.broadcast_to(np.float64(1.0) + checked_number("dark", dark), target.shape)
        return cls(even, target, variance_weights, dark=dark, grid=grid)

    @property
    def channels(self) -> int | None:
        """How many channels the pictures have; None when they are two-dimensional."""
        return self.image.shape[2] if self.image.ndim == 3 else None

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self.grid.shape

    # ---- parts

    def strips(self, size: int = STRIP_BYTES) -> Iterator[Strip]:
        """Yield the observations part by part, from top to bottom.

        Parameters
        ----------
        size : int
            Bytes that the three arrays of a strip may take together. Rows that are longer are cut, too.
        """
        yield from map(self.strip, self.windows(size // 24))

    def windows(self, values: int) -> Iterator[Window]:
        """Yield rectangles that cover the picture, row by row, each of at most ``values`` values (but one pixel)."""
        height, width = self.shape
        pixels = max(1, values // (self.channels or 1))
        rows, cols = max(1, pixels // width), min(pixels, width)
        for top in range(0, height, rows):
            for left in range(0, width, cols):
                yield slice(top, min(top + rows, height)), slice(left, min(left + cols, width))

    def strip(self, window: Window) -> Strip:
        """Return one part of the observations in float64."""
        image, target = (_channels_first(picture[window]) for picture in (self.image, self.target))
        if self.dark:
            image -= self.dark
            target -= self.dark
        if self.variance_weights is None:
            return Strip(self.grid.window(window), image, target, np.broadcast_to(1.0, image.shape))
        weights = np.broadcast_to(_channels_first(self.variance_weights[window]), image.shape)
        skipped = weights == 0
        image[skipped] = 0.0
        target[skipped] = 0.0
        return Strip(self.grid.window(window), image, target, weights)

    # ---- checks

    def _checked_count(self) -> int:
        """Return how many values count, or refuse what is not a number where it counts."""
        pictures = {"image": self.image, "target": self.target}
        floats = {name: picture for name, picture in pictures.items() if picture.dtype.kind == "f"}
        if self.variance_weights is None and not floats:
            return int(self.image.size)
        count = sum(self._checked_window(window, floats) for window in self.windows(STRIP_BYTES // 24))
        if count == 0:
            raise ArgumentError(
                f"no value of the pictures counts: all {self.image.size} weights are zero",
                remedy="give the pixels that can be used weights above zero",
            )
        return count

    def _checked_window(self, window: Window, floats: dict[str, Pixels]) -> int:
        counts: NDArray[np.bool_] | None = None
        if self.variance_weights is not None:
            weights = self.variance_weights[window]
            with np.errstate(invalid="ignore"):
                wrong = ~((weights >= 0) & np.isfinite(weights))
            self._refuse("weights must be finite and at least 0", window, weights, wrong)
            counts = weights > 0
        for name, picture in floats.items():
            part = picture[window]
            wrong = ~np.isfinite(part)
            if counts is not None:
                wrong &= counts if counts.ndim == part.ndim else counts[..., np.newaxis]
            self._refuse(f"{name} must be finite where it counts", window, part, wrong)
        shape = self.image[window].shape
        if counts is None:
            return int(np.prod(shape))
        return int(np.count_nonzero(counts)) * (1 if counts.ndim == len(shape) else shape[2])

    @staticmethod
    def _refuse(rule: str, window: Window, part: Pixels, wrong: NDArray[np.bool_]) -> None:
        if not wrong.any():
            return
        place = tuple(np.argwhere(wrong)[0])
        names = ("row", "column", "channel")
        starts = (window[0].start, window[1].start, 0)
        where = ", ".join(f"{name} {start + k}" for name, start, k in zip(names, starts, place, strict=False))
        raise ArgumentError(
            f"{rule}, got {part[place]} at {where}",
            remedy="weights of 0 leave pixels out",
        )


def _channels_first(part: Pixels) -> Float:
    """Return a float64 copy, (rows, cols) or (C, rows, cols)."""
    return np.array(part if part.ndim == 2 else np.moveaxis(part, -1, 0), dtype=np.float64, order="C")


def _picture(name: str, value: ArrayLike) -> Pixels:
    array = _numbers(name, value)
    if array.ndim not in (2, 3) or array.size == 0:
        raise ArgumentError(f"{name} must have shape (H, W) or (H, W, C) with at least one pixel, got {array.shape}")
    return array


def _numbers(name: str, value: ArrayLike) -> Pixels:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ArgumentTypeError(f"{name} must hold numbers in rows of equal length") from error
    if array.dtype.kind not in "buif":
        raise ArgumentTypeError(f"{name} must hold real numbers, got {array.dtype}")
    return array
