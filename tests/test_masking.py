"""Products of pictures and masks: exact rounding, every layout, nothing changed that should not be."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import hadimg
from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.io.image import Image, Page
from hadimg.io.orientation import turn
from hadimg.light import decode_srgb, encode_srgb
from hadimg.masking import apply_mask, mask_image, remove_mask
from hadimg.multiplying import ENGINES

DECAY = masks.ExponentialDecay(rate=1.2)
MASKS = [
    DECAY,
    DECAY.replace(power=1.3, center_row=0.3, center_col=0.8),
    DECAY.replace(rate=9.0),
    masks.Cos4(40.0) * masks.Polynomial(k1=-0.2),
    masks.Gaussian(sigma=0.4, aspect=2.0, angle=30.0),
    masks.Aperture(low=0.5, radius=0.4, softness=0.01),
    masks.LinearGradient(angle=-90.0, low=0.3) * DECAY.strength(0.6),
    masks.Constant(0.5),
    masks.Polynomial(k1=0.4, k2=0.3),
]


def picture(rng, shape, dtype):
    """Return random pixels that use the whole range of their type."""
    if np.dtype(dtype).kind == "f":
        return rng.normal(0.5, 0.5, shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


def expected(pixels, weights, color):
    """Return the product as the documentation defines it, in plain float64."""
    result = pixels.copy()
    exact = pixels[..., :color] * weights[..., np.newaxis]
    if pixels.dtype.kind == "u":
        exact = np.clip(np.rint(exact), 0, np.iinfo(pixels.dtype).max)
    result[..., :color] = exact
    return result


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mask", MASKS, ids=str)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_the_product_is_that_of_float64_rounded_once(rng, engine, mask, dtype):
    """On every engine, type and mask the pixels equal the float64 product, rounded half to even and saturated."""
    pixels = picture(rng, (150, 211, 3), dtype)
    result = apply_mask(pixels, mask, engine=engine, workers=2)
    assert result.dtype == pixels.dtype
    np.testing.assert_array_equal(result, expected(pixels, mask.weights((150, 211)), 3))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_8_bit_value_times_every_weight_near_a_middle(engine):
    """Exhaustive where it hurts: all 256 values times weights that put products on and beside the middle of levels."""
    values = np.tile(np.arange(256, dtype=np.uint8), (511, 1))
    weights = np.arange(511)[:, np.newaxis] / 255 * np.ones(256)
    weights[1::3] += 1e-7
    weights[2::3] -= 1e-7
    for kind in (np.float64, np.float32):
        given = np.maximum(weights, 0).astype(kind)
        result = apply_mask(values, given, engine=engine)
        np.testing.assert_array_equal(result, np.clip(np.rint(values * given.astype(float)), 0, 255))
        up = remove_mask(values, np.maximum(given, 0.1), engine=engine)
        np.testing.assert_array_equal(up, np.clip(np.rint(values * (1 / np.maximum(given, 0.1).astype(float))), 0, 255))


@pytest.mark.parametrize(
    ("channels", "alpha", "color"),
    [(1, None, 1), (2, None, 1), (3, None, 3), (4, None, 3), (4, False, 4), (3, True, 2), (6, None, 6)],
)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("engine", ENGINES)
def test_opacity_is_kept_as_it_is(rng, channels, alpha, color, dtype, engine):
    """The last of 2 or 4 channels, or the one that is said to be opacity, comes out bit for bit."""
    pixels = picture(rng, (70, 41, channels), dtype)
    result = apply_mask(pixels, DECAY, alpha=alpha, engine=engine)
    np.testing.assert_array_equal(result, expected(pixels, DECAY.weights((70, 41)), color))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize("engine", ENGINES)
def test_channels_may_stand_anywhere(rng, axis, engine):
    """Every channel axis gives the same pixels, moved."""
    pixels = picture(rng, (30, 41, 3), "uint8")
    moved = np.ascontiguousarray(np.moveaxis(pixels, -1, axis))
    result = apply_mask(moved, DECAY, channel_axis=axis, engine=engine)
    np.testing.assert_array_equal(np.moveaxis(result, axis, -1), apply_mask(pixels, DECAY))


@pytest.mark.parametrize("engine", ENGINES)
def test_grey_pictures_and_strided_views(rng, engine):
    """Two-dimensional pictures, steps, negative steps and transposed arrays need no copy and give the same pixels."""
    pixels = picture(rng, (90, 120), "uint8")
    for view in (pixels, pixels[::2, ::-3], pixels.T, np.asfortranarray(pixels)):
        result = apply_mask(view, DECAY, engine=engine)
        np.testing.assert_array_equal(result, apply_mask(np.ascontiguousarray(view), DECAY))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("linear", [False, True])
def test_input_is_never_changed_and_out_may_be_it(rng, engine, linear):
    """A read-only picture works and keeps its values; ``out`` is filled and returned; in place gives the same."""
    pixels = picture(rng, (100, 80, 4), "uint8")
    before = pixels.copy()
    pixels.setflags(write=False)
    fresh = apply_mask(pixels, DECAY, engine=engine, linear_light=linear)
    np.testing.assert_array_equal(pixels, before)
    out = np.empty_like(before)
    assert apply_mask(pixels, DECAY, out=out, engine=engine, linear_light=linear) is out
    np.testing.assert_array_equal(out, fresh)
    assert apply_mask(before, DECAY, out=before, engine=engine, linear_light=linear) is before
    np.testing.assert_array_equal(before, fresh)


@pytest.mark.parametrize("engine", ENGINES)
def test_ties_everywhere_in_place(rng, engine):
    """Where every product lies exactly in the middle of two levels, rounding is to even, also in place."""
    pixels = picture(rng, (130, 50, 3), "uint8") | 1
    truth = np.rint(pixels * 0.5)
    mask = masks.Aperture(low=0.5, radius=0.0, softness=1e-4, center_row=0.0, center_col=0.0)
    result = apply_mask(pixels, mask, out=pixels, engine=engine)
    far = mask.weights((130, 50)) == 0.5
    assert far.mean() > 0.9
    np.testing.assert_array_equal(result[far], truth[far])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mask", [*MASKS, masks.Array(np.arange(1, 36).reshape(5, 7) / 36, resample=True)], ids=str)
def test_the_mask_lies_over_the_picture_as_it_is_seen(rng, orientation, mask):
    """For all orientations and masks, masking the stored pixels and turning equals turning and masking."""
    stored = picture(rng, (75, 101, 3), "uint8")
    for engine in ENGINES:
        then_turned = turn(apply_mask(stored, mask, orientation=orientation, engine=engine), orientation)
        seen = np.ascontiguousarray(turn(stored, orientation))
        np.testing.assert_array_equal(then_turned, apply_mask(seen, mask, engine="numpy"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("mask", [DECAY, masks.Constant(1.7)], ids=str)
def test_linear_light_is_decode_multiply_encode(rng, engine, dtype, mask):
    """In linear light each code is the nearest to the exact coded product: within half a code of it."""
    top = np.iinfo(dtype).max
    pixels = picture(rng, (64, 65, 3), dtype)
    light = decode_srgb(pixels / top) * mask.weights((64, 65))[..., np.newaxis]
    exact = encode_srgb(np.minimum(light, 1.0)) * top
    result = apply_mask(pixels, mask, linear_light=True, engine=engine)
    # The printed constants of sRGB leave a step of 3e-9 between its two formulas: 2e-4 codes of 16 bits.
    assert np.abs(result - exact).max() <= 0.5 + 2e-4


def test_linear_light_of_floats(rng):
    """Floating-point pixels are coded values too: 1.0 is white, and values beyond follow the formula."""
    pixels = picture(rng, (20, 30, 3), "float64")
    exact = encode_srgb(decode_srgb(pixels) * DECAY.weights((20, 30))[..., np.newaxis])
    np.testing.assert_allclose(apply_mask(pixels, DECAY, linear_light=True), exact, rtol=1e-13)
    np.testing.assert_allclose(decode_srgb(encode_srgb(pixels)), pixels, atol=3e-8)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_removing_undoes_applying(rng, engine, dtype):
    """Taking the mask off gives back the picture to the rounding of its levels, divided by the smallest weight."""
    mask = masks.ExponentialDecay(rate=0.7)
    pixels = picture(rng, (80, 120, 3), dtype)
    back = remove_mask(apply_mask(pixels, mask, engine=engine), mask, engine=engine)
    error = np.abs(back.astype(float) - pixels)
    if dtype == "float32":
        assert error.max() <= 2e-7 * np.abs(pixels).max()
    else:
        assert error.max() <= 0.5 / np.exp(-0.7) + 0.5
        assert error.max() >= 1


@pytest.mark.parametrize("engine", ENGINES)
def test_saturation_counts_the_values_that_were_cut(rng, engine):
    """The report counts exactly the color values whose exact product rounds above white, opacity aside."""
    mask = masks.ExponentialDecay(rate=1.0)
    for dtype, channels in product(("uint8", "uint16"), (1, 3, 4)):
        pixels = picture(rng, (77, 93, channels), dtype)
        color = min(channels, 3)
        exact = np.rint(pixels[..., :color] * (1 / mask.weights((77, 93)))[..., np.newaxis])
        result, saturation = remove_mask(pixels, mask, report=True, engine=engine)
        assert saturation.count == np.count_nonzero(exact > np.iinfo(dtype).max)
        assert saturation.total == exact.size
        assert saturation.share == saturation.count / saturation.total
        assert (result[..., :color] == np.iinfo(dtype).max).sum() >= saturation.count


@pytest.mark.parametrize("engine", ENGINES)
def test_max_gain_limits_the_gain(rng, engine):
    """With a largest gain, every factor is the smaller of it and the inverse; zeros count as the largest gain."""
    mask = masks.Aperture(low=0.0, radius=0.4, softness=0.02)
    pixels = picture(rng, (90, 90), "uint8") // 8
    weights = mask.weights((90, 90))
    gain = np.where(weights * 6 > 1, 1 / np.maximum(weights, 1e-300), 6)
    result = remove_mask(pixels, mask, max_gain=6, engine=engine)
    np.testing.assert_array_equal(result, np.clip(np.rint(pixels * gain), 0, 255))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mask_without_inverse_is_refused_before_anything_is_written(rng, engine):
    """The message counts the weights and names the first; the picture that was to be overwritten is untouched."""
    values = np.ones((5, 6))
    values[2, 3] = values[4, 1] = 0.0
    pixels = picture(rng, (5, 6), "uint8")
    before = pixels.copy()
    with pytest.raises(
        ArgumentError, match=r"no Hadamard inverse: 2 of 30 weights .* row 2, column 3 is zero \(give max_gain"
    ):
        remove_mask(pixels, values, out=pixels, engine=engine)
    with pytest.raises(ArgumentError, match=r"8 of 24 weights are not above zero, the first at row 0, column 0 is -"):
        remove_mask(np.ones((4, 6), np.uint8), masks.Polynomial(k1=-2.2), engine=engine)
    with pytest.raises(ArgumentError, match=r"weights are below zero or not finite, the first at row 0, column 0 is -"):
        remove_mask(np.ones((4, 6), np.uint8), masks.Polynomial(k1=-2.2), max_gain=4, engine=engine)
    with pytest.raises(ArgumentError, match=r"no Hadamard inverse: .* weights are not above zero"):
        remove_mask(pixels, masks.ExponentialDecay(rate=2000.0), engine=engine)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("engine", ENGINES)
def test_white_below_the_top_of_the_type(engine):
    """A 10-bit picture in 16 bits saturates at its own white."""
    pixels = np.array([[100, 900, 1023]], np.uint16)
    assert remove_mask(pixels, masks.Constant(0.5), white=1023, engine=engine).tolist() == [[200, 1023, 1023]]
    same = apply_mask(pixels, masks.Constant(1.0), white=1023, linear_light=True, engine=engine)
    assert same.tolist() == pixels.tolist()


def test_nan_and_infinite_pixels():
    """They are refused by place unless they may propagate; whole numbers are never asked."""
    pixels = np.ones((3, 4, 3), np.float32)
    pixels[1, 2, 0] = np.nan
    with pytest.raises(
        ArgumentError, match=r"pixels must be finite, got nan at row 1, column 2 \(nonfinite='propagate'"
    ):
        apply_mask(pixels, DECAY)
    assert np.isnan(apply_mask(pixels, DECAY, nonfinite="propagate")).sum() == 1


def test_an_infinite_gain_is_refused():
    """A mask that is infinite somewhere cannot be put on."""
    with pytest.raises(ArgumentError, match="no finite gain at stored row 0, column 0: inf"):
        apply_mask(np.ones((2, 2), np.uint8), 1 / masks.Constant(0.0))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"pixels": [[1, 2]]}, ArgumentTypeError, "pixels must be a NumPy array, got list"),
        ({"pixels": np.ones((2, 2), np.int32)}, ArgumentTypeError, "pixels must be uint8, .*, got int32 .convert with"),
        ({"pixels": np.ones((2, 2, 2, 2), np.uint8)}, ArgumentError, r"pixels must have shape .*, got \(2, 2, 2, 2\)"),
        ({"pixels": np.ones((0, 2), np.uint8)}, ArgumentError, r"at least one pixel, got shape \(0, 2\)"),
        ({"channel_axis": 3}, ArgumentError, "channel_axis of -3 to 2, got .* with channel_axis=3"),
        ({"channel_axis": None}, ArgumentError, "channel_axis=None"),
        ({"out": [1]}, ArgumentTypeError, "out must be a NumPy array, got list"),
        ({"out": np.ones((2, 2), np.uint8)}, ArgumentError, "out must have the shape and type of pixels"),
        ({"orientation": 9}, ArgumentError, "orientation must be a whole number from 1 to 8, got 9"),
        ({"white": 300}, ArgumentError, "white must be a whole number from 1 to 255 for uint8 pixels, got 300"),
        ({"white": 0}, ArgumentError, "white must be a whole number from 1 to 255"),
        ({"nonfinite": "zero"}, ArgumentError, "nonfinite must be 'raise' or 'propagate', got 'zero'"),
        ({"engine": "fast"}, ArgumentError, "engine must be 'auto', 'numpy', 'compiled', got 'fast'"),
        ({"workers": 0}, ArgumentError, "workers must be at least 1, got 0"),
        ({"mask": "gaussian"}, ArgumentTypeError, "values must be numbers"),
        ({"mask": np.ones((9, 9))}, ArgumentError, "the array mask holds 9 x 9 values, the picture has 4 x 5 pixels"),
        ({"mask": np.array([[np.inf]])}, ArgumentError, "values must be finite, got inf at row 0, column 0"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    """Each refusal names the argument, the rule and the value."""
    given = {"pixels": np.ones((4, 5, 3), np.uint8), "mask": DECAY} | arguments
    with pytest.raises(error, match=message):
        apply_mask(given.pop("pixels"), given.pop("mask"), **given)


def test_out_that_overlaps_or_is_read_only_is_refused():
    """An ``out`` that would overwrite pixels still to be read, or cannot be written, is refused."""
    pixels = np.ones((4, 6), np.uint8)
    with pytest.raises(ArgumentError, match="out must be pixels itself or share no memory"):
        apply_mask(pixels, DECAY, out=pixels[::-1])
    locked = np.ones((4, 6), np.uint8)
    locked.setflags(write=False)
    with pytest.raises(ArgumentError, match="out must be writable"):
        apply_mask(pixels, DECAY, out=locked)


def test_max_gain_must_be_a_positive_number():
    """A largest gain of zero, of NaN or in words is refused."""
    for value, message in ((0, "must be above 0, got 0"), (float("nan"), "finite"), ("8", "must be a number")):
        with pytest.raises((ArgumentError, ArgumentTypeError), match=f"max_gain.*{message}"):
            remove_mask(np.ones((2, 2), np.uint8), DECAY, max_gain=value)


def test_mask_image_handles_pages_thumbnail_and_inverted_pages(rng):
    """Every page is masked in its own orientation, the thumbnail too, and dark-is-high pages keep their meaning."""
    upright = picture(rng, (20, 30, 3), "uint8")
    turned = picture(rng, (30, 20), "uint16")
    dark = picture(rng, (10, 12), "uint8")
    small = picture(rng, (4, 6, 3), "uint8")
    pages = (Page(upright.copy()), Page(turned.copy(), orientation=6, white=65535.0), Page(255 - dark, inverted=True))
    image = Image(pages, "tiff", thumbnail=Page(small.copy(), orientation=3))
    result, saturation = mask_image(image, DECAY)
    np.testing.assert_array_equal(result.pages[0].pixels, apply_mask(upright, DECAY))
    np.testing.assert_array_equal(result.pages[1].pixels, apply_mask(turned, DECAY, orientation=6))
    np.testing.assert_array_equal(255 - result.pages[2].pixels, apply_mask(dark, DECAY))
    np.testing.assert_array_equal(result.thumbnail.pixels, apply_mask(small, DECAY, orientation=3))
    assert saturation.count == 0
    assert saturation.total == upright.size + turned.size + dark.size


@pytest.mark.parametrize("in_place", [False, True])
def test_mask_image_changes_its_picture_only_when_told(rng, in_place):
    """The picture that was read stays as it is, unless its memory may be used again; read-only pixels always stay."""
    pixels = picture(rng, (20, 30, 3), "uint8")
    dark = picture(rng, (10, 12), "uint8")
    locked = picture(rng, (5, 6), "uint8")
    locked.setflags(write=False)
    pages = (Page(pixels.copy()), Page(dark.copy(), inverted=True), Page(locked))
    image = Image(pages, "tiff")
    result, _ = mask_image(image, DECAY, in_place=in_place)
    assert (result.pages[0].pixels is image.pages[0].pixels) is in_place
    assert np.array_equal(image.pages[0].pixels, pixels) is not in_place
    assert np.array_equal(image.pages[1].pixels, dark) is not in_place
    np.testing.assert_array_equal(result.pages[0].pixels, apply_mask(pixels, DECAY))
    np.testing.assert_array_equal(result.pages[2].pixels, apply_mask(locked, DECAY))


def test_threads_give_the_same_pixels(rng):
    """One thread, many threads, and many calls at once from several threads give equal pictures."""
    from concurrent.futures import ThreadPoolExecutor

    pixels = picture(rng, (400, 300, 3), "uint8")
    truth = apply_mask(pixels, DECAY, workers=1, engine="numpy")
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda k: apply_mask(pixels, DECAY, workers=1 + k % 3, engine="compiled"), range(24))
        for result in results:
            np.testing.assert_array_equal(result, truth)


def test_the_names_of_the_package_root():
    """What the documentation calls hadimg.apply_mask is this."""
    assert hadimg.apply_mask is apply_mask
    assert hadimg.remove_mask is remove_mask
