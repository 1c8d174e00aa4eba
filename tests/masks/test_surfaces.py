"""Surfaces from tables: splines, profiles and lattices."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.interpolate import BSpline, RegularGridInterpolator

from hadimg import masks, remove_mask
from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.bspline import bspline_bases, bspline_basis, bspline_means
from hadimg.masks.tensor import tensor_product

TABLE = 0.5 + 0.5 * np.arange(30).reshape(5, 6) / 29


def test_spline_surface_to_all_printed_digits():
    """Weights, one derivative and the first row of the basis have the printed values."""
    mask = masks.SplineSurface(TABLE)
    weights = mask.weights((4, 6))
    assert weights[0, 0] == pytest.approx(0.580123024, abs=5.1e-10)
    assert weights[2, 3] == pytest.approx(0.79449533, abs=5.1e-9)
    assert next(mask.partials((4, 6)))[0, 0] == pytest.approx(0.1779785, abs=5.1e-8)
    rows, _ = bspline_bases(Grid.of((4, 6)), TABLE)
    np.testing.assert_array_equal(rows[0], [0.421875, 0.49609375, 0.078125, 0.00390625, 0.0])
    logs = masks.LogSplineSurface(np.log(TABLE))
    surface = masks.SplineSurface(np.log(TABLE)).weights((4, 6))
    np.testing.assert_array_equal(logs.weights((4, 6)), np.exp(surface))


@pytest.mark.parametrize("count", [4, 5, 9])
def test_the_basis_is_that_of_scipy(count):
    """Clamped uniform cubic B-splines by another program, at random places and both ends; rows sum to 1."""
    x = np.concatenate([[0.0, 0.5, 1.0], np.random.default_rng(3).random(50)])
    knots = np.concatenate([[0] * 3, np.linspace(0, 1, count - 2), [1] * 3])
    basis = bspline_basis(x, count)
    np.testing.assert_allclose(basis, BSpline.design_matrix(x, knots, 3).toarray(), atol=1e-15)
    np.testing.assert_allclose(basis.sum(axis=1), 1.0, rtol=1e-15)
    integrals = [BSpline(knots, row, 3).integrate(0, 1) for row in np.eye(count)]
    np.testing.assert_allclose(bspline_means(count), integrals, rtol=1e-13)


@pytest.mark.parametrize("family", [masks.SplineSurface, masks.Grid])
def test_weights_are_the_matrix_product_and_the_jacobian_is_its_kronecker_rule(rng, family):
    """``A @ C @ B.T``, and ``dY/dC = A.T (x) B.T`` in the slides' layout, on a picture of several blocks of rows."""
    table = rng.normal(1, 0.3, (6, 5))
    mask, grid = family(table), Grid.of((45, 31))
    unit = np.eye(6), np.eye(5)
    rows = np.stack([family(np.outer(k, np.ones(5))).weights(grid)[:, 0] for k in unit[0]], axis=1)
    cols = np.stack([family(np.outer(np.ones(6), k)).weights(grid)[0] for k in unit[1]], axis=1)
    np.testing.assert_allclose(mask.weights(grid), rows @ table @ cols.T, rtol=1e-14)
    slides = np.kron(rows.T, cols.T)
    np.testing.assert_allclose(mask.jacobian(grid).reshape(30, -1), slides, atol=1e-15)
    assert table.min() <= mask.weights(grid).min() <= mask.weights(grid).max() <= table.max()


def test_parts_of_a_product_are_the_product_to_the_last_bit(rng):
    """Any rows and columns give the very numbers that they have in the whole product, however few they are."""
    for _ in range(200):
        height, width, n, m = rng.integers(2, 60, 4)
        rows, table, cols = (rng.normal(size=size) for size in ((height, n), (n, m), (width, m)))
        whole = tensor_product(rows, table, cols)
        np.testing.assert_allclose(whole, rows @ table @ cols.T, atol=1e-11)
        top, left = rng.integers(height), rng.integers(width)
        part = np.s_[top : top + rng.integers(1, height + 1)], np.s_[left : left + rng.integers(1, width + 1)]
        np.testing.assert_array_equal(tensor_product(rows[part[0]], table, cols[part[1]]), whole[part])


