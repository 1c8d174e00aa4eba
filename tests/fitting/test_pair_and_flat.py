"""The two verbs: what they take, what they leave out and say so, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import hadimg
from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.fitting.flat import fit_flat
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.outcome.result import FitResult
from hadimg.fitting.pair import fit
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.pixels import Pixels
from hadimg.fitting.ties import LinearTie
from hadimg.grid import Grid
from hadimg.io.image import Image, Page
from hadimg.light import decode_srgb

SHAPE = (60, 90)
TRUTH = masks.ExponentialDecay(rate=0.8, power=1.5, center_row=0.46, center_col=0.53)


@pytest.fixture
def image(rng):
    """Give a picture without any value at its ends."""
    return rng.uniform(40.0, 200.0, SHAPE)


@pytest.fixture
def target(image):
    """Give the same picture under the mask."""
    return image * TRUTH.weights(SHAPE)


# ---- what is taken


def test_the_example_of_the_documentation(image, target):
    """A result tells the mask, its parameters with errors, how it was found, and reads back from JSON."""
    result = fit(masks.ExponentialDecay(), image, target)
    assert result.success
    assert result.mask.rate == pytest.approx(0.8, rel=1e-9)
    assert result.n_pixels == image.size
    assert FitResult.from_json(result.to_json()) == result
    assert "rate" in result.report()


def test_nothing_that_is_given_changes(image, target):
    """Mask, pictures and weights stay as they are, to the last bit."""
    mask, counts = masks.ExponentialDecay(), np.ones(SHAPE)
    before = [array.copy() for array in (image, target, counts)]
    fit(mask, image, target, weights=counts, bounds={"rate": (0.1, 3.0)}, fixed={"power": 1.5})
    assert mask == masks.ExponentialDecay()
    for array, old in zip((image, target, counts), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_the_same_fit_twice_and_on_other_threads_is_the_same(image, target, rng):
    """All but the time it took is equal, to the last bit, whatever the number of threads."""
    noisy = target + rng.normal(0.0, 1.0, SHAPE)
    found = [fit(masks.ExponentialDecay(), image, noisy, workers=workers).to_dict() for workers in (1, 1, 3)]
    for one in found:
        one.pop("seconds")
    assert found[0] == found[1] == found[2]


def test_fixed_parameters_keep_their_values(image, target):
    """A name keeps the mask's value, a number is taken; ``center`` stands for both of its coordinates."""
    result = fit(masks.ExponentialDecay(power=1.5), image, target, fixed=("power",))
    assert (result.mask.power, result.stderr["power"], result.stderr_reasons["power"]) == (1.5, None, "fixed")
    result = fit(masks.ExponentialDecay(), image, target, fixed={"center": 0.5, "power": 2.0})
    assert (result.mask.center_row, result.mask.center_col, result.mask.power) == (0.5, 0.5, 2.0)
    assert result.free == ("rate",)


def test_tied_parameters_follow(rng):
    """Two factors with one center: the tie is chained through, and the tied parameter gets the other's error."""
    truth = masks.Cos4(25.0, center_row=0.45) * masks.Gaussian(0.8, 1.6, 30.0, center_row=0.45)
    picture = rng.uniform(40.0, 200.0, SHAPE)
    ties = {"1.center_row": "0.center_row", "1.center_col": LinearTie({"0.center_col": 1.0})}
    noisy = picture * truth.weights(SHAPE) + rng.normal(0.0, 0.5, SHAPE)
    result = fit(masks.Cos4() * masks.Gaussian(), picture, noisy, tied=ties)
    assert result.success
    assert result.params["1.center_row"] == result.params["0.center_row"] == pytest.approx(0.45, abs=0.01)
    assert result.stderr["1.center_row"] == pytest.approx(result.stderr["0.center_row"])


def test_the_history_ends_with_costs_of_all_pixels(rng):
    """On nodes of cells costs are near those of the pixels; from the step that takes up all pixels they are exact."""
    picture = rng.uniform(50.0, 200.0, (400, 600))
    noisy = picture * TRUTH.weights(picture.shape) + rng.normal(0.0, 2.0, picture.shape)
    result = fit(masks.ExponentialDecay(), picture, noisy, reduce="cells")
    objective = Objective(masks.ExponentialDecay(), Observations(picture, noisy))
    off = [abs(step.cost / objective.value(step.theta) - 1.0) for step in result.history]
    exact = [one < 1e-10 for one in off]
    assert exact[-1]
    assert exact == sorted(exact)
    assert max(off) < 0.01
    assert [step.iteration for step in result.history] == list(range(len(exact)))


