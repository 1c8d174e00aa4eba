"""What a rule is given: a value, and the derivative of just that value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.derivatives.arguments import finite_array
from hadimg.derivatives.linear_map import LinearMap
from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float

__all__ = ["derivative_of_matrix", "paired", "paired_matrix", "require_derivative"]


def require_derivative(name: str, derivative: object) -> LinearMap:
    """Return ``derivative`` if it is one."""
    if not isinstance(derivative, LinearMap):
        raise ArgumentTypeError(
            f"{name} must be a LinearMap, got {type(derivative).__name__} (from_matrix makes one of an array)"
        )
    return derivative


def derivative_of_matrix(name: str, derivative: object) -> LinearMap:
    """Return ``derivative`` if it is that of a matrix."""
    checked = require_derivative(name, derivative)
    if len(checked.out_shape) != 2:
        raise ArgumentError(f"{name} must be the derivative of a matrix, got out_shape {checked.out_shape}")
    return checked


def paired(name: str, value: ArrayLike, derivative: object, derivative_name: str | None = None) -> Float:
    """Return ``value`` as finite numbers if ``derivative`` is that of an array of its shape."""
    numbers = finite_array(name, value)
    title = derivative_name or f"d{name}"
    checked = require_derivative(title, derivative)
    if checked.out_shape != numbers.shape:
        raise ArgumentError(
            f"{title} must be the derivative of {name}: its out_shape must be {numbers.shape}, got {checked.out_shape}"
        )
    return numbers


def paired_matrix(name: str, value: ArrayLike, derivative: object) -> Float:
    """Return ``value`` as a matrix of finite numbers if ``derivative`` is that of a matrix of its shape."""
    numbers = paired(name, value, derivative)
    if numbers.ndim != 2:
        raise ArgumentError(f"{name} must be a matrix, got shape {numbers.shape}")
    return numbers
