"""Masks that are a ramp across an edge: their second derivatives from those of the ramp and of the position on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.masks.contraction import cross, stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hadimg.masks.base import Float

__all__ = ["Edge", "edge_curvature"]


class Edge(NamedTuple):
    """A ramp ``base + step * E(z)`` with ``z = (x - place) / width``.

    Parameters
    ----------
    z : ndarray
        Where each pixel lies on the ramp.
    slope, bend : ndarray
        ``E'(z)`` and ``E''(z)``.
    width : float
        Of the ramp, in the units of ``x``.
    step : float
        What the ramp leads up by.
    step_slopes : sequence of float
        Derivatives of the step by the levels, parameters in which base and step are linear.
    """

    z: Float
    slope: Float
    bend: Float
    width: float
    step: float
    step_slopes: Sequence[float]


def edge_curvature(
    edge: Edge, slopes: Sequence[Float | float], position: Callable[[Float], Float], field: Float
) -> Float:
    r"""Return the sums of field times the second derivatives by levels, place, width and all that ``x`` depends on.

    .. math::
        w_{kl} = step \, (E'' z_k z_l + E' z_{kl}), \qquad w_{level, k} = step_{level} \, E' z_k, \qquad
        z_{width, k} = -z_k / width

    Parameters
    ----------
    edge : Edge
        The ramp.
    slopes : sequence of ndarray or float
        The derivatives of ``x``.
    position : callable
        From a field to the sums of it times the second derivatives of ``x``.
    field : ndarray
        What each pixel counts for.
    """
    slope = edge.step * edge.slope * field
    gradient = stacked([-1.0, -edge.z, *slopes], field.shape) / edge.width
    ramp = cross(edge.step * edge.bend * field, gradient, gradient)
    ramp[2:, 2:] += position(slope / edge.width)
    by_width = gradient @ slope.ravel() / -edge.width
    ramp[1] += by_width
    ramp[:, 1] += by_width
    mixed = np.outer(edge.step_slopes, gradient @ (edge.slope * field).ravel())
    return np.block([[np.zeros((len(mixed), len(mixed))), mixed], [mixed.T, ramp]])
