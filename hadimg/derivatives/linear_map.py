"""The derivative of Y by Z as a linear map that is applied, not stored: no matrix with a pixel-sized side is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hadimg.derivatives.arguments import checked_shape, finite_array, real_array
from hadimg.derivatives.matrix_view import MatrixView
from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float, Shape

__all__ = ["LinearMap"]


@dataclass(frozen=True, eq=False)
class LinearMap(MatrixView):
    r"""The derivative ``dY/dZ`` in the layout of the slides: one row per element of Z, one column per element of Y.

    It is never a matrix until `dense` is asked for. What can be done with derivatives is written as on the slides:
    ``dY + dX``, ``2 * dY``, ``dY @ dX`` for the chain rule, `scale_columns` for ``dY D(X)``. There is no transpose:
    `hadimg.derivatives.layout` gives other layouts. Source: slides, "Definition of derivative" (S5, S6).

    Parameters
    ----------
    in_shape, out_shape : tuple of int
        Shapes of Z and of Y; ``()`` for a scalar.
    forward : callable
        From a small change of Z, shape ``in_shape``, to that of Y, shape ``out_shape``. Must be linear.
    adjoint : callable
        The other way: from G to the array whose elements are the sums of ``G * dY/dz_i``. `check_adjoint` tests it.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an argument is not what is said here. The methods raise these too, for arrays of the wrong shape.

    Notes
    -----
    Arrays inside the two functions are kept, not copied: leave them as they are while the map is in use.

    Examples
    --------
    >>> double_sum = LinearMap((2, 2), (), lambda z: 2 * z.sum(), lambda g: np.full((2, 2), 2 * g))
    >>> double_sum.jvp([[1, 2], [3, 4]])
    array(20.)
    >>> double_sum.dense()
    array([[2.],
           [2.],
           [2.],
           [2.]])
    """

    in_shape: Shape
    out_shape: Shape
    forward: Callable[[Float], Float] = field(repr=False)
    adjoint: Callable[[Float], Float] = field(repr=False)

    __array_ufunc__ = None  # keeps NumPy from taking a map for a scalar: ``array * map`` is refused

    def __post_init__(self) -> None:
        checked_shape("in_shape", self.in_shape)
        checked_shape("out_shape", self.out_shape)
        for name in ("forward", "adjoint"):
            if not callable(getattr(self, name)):
                raise ArgumentTypeError(f"{name} must be a function, got {getattr(self, name)!r}")

    # ---- application

    def jvp(self, change: ArrayLike) -> Float:
        """Return the change of Y that a change of Z makes: ``d vec(Y) = d vec(Z) · dY/dZ``.

        Parameters
        ----------
        change : array_like, shape ``in_shape``
            Change of Z.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> identity((2,)).scale_columns([3.0, 4.0]).jvp([1.0, 10.0])
        array([ 3., 40.])
        """
        change = real_array("change", change, self.in_shape)
        return _own(real_array("what forward returns", self.forward(change), self.out_shape), change)

    def vjp(self, weights: ArrayLike) -> Float:
        """Return the sums of ``weights * dY/dz_i`` for every i: the gradient by Z of ``sum(weights * Y)``.

        Parameters
        ----------
        weights : array_like, shape ``out_shape``
            Weight of each element of Y.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> identity((2,)).scale_columns([3.0, 4.0]).vjp([1.0, 10.0])
        array([ 3., 40.])
        """
        weights = real_array("weights", weights, self.out_shape)
        return _own(real_array("what adjoint returns", self.adjoint(weights), self.in_shape), weights)

    # ---- algebra

    def __add__(self, other: LinearMap) -> LinearMap:
        _require_map("what is added to a derivative", other)
        if (self.in_shape, self.out_shape) != (other.in_shape, other.out_shape):
            raise ArgumentError(
                f"derivatives that are added must have one in_shape and one out_shape, got {self} and {other}"
            )
        return LinearMap(
            self.in_shape,
            self.out_shape,
            lambda change: self.jvp(change) + other.jvp(change),
            lambda weights: self.vjp(weights) + other.vjp(weights),
        )

    def __matmul__(self, other: LinearMap) -> LinearMap:
        _require_map("what a derivative is multiplied by with @", other)
        if self.out_shape != other.in_shape:
            raise ArgumentError(
                f"dY/dZ @ dX/dY needs one Y: the out_shape {self.out_shape} of the first must be the in_shape "
                f"{other.in_shape} of the second"
            )
        return LinearMap(
            self.in_shape,
            other.out_shape,
            lambda change: other.jvp(self.jvp(change)),
            lambda weights: self.vjp(other.vjp(weights)),
        )

    def __rmul__(self, factor: float) -> LinearMap:
        number = finite_array("what a derivative is multiplied by with *", factor, ())
        return LinearMap(
            self.in_shape,
            self.out_shape,
            lambda change: number * self.jvp(change),
            lambda weights: number * self.vjp(weights),
        )

    def __mul__(self, factor: float) -> LinearMap:
        return self.__rmul__(factor)

    def __neg__(self) -> LinearMap:
        return -1.0 * self

    def __sub__(self, other: LinearMap) -> LinearMap:
        _require_map("what is taken from a derivative", other)
        return self + -other

    def scale_columns(self, factors: ArrayLike) -> LinearMap:
        """Return ``dY D(X)``: column j times element j of X. D(X) is never built.

        Source: slides, "Notations" and equation (7) (S2, S26).

        Parameters
        ----------
        factors : array_like, shape ``out_shape``
            The elements of X.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> identity((2,)).scale_columns([3.0, 4.0]).dense()
        array([[3., 0.],
               [0., 4.]])
        """
        numbers = finite_array("factors", factors, self.out_shape)
        return LinearMap(
            self.in_shape,
            self.out_shape,
            lambda change: self.jvp(change) * numbers,
            lambda weights: self.vjp(weights * numbers),
        )


def _require_map(what: str, value: object) -> None:
    if not isinstance(value, LinearMap):
        raise ArgumentTypeError(f"{what} must be a LinearMap, got {type(value).__name__}")


def _own(result: Float, argument: Float) -> Float:
    """Return a result that may be changed without changing the argument it was computed from."""
    return result.copy() if np.may_share_memory(result, argument) else result
