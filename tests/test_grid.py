"""Where pixels lie: fractions at pixel centers, half diagonals, windows that keep their place."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.grid import Grid


def test_rows_and_columns_lie_at_pixel_centers():
    """Row i of H lies at (i + 0.5) / H; the middle of the picture is 0.5."""
    grid = Grid.of((4, 5))
    np.testing.assert_array_equal(grid.row[:, 0], [0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(grid.col[0], [0.1, 0.3, 0.5, 0.7, 0.9])


@pytest.mark.parametrize("shape", [(4, 6), (301, 200), (1, 1), (4000, 6000)])
def test_the_outer_corner_lies_at_one(shape):
    """The extreme pixel of a centered picture is half a pixel inside the corner, which lies at r = 1."""
    height, width = shape
    grid = Grid.of(shape)
    assert grid.half_diagonal == pytest.approx(np.hypot(height, width) / 2)
    extreme = np.hypot(height - 1, width - 1) / np.hypot(height, width)
    assert grid.farthest(0.5, 0.5) == pytest.approx(extreme, rel=1e-12, abs=1e-15)
    kv, ku = grid.scale
    assert kv**2 + ku**2 == pytest.approx(4.0, rel=1e-14)


def test_windows_of_windows_keep_their_place():
    """A window of a window has the offsets that its pixels have in the whole picture, to the last bit."""
    whole = Grid.of((50, 70))
    inner = whole.window((slice(10, 40), slice(5, None))).window((slice(-3, None), slice(2, 9)))
    assert inner.shape == (3, 7)
    v, u = whole.offsets(0.3, 0.7)
    v_inner, u_inner = inner.offsets(0.3, 0.7)
    np.testing.assert_array_equal(v_inner, v[37:40])
    np.testing.assert_array_equal(u_inner, u[:, 7:14])


def test_strips_cover_the_grid():
    """Strips lie under each other without gaps; only the last may be lower."""
    strips = list(Grid.of((10, 4)).strips(4))
    assert [(strip.top, strip.rows) for strip in strips] == [(0, 4), (4, 4), (8, 2)]
    np.testing.assert_array_equal(np.concatenate([strip.row for strip in strips]), Grid.of((10, 4)).row)
