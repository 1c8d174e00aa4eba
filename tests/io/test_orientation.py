"""The eight orientations turn pixels as other programs do, and back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from hadimg.io.exif import orientation_only
from hadimg.io.orientation import INVERSE, turn


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turn_agrees_with_pillow(orientation, rng):
    """A picture is seen as Pillow's ``exif_transpose`` shows it."""
    stored = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    peer = Image.fromarray(stored)
    peer.getexif().load(b"Exif\0\0" + orientation_only(orientation))
    np.testing.assert_array_equal(turn(stored, orientation), np.asarray(ImageOps.exif_transpose(peer)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shape", [(4, 6), (6, 4, 2), (1, 5), (3, 3, 1)])
def test_inverse_turns_back(orientation, shape, rng):
    """Turning by the inverse restores stored order, for grey and any number of channels."""
    stored = rng.random(shape)
    np.testing.assert_array_equal(turn(turn(stored, orientation), INVERSE[orientation]), stored)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turn_copies_nothing(orientation):
    """The turned array shares memory with the stored one."""
    stored = np.zeros((4, 6, 3), np.uint8)
    assert np.shares_memory(turn(stored, orientation), stored)
