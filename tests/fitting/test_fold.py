"""Mirror images in place of pixels: exact at every even mask, refused by name for every other one."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.reductions.fold import folded_statistics
from hadimg.grid import Grid

CENTERED = ("center_row", "center_col")
EVEN = [
    ("exponential_decay(rate=0.9, power=1.3)", CENTERED),
    ("gaussian(sigma=0.6, aspect=1.7)", ("angle", *CENTERED)),
    ("constant(value=0.9) * cos4(half_field_angle=33)", ("1.center_row", "1.center_col")),
    ("half_cosine(aspect=1.5, exponent=3)", ("angle", *CENTERED)),
]


def observed(rng, shape, channels=None):
    """Return pictures with rough weights, some of them zero where the pictures are no numbers."""
    size = shape if channels is None else (*shape, channels)
    image, target = rng.uniform(0.2, 1, (2, *size))
    weights = rng.uniform(0.5, 2, size) * (rng.random(size) < 0.9)
    target[weights == 0] = np.nan
    return Observations(image, target, weights, dark=0.05)


def check(statistics, objective, theta, fixed, share):
    """Compare cost, gradient, matrix and Hessian of free parameters with the sums of all pixels, and rows with them."""
    free = ~np.isin(objective.names, fixed)
    found, exact = statistics.sums(theta, 2), objective.sums(theta, 2)
    scale = np.sqrt(np.diag(exact.gauss_newton))
    np.testing.assert_allclose(found.cost, exact.cost, rtol=share)
    bound = share * scale * objective.target_norm
    assert (np.abs(found.gradient - exact.gradient) <= bound)[free].all()
    assert (np.abs(found.gauss_newton - exact.gauss_newton) <= share * np.outer(scale, scale))[free][:, free].all()
    hessian = objective.hessian(theta)[free][:, free]
    bound = 10 * share * np.abs(hessian).max()
    assert (np.abs(statistics.hessian(theta)[free][:, free] - hessian) <= bound).all()
    assert (found.gradient[~free] == 0).all()
    jacobian, residual = statistics.rows(theta)
    np.testing.assert_allclose(0.5 * residual @ residual, found.cost, rtol=1e-12)
    assert (np.abs(jacobian.T @ jacobian - found.gauss_newton) <= 1e-11 * np.outer(scale, scale)).all()
    assert [statistics.sums(theta, order).cost for order in (0, 1)] == [found.cost] * 2
    assert statistics.count == objective.count
    np.testing.assert_allclose(statistics.target_norm, objective.target_norm, rtol=1e-14)


@pytest.mark.parametrize(("text", "fixed"), EVEN)
@pytest.mark.parametrize("shape", [(40, 60), (41, 61), (1, 9), (30, 1), (67, 32)])
@pytest.mark.parametrize("with_reference", [False, True])
def test_folding_is_exact(rng, text, fixed, shape, with_reference, monkeypatch):
    """Sums over a quarter of the pixels are those of all to 1e-13, at other parameters, too; the middle counts once."""
    monkeypatch.setattr("hadimg.fitting.reductions.fold.STRIP_BYTES", 1 << 12)
    monkeypatch.setattr("hadimg.fitting.reductions.statistics.PART_BYTES", 1 << 14)
    mask = masks.parse(text)
    objective = Objective(mask, observed(rng, shape))
    statistics = folded_statistics(objective, fixed=fixed, reference=mask if with_reference else None)
    assert statistics.power.shape == (-(-shape[0] // 2), -(-shape[1] // 2))
    moved = mask.vector * np.where(np.isin(mask.names, fixed), 1.0, 1.05)
    for theta in (mask.vector, moved):
        check(statistics, objective, theta, fixed, 1e-13)


@pytest.mark.parametrize("text", ["cos4()", "per_channel(cos4(), polynomial(k1=-0.2))"])
def test_channels(rng, text):
    """Channels that share a mask add up to one picture; those of a mask for each stay apart."""
    mask = masks.parse(text)
    fixed = tuple(name for name in mask.names if "center" in name)
    objective = Objective(mask, observed(rng, (33, 40), channels=2))
    statistics = folded_statistics(objective, fixed=fixed)
    assert statistics.power.shape == ((17, 20) if mask.channels is None else (2, 17, 20))
    check(statistics, objective, mask.vector, fixed, 1e-13)


def test_a_perfect_fit_keeps_its_digits_with_a_reference(rng):
    """Near the mask that made the target the cost is right to 1e-9 with a reference, and lost in rounding without."""
    image = rng.uniform(0.2, 1, (50, 60))
    mask = masks.Cos4(30.0)
    objective = Objective(mask, Observations(image, image * mask.weights(image.shape)))
    theta = mask.vector
    theta[mask.names.index("half_field_angle")] *= 1 + 1e-9
    exact = objective.sums(theta, 0).cost
    near = folded_statistics(objective, fixed=CENTERED, reference=mask).sums(theta, 0).cost
    far = folded_statistics(objective, fixed=CENTERED).sums(theta, 0).cost
    np.testing.assert_allclose(near, exact, rtol=1e-6)  # of two masks that differ in the ninth digit
    assert abs(far / exact - 1) > 1e-3
    assert far >= 0


@pytest.mark.parametrize(
    ("text", "fixed", "named"),
    [
        ("cos4()", (), "center_row, center_col of cos4"),
        ("cos4()", ("center_row",), "center_col of cos4"),
        ("gaussian(sigma=0.5, aspect=1.5)", CENTERED, "angle of gaussian"),
        ("exponential_decay(rate=0)", (), "center_row, center_col of exponential_decay"),
        ("polynomial_surface()", (), r"coefficients\[1\].* of polynomial_surface"),
    ],
)
def test_what_is_not_even_is_refused_by_name(rng, text, fixed, named):
    """The message names the parameters that break the symmetry, also those whose derivative vanishes as yet."""
    objective = Objective(masks.parse(text), observed(rng, (20, 30)))
    with pytest.raises(ArgumentError, match=rf"reduce='fold' needs .* {named} can move .*reduce='cells'"):
        folded_statistics(objective, fixed=fixed)


@pytest.mark.parametrize("fixed", [CENTERED, ("half_field_angle", *CENTERED)])
def test_a_mask_that_is_not_even_is_refused_with_all_fixed(rng, fixed):
    """Where nothing can move, the mask itself must be even."""
    objective = Objective(masks.Cos4(center_row=0.4), observed(rng, (20, 30)))
    with pytest.raises(ArgumentError, match=r"a mask that is even in both axes .*, got cos4\(.*center_row=0\.4"):
        folded_statistics(objective, fixed=fixed)


def test_windows_are_refused(rng):
    """Mirror images of a part of a picture lie outside of it."""
    seen = observed(rng, (20, 30))
    window = Grid(40, 60).window((slice(0, 20), slice(0, 30)))
    objective = Objective(masks.Cos4(), Observations(seen.image, np.nan_to_num(seen.target), grid=window))
    with pytest.raises(ArgumentError, match="whole pictures, got 20 x 30 pixels of 40 x 60"):
        folded_statistics(objective, fixed=CENTERED)
