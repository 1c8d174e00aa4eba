"""A picture of an evenly lit wall: nothing but the lens's fall-off towards the corners, and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from samples.noise import Field

CENTER_ROW, CENTER_COL = 0.47, 0.52
K1, K2, K3 = -0.62, 0.24, -0.05
LEVEL = 46_000.0
ELECTRONS = 0.4  # photons counted per gray level
LAW = f"polynomial(k1={K1}, k2={K2}, k3={K3}, center_row={CENTER_ROW}, center_col={CENTER_COL})"


def falloff(size: tuple[int, int]) -> Field:
    """Return the lens's mask, 1 in its middle: a polynomial in the squared radius, whose unit is half the diagonal."""
    height, width = size
    down = (np.arange(height) + 0.5 - CENTER_ROW * height)[:, None]
    right = (np.arange(width) + 0.5 - CENTER_COL * width)[None, :]
    s = (down**2 + right**2) / (0.25 * (height**2 + width**2))
    return np.asarray(1.0 + s * (K1 + s * (K2 + s * K3)))


def render(rng: np.random.Generator, size: tuple[int, int] = (320, 480)) -> Field:
    """Return the picture as uint16, in linear light."""
    return np.rint(rng.poisson(LEVEL * ELECTRONS * falloff(size)) / ELECTRONS).astype(np.uint16)
