"""Distances in place of pixels: exact around a fixed center on a half pixel, refused by name everywhere else."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.reductions.radial_sums import radial_statistics
from hadimg.grid import Grid
from hadimg.kernels.deposits import deposit_keys

CENTERED = ("center_row", "center_col")
ROUND = [
    ("exponential_decay(rate=0.9, power=1.3)", CENTERED),
    ("gaussian(sigma=0.6)", ("aspect", "angle", *CENTERED)),
    ("constant(value=0.9) * cos4(half_field_angle=33)", ("1.center_row", "1.center_col")),
    ("radial_spline()", CENTERED),
    ("aperture(softness=0.001)", ("aspect", "angle", "exponent", *CENTERED)),
]
SHAPES = [(40, 60), (41, 61), (40, 61), (1, 9), (67, 32)]


def observed(rng, shape, channels=None):
    """Return pictures with rough weights, some of them zero where the pictures are no numbers."""
    size = shape if channels is None else (*shape, channels)
    image, target = rng.uniform(0.2, 1, (2, *size))
    weights = rng.uniform(0.5, 2, size) * (rng.random(size) < 0.9)
    target[weights == 0] = np.nan
    return Observations(image, target, weights, dark=0.05)


def check(statistics, objective, theta, fixed, share):
    """Compare cost, gradient, matrix and Hessian of free parameters with the sums of all pixels."""
    free = ~np.isin(objective.names, fixed)
    found, exact = statistics.sums(theta, 2), objective.sums(theta, 2)
    scale = np.sqrt(np.diag(exact.gauss_newton))
    np.testing.assert_allclose(found.cost, exact.cost, rtol=10 * share)
    bound = share * scale * objective.target_norm
    assert (np.abs(found.gradient - exact.gradient) <= bound)[free].all()
    assert (np.abs(found.gauss_newton - exact.gauss_newton) <= share * np.outer(scale, scale))[free][:, free].all()
    hessian = objective.hessian(theta)[free][:, free]
    assert (np.abs(statistics.hessian(theta)[free][:, free] - hessian) <= 10 * share * np.abs(hessian).max()).all()
    np.testing.assert_allclose(statistics.target_norm, objective.target_norm, rtol=1e-14)


def moved(mask, fixed):
    """Return other parameters around the same center."""
    return mask.vector * np.where(np.isin(mask.names, fixed), 1.0, 1.05)


@pytest.mark.parametrize(("text", "fixed"), ROUND)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("with_reference", [False, True])
def test_sums_by_distance_are_exact(rng, text, fixed, shape, with_reference, monkeypatch):
    """One weight a distance: sums are those of all pixels to 1e-12 (steep edges feel a distance's last bit)."""
    monkeypatch.setattr("hadimg.fitting.reductions.radial_sums.STRIP_BYTES", 1 << 12)
    mask = masks.parse(text)
    objective = Objective(mask, observed(rng, shape))
    statistics = radial_statistics(objective, fixed=fixed, reference=mask if with_reference else None)
    for theta in (mask.vector, moved(mask, fixed)):
        check(statistics, objective, theta, fixed, 1e-12)


@pytest.mark.parametrize(("row", "col"), [(0.5, 0.25), (0.0, 1.0), (-0.5, 2.0), (20 / 41, 7.5 / 60)])
def test_any_center_on_a_half_pixel(rng, row, col):
    """Pixels, edges and corners between them, inside and outside: wherever distances are shared, sums are exact."""
    mask = masks.Polynomial(k1=-0.1, k2=0.01, center_row=row, center_col=col)
    objective = Objective(mask, observed(rng, (41, 60)))
    statistics = radial_statistics(objective, fixed=CENTERED)
    check(statistics, objective, moved(mask, CENTERED), CENTERED, 1e-12)


@pytest.mark.parametrize(("shape", "rows"), [((48, 64), 367), ((480, 640), 28661), ((64, 64), 397)])
def test_pixels_per_distance(shape, rows):
    """As many distances as the specification counts: 8.4, 10.7 and 10.3 pixels share one."""
    image = np.ones(shape)
    statistics = radial_statistics(Objective(masks.Cos4(), Observations(image, image)), fixed=CENTERED)
    y, x = (2 * np.arange(size) + 1 - size for size in shape)
    assert statistics.row_count == len(np.unique(np.add.outer(y**2, x**2)))
    assert abs(statistics.row_count - rows) <= 0.01 * rows


def test_at_1024_squared_rows_are_at_least_eight_times_fewer():
    """The goal where the reduction applies."""
    image = np.ones((1024, 1024), np.uint8)
    statistics = radial_statistics(Objective(masks.Cos4(), Observations(image, image)), fixed=CENTERED)
    assert statistics.row_count * 8 < image.size
    assert statistics.power.sum() == image.size  # whole numbers stay exact


def test_whole_numbers_are_summed_exactly(rng):
    """Sums of 16-bit pictures are whole numbers, right to the last digit."""
    image, target = rng.integers(0, 65536, (2, 50, 50), dtype=np.uint16)
    statistics = radial_statistics(Objective(masks.Cos4(), Observations(image, target)), fixed=CENTERED)
    before, after = image.astype(object), target.astype(object)
    assert int(statistics.power.sum()) == (before * before).sum()
    assert int(-statistics.cross.sum()) == (before * after).sum()
    assert int(statistics.level) == (after * after).sum()


@pytest.mark.parametrize("text", ["cos4()", "per_channel(cos4(), polynomial(k1=-0.2))"])
def test_channels(rng, text):
    """Channels that share a mask add up; those of a mask for each stay apart."""
    mask = masks.parse(text)
    fixed = tuple(name for name in mask.names if "center" in name)
    objective = Objective(mask, observed(rng, (33, 40), channels=2))
    statistics = radial_statistics(objective, fixed=fixed)
    assert statistics.power.ndim == (2 if mask.channels is None else 3)
    check(statistics, objective, mask.vector, fixed, 1e-12)


def test_a_window_has_the_distances_of_the_whole(rng):
    """Pictures that are a window lie where the window lies, and so does the center."""
    grid = Grid(80, 100).window((slice(30, 60), slice(50, 100)))
    image, target = rng.uniform(0.2, 1, (2, 30, 50))
    objective = Objective(masks.Cos4(), Observations(image, target, grid=grid))
    check(radial_statistics(objective, fixed=CENTERED), objective, masks.Cos4().vector, CENTERED, 1e-12)


@pytest.mark.parametrize(
    ("text", "fixed", "said"),
    [
        ("cos4()", (), "center_row, center_col of cos4 can move"),
        ("cos4(half_field_angle=0)", ("center_row",), "center_col of cos4 can move"),
        ("gaussian(sigma=0.5)", CENTERED, "aspect of gaussian can move"),
        ("gaussian(sigma=0.5, aspect=2)", CENTERED, "a mask around one center"),
        ("polynomial_surface()", (), "a mask around one center"),
        ("cos4() * cos4(center_row=0.25)", (), "a mask around one center"),
        ("per_channel(cos4(), cos4(center_row=0.25))", (), "a mask around one center"),
        ("cos4(center_row=0.51)", CENTERED, r"a center on a half pixel, got row 10\.2 in pixels"),
        ("cos4(center_col=0.401)", CENTERED, r"a center on a half pixel, got column 12\.03 in pixels"),
    ],
)
def test_what_has_no_fixed_distances_is_refused_by_name(rng, text, fixed, said):
    """The message names the parameters that can move, the mask, or the place of the center, and the way out."""
    mask = masks.parse(text)
    objective = Objective(mask, observed(rng, (20, 30), channels=mask.channels))
    with pytest.raises(ArgumentError, match=rf"reduce='radial' needs .*{said}.*reduce='cells'"):
        radial_statistics(objective, fixed=fixed)


def test_a_center_that_moved_all_the_same_is_refused(rng):
    """Parameters with another center than that of the sums are refused, not answered wrongly."""
    mask = masks.Cos4()
    statistics = radial_statistics(Objective(mask, observed(rng, (20, 30))), fixed=CENTERED)
    with pytest.raises(ArgumentError, match=r"stands for masks around \(0\.5, 0\.5\) only"):
        statistics.sums(mask.replace(center_row=0.6).vector, 0)


def test_deposit_keys_and_its_twin(rng):
    """The compiled loop adds what NumPy adds, and returns the sum of squares."""
    image, rest = rng.normal(size=(2, 3, 20, 30))
    down, across = rng.integers(0, 50, 20), rng.integers(0, 40, 30)
    powers, crosses = np.zeros((2, 100))
    total = deposit_keys(image, rest, down, across, powers, crosses)
    places = np.broadcast_to(np.add.outer(down, across), image.shape).ravel()
    np.testing.assert_allclose(powers, np.bincount(places, (image**2).ravel(), 100), rtol=1e-13)
    np.testing.assert_allclose(crosses, np.bincount(places, (image * rest).ravel(), 100), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(total, np.sum(rest**2), rtol=1e-13)