def test_rows_under_ties_are_as_many_wherever_they_are_taken(rng):
    """Where two factors are parallel, and the triangle is another, a solver still gets as many rows as before."""
    picture = rng.uniform(50.0, 200.0, (24, 36))
    mask = masks.Cos4(30.0) * masks.Cos4(20.0)
    objective = Objective(mask, Observations(picture, 0.5 * picture))
    ties = {"1.center_row": LinearTie({"0.center_row": 1.0}), "1.center_col": LinearTie({"0.center_col": 1.0})}
    pixels = Pixels(objective, parameters=ParameterMap(mask.names, mask.vector, *mask.bounds, ties=ties))
    apart, alike = (pixels.rows([30.0, 0.5, 0.5, angle, 0.5, 0.5]) for angle in (20.0, 30.0))
    assert [part.shape for part in apart] == [part.shape for part in alike]
    jacobian, residual = apart
    sums, chain = objective.sums(mask.vector, 2), pixels.parameters.jacobian(pixels.parameters.start)
    np.testing.assert_allclose(chain @ (jacobian.T @ residual), chain @ sums.gradient, rtol=1e-9)


def test_bounds_hold(image, target):
    """A parameter that would leave its bounds stops there, and is said to be held."""
    result = fit(masks.ExponentialDecay(), image, target, bounds={"rate": (None, 0.7)})
    assert result.mask.rate == pytest.approx(0.7)
    assert result.active["rate"] == 1
    assert "upper bound" in result.stderr_reasons["rate"]


def test_a_start_on_a_bound_is_no_end(image, target):
    """From values on a bound the fit leaves it where the optimum lies inside."""
    given = masks.ExponentialDecay(rate=0.0, power=1.0)
    result = fit(given, image, target, start="given", bounds={"power": (1.0, 3.0)}, fixed="center")
    assert result.success or "changes nothing at the start" in result.message
    result = fit(given.replace(rate=0.5), image, target, start="given", bounds={"power": (1.0, 3.0)})
    assert result.success
    assert result.mask.power == pytest.approx(1.5, rel=1e-8)


def test_unknown_exposures_are_a_parameter(image, target):
    """With ``gain`` the factor between the exposures is fitted beside the mask; without, it would spoil the mask."""
    result = fit(masks.ExponentialDecay(), image, 1.7 * target, gain=True)
    assert result.params["level"] == pytest.approx(1.7, rel=1e-9)
    assert result.mask.rate == pytest.approx(0.8, rel=1e-9)
    assert "level" not in result.mask.names


def test_the_dark_level_is_taken_off(image, target):
    """Pictures with the same offset give the mask of the light above it."""
    result = fit(masks.ExponentialDecay(), image + 64.0, target + 64.0, dark=64.0)
    assert result.mask.rate == pytest.approx(0.8, rel=1e-9)


def test_clipped_and_dark_values_are_ignored_and_counted(rng):
    """White and black pixels say nothing about a mask: left out, they do no harm, and the result tells how many."""
    image = rng.integers(0, 256, SHAPE, dtype=np.uint8)
    target = hadimg.apply_mask(image, masks.Constant(0.5) * TRUTH)
    target[:5] = 255
    image[5, :7], target[6, :3] = 0, 0
    result = fit(masks.ExponentialDecay(), image, target, gain=True)
    clipped = np.count_nonzero((image == 255) | (target == 255))
    dark = np.count_nonzero(((image == 0) | (target == 0)) & ~((image == 255) | (target == 255)))
    assert result.ignored == {"clipped": clipped, "dark": dark}
    assert result.n_pixels == image.size - clipped - dark
    assert result.mask.rate == pytest.approx(0.8, abs=0.02)
    kept = fit(masks.ExponentialDecay(), image, target, gain=True, clipped="keep")
    assert kept.ignored == {}
    assert abs(kept.mask.rate - 0.8) > 0.1


