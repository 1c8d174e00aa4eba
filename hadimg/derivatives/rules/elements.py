"""Derivatives of what is done to each element alone: functions, powers, inverse, division."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.derivatives.arguments import finite_array, real_array
from hadimg.derivatives.linear_map import LinearMap
from hadimg.derivatives.rules.pairing import paired
from hadimg.errors import ArgumentError
from hadimg.products import hadamard_inverse as inverted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float

__all__ = [
    "elementwise_function",
    "hadamard_division",
    "hadamard_inverse",
    "hadamard_power",
    "hadamard_variable_power",
    "scalar_times",
]


def scalar_times(s: float, y: ArrayLike, ds: LinearMap, dy: LinearMap) -> LinearMap:
    """Return the derivative of a number times an array: ``d(s Y) = s dY + ds vec(Y)``.

    Source: reference, section b.

    Parameters
    ----------
    s : float
        The number.
    y : array_like
        The array.
    ds, dy : LinearMap
        Their derivatives by one Z.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import constant, identity
    >>> scalar_times(3.0, [1.0, 2.0], identity(()), constant((), (2,))).dense()
    array([[1., 2.]])
    """
    number, array = paired("s", s, ds), paired("y", y, dy)
    if number.shape:
        raise ArgumentError(f"s must be one number, got shape {number.shape}")
    times_y = LinearMap(
        (), array.shape, lambda change: change * array, lambda weights: np.asarray(np.vdot(weights, array))
    )
    return float(number) * dy + ds @ times_y


def elementwise_function(slope: Callable[[Float], ArrayLike], y: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of a function of each element: ``d f(Y) = dY D(f'(Y))``.

    The rule holds only where an element of the result depends on the same element of Y and on no other. A slope that
    is not such a function itself is refused; `check_derivative` tells whether it belongs to f.
    Source: reference, section b.

    Parameters
    ----------
    slope : callable
        The derivative f' of the function, from an array to one of its shape.
    y : array_like
        Where.
    dy : LinearMap
        Derivative of Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the slope is not finite, not of the shape of Y or not elementwise, or the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> elementwise_function(np.exp, [0.0, np.log(2)], identity((2,))).dense()
    array([[1., 0.],
           [0., 2.]])
    """
    array = paired("y", y, dy)
    with np.errstate(all="ignore"):
        slopes = finite_array("slope(y)", slope(array), array.shape)
        for place in (0, array.size // 2, array.size - 1):
            alone = real_array("slope of one element", slope(array.flat[place : place + 1]), (1,))
            if not np.isclose(alone[0], slopes.flat[place], rtol=1e-9, atol=0.0):
                raise ArgumentError(
                    f"slope must take each element alone, got {slopes.flat[place]:.6g} for element {place} among "
                    f"others and {alone[0]:.6g} for it alone (use scalar_function or a LinearMap of its own)"
                )
    return dy.scale_columns(slopes)


def hadamard_power(y: ArrayLike, power: float, dy: LinearMap) -> LinearMap:
    """Return the derivative of every element to one constant power: ``dY D(k Y^(k-1))``.

    Source: reference, section b.

    Parameters
    ----------
    y : array_like
        The base: below zero only where the power is a whole number, zero only where it is 0 or at least 1.
    power : float
        The power k.
    dy : LinearMap
        Derivative of Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an element has no such power or no derivative there, or the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> hadamard_power([0.0, 3.0], 2, identity((2,))).dense()
    array([[0., 0.],
           [0., 6.]])
    """
    array = paired("y", y, dy)
    exponent = finite_array("power", power, ())
    return dy.scale_columns(_power_slope("y", array, np.broadcast_to(exponent, array.shape)))


def hadamard_inverse(y: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of the Hadamard inverse ``1 / y_ij``: ``-dY D(Y^-2)``.

    Source: reference, section b; it follows from equation (7) for Y times its inverse (S19, S26).

    Parameters
    ----------
    y : array_like
        No element may be zero.
    dy : LinearMap
        Derivative of Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When there is no Hadamard inverse, or the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> hadamard_inverse([2.0, -4.0], identity((2,))).dense()
    array([[-0.25  , -0.    ],
           [-0.    , -0.0625]])
    """
    array = inverted(paired("y", y, dy))
    with np.errstate(over="ignore"):
        return dy.scale_columns(-array * array)


def hadamard_division(y: ArrayLike, x: ArrayLike, dy: LinearMap, dx: LinearMap) -> LinearMap:
    """Return the derivative of the division of each element: ``d(Y ./ X) = dY D(1 / X) - dX D(Y / X^2)``.

    Source: reference, section b; it follows from equation (7) (S26).

    Parameters
    ----------
    y, x : array_like
        What is divided by what, of one shape; no element of X may be zero.
    dy, dx : LinearMap
        Their derivatives by one Z.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When X has no Hadamard inverse, or the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import constant, identity
    >>> hadamard_division([6.0], [2.0], constant((1,), (1,)), identity((1,))).dense()
    array([[-1.5]])
    """
    above, below = _of_one_shape(y, x, dy, dx)
    inverse = inverted(below)
    with np.errstate(over="ignore"):
        return dy.scale_columns(inverse) - dx.scale_columns(above * inverse * inverse)


def hadamard_variable_power(y: ArrayLike, x: ArrayLike, dy: LinearMap, dx: LinearMap) -> LinearMap:
    """Return the derivative of ``F = Y^X``, element by element: ``dY D(X * Y^(X-1)) + dX D(F * log Y)``.

    Source: reference, section b.

    Parameters
    ----------
    y, x : array_like
        Base and power, of one shape. The base is above zero, or zero where the power is at least 1.
    dy, dx : LinearMap
        Their derivatives by one Z.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When a base is below zero, or zero where the power is below 1, or the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import constant, identity
    >>> hadamard_variable_power([0.0, np.e], [2.0, 2.0], constant((2,), (2,)), identity((2,))).dense().round(4)
    array([[0.    , 0.    ],
           [0.    , 7.3891]])
    """
    base, power = _of_one_shape(y, x, dy, dx)
    bad = (base < 0) | ((base == 0) & (power < 1))
    if bad.any():
        raise ArgumentError(f"y must be above zero, or zero where x is at least 1, for y ** x, {_first(base, bad)}")
    logarithm = np.log(np.where(base > 0, base, 1.0))  # at zero, y ** x * log(y) has the limit 0
    with np.errstate(over="ignore", invalid="ignore"):
        by_power = base**power * logarithm
    return dy.scale_columns(_power_slope("y", base, power)) + dx.scale_columns(by_power)


def _power_slope(name: str, base: Float, power: Float) -> Float:
    """Return ``power * base ** (power - 1)``, which is 0 for the power 0 whatever the base."""
    rootless = (base < 0) & (power != np.floor(power))
    steep = (base == 0) & (power < 1) & (power != 0)
    if (rootless | steep).any():
        raise ArgumentError(
            f"{name} must have a power that has a derivative, {_first(base, rootless | steep)} "
            "(below zero only whole powers have one, at zero only those of at least 1)"
        )
    with np.errstate(over="ignore"):
        slopes: Float = power * np.where(power == 0, 1.0, base) ** (power - 1)
    return slopes


def _of_one_shape(y: ArrayLike, x: ArrayLike, dy: LinearMap, dx: LinearMap) -> tuple[Float, Float]:
    left, right = paired("y", y, dy), paired("x", x, dx)
    if left.shape != right.shape:
        raise ArgumentError(f"y and x must have one shape, got {left.shape} and {right.shape}")
    return left, right


def _first(array: Float, bad: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    place = np.argwhere(bad)[0].tolist()
    return f"{np.count_nonzero(bad)} of {array.size} elements are not, the first is {array[tuple(place)]} at {place}"
