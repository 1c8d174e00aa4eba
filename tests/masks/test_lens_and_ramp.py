"""The lens of Kang and Weiss and the ramp of half a cosine: printed values, positivity, darktable's convention."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError

CENTER = {"center_row": 0.4, "center_col": 0.6}
SHAPE = (4, 6)


def test_kang_weiss_to_all_printed_digits():
    """Weight and partials at pixel (0, 0), and the mean weight, agree to half a unit of the last digit."""
    mask = masks.KangWeiss(1.6, 0.12, 8.0, 30.0, **CENTER)
    weights, partials = mask.weights(SHAPE), mask.jacobian(SHAPE)[:, 0, 0]
    assert weights[0, 0] == pytest.approx(0.480603584, abs=5.1e-10)
    assert weights.mean() == pytest.approx(0.706307111, abs=5.1e-10)
    printed = [0.3080999, -0.4923612, -0.003875371, -0.002012308, -0.09235772, -1.019313]
    np.testing.assert_allclose(partials, printed, rtol=5.1e-7)


def test_half_cosine_to_all_printed_digits():
    """Weight and the printed partials at pixel (0, 0), and the mean weight, agree to half a unit of the last digit."""
    mask = masks.HalfCosine(-0.5, 0.45, 0.5, 1.0, 0.0, 2.6, **CENTER)
    weights = mask.weights(SHAPE)
    assert weights[0, 0] == pytest.approx(0.522670762, abs=5.1e-10)
    assert weights.mean() == pytest.approx(0.872530747, abs=5.1e-10)
    partials = dict(zip(mask.names, mask.jacobian(SHAPE)[:, 0, 0], strict=True))
    printed = {
        "brightness": 0.9546585,
        "start": 0.6536149,
        "width": 0.5643279,
        "exponent": 0.02012369,
        "center_row": -0.132731,
        "center_col": -1.044754,
    }
    for name, value in printed.items():
        assert partials[name] == pytest.approx(value, rel=5.1e-7), name


def test_a_lens_alone_is_the_fourth_power_of_the_cosine():
    """Without alpha and tilt, and with f = 1 / tan(angle), Kang and Weiss's lens is cos4."""
    lens = masks.KangWeiss(1 / np.tan(np.radians(35.0)), **CENTER)
    np.testing.assert_allclose(lens.weights((30, 20)), masks.Cos4(35.0, **CENTER).weights((30, 20)), rtol=1e-14)


def test_a_tilted_target_is_brighter_on_its_near_side():
    """At tilt axis 90 the factor P grows to the right, at 0 upwards, and the center has the weight cos(tilt)."""
    flat = masks.KangWeiss(1.6).weights((9, 9))
    right = masks.KangWeiss(1.6, tilt=10.0, tilt_axis=90.0).weights((9, 9)) / flat
    up = masks.KangWeiss(1.6, tilt=10.0).weights((9, 9)) / flat
    assert (np.diff(right, axis=1) > 0).all()
    assert (np.diff(up, axis=0) < 0).all()
    assert right[4, 4] == pytest.approx(np.cos(np.radians(10.0)), rel=1e-14)


@pytest.mark.parametrize("seed", range(40))
def test_a_lens_is_positive_where_its_two_conditions_hold(seed):
    """Where alpha r < 1 and P > 0 at the four corner pixels, all weights are positive; where one fails, not all are."""
    rng = np.random.default_rng(seed)
    f, alpha, tilt, axis, row, col = rng.uniform([0.3, 0.3, -70, 0, 0, 0], [2, 1, 70, 360, 1, 1])
    mask = masks.KangWeiss(f, alpha, tilt, axis, center_row=row, center_col=col)
    x, y = np.meshgrid(np.array([0.5, 12.5]) - 13 * col, np.array([0.5, 8.5]) - 9 * row)
    u, v = x * 2 / np.hypot(9, 13), y * 2 / np.hypot(9, 13)
    height = u * np.sin(np.radians(axis)) - v * np.cos(np.radians(axis))
    conditions = (alpha * np.hypot(u, v) < 1).all(), (1 + np.tan(np.radians(tilt)) * height / f > 0).all()
    if any(conditions):  # two negative factors make a positive product
        assert masks.is_positive(mask, (9, 13)) == all(conditions)


