"""What the arguments of rules and maps must be; each refusal names the argument, the rule and the value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hadimg.array_checks import checked_numbers
from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Float = NDArray[np.float64]
    Shape = tuple[int, ...]

__all__ = ["checked_shape", "finite_array", "matrix", "real_array", "size", "square_matrix", "whole_number"]


def size(shape: Shape) -> int:
    """Return how many elements an array of that shape has; 1 for a scalar, whose shape is ``()``."""
    return math.prod(shape)


def checked_shape(name: str, shape: object) -> Shape:
    """Return ``shape`` if it is a tuple of whole numbers of at least 1, which may be empty."""
    if not isinstance(shape, tuple) or not all(isinstance(k, int) and not isinstance(k, bool) and k > 0 for k in shape):
        raise ArgumentError(f"{name} must be a tuple of whole numbers of at least 1, got {shape!r}")
    return shape


def whole_number(name: str, value: object) -> int:
    """Return ``value`` if it is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ArgumentError(f"{name} must be a whole number of at least 1, got {value!r}")
    return int(value)


def real_array(name: str, value: ArrayLike, shape: Shape | None = None) -> Float:
    """Return ``value`` as float64, uncopied where it is; of that shape, where one is given."""
    array = checked_numbers(name, value)
    if array.dtype.kind == "c":
        raise ArgumentTypeError(f"{name} must hold real numbers, got {array.dtype}")
    if shape is not None and array.shape != shape:
        raise ArgumentError(f"{name} must have shape {shape}, got {array.shape}")
    return array.astype(np.float64, copy=False)


def finite_array(name: str, value: ArrayLike, shape: Shape | None = None) -> Float:
    """Return ``value`` as finite numbers in float64, or raise an error that says where the first other one is."""
    array = real_array(name, value, shape)
    if not np.isfinite(array).all():
        place = np.argwhere(~np.isfinite(array))[0].tolist()
        raise ArgumentError(f"{name} must hold finite numbers, got {array[tuple(place)]} at {place}")
    return array


def matrix(name: str, value: ArrayLike, shape: Shape | None = None) -> Float:
    """Return ``value`` as a matrix of finite numbers."""
    array = finite_array(name, value, shape)
    if array.ndim != 2:
        raise ArgumentError(f"{name} must be a matrix, got shape {array.shape}")
    return array


def square_matrix(name: str, value: ArrayLike) -> Float:
    """Return ``value`` as a square matrix of finite numbers."""
    array = matrix(name, value)
    if array.shape[0] != array.shape[1]:
        raise ArgumentError(f"{name} must be a square matrix, got shape {array.shape}")
    return array
