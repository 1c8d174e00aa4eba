"""The logistic edge that soft masks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hadimg.masks.base import Float

__all__ = ["logistic", "logistic_bend", "logistic_slope"]


def logistic(z: Float) -> Float:
    """Return ``1 / (1 + exp(-z))`` without overflow for any ``z``.

    Examples
    --------
    >>> logistic(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def logistic_slope(z: Float) -> Float:
    """Return the derivative of `logistic`, ``L (1 - L)``, without cancellation.

    Examples
    --------
    >>> logistic_slope(np.array([0.0, 1000.0]))
    array([0.25, 0.  ])
    """
    small = np.exp(-np.abs(z))
    return small / (1.0 + small) ** 2


def logistic_bend(z: Float) -> Float:
    """Return the second derivative of `logistic`, ``L (1 - L) (1 - 2 L)``, without cancellation.

    Examples
    --------
    >>> logistic_bend(np.array([-1000.0, 0.0])) + 0.0
    array([0., 0.])
    """
    return -logistic_slope(z) * np.tanh(z / 2.0)
