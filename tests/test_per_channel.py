"""One mask for each color channel: the same as doing each channel by itself, and refusals by name."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.filling import fill_weights
from hadimg.gains import Gains
from hadimg.io.image import Image, Page
from hadimg.masking import apply_mask, mask_image, remove_mask
from hadimg.masks.parameters import declared
from hadimg.multiplying import ENGINES

PARTS = masks.ExponentialDecay(rate=0.7), masks.LinearGradient(angle=40.0, low=0.6), masks.Polynomial(k1=0.3)
MASK = masks.PerChannel(*PARTS)
SHAPE = (150, 211)


def picture(rng, shape, dtype):
    """Return random pixels that use the whole range of their type."""
    if np.dtype(dtype).kind == "f":
        return rng.random(shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("linear_light", [False, True])
@pytest.mark.parametrize("opacity", [False, True])
@pytest.mark.parametrize("verb", [apply_mask, remove_mask])
def test_each_channel_gets_its_own_mask(rng, engine, dtype, linear_light, opacity, verb):
    """To the last bit what each channel's mask does to that channel alone; opacity is kept; in place as elsewhere."""
    pixels = picture(rng, (*SHAPE, 3 + opacity), dtype)
    options = {"engine": engine, "linear_light": linear_light, "workers": 2}
    expected = pixels.copy()
    for k, part in enumerate(PARTS):
        expected[..., k] = verb(np.ascontiguousarray(pixels[..., k]), part, **options)
    before = pixels.copy()
    np.testing.assert_array_equal(verb(pixels, MASK, **options), expected)
    np.testing.assert_array_equal(pixels, before)
    assert verb(pixels, MASK, out=pixels, **options) is pixels
    np.testing.assert_array_equal(pixels, expected)


def test_channels_first_orientation_and_single_channels(rng):
    """Any channel axis and orientation; a grey picture takes a mask for one channel, with opacity or without."""
    pixels = picture(rng, (3, 40, 50), "uint8")
    for k, part in enumerate(PARTS):
        alone = apply_mask(pixels[k], part, orientation=6)
        np.testing.assert_array_equal(apply_mask(pixels, MASK, channel_axis=0, orientation=6)[k], alone)
    one = masks.PerChannel(PARTS[1])
    np.testing.assert_array_equal(apply_mask(pixels[0], one), apply_mask(pixels[0], PARTS[1]))
    grey = np.stack([pixels[0], pixels[1]], axis=-1)
    np.testing.assert_array_equal(apply_mask(grey, one), apply_mask(grey, PARTS[1]))


def test_saturation_is_that_of_all_channels(rng):
    """The report counts the values that were cut in every channel, out of all of them."""
    pixels = picture(rng, (*SHAPE, 4), "uint8")
    _, cut = remove_mask(pixels, MASK, report=True)
    alone = [remove_mask(pixels[..., k].copy(), part, report=True)[1] for k, part in enumerate(PARTS)]
    assert cut == sum(alone[1:], alone[0])
    assert cut.count > 0


@pytest.mark.parametrize("channels", [1, 2, 4, 6])
def test_another_number_of_color_channels_is_refused(rng, channels):
    """Grey, grey with opacity, four colors and six bands have no three color channels; nothing is written."""
    pixels = picture(rng, (5, 6, channels), "uint8")
    alpha, out = channels == 2, np.zeros_like(pixels)
    with pytest.raises(ArgumentError, match=f"the mask is for 3 color channels, the picture has {channels - alpha}$"):
        apply_mask(pixels, MASK, alpha=alpha, out=out)
    assert not out.any()


def test_a_channel_without_inverse_is_named_before_anything_is_written(rng):
    """The message says which channel has no inverse, although the others have one."""
    pixels, out = picture(rng, (5, 6, 3), "uint8"), np.zeros((5, 6, 3), np.uint8)
    mask = masks.PerChannel(0.5, 0.7, 0)
    with pytest.raises(ArgumentError, match="the mask of channel 2 has no Hadamard inverse: 30 of 30 weights"):
        remove_mask(pixels, mask, out=out)
    assert not out.any()
    np.testing.assert_array_equal(
        remove_mask(pixels, mask, max_gain=2.0)[..., 2], np.minimum(pixels[..., 2] * 2.0, 255)
    )


def test_pages_of_an_image_and_inverted_pages(rng):
    """Pages of color pictures are masked as seen; darkness is turned into light first; a grey page is refused."""
    upright, dark = picture(rng, (20, 30, 4), "uint8"), picture(rng, (30, 20, 3), "uint16")
    pages = (
        Page(upright.copy(), alpha=True, orientation=3),
        Page(65535 - dark, inverted=True, orientation=6, white=65535.0),
    )
    result, _ = mask_image(Image(pages, "tiff"), MASK)
    np.testing.assert_array_equal(result.pages[0].pixels, apply_mask(upright, MASK, orientation=3))
    np.testing.assert_array_equal(65535 - result.pages[1].pixels, apply_mask(dark, MASK, orientation=6))
    with pytest.raises(ArgumentError, match="for 3 color channels, the picture has 1"):
        mask_image(Image((Page(upright[..., 0].copy()),), "tiff"), MASK)