def test_coefficients_that_never_increase_make_a_mask_that_never_increases(rng):
    """Monotone control points along an axis make a monotone surface along it, up to rounding."""
    falling = np.sort(rng.random((7, 6)), axis=0)[::-1]
    assert (np.diff(masks.SplineSurface(falling).weights((200, 20)), axis=0) <= 1e-15).all()


def test_a_window_of_a_large_surface_needs_the_memory_of_the_window():
    """64 rows of a 24-megapixel surface take no more than three times their own size, also for one derivative."""
    mask = masks.LogSplineSurface(np.zeros((10, 10)))
    window = (slice(1000, 1064), slice(None))
    tracemalloc.start()
    mask.weights((4000, 6000), window=window)
    next(mask.partials((4000, 6000), window=window))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3.5 * 64 * 6000 * 8


def test_separable_is_the_kronecker_product_of_its_profiles(rng):
    """A column times a row; the gauge moves a factor between the profiles and changes nothing."""
    mask = masks.Separable(rng.random(5) + 0.5, rng.random(8) + 0.5)
    rows, cols = bspline_basis((np.arange(40) + 0.5) / 40, 5), bspline_basis((np.arange(60) + 0.5) / 60, 8)
    down, across = rows @ mask.row_profile, cols @ mask.col_profile
    np.testing.assert_allclose(mask.weights((40, 60)), np.kron(down[:, np.newaxis], across[np.newaxis]), rtol=1e-14)
    fixed = mask.with_unit_mean()
    np.testing.assert_allclose(fixed.weights((40, 60)), mask.weights((40, 60)), rtol=1e-14)
    fine = bspline_basis((np.arange(10_000) + 0.5) / 10_000, 8) @ fixed.col_profile
    assert fine.mean() == pytest.approx(1.0, abs=1e-7)
    moved = masks.Separable(np.multiply(mask.row_profile, 2), np.divide(mask.col_profile, 2))
    np.testing.assert_allclose(moved.weights((40, 60)), mask.weights((40, 60)), rtol=1e-14)
    with pytest.raises(ArgumentError, match="the mean of col_profile must not be zero"):
        masks.Separable(col_profile=[1, -1, 1, -1]).with_unit_mean()


def test_log_separable_is_the_exponential_of_a_sum(rng):
    """Its logarithm is a column plus a row; with exponentials of constant profiles it is `Separable`."""
    mask = masks.LogSeparable(rng.normal(0, 0.4, 5).tolist(), rng.normal(0, 0.4, 8).tolist())
    rows, cols = bspline_basis((np.arange(40) + 0.5) / 40, 5), bspline_basis((np.arange(60) + 0.5) / 60, 8)
    logs = np.add.outer(rows @ mask.row_profile, cols @ mask.col_profile)
    np.testing.assert_allclose(np.log(mask.weights((40, 60))), logs, rtol=0, atol=1e-14)
    fixed = mask.with_zero_mean()
    np.testing.assert_allclose(fixed.weights((40, 60)), mask.weights((40, 60)), rtol=1e-14)
    fine = bspline_basis((np.arange(10_000) + 0.5) / 10_000, 8) @ fixed.col_profile
    assert fine.mean() == pytest.approx(0.0, abs=1e-7)
    flat = masks.LogSeparable([0.3] * 4, [-0.5] * 6)
    product = masks.Separable([np.exp(0.3)] * 4, [np.exp(-0.5)] * 6)
    np.testing.assert_allclose(flat.weights((9, 7)), product.weights((9, 7)), rtol=1e-14)


V = [[1, 0.8, 0.6], [0.9, 0.7, 0.5]]