def test_a_truncating_writer_is_told_by_its_name(rng):
    """Targets that were cut to whole numbers shift the rate unless it is said: the residual shows which is right."""
    image = rng.integers(20, 250, (120, 180)).astype(np.uint8)
    target = np.floor(image * TRUTH.weights(image.shape)).astype(np.uint8)
    told, not_told = (fit(masks.ExponentialDecay(), image, target, rounding=how) for how in ("truncated", "nearest"))
    assert told.mask.rate == pytest.approx(0.8, abs=3e-3)
    assert abs(not_told.mask.rate - 0.8) > abs(told.mask.rate - 0.8)
    assert told.sigma == pytest.approx(1 / np.sqrt(12), rel=0.03)  # nothing is left but rounding


def test_linear_light(rng):
    """Values with an sRGB curve are decoded first: the mask is that of the light."""
    light = rng.uniform(0.1, 0.9, SHAPE).astype(np.float64)
    image, target = (
        np.rint(65535 * hadimg_encode(part)).astype(np.uint16) for part in (light, light * TRUTH.weights(SHAPE))
    )
    result = fit(masks.ExponentialDecay(), image, target, linear_light=True)
    assert result.mask.rate == pytest.approx(0.8, abs=2e-4)
    assert fit(masks.ExponentialDecay(), image, target).mask.rate < 0.6


def hadimg_encode(light):
    """Return sRGB values of light."""
    from hadimg.light import encode_srgb

    coded = encode_srgb(light)
    np.testing.assert_allclose(decode_srgb(coded), light, atol=1e-12)
    return coded


def test_opacity_does_not_count(rng):
    """The fourth channel is opacity, as everywhere in hadimg."""
    image = rng.uniform(40.0, 200.0, (*SHAPE, 4))
    target = image * TRUTH.weights(SHAPE)[..., np.newaxis]
    target[..., 3] = image[..., 3]
    result = fit(masks.ExponentialDecay(), image, target)
    assert result.mask.rate == pytest.approx(0.8, rel=1e-9)
    assert result.n_pixels == 3 * image[..., 0].size


def test_pictures_from_files_are_seen_as_they_are_seen(image, target):
    """A picture that is stored turned is fitted as it is seen, not as it is stored."""
    stored = [replace(Image.from_pixels(part), pages=(_turned(part),)) for part in (image, target)]
    result = fit(masks.ExponentialDecay(), *stored)
    assert result.mask.center_row == pytest.approx(0.46, rel=1e-9)


def _turned(pixels):
    """Return a page that has to be turned to be seen."""
    return Page(np.rot90(pixels, 1).copy(), orientation=6, white=1.0)


def test_a_window_of_a_picture_tells_the_mask_of_the_whole(image, target):
    """A grid says where the values lie: parameters are those of the whole picture."""
    window = (slice(5, 45), slice(10, 80))
    result = fit(masks.ExponentialDecay(), image[window], target[window], grid=Grid.of(SHAPE, window))
    np.testing.assert_allclose(result.mask.vector, TRUTH.vector, rtol=1e-8)


@pytest.mark.parametrize("reduce", ["auto", "none", "cells", "fold", "radial"])
def test_all_reductions_find_the_same(reduce, rng):
    """However the pixels are compressed, the end is that of all pixels."""
    shape = (384, 400)
    image = rng.uniform(40.0, 200.0, shape)
    truth = masks.Gaussian(sigma=0.7)
    noisy = image * truth.weights(shape) + rng.normal(0.0, 1.0, shape)
    fixed = {"center": 0.5, "aspect": 1.0, "angle": 0.0}
    plain = fit(masks.Gaussian(), image, noisy, fixed=fixed, reduce="none")
    result = fit(masks.Gaussian(), image, noisy, fixed=fixed, reduce=reduce)
    assert result.success
    enough = 1e-6 * np.sqrt(image.size)  # standard errors: what a cosine of 1e-6 leaves
    assert result.params["sigma"] == pytest.approx(plain.params["sigma"], abs=enough * plain.stderr["sigma"])
    assert result.stderr["sigma"] == pytest.approx(plain.stderr["sigma"], rel=1e-5)
    assert result.reduction == ("cells" if reduce == "auto" else reduce)


