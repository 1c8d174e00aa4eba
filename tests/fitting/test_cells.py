"""Nodes of cells in place of pixels: how near their optimum is, what exact steps make of it, and whom they refuse."""

from __future__ import annotations

import itertools
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.passes.squares import Squares
from hadimg.fitting.reductions.cell_grid import Cells, cells_for, lagrange, unresolved
from hadimg.fitting.reductions.cells import cell_statistics
from hadimg.fitting.reductions.reduction import REDUCTIONS, reduced
from hadimg.grid import Grid
from hadimg.kernels.deposits import deposit_cells

SHAPE = (600, 900)
CENTER = "center_row=0.515, center_col=0.47"
SMOOTH = {
    "gaussian": (f"constant(value=0.9) * gaussian(sigma=0.6, {CENTER})", ("1.aspect", "1.angle")),
    "cos4": (f"constant(value=0.9) * cos4(half_field_angle=35, {CENTER})", ()),
    "cusp": (f"constant(value=0.9) * exponential_decay(rate=1.2, {CENTER})", ("1.power",)),
}
SHIFTS = {
    ((43, 64), 0): (1, 3, 2),
    ((5, 8), 3): (9e-2, 2e-1, 1),
    ((11, 16), 3): (4e-3, 4e-3, 2e-1),
    ((21, 32), 3): (3e-4, 5e-4, 9e-3),
    ((11, 16), 5): (2e-6, 7e-6, 2e-1),
}
"""The specification's shifts of the optimum, in standard errors, by counts of cells and degree."""


def even_cells(counts, degree, shape=SHAPE):
    """Return cells in equal numbers of pixels."""
    edges = (
        np.linspace(0, size, count + 1).round().astype(np.int64) for size, count in zip(shape, counts, strict=True)
    )
    return Cells(*edges, degree)


def descended(problem, theta, free, steps=12):
    """Return parameters after some Gauss-Newton steps."""
    theta = theta.copy()
    for _ in range(steps):
        sums = problem.sums(theta, 2)
        theta[free] -= np.linalg.solve(sums.gauss_newton[np.ix_(free, free)], sums.gradient[free])
    return theta


@pytest.fixture(scope="module", params=SMOOTH)
def seen(request):
    """Return an objective with noise, its exact optimum, the standard errors there, and which parameters are free."""
    rng = np.random.default_rng(20140506)
    text, fixed = SMOOTH[request.param]
    mask = masks.parse(text)
    image, variance = rng.uniform(0.2, 1, SHAPE), rng.uniform(0.3, 2, SHAPE)
    target = image * mask.weights(SHAPE) + rng.normal(0, 0.02, SHAPE) / np.sqrt(variance)
    objective = Objective(mask, Observations(image, target, variance))
    exact = Squares(objective, fixed=fixed)
    free = np.flatnonzero(~np.isin(mask.names, fixed))
    best = descended(exact, mask.vector, free)
    sums = exact.sums(best, 2)
    covariance = np.linalg.inv(sums.gauss_newton[np.ix_(free, free)]) * 2 * sums.cost / exact.count
    return request.param, objective, exact, best, np.sqrt(np.diag(covariance)), free


@pytest.mark.parametrize(("counts", "degree"), SHIFTS)
def test_the_table_of_cell_errors(seen, counts, degree):
    """The optimum on nodes lies as far off as the specification says, in order of magnitude."""
    name, objective, exact, best, errors, free = seen
    statistics = cell_statistics(objective, fixed=exact.fixed, cells=even_cells(counts, degree))
    assert statistics.row_count == counts[0] * counts[1] * (degree + 1) ** 2
    near = descended(statistics, best, free)
    shift = np.abs((near - best)[free] / errors).max()
    expected = SHIFTS[counts, degree][list(SMOOTH).index(name)]
    assert expected / 10 < shift < 10 * expected


def test_exact_steps_end_at_the_optimum(seen):
    """From the cells that are the default one exact step ends within 1e-4 standard errors, two within 1e-7."""
    _, objective, exact, best, errors, free = seen
    near = descended(cell_statistics(objective, fixed=exact.fixed), best, free)
    shifts = []
    for _ in range(2):
        near = descended(exact, near, free, steps=1)
        shifts.append(np.abs((near - best)[free] / errors).max())
    assert shifts[0] < 1e-4
    assert shifts[1] < 1e-7


