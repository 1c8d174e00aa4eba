"""A mask that is given value by value."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.masks.linear import Linear

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["Array"]


@dataclass(frozen=True, eq=False)
class Array(Linear):
    """A mask that is given value by value: a measured flat field, a drawn mask, another program's table.

    Parameters
    ----------
    values : array_like, shape (H, W)
        Finite gains; copied. Kept as float32 when given as float32, else as float64.
    resample : bool
        Whether a picture of another size gets the values interpolated bilinearly between pixel centers (constant
        beyond the outermost centers). Without it another size is refused.

    Examples
    --------
    >>> mask = Array([[0.5, 1.0]], resample=True)
    >>> mask.weights((1, 4))
    array([[0.5  , 0.625, 0.875, 1.   ]])
    >>> Array([[0.5, 1.0]]).weights((1, 4))
    Traceback (most recent call last):
    ...
    hadimg.errors.ArgumentError: the array mask holds 1 x 2 values, the picture has 1 x 4 pixels (give resample=True \
to interpolate)
    """

    family: ClassVar[str] = "array"
    example: ClassVar[str] = "array(values=[[0.4, 0.7, 0.5], [0.8, 1, 0.9], [0.5, 0.8, 0.6]], resample=true)"

    values: NDArray[Any] = field(repr=False)
    resample: bool = False

    def __init__(self, values: ArrayLike, *, resample: bool = False) -> None:
        try:
            given = np.asarray(values)
            kept = np.array(given, dtype=np.float32 if given.dtype == np.float32 else np.float64, order="C")
        except (TypeError, ValueError) as error:
            raise ArgumentTypeError(f"array: values must be numbers in rows of equal length: {error}") from error
        if kept.ndim != 2 or kept.size == 0:
            raise ArgumentError(f"array: values must have shape (H, W), got {kept.shape}")
        if not np.isfinite(kept).all():
            row, col = np.argwhere(~np.isfinite(kept))[0]
            raise ArgumentError(f"array: values must be finite, got {kept[row, col]} at row {row}, column {col}")
        if not isinstance(resample, bool):
            raise ArgumentTypeError(f"array: resample must be True or False, got {resample!r}")
        kept.setflags(write=False)
        object.__setattr__(self, "values", kept)
        object.__setattr__(self, "resample", resample)

    def __repr__(self) -> str:
        height, width = self.values.shape
        return f"Array(<{height} x {width} {self.values.dtype}>, resample={self.resample})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Array):
            return NotImplemented
        return self.resample == other.resample and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.values.tobytes(), self.resample))

    @property
    def smooth(self) -> bool:
        """Whether it has no kinks: nothing is known between pixels."""
        return False

    @cached_property
    def lowest(self) -> float:
        """The smallest of the values."""
        return float(self.values.min())

    @cached_property
    def highest(self) -> float:
        """The largest of the values."""
        return float(self.values.max())

    def evaluate(self, grid: Grid) -> Float:
        """Return the values of the window, interpolated when asked for."""
        same = self.values.shape == (grid.height, grid.width)
        if same and grid.on_pixels:
            window = self.values[grid.top : grid.top + grid.rows, grid.left : grid.left + grid.cols]
            return window.astype(np.float64)
        if not (same or self.resample):
            height, width = self.values.shape
            raise ArgumentError(
                f"the array mask holds {height} x {width} values, the picture has {grid.height} x {grid.width} pixels",
                remedy="give resample=True to interpolate",
            )
        rows = _between(grid.row[:, 0], self.values.shape[0])
        cols = _between(grid.col[0], self.values.shape[1])
        return _bilinear(self.values, rows, cols)

    def evaluate_partials(self, grid: Grid) -> Iterator[Float]:  # noqa: ARG002 (there is nothing to differentiate by)
        """Yield nothing: the values are given, not parameters."""
        yield from ()


def _between(position: Float, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Float]:
    """Return the indices on both sides of each position and the share of the second."""
    place = np.clip(position * size - 0.5, 0.0, size - 1.0)
    below = np.minimum(place.astype(np.intp), max(size - 2, 0))
    return below, np.minimum(below + 1, size - 1), place - below


def _bilinear(
    values: NDArray[Any],
    rows: tuple[NDArray[np.intp], NDArray[np.intp], Float],
    cols: tuple[NDArray[np.intp], NDArray[np.intp], Float],
) -> Float:
    top, bottom, down = rows
    left, right, across = cols
    first = int(top.min())
    kept = values[first : int(bottom.max()) + 1].astype(np.float64)
    mixed = kept[:, left] * (1.0 - across) + kept[:, right] * across
    result: Float = mixed[top - first] * (1.0 - down)[:, np.newaxis] + mixed[bottom - first] * down[:, np.newaxis]
    return result
