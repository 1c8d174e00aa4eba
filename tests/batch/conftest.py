"""A small folder of pictures, and what is done to them."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest

from hadimg.batch import Recipe
from hadimg.masks import Constant


@pytest.fixture
def photos(tmp_path, rng):
    """Make a folder with three pictures and one more in a folder below."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "b.jpg", "c.ppm", "deep/d.png"):
        pixels = rng.integers(0, 256, (12, 16, 3), np.uint8)
        PIL.Image.fromarray(pixels).save(folder / name)
    return folder


@pytest.fixture
def out(tmp_path):
    """Name a folder that does not exist yet."""
    return tmp_path / "out"


@pytest.fixture
def recipe():
    """Halve the light."""
    return Recipe(Constant(0.5))