def test_compositions_work_channel_by_channel():
    """Products, quotients, powers, blends and inverses are those of the weights of each channel, nested at will."""
    common = masks.Cos4(20.0)
    a, b = MASK.weights(SHAPE), common.weights(SHAPE)[..., np.newaxis]
    assert a.shape == (*SHAPE, 3)
    for k, part in enumerate(PARTS):
        np.testing.assert_array_equal(a[..., k], part.weights(SHAPE))
    for mask, weights in (
        (MASK * common, a * b),
        (common * MASK, b * a),
        (0.5 * MASK, 0.5 * a),
        (1 / MASK, 1 / a),
        (common / MASK.strength(0.3), b * (1 / (1 + 0.3 * (a - 1)))),
        (MASK * MASK.strength(0.3), a * (1 + 0.3 * (a - 1))),
        (MASK**2, a**2),
    ):
        assert mask.channels == 3
        np.testing.assert_array_equal(mask.weights(SHAPE), weights)
        for k in range(3):
            assert mask.channel(k).channels is None
            np.testing.assert_array_equal(mask.channel(k).weights(SHAPE), weights[..., k])
        assert masks.parse(str(mask)) == mask
        assert masks.from_dict(mask.to_dict()) == mask


def test_channels_share_the_parameters_of_a_common_factor():
    """A mask for all channels counts once: its derivative reaches every channel, a channel's own only that one."""
    mask = masks.Constant(0.8) * masks.PerChannel(0.5, 1.0, 0.25)
    assert mask.names == ("0.value", "1.0.value", "1.1.value", "1.2.value")
    expected = [[0.5, 1.0, 0.25], [0.8, 0, 0], [0, 0.8, 0], [0, 0, 0.8]]
    np.testing.assert_array_equal(
        mask.jacobian((2, 3)), np.broadcast_to(np.array(expected)[:, None, None], (4, 2, 3, 3))
    )
    assert all(partial.flags.c_contiguous for partial in mask.partials((2, 3)))


def test_text_and_files(tmp_path):
    """The text form with defaults, numbers for constant masks, and files that hold long arrays beside them."""
    mask = masks.parse("per_channel(cos4, cos4(20), gaussian)")
    assert mask == masks.PerChannel(masks.Cos4(), masks.Cos4(20.0), masks.Gaussian())
    assert masks.parse("per_channel(1, 0.5 * cos4) / 2").channels == 2
    long = masks.PerChannel(masks.Array(np.linspace(0.5, 1, 6000).reshape(60, 100)), 0.5) * masks.Cos4()
    long.save(tmp_path / "mask.json")
    assert (tmp_path / "mask.npz").is_file()
    assert masks.load(tmp_path / "mask.json") == long
    assert declared(mask) == {}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (masks.PerChannel, ArgumentError, "per_channel: at least one mask is needed, got none"),
        (lambda: masks.PerChannel("cos4"), ArgumentTypeError, "must be a number, got str"),
        (lambda: masks.PerChannel(MASK), ArgumentError, "each mask must be for one channel, got one for 3"),
        (lambda: MASK * masks.PerChannel(1, 2), ArgumentError, r"must tell equally many channels apart, got \[2, 3\]"),
        (lambda: MASK.channel(3), ArgumentError, "the channel must be 0 to 2, got 3"),
        (MASK.normalised, ArgumentError, "normalised: mask must not tell channels apart, got one for 3"),
        (lambda: fill_weights(MASK, np.empty((2, 3, 3))), ArgumentError, "mask must not tell channels apart"),
        (lambda: masks.parse("per_channel(r=cos4)"), ArgumentError, "per_channel takes masks without names, got 'r'"),
        (lambda: masks.from_dict({"family": "per_channel"}), Exception, "must have a list 'masks'"),
        (lambda: masks.from_dict({"family": "per_channel", "factors": []}), Exception, "no entry 'factors'"),
    ],
)
def test_what_is_refused(make, error, message):
    """Each refusal names the rule and the value."""
    with pytest.raises(error, match=message):
        make()


def test_gains_of_ordinary_masks_see_no_channels():
    """The fast ways look at ordinary masks only: a channel's mask keeps its factors, in products too."""
    mask = MASK * masks.Cos4()
    assert [len(Gains(mask.channel(k), SHAPE).stored_factors()) for k in range(3)] == [1, 2, 1]
