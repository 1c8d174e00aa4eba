"""Red, green and blue into a plane of brightness and two of color, and back, in whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import kernel

__all__ = ["MATRIX_BITS", "from_planes", "from_ycocg", "to_planes", "to_ycocg"]

MATRIX_BITS = 20
"""Fractional bits of a matrix of colors."""


@kernel
def to_ycocg(pixels: Any, planes: Any) -> None:
    """Transform (H, W, 3 or more) levels into the first three of (C, H, W) planes, reversibly."""
    height, width, _ = pixels.shape
    for i in range(height):
        for j in range(width):
            red, green, blue = np.int32(pixels[i, j, 0]), np.int32(pixels[i, j, 1]), np.int32(pixels[i, j, 2])
            orange = red - blue
            t = blue + (orange >> 1)
            leaf = green - t
            planes[0, i, j] = t + (leaf >> 1)
            planes[1, i, j] = orange
            planes[2, i, j] = leaf


@kernel
def from_ycocg(planes: Any, most: int, pixels: Any) -> None:
    """Undo `to_ycocg`; levels are held from 0 to ``most``."""
    height, width, _ = pixels.shape
    for i in range(height):
        for j in range(width):
            orange, leaf = planes[1, i, j], planes[2, i, j]
            t = planes[0, i, j] - (leaf >> 1)
            blue = t - (orange >> 1)
            pixels[i, j, 0] = min(max(blue + orange, 0), most)
            pixels[i, j, 1] = min(max(leaf + t, 0), most)
            pixels[i, j, 2] = min(max(blue, 0), most)


@kernel
def to_planes(pixels: Any, matrix: Any, middle: int, shift: int, planes: Any) -> None:
    """Multiply colors, less ``middle``, by a matrix, with ``shift`` fractional bits in the result."""
    height, width, _ = pixels.shape
    cut = MATRIX_BITS - shift
    half = 1 << (cut - 1)
    for k in range(3):
        r, g, b = matrix[k]
        for i in range(height):
            plane = planes[k, i]
            for j in range(width):
                red, green, blue = pixels[i, j, 0] - middle, pixels[i, j, 1] - middle, pixels[i, j, 2] - middle
                plane[j] = (r * red + g * green + b * blue + half) >> cut


@kernel
def from_planes(planes: Any, matrix: Any, middle: int, shift: int, most: int, pixels: Any) -> None:
    """Multiply planes with ``shift`` fractional bits by a matrix, round and hold within 0 to ``most``."""
    height, width, _ = pixels.shape
    cut = MATRIX_BITS + shift
    half = (1 << (cut - 1)) + (middle << cut)
    for i in range(height):
        for j in range(width):
            x, y, z = np.int64(planes[0, i, j]), np.int64(planes[1, i, j]), np.int64(planes[2, i, j])
            for k in range(3):
                value = (matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + half) >> cut
                pixels[i, j, k] = min(max(value, 0), most)
