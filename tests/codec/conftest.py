"""What the tests of the codec share: pictures that look like photographs, as far as a codec can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def scene() -> Callable[..., np.ndarray]:
    """Make a picture with soft light, edges, texture and noise, of any size, channels and depth."""

    def make(height: int, width: int, channels: int = 3, depth: int = 8) -> np.ndarray:
        rng = np.random.default_rng(7)
        rows, cols = np.mgrid[:height, :width] / max(height, width)
        planes = []
        for channel in range(channels):
            light = 0.5 + 0.3 * np.sin(5 * rows + channel) * np.cos(7 * cols)
            discs = sum(
                0.2 * (np.hypot(rows - r, cols - c) < size)
                for r, c, size in zip(rng.random(6), rng.random(6), 0.2 * rng.random(6), strict=True)
            )
            texture = 0.05 * np.sin(90 * rows + 60 * cols) + 0.015 * rng.standard_normal((height, width))
            planes.append(light - discs + texture)
        levels = np.clip(np.dstack(planes), 0, 1) * ((1 << depth) - 1)
        pixels = np.rint(levels).astype(np.uint8 if depth <= 8 else np.uint16)
        return pixels[:, :, 0] if channels == 1 else pixels

    return make
