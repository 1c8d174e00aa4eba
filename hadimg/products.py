"""Products of matrices other than the simple one, and what the slides state of them.

===================  ==================  ===================  =============
product              NumPy               MATLAB               here
===================  ==================  ===================  =============
simple, ``A B``      ``a @ b``           ``A * B``            ``a @ b``
Hadamard, ``A * B``  ``a * b``           ``A .* B``           `hadamard`
Kronecker            ``np.kron(a, b)``   ``kron(A, B)``       `kronecker`
===================  ==================  ===================  =============

>>> a, b = np.array([[1, 2], [3, 4]]), np.array([[0, 1], [1, 0]])
>>> hadamard(a, b)
array([[0, 2],
       [3, 0]])
>>> a @ b
array([[2, 1],
       [4, 3]])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.array_checks import MOST_BYTES, check_bytes, checked_matrix, checked_numbers
from hadimg.errors import ArgumentError
from hadimg.semidefinite import is_positive_semidefinite, schur_factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = [
    "hadamard",
    "hadamard_column_sums",
    "hadamard_identity",
    "hadamard_in_kronecker",
    "hadamard_inverse",
    "hadamard_row_sums",
    "is_positive_semidefinite",
    "kronecker",
    "schur_factor",
]


def hadamard(a: ArrayLike, b: ArrayLike) -> NDArray[Any]:
    """Return the Hadamard (element-wise) product of two arrays of one shape.

    It is commutative, associative and distributive over addition; its identity is the array of ones
    (`hadamard_identity`), and an array has an inverse (`hadamard_inverse`) exactly when none of its elements is zero.
    Source: slides, "Notations" and equations (3) to (5) (S3, S15 to S17).

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
    first, second = _of_one_shape(a, b)
    product: NDArray[Any] = np.multiply(first, second)
    return product


