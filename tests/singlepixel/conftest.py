"""What the tests of the camera share: scenes, and the measuring matrix written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.singlepixel import Camera


@pytest.fixture
def scene(rng: np.random.Generator) -> np.ndarray:
    """Make a scene with edges, slopes and a little texture, of levels from 0 to 255."""
    rows, cols = np.mgrid[0:64, 0:64]
    edges = 90.0 * ((rows // 16 + cols // 24) % 2) + 60.0 * (np.hypot(rows - 40, cols - 20) < 12)
    return np.clip(edges + rows / 2 + 20 + rng.normal(0, 2, (64, 64)), 0, 255)


@pytest.fixture
def dense() -> Callable[[Camera], np.ndarray]:
    """Return the function that writes a camera's measuring matrix out: one row for each reading, from its masks."""

    def matrix(camera: Camera) -> np.ndarray:
        count = int(np.prod(camera.readings_shape))
        rows = [camera.patterns(k).weights(camera.shape).reshape(-1) for k in range(count)]
        return np.array(rows).reshape(count, -1)

    return matrix


@pytest.fixture
def psnr() -> Callable[[np.ndarray, np.ndarray], float]:
    """Return the function that measures the peak signal-to-noise ratio in decibels, of 255."""
    return lambda found, scene: float(10 * np.log10(255**2 / np.mean((found - scene) ** 2)))
