"""Tables of gains: where their values lie, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hadimg.errors import ArgumentError, FormatError, HadimgError, LimitError
from hadimg.profiles import table_mask


def test_the_mask_is_one_over_the_gain_at_cell_middles_and_at_edges():
    """Cells: value k of n lies at (k + 0.5)/n. Edges: at k/(n - 1). A picture of the right size samples them there."""
    gains = np.array([[1.0, 2.0, 4.0], [1.5, 2.5, 5.0]])
    np.testing.assert_allclose(table_mask(gains, nodes="cells").weights((2, 3)), 1 / gains, rtol=1e-15)
    # Pixel centers of a picture of two rows lie a quarter inside; those of two columns a quarter and three quarters.
    down = np.array([[0.75, 0.25], [0.25, 0.75]])
    across = np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])
    np.testing.assert_allclose(
        table_mask(gains, nodes="edges").weights((2, 2)), 1 / (down @ gains @ across.T), rtol=1e-15
    )


def test_mixing_up_the_two_layouts_is_seen():
    """At the corner the two readings of one table differ by what the gain rises within half a cell."""
    gains = np.linspace(1.0, 3.0, 17)[:, None] * np.ones(17)
    cells, edges = (table_mask(gains, nodes=nodes).weights((170, 170)) for nodes in ("cells", "edges"))
    assert np.abs(cells / edges - 1).max() > 0.02


@pytest.mark.parametrize(
    ("gains", "error", "words"),
    [
        ([[1.0, float("nan")]], FormatError, "positive gains, got nan at row 0, column 1"),
        ([[1.0], [0.0]], FormatError, "positive gains, got 0.0 at row 1, column 0"),
        ([[1.0, float("inf")]], FormatError, "got inf"),
        ([[1.0], [1.0, 2.0]], FormatError, "rows of equal length"),
        ([["a"]], FormatError, "rows of equal length"),
        ([1.0, 2.0], FormatError, r"shape \(2,\)"),
        (np.ones((2000, 2000)), LimitError, "4000000 values"),
    ],
)
def test_holes_and_absurd_tables_are_refused(gains, error, words):
    """The message names the first value that breaks the rule."""
    with pytest.raises(error, match=words):
        table_mask(gains, nodes="cells")


def test_unknown_layouts_and_single_edges_are_refused():
    """Edges need two nodes an axis; other layouts have no name."""
    with pytest.raises(ArgumentError, match="nodes must be one of 'cells', 'edges', got 'centers'"):
        table_mask([[1.0]], nodes="centers")
    with pytest.raises(FormatError, match="at least 2 a side"):
        table_mask([[1.0, 2.0]], nodes="edges")


def test_real_tables_become_masks_that_undo_them(shared_data):
    """At their own nodes the masks of all published tables are one over the gain, to rounding."""
    tables = json.loads((shared_data / "shading" / "shading_tables.json").read_text())
    assert len(tables) == 60
    for entry in tables:
        gains = np.array(entry["gain"])
        rows, cols = gains.shape
        mask = table_mask(gains, nodes=entry["nodes"])
        if entry["nodes"] == "cells":
            np.testing.assert_allclose(mask.weights((rows, cols)), 1 / gains, rtol=1e-14)
        else:  # the pixel centers of a picture of n - 1 pixels lie in the middle between nodes
            weights = mask.weights((rows - 1, cols - 1))
            middles = (gains[1:, 1:] + gains[1:, :-1] + gains[:-1, 1:] + gains[:-1, :-1]) / 4
            np.testing.assert_allclose(weights, 1 / middles, rtol=1e-14)


def test_errors_are_of_one_family():
    """Whatever is handed in, only the errors of hadimg leave."""
    for gains in (None, {}, "x", [[None]], [[1e400]], [[10**400]], [[[1.0]]]):
        with pytest.raises(HadimgError):
            table_mask(gains, nodes="cells")