@pytest.mark.parametrize("method", ["least_squares", "lbfgs", "gradient_descent"])
def test_all_methods_find_the_same(method, image, target, rng):
    """Every solver ends at the same optimum."""
    noisy = target + rng.normal(0.0, 1.0, SHAPE)
    plain = fit(masks.ExponentialDecay(), image, noisy)
    result = fit(masks.ExponentialDecay(), image, noisy, method=method)
    assert result.success, result.message
    for name, off in plain.stderr.items():
        assert result.params[name] == pytest.approx(plain.params[name], abs=1e-3 * off)


def test_a_caller_may_stop(image, target, rng):
    """The callback is told of each iteration; True ends the fit with the best so far, which is no success."""
    told = []
    result = fit(
        masks.ExponentialDecay(rate=2.0),
        image,
        target + rng.normal(0.0, 1.0, SHAPE),
        start="given",
        callback=lambda progress: told.append(progress.iteration) or len(told) == 2,
    )
    assert told == [1, 2]
    assert not result.success
    assert result.message == "stopped by the caller after 2 iterations"


# ---- flat fields


def test_every_channel_of_a_flat_has_its_level(rng):
    """A shared mask under a colored lamp: the levels are three, the mask is one."""
    flat = TRUTH.weights(SHAPE)[..., np.newaxis] * [30000.0, 42000.0, 21000.0]
    result = fit_flat(masks.ExponentialDecay(), flat + rng.normal(0.0, 30.0, flat.shape))
    assert [result.params[f"level[{k}]"] for k in range(3)] == pytest.approx([30000.0, 42000.0, 21000.0], rel=1e-3)
    assert result.mask.channels is None
    assert result.mask.rate == pytest.approx(0.8, abs=5e-3)


def test_a_flat_for_each_channel(rng):
    """Color shading: each channel has its own mask and its own level."""
    truth = masks.PerChannel(masks.Cos4(24.0), masks.Cos4(28.0), masks.Cos4(33.0))
    flat = truth.weights(SHAPE) * [30000.0, 42000.0, 21000.0]
    given = masks.PerChannel(*[masks.Cos4()] * 3)
    result = fit_flat(given, np.rint(flat + rng.normal(0.0, 30.0, flat.shape)).astype(np.uint16))
    angles = [result.params[f"{k}.half_field_angle"] for k in range(3)]
    assert angles == pytest.approx([24.0, 28.0, 33.0], abs=0.1)
    hadimg.remove_mask(np.rint(flat).astype(np.uint16), result.mask)


def test_dust_and_clipped_lamps_do_not_spoil_a_flat(rng):
    """Dark spots are outliers for a robust loss; what is clipped is left out and counted."""
    flat = np.minimum(70000.0 * TRUTH.weights((120, 180)) + rng.normal(0.0, 50.0, (120, 180)), 65535.0)
    flat[20:26, 30:36] *= 0.5
    result = fit_flat(masks.ExponentialDecay(), np.rint(flat).astype(np.uint16), loss="cauchy")
    assert result.ignored["clipped"] == np.count_nonzero(np.rint(flat) >= 65535)
    assert result.params["level"] == pytest.approx(70000.0, rel=1e-3)
    assert result.mask.rate == pytest.approx(0.8, abs=2e-3)


def test_a_family_that_cannot_follow_says_so(rng):
    """A round family on a flat with a slope ends at an optimum, and is told to be wrong by so many percent."""
    flat = 20000.0 * masks.LinearGradient(angle=30.0, low=0.5).weights(SHAPE)
    result = fit_flat(masks.Polynomial(), flat, fixed="center")
    assert any("misses the picture by" in warning for warning in result.warnings)
    assert not any(
        "misses" in warning for warning in fit_flat(masks.ExponentialDecay(), 2e4 * TRUTH.weights(SHAPE)).warnings
    )


