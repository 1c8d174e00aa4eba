"""Where a fit begins: start values found from the pictures, freedoms that no picture tells taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.gauge import gauge_of
from hadimg.fitting.starts.coarse import CELLS, coarse_ratio
from hadimg.fitting.starts.levels import Levelled
from hadimg.fitting.starts.polish import scale_of
from hadimg.fitting.starts.search import start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.asked import Asked
    from hadimg.fitting.observations import Observations
    from hadimg.fitting.parameters import ParameterMap
    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Beginning", "begin"]

STARTS = ("auto", "given")
CELLS_PER_PARAMETER = 4


class Beginning(NamedTuple):
    """What the solver is given.

    Parameters
    ----------
    mask : Mask
        At its start values, times a level where that is free.
    parameters : ParameterMap
        The roles of its parameters.
    reasons : dict of str to str
        Why parameters that the caller left free are held.
    """

    mask: Mask
    parameters: ParameterMap
    reasons: dict[str, str]


def begin(asked: Asked, observations: Observations, *, levels: str | None, start_from: str) -> Beginning:
    """Return where a fit begins.

    Parameters
    ----------
    asked : Asked
        The mask, and the roles that the caller gave to its parameters.
    observations : Observations
        The pictures.
    levels : str or None
        ``"one"`` when the mask is times an unknown number, ``"each"`` when times one for each channel.
    start_from : str
        ``"auto"``: the start is found from the pictures. ``"given"``: the mask is the start.
    """
    if start_from not in STARTS:
        raise ArgumentError(f"start must be 'auto' or 'given', got {start_from!r:.40}")
    if not asked.names:
        raise ArgumentError(
            f"{asked.mask.family}: the mask has no parameters to fit",
            remedy="fit a family that has some, such as log_polynomial_surface",
        )
    _check_channels(asked.mask, observations)
    coarse = coarse_ratio(
        observations.image,
        observations.target,
        observations.variance_weights,
        dark=observations.dark,
        cells=max(CELLS, CELLS_PER_PARAMETER * len(asked.names) // (asked.mask.channels or 1)),
        grid=observations.grid,
    )
    mask = asked.mask
    if start_from == "auto":
        mask = start(mask, coarse.scaled(free=levels is not None), asked.box(gauge_of(mask, asked.free)))
    gauge = gauge_of(mask, asked.free, scale=levels is not None)
    whole = gauge.mask
    if levels is not None:
        whole = Levelled.of(whole, _levels(whole, coarse, levels))
    return Beginning(whole, asked.parameters(whole, gauge, whole.names), gauge.reasons)


def _levels(mask: Mask, coarse: Coarse, levels: str) -> Float:
    """Return the number that brings a mask nearest to the ratio, or one for each channel."""
    known = coarse if levels == "each" else coarse.scaled(free=False).merged()
    return np.asarray(scale_of(mask.evaluate(coarse.grid), known.scaled(free=True)))


def _check_channels(mask: Mask, observations: Observations) -> None:
    if mask.channels is not None and mask.channels != observations.channels:
        raise ArgumentError(
            f"the mask is for {mask.channels} color channels, the pictures have {observations.channels or 1}",
            remedy="fit one mask for all channels, or per_channel with one mask for each",
        )
