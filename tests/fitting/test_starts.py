"""Start values are found from the pictures, for every family and composition: nobody has to guess them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import least_squares

from hadimg import masks
from hadimg.errors import ArgumentError
from hadimg.fitting.gauge import gauge_of, scale_direction
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.starts.canonical import canonical
from hadimg.fitting.starts.coarse import coarse_ratio
from hadimg.fitting.starts.polish import Box
from hadimg.fitting.starts.search import CANDIDATES, start
from hadimg.masks.exponential_decay import ExponentialDecay

if TYPE_CHECKING:
    from hadimg.masks.base import Mask

SHAPE = (64, 96)
EXACT = 1e-10
"""What SciPy leaves of weights of about 1 where there is no noise: rounding, times the condition of the family."""


def of_pictures(truth, rng, *, level=1.0):
    """Return a picture of random values and the same times a mask."""
    shape = SHAPE if truth.channels is None else (*SHAPE, truth.channels)
    image = rng.uniform(50.0, 200.0, shape)
    return image, image * truth.weights(SHAPE) * level


def finished(mask, image, target, *, free_scale):
    """Return the mask that plain SciPy finds from start values, through weights and jacobian alone, and its level."""
    gauge = gauge_of(mask, scale=free_scale)
    found = gauge.mask
    parameters = ParameterMap.of_mask(found, fixed=gauge.fixed, ties=gauge.ties)
    size = len(parameters.free)

    def residual(values):
        weights = found.with_vector(parameters.full(values[:size])).weights(SHAPE)
        return ((values[size] if free_scale else 1.0) * weights * image - target).ravel()

    def jacobian(values):
        there = found.with_vector(parameters.full(values[:size]))
        level = values[size] if free_scale else 1.0
        rows = (there.jacobian(SHAPE) * image).reshape(len(there.names), -1)
        own = level * (parameters.jacobian(values[:size]) @ rows)
        return (np.vstack([own, (there.weights(SHAPE) * image).ravel()]) if free_scale else own).T

    weights = found.weights(SHAPE) * image
    begun = np.append(parameters.start, [(weights * target).sum() / (weights**2).sum()] if free_scale else [])
    lower, upper = (
        np.append(bound, [limit] if free_scale else [])
        for bound, limit in zip(parameters.bounds, (0, np.inf), strict=True)
    )
    room = np.where(np.isfinite(upper - lower), upper - lower, 1.0)
    begun = np.clip(begun, lower + 1e-10 * room, upper - 1e-10 * room)
    solved = least_squares(residual, begun, jacobian, (lower, upper), x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return found.with_vector(parameters.full(solved.x[:size])), solved.x[size] if free_scale else 1.0


@pytest.mark.parametrize("free_scale", [False, True], ids=["known level", "free level"])
@pytest.mark.parametrize("name", [name for name in masks.FAMILIES if name != "array"])
def test_scipy_converges_from_the_start_of_every_family(name, free_scale, blank, off_center, rng):
    """From the start that hadimg finds, plain least squares reaches the truth, whatever the mask's own values were."""
    truth = off_center(masks.parse(masks.FAMILIES[name].example))
    level = 3.7 if free_scale else 1.0
    image, target = of_pictures(truth, rng, level=level)
    given = blank(truth)
    held = np.isin(given.names, gauge_of(given).fixed)
    found = start(given, coarse_ratio(image, target).scaled(free=free_scale), Box(~held, *given.bounds))
    mask, scale = finished(found, image, target, free_scale=free_scale)
    np.testing.assert_allclose(scale * mask.weights(SHAPE), level * truth.weights(SHAPE), rtol=0, atol=level * EXACT)


@pytest.mark.parametrize("name", [name for name in masks.COMPOSITIONS if name not in ("power", "product")])
def test_scipy_converges_from_the_start_of_every_composition(name, blank, rng):
    """Modifiers and masks for each channel are started through the masks that they are made of."""
    truth = masks.parse(masks.COMPOSITIONS[name].example)
    image, target = of_pictures(truth, rng)
    mask, _ = finished(start(blank(truth), coarse_ratio(image, target)), image, target, free_scale=False)
    np.testing.assert_allclose(mask.weights(SHAPE), truth.weights(SHAPE), rtol=0, atol=EXACT)


def test_a_product_is_started_factor_by_factor(rng):
    """A lens and a graduated filter are told apart, although each could take a part of what the other does."""
    truth = masks.ExponentialDecay(rate=0.9, power=1.8, center_row=0.44) * masks.LinearGradient(
        angle=-70.0, low=0.4, offset=0.1, width=0.15
    )
    given = masks.ExponentialDecay() * masks.LinearGradient()
    image, target = of_pictures(truth, rng)
    held = np.isin(given.names, gauge_of(given).fixed)
    found = start(given, coarse_ratio(image, target), Box(~held, *given.bounds))
    mask, _ = finished(found, image, target, free_scale=False)
    np.testing.assert_allclose(mask.weights(SHAPE), truth.weights(SHAPE), rtol=0, atol=EXACT)