@pytest.mark.parametrize(
    ("noise", "dtype", "told"), [(0.0, np.float64, True), (0.0, np.float32, True), (30.0, np.float64, False)]
)
def test_a_small_misfit_is_told_where_nothing_hides_it(rng, noise, dtype, told):
    """A pattern of a tenth of a percent is told of when it is all that the mask leaves; in noise it is nothing."""
    slope = masks.LinearGradient(angle=30.0, low=0.97).weights(SHAPE)
    flat = (2e4 * TRUTH.weights(SHAPE) * slope + rng.normal(0.0, noise or 1e-9, SHAPE)).astype(dtype)
    warnings = fit_flat(masks.ExponentialDecay(), flat).warnings
    assert any("misses the picture by 0.1 %" in warning for warning in warnings) == told


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.02, 0.8])
def test_rounding_is_no_misfit(dtype, rate):
    """What whole numbers and floats make of a mask without any noise is no reason to warn."""
    top = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1.0
    flat = 0.9 * top * masks.ExponentialDecay(rate=rate).weights(SHAPE)
    flat = np.rint(flat).astype(dtype) if np.dtype(dtype).kind == "u" else flat.astype(dtype)
    assert not any("misses" in warning for warning in fit_flat(masks.ExponentialDecay(), flat).warnings)


def test_coded_flats_are_pointed_out():
    """Values of 8 bits are coded: the result says what its mask is good for."""
    flat = np.rint(230.0 * TRUTH.weights(SHAPE)).astype(np.uint8)
    assert any("8 bits are coded" in warning for warning in fit_flat(masks.ExponentialDecay(), flat).warnings)


def test_what_the_gauge_holds_has_its_reason():
    """A surface at weight 1 in the middle, a graduated filter at 1 on its bright side, and why."""
    result = fit_flat(masks.LinearGradient(), 900.0 * masks.LinearGradient(angle=20.0, low=0.5).weights(SHAPE))
    assert result.mask.high == 1.0
    assert "level of the picture" in result.stderr_reasons["high"]
    assert result.stderr_reasons["center_row"] == "center and offset are one freedom"
    surface = masks.PolynomialSurface((0.8, 0.1, 0.2))
    found = fit_flat(masks.PolynomialSurface.of_degree(1), 900.0 * surface.weights(SHAPE))
    assert found.mask.weights(Grid(3, 3))[1, 1] == pytest.approx(1.0)
    assert found.params["level"] == pytest.approx(720.0)


# ---- what is refused, and how


def refusals():
    """Yield calls that must be refused, and what the message says."""
    good = np.full(SHAPE, 100.0)
    decay = masks.ExponentialDecay()
    nan, black = good.copy(), np.zeros(SHAPE, np.uint8)
    nan[3, 4] = np.nan
    yield (
        "shapes",
        lambda: fit(decay, good, good[:-1]),
        r"image and target must have one shape, got \(60, 90\) and \(59",
    )
    yield "nan", lambda: fit(decay, good, nan), r"target must be finite where it counts, got nan at row 3, column 4 \(w"
    yield "black", lambda: fit(decay, np.full(SHAPE, 9, np.uint8), black), r"all of image and target is dark: nothing"
    yield "white", lambda: fit_flat(decay, np.full(SHAPE, 255, np.uint8)), r"all of flat is clipped.* \(expose less, or"
    yield "no overlap", lambda: fit(decay, *_without_overlap()), r"no pixel of image and target can be used: .* clipped"
    yield "weights 0", lambda: fit(decay, good, good, weights=np.zeros(SHAPE)), r"no value of the pictures counts: all "
    yield "weights", lambda: fit(decay, good, good, weights=np.ones(3)), r"weights must have shape \(60, 90\)"
    yield "mask", lambda: fit("gaussian", good, good), r"mask must be a mask, got str"
    yield "text", lambda: fit(decay, [["a"]], good), r"image must hold real numbers"
    yield "ragged", lambda: fit(decay, [[1.0], [1.0, 2.0]], good), r"image must hold numbers in rows of equal length"
    yield "dimensions", lambda: fit_flat(decay, np.ones(5)), r"flat must have shape \(H, W\) or \(H, W, C\)"
    yield "pages", lambda: fit_flat(decay, _two_pages(black)), r"flat must hold one page, got 2"
    yield "name", lambda: fit(decay, good, good, fixed=("rat",)), r"fixed: 'rat' is no parameter.*did you mean 'rate'"
    yield "tie", lambda: fit(decay, good, good, tied={"rate": "pow"}), r"the tie of rate: 'pow' is no parameter"
    yield "bounds", lambda: fit(decay, good, good, bounds={"rate": (2.0, 1.0)}), r"bounds: rate must leave room within"
    yield "pair", lambda: fit(decay, good, good, bounds={"rate": 3.0}), r"bounds: rate must have a lower and an upper"
    yield "all fixed", lambda: fit(decay, good, good, fixed=decay.names), r"nothing is free"
    yield "no parameters", lambda: fit(masks.Array(good), good, good), r"array: the mask has no parameters to fit"
    yield "loss", lambda: fit(decay, good, good, loss="l1"), r"loss must be one of 'linear'"
    yield "method", lambda: fit(decay, good, good, method="newton"), r"method must be one of 'least_squares'"
    yield "reduce", lambda: fit(decay, good, good, reduce="half"), r"reduce must be 'auto', 'none'"
    yield "start", lambda: fit(decay, good, good, start="here"), r"start must be 'auto' or 'given', got 'here'"
    yield "clipped", lambda: fit(decay, good, good, clipped="drop"), r"clipped must be 'ignore' or 'keep', got 'drop'"
    yield "rounding", lambda: fit(decay, good, good, rounding="up"), r"rounding must be 'nearest' or 'truncated', got"
    yield "dark", lambda: fit_flat(decay, good, dark=5, linear_light=True), r"dark must be 0 with linear_light, got 5"
    channels = masks.PerChannel(decay, decay, decay)
    yield "channels", lambda: fit(channels, good, good), r"the mask is for 3 color channels, the pictures have 1"
    given = masks.ExponentialDecay(rate=5.0)
    bounds = {"rate": (0.0, 1.0)}
    yield (
        "outside",
        lambda: fit(given, good, good, start="given", bounds=bounds),
        r"rate must start within 0 to 1, got 5",
    )