def hadamard_identity(shape: int | Sequence[int], *, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Return the identity of the Hadamard product: the array of ones, not the identity matrix.

    Source: slides, "Properties of Hadamard Product" (S18).

    Parameters
    ----------
    shape : int or sequence of int
        Its shape.
    dtype : data type
        Its type.

    Raises
    ------
    ArgumentError
        When no array has that shape or type.

    Examples
    --------
    >>> hadamard(hadamard_identity((2, 2), dtype=int), [[1, 2], [3, 4]])
    array([[1, 2],
           [3, 4]])
    """
    try:
        ones: NDArray[Any] = np.ones(shape, dtype)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"shape and dtype must be those of an array, got {shape!r} and {dtype!r}") from error
    return ones


def hadamard_inverse(a: ArrayLike) -> NDArray[Any]:
    """Return the inverse under the Hadamard product, ``1 / a[i, j]``, which exists when no element is zero.

    Source: slides, "Properties of Hadamard Product" (S19).

    Parameters
    ----------
    a : array_like
        Finite numbers other than zero.

    Returns
    -------
    ndarray
        Floating-point numbers as precise as those of ``a``, float64 for whole numbers; times ``a`` they are the
        `hadamard_identity` up to rounding.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an element is zero, NaN or infinite or its reciprocal overflows; the error counts them and names the first.

    Examples
    --------
    >>> hadamard_inverse([[1, 2], [4, 5]])
    array([[1.  , 0.5 ],
           [0.25, 0.2 ]])
    >>> hadamard_inverse([[1, 2, 0], [4, 0, 5]])
    Traceback (most recent call last):
    ...
    hadimg.errors.ArgumentError: a has no Hadamard inverse: 2 of 6 elements have no finite reciprocal, the first is \
0 at [0, 2]
    """
    array = checked_numbers("a", a)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        inverse: NDArray[Any] = 1 / array if array.dtype.kind in "fc" else 1.0 / array.astype(np.float64)
    bad = ~(np.isfinite(array) & np.isfinite(inverse))
    if bad.any():
        place = [int(k) for k in np.argwhere(bad)[0]]
        raise ArgumentError(
            f"a has no Hadamard inverse: {np.count_nonzero(bad)} of {array.size} elements have no finite reciprocal, "
            f"the first is {array[tuple(place)]} at {place}"
        )
    return inverse


def hadamard_row_sums(a: ArrayLike, b: ArrayLike) -> NDArray[Any]:
    """Return the sums of the rows of the Hadamard product: the diagonal of ``A B'``, at the cost of one product.

    Neither ``A * B`` nor ``A B'`` is made. The matrices need not be square. One measurement of a single-pixel camera
    is such a sum: a pattern times the scene. Source: slides, equation (6), which prints other indices (S21).

    Parameters
    ----------
    a, b : array_like, shape (m, n)
        Numbers.

    Returns
    -------
    ndarray, shape (m,)
        Whole numbers are added up in 64 bits.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes differ or are none of matrices, or either holds no numbers.

    Examples
    --------
    >>> hadamard_row_sums([[1, 2, 3], [4, 5, 6]], [[1, 1, 1], [0, 1, 2]])
    array([ 6, 17])
    """
    return _sums("ij,ij->i", a, b)


def hadamard_column_sums(a: ArrayLike, b: ArrayLike) -> NDArray[Any]:
    """Return the sums of the columns of the Hadamard product: the diagonal of ``A' B``.

    As `hadamard_row_sums` otherwise. Source: slides, equation (6) for the transposes (S21).

    Parameters
    ----------
    a, b : array_like, shape (m, n)
        Numbers.

    Returns
    -------
    ndarray, shape (n,)
        Whole numbers are added up in 64 bits.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes differ or are none of matrices, or either holds no numbers.

    Examples
    --------
    >>> hadamard_column_sums([[1, 2, 3], [4, 5, 6]], [[1, 1, 1], [0, 1, 2]])
    array([ 1,  7, 15])
    """
    return _sums("ij,ij->j", a, b)


def kronecker(a: ArrayLike, b: ArrayLike, *, max_bytes: int = MOST_BYTES) -> NDArray[Any]:
    """Return the Kronecker product of two matrices: every element of the first times the whole second.

    It is bilinear and associative, ``(A ⊗ B)(C ⊗ D) = AC ⊗ BD`` and ``(A ⊗ B) * (C ⊗ D) = (A * C) ⊗ (B * D)``.
    Source: slides, "Notations" (S4).

    Parameters
    ----------
    a : array_like, shape (m, n)
        Numbers.
    b : array_like, shape (p, q)
        Numbers.
    max_bytes : int
        How large the result may be.

    Returns
    -------
    ndarray, shape (m * p, n * q)
        Element ``[i * p + k, j * q + l]`` is ``a[i, j] * b[k, l]``.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When either is no matrix of numbers.
    LimitError
        When the result would be larger than ``max_bytes``.

    Examples
    --------
    >>> kronecker([[2, 3]], [[1, 2], [3, 4]])
    array([[ 2,  4,  3,  6],
           [ 6,  8,  9, 12]])
    """
    first, second = (checked_matrix(name, value) for name, value in (("a", a), ("b", b)))
    (m, n), (p, q) = first.shape, second.shape
    check_bytes("the Kronecker product", (m * p, n * q), max_bytes, np.result_type(first, second).itemsize)
    product: NDArray[Any] = first[:, np.newaxis, :, np.newaxis] * second[np.newaxis, :, np.newaxis, :]
    return product.reshape(m * p, n * q)


def hadamard_in_kronecker(shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and columns of the Kronecker product of two matrices that hold their Hadamard product.

    The two are equal, so that the Hadamard product is a principal submatrix, exactly when the matrices are square.
    Source: slides, "Properties of Hadamard Product" (S22, S23).

    Parameters
    ----------
    shape : (int, int)
        Shape (m, n) of both matrices.

    Returns
    -------
    (ndarray, ndarray)
        ``i * m + i`` for each row i and ``j * n + j`` for each column j.

    Raises
    ------
    ArgumentError
        When the shape is not that of a matrix.

    Examples
    --------
    >>> rows, columns = hadamard_in_kronecker((2, 3))
    >>> rows, columns
    (array([0, 3]), array([0, 4, 8]))
    >>> a, b = np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, 0, 1], [0, 1, 2]])
    >>> kronecker(a, b)[np.ix_(rows, columns)]
    array([[ 1,  0,  3],
           [ 0,  5, 12]])
    """
    match shape:
        case (int(m), int(n)) if m > 0 and n > 0:
            return np.arange(m) * (m + 1), np.arange(n) * (n + 1)
    raise ArgumentError(f"shape must be two whole numbers of at least 1, got {shape!r}")


def _sums(subscripts: str, a: ArrayLike, b: ArrayLike) -> NDArray[Any]:
    first, second = _of_one_shape(checked_matrix("a", a), checked_matrix("b", b))
    kind = np.result_type(first, second)
    wide = {"b": np.int64, "i": np.int64, "u": np.uint64}.get(kind.kind, kind)
    sums: NDArray[Any] = np.einsum(subscripts, first, second, dtype=wide, casting="safe")
    return sums


def _of_one_shape(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    first, second = checked_numbers("a", a), checked_numbers("b", b)
    if first.shape != second.shape:
        raise ArgumentError(
            f"a and b must have one shape, got {first.shape} and {second.shape}",
            remedy="to put an (H, W) mask on an (H, W, C) picture use apply_mask",
        )
    return first, second