def test_grid_to_all_printed_digits():
    """Edge nodes and cell centers have the printed first rows."""
    edge = masks.Grid.edge_nodes(V).weights((4, 6))[0]
    np.testing.assert_allclose(
        edge, [0.95416667, 0.8875, 0.82083333, 0.75416667, 0.6875, 0.62083333], rtol=0, atol=5.1e-9
    )
    cell = masks.Grid.cell_centers(V).weights((4, 6))[0]
    np.testing.assert_allclose(cell, [1, 0.95, 0.85, 0.75, 0.65, 0.6], rtol=1e-15)
    assert masks.Grid(V) == masks.Grid.edge_nodes(V)
    assert masks.Grid(V).row_spacing == 1
    assert masks.Grid([[0.25]]).weights((2, 2)).tolist() == [[0.25, 0.25], [0.25, 0.25]]


def test_cell_centers_are_a_resampled_array(rng):
    """A grid of cell centers and an array that is resampled are two ways to the same mask."""
    table = rng.random((7, 9))
    resampled = masks.Array(table, resample=True).weights((50, 64))
    np.testing.assert_allclose(masks.Grid.cell_centers(table).weights((50, 64)), resampled, rtol=1e-12)


def test_nodes_lie_where_the_settings_say(rng):
    """Another program's interpolation between the same nodes agrees, also with nodes inside and outside the picture."""
    table = rng.random((4, 5)) + 0.5
    mask = masks.Grid(table, row_origin=0.1, row_spacing=0.2, col_origin=-0.3, col_spacing=0.4)
    nodes = 0.1 + 0.2 * np.arange(4), -0.3 + 0.4 * np.arange(5)
    row, col = np.meshgrid((np.arange(30) + 0.5) / 30, (np.arange(40) + 0.5) / 40, indexing="ij")
    at = np.stack([row.clip(nodes[0][0], nodes[0][-1]), col.clip(nodes[1][0], nodes[1][-1])], axis=-1)
    np.testing.assert_allclose(mask.weights((30, 40)), RegularGridInterpolator(nodes, table)(at), rtol=1e-12)


def test_dng_gain_map_is_the_inverse_grid_on_its_rectangle(rng):
    """The opcode multiplies by the gains, laid over the rectangle as over a picture; outside nothing changes."""
    gains = rng.random((4, 5)) + 1
    whole = masks.DngGainMap(gains, row_origin=0.1, row_spacing=0.25)
    inside = 1 / masks.Grid(gains, row_origin=0.1, row_spacing=0.25).weights((20, 30))
    np.testing.assert_array_equal(whole.weights((20, 30)), inside)
    part = whole.replace(top=0.2, left=0.25, bottom=0.7, right=1.0)
    weights, jacobian = part.weights((40, 40)), part.jacobian((40, 40))
    np.testing.assert_allclose(weights[8:28, 10:], whole.weights((20, 30)), rtol=1e-12)
    weights[8:28, 10:] = 1
    jacobian[:, 8:28, 10:] = 0
    assert (weights == 1).all()
    assert (jacobian == 0).all()
    pixels = rng.integers(0, 100, (40, 40), dtype=np.uint16)
    np.testing.assert_array_equal(remove_mask(pixels, part), np.rint(pixels / part.weights((40, 40))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spline_surface([[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]])", "at least 4 numbers a side, got 3"),
        ("log_spline_surface([[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1e3]])", r"\[3\]\[3\] must lie in"),
        ("separable([1, 2, 3])", "row_profile must hold at least 4"),
        ("grid([])", "nodes must hold at least 1"),
        ("grid([[1, 2], [3]])", "nodes must have rows of equal length"),
        ("grid([[1, 2]], col_spacing=0)", "col_spacing must lie in"),
        ("dng_gain_map([[1, 0]])", r"nodes\[0\]\[1\] must lie in"),
        ("dng_gain_map(top=0.5, bottom=0.5)", "top must be less than bottom, got 0.5 and 0.5"),
    ],
)
def test_bad_tables_are_named(text, message):
    """Tables that are too small, ragged or out of range are refused by name, rule and value."""
    with pytest.raises(ArgumentError, match=message):
        masks.parse(text)
