"""Masks that are linear in all of their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.masks.base import Mask

if TYPE_CHECKING:
    from hadimg.grid import Grid
    from hadimg.masks.base import Float

__all__ = ["Linear"]


class Linear(Mask):
    """A mask that is linear in all of its parameters, so that no second derivative is left."""

    def evaluate_curvature(self, grid: Grid, field: Float) -> Float:  # noqa: ARG002 (the same for all pixels)
        """Return zeros."""
        size = len(self.names)
        return np.zeros((size, size))
