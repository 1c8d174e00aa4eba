"""Matrices that are positive semidefinite, and Schur's theorem.

>>> covariance, taper = np.array([[4.0, 2.0], [2.0, 3.0]]), np.array([[1.0, 0.5], [0.5, 1.0]])
>>> is_positive_semidefinite(covariance * taper)  # Schur: the Hadamard product of two such matrices is one
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.array_checks import MOST_BYTES, check_bytes, checked_numbers
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["is_positive_semidefinite", "schur_factor"]

ROUNDING = 1e-12
"""How far below zero, relative to the largest, an eigenvalue may lie that is zero but for rounding."""


def is_positive_semidefinite(a: ArrayLike, *, tolerance: float = ROUNDING) -> bool:
    """Return whether a matrix is symmetric (Hermitian) and has no eigenvalue below zero.

    The Hadamard product of two such matrices is one too (Schur's theorem): covariances stay covariances under masks,
    and damping keeps a Gauss-Newton matrix what it is. Source: slides, "Schur Product Theorem" (S24).

    Parameters
    ----------
    a : array_like, shape (n, n)
        Finite numbers, real or complex.
    tolerance : float
        How far an eigenvalue may lie below zero, and an element from symmetry, relative to the largest eigenvalue.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``a`` is no square matrix of finite numbers.

    Examples
    --------
    >>> is_positive_semidefinite([[2, 1], [1, 2]]), is_positive_semidefinite([[1, 2], [2, 1]])
    (True, False)
    """
    matrix = _square("a", a)
    eigenvalues = np.linalg.eigvalsh(matrix / 2 + matrix.conj().T / 2)
    slack = tolerance * np.abs(eigenvalues).max()
    skew = np.abs(matrix - matrix.conj().T).max()
    return bool(eigenvalues.min() >= -slack and skew <= slack)


def schur_factor(a: ArrayLike, b: ArrayLike, *, max_bytes: int = MOST_BYTES) -> NDArray[Any]:
    r"""Return the factor F that proves Schur's theorem: ``A * B = F F^H`` for positive semidefinite A and B.

    With the eigenvectors of both, ``A * B`` is the sum over i and j of ``u_i v_j (a_i * b_j)(a_i * b_j)^H``, and no
    term of it is below zero: column ``i * n + j`` of F is ``sqrt(u_i v_j) (a_i * b_j)``.
    Source: slides, proof of "Schur Product Theorem", with ``u_i v_j >= 0`` (S25).

    Parameters
    ----------
    a, b : array_like, shape (n, n)
        Positive semidefinite matrices.
    max_bytes : int
        How large the factor may be.

    Returns
    -------
    ndarray, shape (n, n * n)
        The factor. Eigenvalues that lie below zero by no more than rounding count as zero.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When either matrix is not positive semidefinite, or their shapes differ.
    LimitError
        When the factor would be larger than ``max_bytes``.

    Examples
    --------
    >>> a, b = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> factor = schur_factor(a, b)
    >>> (factor @ factor.T).round(12)
    array([[2. , 0.5],
           [0.5, 2. ]])
    """
    first, second = _square("a", a), _square("b", b)
    if first.shape != second.shape:
        raise ArgumentError(f"a and b must have one shape, got {first.shape} and {second.shape}")
    n = len(first)
    check_bytes("the factor", (n, n * n), max_bytes, np.result_type(first, second).itemsize)
    left, right = _root("a", first), _root("b", second)
    factor: NDArray[Any] = (left[:, :, np.newaxis] * right[:, np.newaxis, :]).reshape(n, n * n)
    return factor


def _root(name: str, matrix: NDArray[Any]) -> NDArray[Any]:
    """Return the eigenvectors, each times the square root of its eigenvalue."""
    if not is_positive_semidefinite(matrix):
        raise ArgumentError(f"{name} must be positive semidefinite, got a matrix that is not symmetric or indefinite")
    eigenvalues, vectors = np.linalg.eigh(matrix)
    root: NDArray[Any] = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    return root


def _square(name: str, value: ArrayLike) -> NDArray[Any]:
    array = checked_numbers(name, value)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
        raise ArgumentError(f"{name} must be a square matrix, got shape {array.shape}")
    if not np.isfinite(array).all():
        place = [int(k) for k in np.argwhere(~np.isfinite(array))[0]]
        raise ArgumentError(f"{name} must hold finite numbers, got {array[tuple(place)]} at {place}")
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)
