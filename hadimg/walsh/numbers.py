"""Which numbers the transform takes, and in which it answers: by their type and the length, never by their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentTypeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["accepted", "result_type"]

FLOATS = {"float16": "float32", "float32": "float32", "float64": "float64"}
COMPLEX = {"complex64": "complex64", "complex128": "complex128"}
WHOLE = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def result_type(dtype: np.dtype[Any], size: int, *, exact: bool) -> np.dtype[Any]:
    """Return the type of a transform over ``size`` numbers in all.

    Floating types keep their own (half precision becomes single). Whole numbers stay whole where the result is a plain
    sum (``exact``): int32 while the largest number of the type, added up ``size`` times, fits, else int64. Where sums
    are divided they become float64.

    Examples
    --------
    >>> result_type(np.dtype("uint8"), 64, exact=True), result_type(np.dtype("uint8"), 64, exact=False)
    (dtype('int32'), dtype('float64'))
    """
    name = dtype.newbyteorder("=").name
    if name in FLOATS | COMPLEX:
        return np.dtype((FLOATS | COMPLEX)[name])
    if name not in WHOLE:
        known = ", ".join([*WHOLE, *FLOATS, *COMPLEX])
        raise ArgumentTypeError(f"x must have one of the types {known}, got {dtype}")
    if not exact:
        return np.dtype(np.float64)
    return np.dtype(np.int32 if _extreme(name) * size <= np.iinfo(np.int32).max else np.int64)


def _extreme(name: str) -> int:
    if name == "bool":
        return 1
    limits = np.iinfo(name)
    return max(-int(limits.min), int(limits.max))


def accepted(array: NDArray[Any], wanted: np.dtype[Any], size: int) -> NDArray[Any]:
    """Return a new array of the type of the result.

    Raises
    ------
    OverflowError
        When sums of ``size`` whole numbers might not fit 64 bits.
    """
    if wanted == np.int64 and array.dtype.itemsize >= 4 and array.size:
        largest = max(-int(array.min()), int(array.max()))
        if largest * size > np.iinfo(np.int64).max:
            raise OverflowError(
                f"sums of {size} numbers up to {largest} in size may pass 2**63 - 1 (convert x to float64 first)"
            )
    return array.astype(wanted)
