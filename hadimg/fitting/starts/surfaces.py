"""Start values of surfaces and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.starts.linear import INVERSE, LINEAR, LOGARITHMIC, linear_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.fitting.starts.polish import Box
    from hadimg.masks.base import Mask

__all__ = ["inverse_surface", "log_surface", "separable", "surface"]

SWEEPS = 12


def surface(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the coefficients that solve the ratio."""
    yield linear_start(mask, coarse, box, LINEAR)


def log_surface(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the coefficients that solve the logarithm of the ratio."""
    yield linear_start(mask, coarse, box, LOGARITHMIC)


def inverse_surface(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the gains that solve one over the ratio."""
    yield linear_start(mask, coarse, box, INVERSE)


def separable(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield both profiles, each solved in turn with the other given."""
    down = np.array([name.startswith("row_profile") for name in mask.names])
    found = box.hold(mask, mask.with_vector(np.where(box.free, 1.0, mask.vector)))
    for _ in range(SWEEPS):
        for half in (down, ~down):
            found = linear_start(found, coarse, box._replace(free=box.free & half), LINEAR)
    yield found