def _two_pages(pixels):
    """Return a picture of two pages."""
    return replace(Image.from_pixels(pixels), pages=(Page(pixels), Page(pixels)))


def _without_overlap():
    """Return a pair of which every pixel is clipped in one picture or dark in the other."""
    image, target = np.full((2, *SHAPE), 100, np.uint8)
    image[:30], target[30:] = 255, 0
    return image, target


@pytest.mark.parametrize(("call", "message"), [pytest.param(call, text, id=name) for name, call, text in refusals()])
def test_bad_input_is_refused_in_words(call, message):
    """Each message names the argument, the rule and the value, in one line."""
    with pytest.raises((ArgumentError, ArgumentTypeError), match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_two_amplitudes_of_a_product_are_named(image):
    """Two levels change the picture in the same way: the fit says so and gives neither an error."""
    result = fit(masks.Constant() * masks.Hugin(), image, image * 0.5 * masks.Hugin(vb=-0.3).weights(SHAPE))
    assert result.rank == result.n_free - 1
    assert result.stderr["0.value"] is None
    assert any("0.value" in warning and "fix one" in warning for warning in result.warnings)
    np.testing.assert_allclose(result.mask.weights(SHAPE), 0.5 * masks.Hugin(vb=-0.3).weights(SHAPE), rtol=1e-8)


def test_a_round_spot_has_no_angle(image):
    """The angle of a spot that shall be round is held, and the result says why; so is the axis without a tilt."""
    result = fit(masks.Gaussian(), image, image * masks.Gaussian(sigma=0.6).weights(SHAPE), fixed={"aspect": 1.0})
    assert "angle" not in result.free
    assert result.stderr_reasons["angle"] == "has no meaning where it is round or upright"
    upright = fit(masks.KangWeiss(), image, image * masks.Cos4(30.0).weights(SHAPE), fixed={"tilt": 0.0})
    assert "tilt_axis" not in upright.free


def test_no_mask_at_all(image):
    """On a pair that is the same picture twice the rate is 0, and what has no meaning then is named."""
    result = fit(masks.ExponentialDecay(), image, image)
    assert result.mask.rate == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(result.mask.weights(SHAPE), 1.0, atol=1e-6)


def test_results_are_plain_data(image, target):
    """What a result holds can be written as JSON as it is."""
    json.dumps(fit(masks.ExponentialDecay(), image, target).to_dict(), allow_nan=False)
