"""Products of matrices other than the simple one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["hadamard"]


def hadamard(a: ArrayLike, b: ArrayLike) -> NDArray[Any]:
    """Return the Hadamard (element-wise) product of two arrays of one shape.

    It is commutative, associative and distributive over addition; its identity is the array of ones, and an array has
    an inverse exactly when none of its elements is zero.

    Parameters
    ----------
    a, b : array_like
        Numbers; of the same shape, since a product of other shapes would not be this one.

    Returns
    -------
    ndarray
        ``a[i, j] * b[i, j]`` in the type to which NumPy promotes both.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes differ, or either holds no numbers.

    Examples
    --------
    >>> hadamard([[1, 2], [3, 4]], [[10, 20], [30, 40]])
    array([[ 10,  40],
           [ 90, 160]])
    """
    first, second = _numbers("a", a), _numbers("b", b)
    if first.shape != second.shape:
        raise ArgumentError(
            f"a and b must have one shape, got {first.shape} and {second.shape}",
            remedy="to put an (H, W) mask on an (H, W, C) picture use apply_mask",
        )
    product: NDArray[Any] = np.multiply(first, second)
    return product


def _numbers(name: str, value: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ArgumentTypeError(f"{name} must hold numbers in rows of equal length") from error
    if array.dtype.kind not in "buifc":
        raise ArgumentTypeError(f"{name} must hold numbers, got {array.dtype}")
    return array