def test_a_vignetting_below_zero_is_positive_but_may_grow_outwards():
    """Alpha may lie below 0: the cone then grows from the center, under a fall-off that is steeper farther out."""
    mask = masks.KangWeiss(1.0, alpha=-0.9)
    profile = mask.radial().profile(np.array([0.0, 0.2, 1.0]))
    np.testing.assert_allclose(profile, [1.0, 1.18 / 1.04**2, 1.9 / 4.0], rtol=1e-14)
    assert masks.is_positive(mask, (40, 60))
    assert not masks.is_monotone(mask, (40, 60))
    assert masks.is_monotone(mask.replace(alpha=0.2), (40, 60))
    assert not masks.is_positive(mask.replace(alpha=1.0, center_row=0.3), (40, 60))


def darktable(pixels, scale, falloff, brightness, roundness, *, automatic):
    """Return what darktable's vignetting makes of a picture, from its own lengths, in pixels from the index W / 2."""
    height, width = pixels.shape
    half = (height / 2, width / 2) if automatic else (max(height, width) / 2,) * 2
    y, x = (np.abs(np.arange(size) - size / 2) / unit for size, unit in zip((height, width), half, strict=True))
    exponent = 2 / roundness
    distance = (x**exponent + y[:, np.newaxis] ** exponent) ** (1 / exponent)
    share = np.clip((distance - scale / 100) / (falloff / 100), 0, 1)
    ramp = 0.5 - 0.5 * np.cos(np.pi * share)
    return pixels * (1 + brightness * ramp) if brightness < 0 else pixels + brightness * ramp


@pytest.mark.parametrize("automatic", [False, True])
@pytest.mark.parametrize("roundness", [0.5, 1.0, 1.6])
@pytest.mark.parametrize("shape", [(40, 60), (61, 37)])
def test_darktable_values_are_read_exactly(rng, shape, roundness, automatic):
    """Automatic ratio, percent, shape and the center at the index W / 2 all come out as in darktable's own formula."""
    pixels = rng.random(shape)
    mask = masks.HalfCosine.from_darktable(
        shape, scale=60.0, falloff=45.0, brightness=-0.7, roundness=roundness, automatic_ratio=automatic
    )
    expected = darktable(pixels, 60.0, 45.0, -0.7, roundness, automatic=automatic)
    np.testing.assert_allclose(pixels * mask.weights(shape), expected, rtol=1e-11)
    middle = mask.replace(center_row=0.5, center_col=0.5)
    assert np.abs(middle.weights(shape) * pixels - expected).max() > 1e-3  # half a pixel matters


def test_darktable_adds_when_it_brightens(rng):
    """Its positive brightness is a sum that depends on the picture, so no mask gives it, and it is refused."""
    pixels = rng.random((8, 12))
    added = darktable(pixels, 40.0, 50.0, 0.5, 1.0, automatic=True) - pixels
    again = darktable(2 * pixels, 40.0, 50.0, 0.5, 1.0, automatic=True) - 2 * pixels
    np.testing.assert_allclose(added, again, atol=1e-15)
    assert added.max() > 0.4
    with pytest.raises(ArgumentError, match=r"brightness must lie in \[-1, 0\], got 0.5: darktable adds"):
        masks.HalfCosine.from_darktable((8, 12), brightness=0.5)
    with pytest.raises(ArgumentError, match=r"roundness must lie in \(0, 2\], got 0"):
        masks.HalfCosine.from_darktable((8, 12), roundness=0)


@pytest.mark.parametrize("stops", [-1.5, 0, 0.3, 2, 10])
def test_the_strength_of_a_gradient_in_stops(stops):
    """Far out the sky is darker than the ground by so many stops, and the ground is as it was."""
    mask = masks.LinearGradient.from_stops(stops, angle=-90, width=0.01, offset=0.1)
    weights = mask.weights((400, 300))
    sky, ground = weights[0, 0], weights[-1, 0]
    assert np.log2(ground / sky) == pytest.approx(stops, abs=1e-9)
    assert ground == pytest.approx(1.0, abs=1e-9)
    assert mask == masks.LinearGradient(angle=-90, low=2.0**-stops, high=1.0, offset=0.1, width=0.01)
    with pytest.raises(ArgumentError, match=r"stops must lie in \[-19, 19\]"):
        masks.LinearGradient.from_stops(20)


def test_the_darkest_surround_has_no_inverse():
    """Brightness -1 makes exact zeros outside the ramp, and taking such a mask off is refused by name."""
    from hadimg.masking import remove_mask

    mask = masks.HalfCosine(-1.0, start=0.2, width=0.3)
    assert (mask.weights((9, 13))[0] == 0).all()
    with pytest.raises(ArgumentError, match="has no Hadamard inverse"):
        remove_mask(np.ones((9, 13), np.float32), mask)
