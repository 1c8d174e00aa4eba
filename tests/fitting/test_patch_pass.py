"""The compiled pass for smooth masks of any shape: polynomials in cells against plain strips, and what these keep."""

from __future__ import annotations

import itertools
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hadimg import masks
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.passes.patch_pass import in_patches
from hadimg.fitting.passes.radial_pass import around_center
from hadimg.fitting.passes.shared import Task, added, packed_length
from hadimg.fitting.passes.squares import Squares
from hadimg.fitting.reductions.cell_grid import lagrange
from hadimg.grid import Grid
from hadimg.kernels.patches import patch_squares

SHAPE = (370, 480)
TABLE = {name: masks.parse(family.example) for name, family in (masks.FAMILIES | masks.COMPOSITIONS).items()}
COMPOSED = {
    "two centers": masks.Cos4(30.0, center_row=0.4) * masks.ExponentialDecay(0.5, center_col=0.6),
    "beyond the picture": masks.Gaussian(0.8, aspect=2.0, center_row=-0.2, center_col=1.3),
    "surface over a mean": masks.PolynomialSurface((1.0, 0.1, -0.2, 0.05, 0.0, 0.1)).normalised(by="mean"),
}
SMOOTH = {name: mask for name, mask in (TABLE | COMPOSED).items() if mask.smooth}


def task_of(mask, seen, *, order=2, kind=np.float64, workers=None, wanted=None):
    """Return the task of all sums."""
    chosen = np.ones(len(mask.names), bool) if wanted is None else wanted
    return Task(mask, seen, chosen, order, kind, workers)


def observed(rng, mask, shape=SHAPE):
    """Return noisy pictures with rough weights, some of them zero where the pictures are no numbers."""
    size = shape if mask.channels is None else (*shape, mask.channels)
    image = rng.uniform(0.2, 1, size)
    variance = rng.uniform(0.5, 2, size)
    target = image * mask.weights(shape) + rng.normal(0, 0.02, size)
    variance[3:9, 40:60] = 0
    target[5, 50] = np.nan
    return Observations(image, target, variance, dark=0.03)


def check_sums(found, exact, share):
    """Compare sums in units of their sizes: a gradient in that of the cost and the matrix."""
    scale = np.sqrt(np.abs(np.diag(exact.gauss_newton)))
    np.testing.assert_allclose(found.cost, exact.cost, rtol=share)
    bound = share * scale * np.sqrt(2 * exact.cost) + 1e-300
    assert (np.abs(found.gradient - exact.gradient) <= bound).all()
    assert (np.abs(found.gauss_newton - exact.gauss_newton) <= share * np.outer(scale, scale) + 1e-300).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_every_smooth_mask(rng, name):
    """Float64 lanes give the sums of plain strips to 1e-10, whatever the formula; float32 lanes to 1e-5."""
    mask = SMOOTH[name]
    objective = Objective(mask, observed(rng, mask))
    exact = objective.sums(mask.vector, 2)
    for kind, share in ((np.float64, 1e-10), (np.float32, 1e-5)):
        found = in_patches(task_of(mask, objective.observations, kind=kind))
        assert found is not None
        check_sums(found, exact, share)


def test_both_compiled_passes_agree(rng):
    """A mask around a center has the same sums by distances and by patches, to 1e-11."""
    mask = masks.Constant(0.9) * masks.ExponentialDecay(1.2, center_row=0.47, center_col=0.52)
    task = task_of(mask, observed(rng, mask))
    check_sums(in_patches(task), around_center(task), 1e-11)


def test_a_wrong_pass_is_seen(rng):
    """The comparison above notices a mask that is 0.1 % off."""
    mask = SMOOTH["gaussian"]
    seen = observed(rng, mask)
    found = in_patches(task_of(mask.replace(sigma=mask.sigma * 1.001), seen))
    with pytest.raises(AssertionError):
        check_sums(found, Objective(mask, seen).sums(mask.vector, 2), 1e-4)


@pytest.mark.parametrize(
    "mask", [TABLE["half_cosine"], TABLE["grid"], TABLE["array"], masks.Aperture(softness=1e-3, aspect=1.5)], ids=str
)
def test_kinks_and_steep_edges_are_left_to_plain_strips(rng, mask):
    """What has kinks, or edges that may pass between all nodes, is refused; the sums are exact all the same."""
    if isinstance(mask, masks.Array):
        mask = masks.Array(rng.uniform(0.5, 1, SHAPE))
    objective = Objective(mask, observed(rng, mask))
    task = task_of(mask, objective.observations)
    assert in_patches(task) is None
    assert around_center(task) is None
    if mask.names:
        check_sums(Squares(objective).sums(mask.vector, 2), objective.sums(mask.vector, 2), 1e-12)


def test_cells_that_are_no_polynomials_are_done_pixel_by_pixel(rng, monkeypatch):
    """Around a cusp plain strips take over, and add up to the whole; elsewhere they are not asked."""
    mask = masks.ExponentialDecay(0.9, center_row=0.31, center_col=0.66)
    seen, windows = observed(rng, mask), []
    plain = Task.plain

    def noticed(task, window):
        windows.append(window)
        return plain(task, window)

    monkeypatch.setattr(Task, "plain", noticed)
    found = in_patches(task_of(mask, seen, workers=1))
    check_sums(found, Objective(mask, seen).sums(mask.vector, 2), 1e-11)
    done = np.zeros(SHAPE, int)
    for window in windows:
        done[window] += 1
    assert done[int(0.31 * SHAPE[0]), int(0.66 * SHAPE[1])] == 1
    assert done.max() == 1
    assert 0 < done.mean() < 0.5


