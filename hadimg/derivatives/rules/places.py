"""Derivatives of elements moved, left out or repeated: cropping, strides, mirrors, masks over channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.derivatives.arguments import size, whole_number
from hadimg.derivatives.linear_map import LinearMap
from hadimg.derivatives.rules.pairing import require_derivative
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from hadimg.derivatives.arguments import Float

__all__ = ["broadcast_over_channels", "indexed"]


def indexed(dy: LinearMap, index: Any) -> LinearMap:
    """Return the derivative of ``Y[index]``, a crop, stride, mirror or selection: the columns of dY that are taken.

    An element that is taken twice counts twice in the adjoint. Source: reference, section b.

    Parameters
    ----------
    dy : LinearMap
        Derivative of Y.
    index
        What NumPy takes between brackets; at least one element must be left.

    Raises
    ------
    ArgumentError
        When Y has no such places.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> indexed(identity((3,)), [0, 2, 2]).vjp([1.0, 10.0, 100.0])
    array([  1.,   0., 110.])
    """
    shape = require_derivative("dy", dy).out_shape
    try:
        places = np.arange(size(shape)).reshape(shape)[index].copy()
    except (IndexError, TypeError, ValueError) as error:
        raise ArgumentError(f"index must fit an array of shape {shape}, got {index!r:.80}") from error
    if not places.size:
        raise ArgumentError(f"index must take at least one element of an array of shape {shape}, got {index!r:.80}")

    def adjoint(weights: Float) -> Float:
        sums = np.bincount(places.ravel(), weights.ravel(), minlength=size(shape))
        return sums.astype(np.float64, copy=False).reshape(shape)

    return dy @ LinearMap(shape, places.shape, lambda change: change.ravel()[places], adjoint)


def broadcast_over_channels(dy: LinearMap, channels: int) -> LinearMap:
    """Return the derivative of an array of shape (H, W, C) that repeats Y, shape (H, W), in each of C channels.

    The columns of dY are repeated; the adjoint adds up the channels. Source: reference, section b (S3).

    Parameters
    ----------
    dy : LinearMap
        Derivative of Y.
    channels : int
        How many.

    Raises
    ------
    ArgumentError
        When ``channels`` is no whole number of at least 1.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> broadcast_over_channels(identity((1, 1)), 3).vjp([[[1.0, 10.0, 100.0]]])
    array([[111.]])
    """
    shape = require_derivative("dy", dy).out_shape
    count = whole_number("channels", channels)
    repeated = LinearMap(
        shape,
        (*shape, count),
        lambda change: np.repeat(change[..., np.newaxis], count, axis=-1),
        lambda weights: weights.sum(axis=-1),
    )
    return dy @ repeated
