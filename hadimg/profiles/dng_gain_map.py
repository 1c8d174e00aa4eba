"""The parameters of DNG's opcode GainMap."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError, FormatError
from hadimg.masks.dng_gain_map import DngGainMap
from hadimg.profiles.gain_tables import checked_gains

if TYPE_CHECKING:
    from hadimg.grid import Shape
    from hadimg.masks.base import Mask

__all__ = ["GainArea", "read_gain_map"]

HEAD = struct.Struct(">10I4dI")


@dataclass(frozen=True)
class GainArea:
    """The pixels that a gain map is for: every ``row_pitch``-th row and ``col_pitch``-th column of a rectangle.

    The mask of a map lies on the rectangle. Its weights for the pixels of the area, as on one color of a mosaic, are
    ``mask.weights(area.shape)[area.steps]``, and belong to ``pixels[area.slices]``.

    Parameters
    ----------
    top, left, bottom, right : int
        The rectangle; bottom and right are the first row and column outside.
    row_pitch, col_pitch : int
        Steps in the rectangle, 1 for all pixels.
    first_plane, planes : int
        The first color plane, and how many from there on; the last map is used for planes beyond the maps.
    """

    top: int
    left: int
    bottom: int
    right: int
    row_pitch: int
    col_pitch: int
    first_plane: int
    planes: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the rectangle."""
        return self.bottom - self.top, self.right - self.left

    @property
    def steps(self) -> tuple[slice, slice]:
        """The pixels of the area, in the rectangle."""
        return slice(None, None, self.row_pitch), slice(None, None, self.col_pitch)

    @property
    def slices(self) -> tuple[slice, slice]:
        """The pixels of the area, in the picture."""
        return slice(self.top, self.bottom, self.row_pitch), slice(self.left, self.right, self.col_pitch)

    def on_picture(self, mask: Mask, shape: Shape) -> Mask:
        """Return the mask of a map for the whole picture: 1 outside of the rectangle.

        Parameters
        ----------
        mask : DngGainMap
            On the rectangle.
        shape : (int, int)
            Height and width of the picture.

        Raises
        ------
        ArgumentError
            When the rectangle leaves the picture.
        """
        height, width = shape
        if self.bottom > height or self.right > width:
            raise ArgumentError(
                f"the gain map needs {self.bottom} x {self.right} pixels, the picture has {height} x {width}"
            )
        return mask.replace(
            top=self.top / height, bottom=self.bottom / height, left=self.left / width, right=self.right / width
        )


def read_gain_map(parameters: bytes) -> tuple[GainArea, tuple[Mask, ...]]:
    """Return the area and the masks, one a map plane, of the parameters of a GainMap.

    Raises
    ------
    FormatError
        When the counts do not fit the length, the rectangle or the spacing is empty, or a gain is not positive.
    """
    if len(parameters) < HEAD.size:
        raise FormatError(f"the parameters must be at least {HEAD.size} bytes, got {len(parameters)}")
    (top, left, bottom, right, plane, planes, row_pitch, col_pitch, rows, cols, *places, maps) = HEAD.unpack_from(
        parameters
    )
    if rows * cols * maps * 4 != len(parameters) - HEAD.size or rows * cols * maps == 0:
        raise FormatError(
            f"{rows} x {cols} points in {maps} planes need {rows * cols * maps * 4} bytes, "
            f"{len(parameters) - HEAD.size} follow"
        )
    if not (top < bottom and left < right and planes and row_pitch and col_pitch):
        raise FormatError(
            f"the area must hold pixels, got rows {top} to {bottom} by {row_pitch}, "
            f"columns {left} to {right} by {col_pitch}, {planes} planes"
        )
    area = GainArea(top, left, bottom, right, row_pitch, col_pitch, plane, planes)
    spacing = _spacings(places, (rows, cols))
    values = np.frombuffer(parameters, ">f4", offset=HEAD.size).reshape(rows, cols, maps)
    masks = []
    for index in range(maps):
        gains = checked_gains(f"map {index}", values[:, :, index])
        masks.append(DngGainMap(nodes=gains.tolist(), **spacing))
    return area, tuple(masks)


def _spacings(places: list[float], counts: tuple[int, int]) -> dict[str, float]:
    """Return origin and spacing of both axes; one point on an axis is constant along it, whatever its spacing."""
    row_spacing, col_spacing, row_origin, col_origin = places
    if not all(map(math.isfinite, places)):
        raise FormatError(f"origin and spacing of the points must be finite, got {tuple(places)}")
    found = {"row_origin": row_origin, "col_origin": col_origin}
    for name, count, spacing in (("row", counts[0], row_spacing), ("col", counts[1], col_spacing)):
        if count > 1 and spacing <= 0:
            raise FormatError(f"the spacing of the points must be above 0, got {spacing!r} for the {name}s")
        found[f"{name}_spacing"] = spacing if count > 1 else 1.0
    return found