def test_starts_come_near_without_noise(rng):
    """A start is as good as its cells are fine: the ratio in a cell is that of a pixel, so that nothing is lost."""
    truth = masks.Gaussian(sigma=0.55, aspect=1.8, angle=-35.0, center_col=0.6)
    image = rng.uniform(50.0, 200.0, (256, 384))
    found = start(masks.Gaussian(), coarse_ratio(image, image * truth.weights(image.shape)))
    np.testing.assert_allclose(found.vector, truth.vector, rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_without_noise_the_ratio_of_every_cell_is_exact(seed):
    """No cell of a smooth mask is taken for an outlier, however the few pixels of a cell weigh: dark by bright ones."""
    rng = np.random.default_rng(seed)
    truth = masks.Cos4(45.0, center_row=0.57, center_col=0.44) * masks.ExponentialDecay(rate=1.3, power=2.0)
    image = rng.uniform(1.0, 200.0, (128, 128))
    coarse = coarse_ratio(image, image * truth.weights((128, 128)))
    np.testing.assert_allclose(coarse.ratio, truth.evaluate(coarse.grid), rtol=1e-14)


def test_one_pixel_in_five_may_be_an_outlier(rng):
    """The median of each cell is what counts where its middle pixel lies far off."""
    truth = masks.Polynomial(k1=-0.4, k2=0.1, center_row=0.45)
    image = rng.uniform(50.0, 200.0, (256, 384))
    target = image * truth.weights(image.shape)
    wild = rng.random(image.shape) < 0.2
    target[wild] = rng.uniform(0.0, 255.0, np.count_nonzero(wild))
    found = start(masks.Polynomial(), coarse_ratio(image, target))
    np.testing.assert_allclose(found.weights(SHAPE), truth.weights(SHAPE), rtol=0, atol=0.01)


def test_pixels_that_do_not_count_are_not_looked_at(rng):
    """Where weights are zero the pictures may hold anything, also NaN; cells without any pixel are left out."""
    truth = masks.Cos4(30.0)
    image, target = of_pictures(truth, rng)
    counts = np.ones(SHAPE)
    counts[:20] = 0.0
    target[:20] = np.nan
    coarse = coarse_ratio(image, target, counts)
    assert np.isfinite(coarse.ratio).all()
    assert start(masks.Cos4(), coarse).half_field_angle == pytest.approx(30.0, abs=0.01)


def test_held_parameters_keep_their_values_and_bounds_hold(rng):
    """A start moves free parameters only, and none beyond its bounds."""
    truth = masks.ExponentialDecay(rate=1.0, power=1.5, center_row=0.4)
    image, target = of_pictures(truth, rng)
    given = masks.ExponentialDecay(power=2.0)
    lower, upper = given.bounds
    lower[0] = 1.1
    free = np.array([name != "power" for name in given.names])
    found = start(given, coarse_ratio(image, target), Box(free, lower, upper))
    assert found.power == 2.0
    assert found.rate >= 1.1


class Unknown(ExponentialDecay):
    """A family that no table of starts knows."""

    family = "unknown"


def test_a_family_without_a_rule_starts_from_its_own_values(rng):
    """A new family works at once, from the values that it has by itself."""
    assert Unknown.family not in CANDIDATES
    image, target = of_pictures(masks.ExponentialDecay(rate=1.3), rng)
    assert start(Unknown(), coarse_ratio(image, target)).rate == pytest.approx(1.3, rel=1e-3)


# ---- freedoms


@pytest.mark.parametrize("name", masks.FAMILIES)
def test_the_gauge_changes_no_more_than_the_level(name):
    """A mask that obeys its gauge is the mask it was asked for, times one number; without free scale it is the same."""
    mask = masks.parse(masks.FAMILIES[name].example)
    for scale in (False, True):
        ratio = gauge_of(mask, scale=scale).mask.weights((9, 14)) / mask.weights((9, 14))
        assert np.ptp(ratio) < 1e-12
        assert scale or ratio[0, 0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in masks.FAMILIES if name != "array"])
def test_no_scale_is_left_free(name):
    """With what the gauge holds, a mask times a number is none of the masks that its parameters can say."""
    gauge = gauge_of(masks.parse(masks.FAMILIES[name].example), scale=True)
    parameters = ParameterMap.of_mask(gauge.mask, fixed=gauge.fixed, ties=gauge.ties)
    rows = gauge.mask.jacobian((12, 18)).reshape(len(gauge.mask.names), -1)
    free = np.vstack([parameters.jacobian(parameters.start) @ rows, gauge.mask.weights((12, 18)).ravel()])
    free = free[np.linalg.norm(free, axis=1) > 0]
    singular = np.linalg.svd(free / np.linalg.norm(free, axis=1, keepdims=True), compute_uv=False)
    assert singular[-1] > 1e-9 * singular[0]


def test_scale_is_looked_for_among_free_parameters_only():
    """A coefficient that is held is a scale that is known."""
    mask = masks.Hugin()
    assert scale_direction(mask) is not None
    assert scale_direction(mask, np.array([name != "va" for name in mask.names])) is None


def test_a_mask_that_is_dark_in_the_middle_cannot_be_one_there():
    """What cannot be divided by is refused by name."""
    with pytest.raises(
        ArgumentError, match=r"polynomial_surface: the weight that shall be 1 must be above zero .*-0.5"
    ):
        gauge_of(masks.PolynomialSurface((-0.5, 0.0, 0.0)), scale=True)


@pytest.mark.parametrize(
    "mask",
    [
        masks.Gaussian(sigma=0.5, aspect=0.4, angle=200.0),
        masks.Aperture(low=0.2, radius=0.5, aspect=0.6, angle=-100.0, exponent=3.0),
        masks.HalfCosine(start=0.2, aspect=0.7, angle=91.0),
        masks.LinearGradient(angle=20.0, low=1.2, high=0.5, offset=0.2),
        masks.KangWeiss(tilt=-12.0, tilt_axis=300.0),
        masks.Gaussian(aspect=0.5) * masks.LinearGradient(low=2.0),
    ],
    ids=str,
)
def test_the_canonical_form_is_the_same_mask(mask: Mask):
    """Of the several ways to say a mask one is chosen, once and for all, and the weights stay the same."""
    said = canonical(mask)
    assert said != mask
    assert canonical(said) == said
    np.testing.assert_allclose(said.weights((9, 14)), mask.weights((9, 14)), rtol=1e-13)
