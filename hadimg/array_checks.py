"""What an array must be to enter a product; each refusal names the argument, the rule and the value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError, LimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_BYTES", "check_bytes", "checked_matrix", "checked_numbers"]

MOST_BYTES = 2**30
"""What a result that is much larger than the arguments may take, unless told otherwise."""


def checked_numbers(name: str, value: ArrayLike) -> NDArray[Any]:
    """Return ``value`` as an array of numbers, or raise ArgumentTypeError naming ``name``."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ArgumentTypeError(f"{name} must hold numbers in rows of equal length") from error
    if array.dtype.kind not in "buifc":
        raise ArgumentTypeError(f"{name} must hold numbers, got {array.dtype}")
    return array


def checked_matrix(name: str, value: ArrayLike) -> NDArray[Any]:
    """Return ``value`` as a matrix of numbers, or raise an error naming ``name``."""
    array = checked_numbers(name, value)
    if array.ndim != 2:
        raise ArgumentError(f"{name} must be a matrix, got shape {array.shape}")
    return array


def check_bytes(what: str, shape: Sequence[int], max_bytes: int, itemsize: int = 8) -> None:
    """Raise LimitError when an array of ``shape`` would take more than ``max_bytes``."""
    needed = math.prod(shape) * itemsize
    if needed > max_bytes:
        raise LimitError(
            f"{what} would have shape {tuple(shape)} and take {needed} bytes, the limit is {max_bytes}",
            remedy="give max_bytes to allow it",
        )