@pytest.mark.parametrize("order", [0, 1, 2])
def test_orders_and_parameters_that_are_not_wanted(rng, order):
    """Lower orders leave out what they do not need; derivatives that are not wanted are zero."""
    mask = SMOOTH["gaussian"]
    seen = observed(rng, mask)
    wanted = np.array([name != "angle" for name in mask.names])
    found = in_patches(task_of(mask, seen, order=order, wanted=wanted))
    exact = Objective(mask, seen).sums(mask.vector, 2)
    np.testing.assert_allclose(found.cost, exact.cost, rtol=1e-12)
    assert (found.gradient is None) == (order < 1)
    assert (found.gauss_newton is None) == (order < 2)
    if order:
        np.testing.assert_allclose(found.gradient, np.where(wanted, exact.gradient, 0), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("shape", [(40, 9000), (3000, 50)])
def test_long_pictures_and_windows(rng, shape):
    """Cells wider than the compiled loop's segments are cut, and a window's cells lie where it does."""
    mask = masks.LinearGradient(angle=20.0, low=0.4, width=0.4)
    grid = Grid(shape[0] + 100, shape[1] + 200).window((slice(30, 30 + shape[0]), slice(150, 150 + shape[1])))
    image, target = rng.uniform(0.2, 1, (2, *shape, 2)).astype(np.float32)
    objective = Objective(mask, Observations(image, target, grid=grid))
    check_sums(in_patches(task_of(mask, objective.observations)), objective.sums(mask.vector, 2), 1e-11)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("left_out", [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1]])
def test_patch_squares_and_its_twin(rng, kind, left_out):
    """The compiled loop adds what NumPy adds for polynomials through nodes, but for the cells that are left out."""
    image, target = rng.uniform(0.2, 1, (2, 3, 11, 1100)).astype(kind)
    edges = np.array([0, 30, 1050, 1100])
    nodes = rng.uniform(0.5, 1, (3, 8, 24)).astype(kind)
    along, across = rng.uniform(-1, 1, (11, 8)).astype(kind), lagrange(edges, 7)[1].astype(kind)
    for order in (0, 1, 2):
        sums = np.zeros(packed_length(2, order))
        patch_squares(image, target, along, across, edges, nodes, np.array(left_out, bool), order, sums)
        columns = np.zeros((24, 1100))
        for cell, (left, right) in enumerate(itertools.pairwise(edges)):
            if not left_out[cell]:
                columns[8 * cell : 8 * cell + 8, left:right] = across[:, left:right]
        weights, *jacobian = np.einsum("im,kmn,nj->kij", along.astype(float), nodes.astype(float), columns)
        light, dark = (part * columns.any(axis=0) for part in (image.astype(float), target.astype(float)))
        residual = weights * light - dark
        pull, power = (light * residual).sum(axis=0), (light**2).sum(axis=0)
        products = [np.sum(jacobian[k] * jacobian[j] * power) for k in range(2) for j in range(k + 1)]
        truth = [np.sum(residual**2), *(np.sum(column * pull) for column in jacobian), *products]
        share = 1e-4 if kind is np.float32 else 1e-11
        np.testing.assert_allclose(sums, truth[: len(sums)], rtol=share, atol=share * np.abs(truth).max())


def test_sums_of_parts_add_up(rng):
    """Sums of windows are those of the whole, and sums of nothing change nothing."""
    mask = SMOOTH["gaussian"]
    seen = observed(rng, mask)
    task = task_of(mask, seen)
    halves = [task.plain((rows, slice(0, SHAPE[1]))) for rows in (slice(0, 101), slice(101, SHAPE[0]))]
    check_sums(added([task.nothing(), *halves]), Objective(mask, seen).sums(mask.vector, 2), 1e-12)


def test_the_same_bits_for_any_number_of_threads(rng):
    """One thread or eight, at the same time: every bit of every sum is the same."""
    mask = SMOOTH["two centers"]
    seen = observed(rng, mask)

    def bits(workers):
        found = in_patches(task_of(mask, seen, workers=workers, kind=(np.float32, np.float64)[workers % 2]))
        return b"".join(np.asarray(part).tobytes() for part in found)

    first = {1: bits(1), 0: bits(2)}
    with ThreadPoolExecutor(4) as pool:
        numbers = list(range(1, 9)) * 2
        assert all(found == first[workers % 2] for workers, found in zip(numbers, pool.map(bits, numbers), strict=True))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_pass_takes_little_memory(kind):
    """Above three-channel pictures of 8 bits, a pass over 6 megapixels for 49 parameters takes less than 64 MiB."""
    image = np.broadcast_to(np.uint8([[[200, 150, 90]]]), (2000, 3000, 3)).copy()
    mask = masks.SplineSurface(np.linspace(0.5, 1, 49).reshape(7, 7))
    task = task_of(mask, Observations(image, image // 2), order=1, kind=kind, workers=4)
    tracemalloc.start()
    in_patches(task)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20