def test_rows_have_the_products_of_the_sums(seen):
    """P + 1 rows stand for all nodes: their products are the sums; the Hessian is nearly that of all pixels."""
    _, objective, exact, best, _, _ = seen
    statistics = cell_statistics(objective, fixed=exact.fixed)
    sums = statistics.sums(best, 2)
    jacobian, residual = statistics.rows(best)
    assert jacobian.shape == (len(best) + 1, len(best))
    scale = np.sqrt(np.diag(sums.gauss_newton))
    assert (np.abs(jacobian.T @ jacobian - sums.gauss_newton) <= 1e-12 * np.outer(scale, scale)).all()
    np.testing.assert_allclose(0.5 * residual @ residual, sums.cost, rtol=1e-12)
    hessian, exact_hessian = statistics.hessian(best), objective.hessian(best)
    free = np.flatnonzero(scale)
    scale = np.sqrt(np.outer(np.diag(exact_hessian), np.diag(exact_hessian)))
    assert (np.abs(hessian - exact_hessian) <= 2e-3 * scale)[np.ix_(free, free)].all()


def test_nodes_of_negative_weight_give_rows(rng):
    """A few bright pixels give nodes of negative weight; sums stay near those of all pixels, and rows have them."""
    image = np.zeros((200, 300))
    image[rng.integers(0, 200, 400), rng.integers(0, 300, 400)] = 1.0
    mask = masks.parse(SMOOTH["gaussian"][0])
    objective = Objective(mask, Observations(image, 0.6 * image))
    statistics = cell_statistics(objective)
    assert (statistics.power < 0).any()
    sums, exact = statistics.sums(mask.vector, 2), objective.sums(mask.vector, 2)
    np.testing.assert_allclose(sums.cost, exact.cost, rtol=1e-3)
    jacobian, residual = statistics.rows(mask.vector)
    np.testing.assert_allclose(jacobian.T @ jacobian, sums.gauss_newton, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(0.5 * residual @ residual, sums.cost, rtol=1e-12)


@pytest.mark.parametrize("with_reference", [False, True])
@pytest.mark.parametrize("text", ["polynomial_surface()", "polynomial(k1=-0.3, k2=0, k3=0)"])
def test_polynomials_of_low_degree_are_exact(rng, text, with_reference):
    """A mask whose squares are polynomials within the degree loses nothing but rounding, wherever its center moves."""
    shape = (120, 90)
    image, target = rng.uniform(0.2, 1, (2, *shape, 2))
    mask = masks.parse(text)
    objective = Objective(mask, Observations(image, target, rng.uniform(0.5, 2, shape), dark=0.1))
    reference = mask if with_reference else None
    statistics = cell_statistics(objective, cells=even_cells((4, 5), 4, shape), reference=reference, lanes="float64")
    theta = mask.vector + rng.normal(0, 0.02, len(mask.names)) * ~np.isin(mask.names, ("k2", "k3"))
    found, exact = statistics.sums(theta, 2), objective.sums(theta, 2)
    free = ~np.isin(
        mask.names, ("k2", "k3")
    )  # whose derivatives are of degree 4 and 6, and of their squares twice that
    scale = np.sqrt(np.diag(exact.gauss_newton))[free]
    np.testing.assert_allclose(found.cost, exact.cost, rtol=1e-12)
    bound = 1e-12 * scale * objective.target_norm
    assert (np.abs(found.gradient - exact.gradient)[free] <= bound).all()
    error = np.abs(found.gauss_newton - exact.gauss_newton)[np.ix_(free, free)]
    assert (error <= 1e-12 * np.outer(scale, scale)).all()


def test_a_reference_keeps_the_digits_of_a_perfect_fit(rng):
    """Near the mask that made the target, costs that plain sums lose in rounding are right to a thousandth."""
    image = rng.uniform(0.2, 1, (300, 400))
    mask = masks.Cos4(30.0)
    objective = Objective(mask, Observations(image, image * mask.weights(image.shape)))
    theta = mask.replace(half_field_angle=30.0 * (1 + 1e-8)).vector
    exact = objective.sums(theta, 0).cost
    near, far = (
        cell_statistics(objective, reference=reference, lanes="float64").sums(theta, 0).cost
        for reference in (mask, None)
    )
    np.testing.assert_allclose(near, exact, rtol=1e-3)
    assert abs(far / exact - 1) > 0.5


@pytest.mark.parametrize("lanes", ["float32", "float64"])
def test_masks_for_each_channel(rng, lanes):
    """Each channel has nodes of its own when the mask tells them apart."""
    mask = masks.parse("per_channel(cos4(), polynomial(k1=-0.2)) * constant(value=0.9)")
    image, target = rng.uniform(0.2, 1, (2, 200, 250, 2))
    objective = Objective(mask, Observations(image, target))
    statistics = cell_statistics(objective, lanes=lanes)
    assert len(statistics.power) == 2
    np.testing.assert_allclose(
        statistics.sums(mask.vector, 0).cost, objective.value(mask.vector), rtol=1e-6 if lanes == "float32" else 1e-8
    )


def test_cells_of_a_window(rng):
    """Pictures that are a window have their cells where the window lies."""
    grid = Grid(500, 800).window((slice(100, 400), slice(300, 700)))
    image, target = rng.uniform(0.2, 1, (2, 300, 400))
    objective = Objective(masks.Cos4(), Observations(image, target, grid=grid))
    found, exact = (problem.sums(masks.Cos4().vector, 0).cost for problem in (cell_statistics(objective), objective))
    np.testing.assert_allclose(found, exact, rtol=1e-6)


def test_numbers_beyond_float32(rng):
    """Huge numbers are summed in float64 where float32 cannot hold their squares."""
    image = rng.uniform(1e25, 1e26, (100, 150))
    statistics = cell_statistics(Objective(masks.Cos4(), Observations(image, image)))
    assert np.isfinite(statistics.power).all()
    np.testing.assert_allclose(statistics.power.sum(), np.sum(image**2), rtol=1e-12)


# ---- parts


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_deposit_cells_and_its_twin(rng, kind):
    """The compiled loop gives the product of three matrices, and the sum of squares."""
    image, rest = rng.normal(size=(2, 3, 11, 40)).astype(kind)
    edges = np.array([0, 1, 17, 40])
    along, across = rng.normal(size=(11, 3)), rng.normal(size=(3, 40)).astype(kind)
    powers, crosses = np.zeros((2, 3, 9))
    total = deposit_cells(image, rest, along, across, edges, powers, crosses)
    columns = np.zeros((40, 9))
    for cell, (left, right) in enumerate(itertools.pairwise(edges)):
        columns[left:right, 3 * cell : 3 * cell + 3] = across[:, left:right].T
    share = 1e-5 if kind == "float32" else 1e-13
    for found, product in ((powers, image**2), (crosses, image * rest)):
        truth = along.T @ product.sum(axis=0, dtype=float) @ columns
        np.testing.assert_allclose(found, truth, rtol=share, atol=share * np.abs(truth).max())
    np.testing.assert_allclose(total, np.sum(rest.astype(float) ** 2), rtol=share)


@pytest.mark.parametrize("degree", [0, 1, 3, 5])
def test_lagrange_polynomials_hold_polynomials(degree):
    """What nodes take of each pixel sums to 1, and gives a polynomial of the degree from its values at the nodes."""
    edges = np.array([0, 7, 20, 21])
    places, share = lagrange(edges, degree)
    pixels = np.arange(21) + 0.5
    np.testing.assert_allclose(share.sum(axis=0), 1, rtol=1e-12)
    cell = np.repeat([0, 1, 2], [7, 13, 1])
    values = (places / 10) ** degree
    found = np.array([share[:, j] @ values.reshape(3, -1)[cell[j]] for j in range(21)])
    np.testing.assert_allclose(found, (pixels / 10) ** degree, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shape", [(600, 900), (4000, 6000), (100, 100), (1, 1), (1, 5000), (40, 9000)])
def test_cells_cover_any_picture(shape):
    """Edges run from 0 to the size, and no cell is so small that its nodes are as many as its pixels."""
    cells = cells_for(Grid(*shape))
    for edges, size in zip(cells, shape, strict=False):
        assert edges[0] == 0
        assert edges[-1] == size
        assert (np.diff(edges) >= min(size, 15)).all()


def test_what_cells_do_not_resolve_is_measured():
    """Errors shrink with the fourth power of the cells' side for smooth masks, and stay large at an edge."""
    grid = Grid(*SHAPE)
    coarse, fine = (unresolved(masks.Gaussian(0.5), grid, even_cells(c, 3)) for c in ((8, 12), (16, 24)))
    assert (coarse[[0, 1, 4, 5]] / fine[[0, 1, 4, 5]] > 10).all()
    assert fine[3] == 0  # the angle of a round spot changes nothing
    assert unresolved(masks.Aperture(softness=1e-3), grid, cells_for(grid))[0] > 1e-2


# ---- the choice


def test_the_table_of_reductions():
    """The table names what messages and documentation name."""
    assert list(REDUCTIONS) == ["none", "fold", "radial", "cells"]


def test_the_automatic_choice_is_told(rng):
    """Smooth masks on large pictures get cells; small pictures, kinks, edges and robust losses get every pixel."""
    image = rng.uniform(0.2, 1, (400, 500))
    large, small = Observations(image, image), Observations(image[:50], image[:50])
    spline = masks.Cos4() * masks.RadialSpline()
    edge = masks.Aperture(softness=1e-3)
    for objective, name, reason in [
        (Objective(masks.Cos4(), large), "cells", "smooth within cells"),
        (Objective(masks.Cos4(), small), "none", "small"),
        (Objective(spline, large), "none", "radial_spline has kinks"),
        (Objective(edge, large), "none", "aperture is too steep"),
        (Objective(masks.Cos4(), large, loss=LOSSES["huber"]), "none", "the loss is huber"),
        (Objective(masks.Cos4(), large, free=("gain",)), "none", "gain of the picture"),
    ]:
        chosen = reduced(objective)
        assert chosen.name == name
        assert reason in chosen.reason
        assert chosen.exact == (name != "cells")
        assert chosen.row_count == chosen.problem.row_count if name == "cells" else objective.count
        assert chosen.problem.names == objective.names


@pytest.mark.parametrize("how", ["fold", "radial", "cells"])
def test_what_cannot_be_reduced_is_refused_by_name(rng, how):
    """Robust losses and free gains are refused by every reduction, kinks and edges by cells, with the way out."""
    image = rng.uniform(0.2, 1, (400, 500))
    seen = Observations(image, image)
    fixed = ("center_row", "center_col")
    with pytest.raises(ArgumentError, match=rf"reduce='{how}' .* the loss is tukey, not linear \(use reduce='none'\)"):
        reduced(Objective(masks.Cos4(), seen, loss=LOSSES["tukey"]), how=how, fixed=fixed)
    with pytest.raises(ArgumentError, match=rf"reduce='{how}' .* gain and offset of the picture are free"):
        reduced(Objective(masks.Cos4(), seen, free=("gain", "offset")), how=how, fixed=fixed)
    assert reduced(Objective(masks.Cos4(), seen), how=how, fixed=fixed).name == how
    if how == "cells":
        for mask, said in [
            (masks.HalfCosine(), "half_cosine has kinks"),
            (masks.Cos4() * masks.Grid([[1.0, 0.5], [0.5, 1.0]]), "grid has kinks"),
            (masks.Aperture(softness=1e-3), "aperture is too steep for cells"),
        ]:
            with pytest.raises(ArgumentError, match=rf"reduce='cells' .*{said}.*reduce='none'"):
                reduced(Objective(mask, seen), how=how)


def test_an_unknown_reduction_is_refused(rng):
    """The message lists the table."""
    image = np.ones((4, 5))
    with pytest.raises(ArgumentError, match="reduce must be 'auto', 'none', 'fold', 'radial', 'cells', got 'mean'"):
        reduced(Objective(masks.Cos4(), Observations(image, image)), how="mean")


# ---- threads and memory


def test_the_same_bits_for_any_number_of_threads(rng):
    """One thread or eight, at the same time: every bit of nodes and sums is the same."""
    mask = masks.parse(SMOOTH["cusp"][0])
    image, target = rng.uniform(0.2, 1, (2, 300, 400))
    seen = Observations(image, target)

    def bits(workers):
        statistics = cell_statistics(Objective(mask, seen, workers=workers))
        sums = statistics.sums(mask.vector, 2)
        return b"".join(
            np.asarray(part).tobytes() for part in (statistics.power, statistics.cross, statistics.level, *sums)
        )

    first = bits(1)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == first for found in pool.map(bits, [1, 2, 3, 8] * 4))


def test_cells_take_little_memory():
    """Above three-channel pictures of 8 bits, gathering and using the nodes of 6 megapixels takes less than 64 MiB."""
    image = np.broadcast_to(np.uint8([[[200, 150, 90]]]), (2000, 3000, 3)).copy()
    objective = Objective(masks.parse(SMOOTH["cusp"][0]), Observations(image, image // 2), workers=8)
    cell_statistics(objective)
    tracemalloc.start()
    cell_statistics(objective).sums(objective.vector, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20
