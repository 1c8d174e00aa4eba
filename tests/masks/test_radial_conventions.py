"""Where other tools put r = 1, the center and the gain: each radial family against the tool's own formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError
from hadimg.grid import Grid

STRONG = (-0.5334, -0.7926, 0.5243)


def distances(shape, center, unit):
    """Return the distance of each pixel index from a center (column, row) in pixel indices, in a unit of pixels."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(cols - center[0], rows - center[1]) / unit


def even(r, k1, k2, k3, k0=1.0):
    """Return the even polynomial of degree 6."""
    return k0 + k1 * r**2 + k2 * r**4 + k3 * r**6


def test_lensfun_wheels_count_from_pixel_center_to_pixel_center():
    """The mask of lensfun 0.3.x is 1 + k1 + k2 + k3 on the corner pixel; the master's unit is 2 % off at 301 x 201."""
    shape = (201, 301)
    wheel = masks.LensfunPa.for_picture(shape, *STRONG).weights(shape)
    np.testing.assert_allclose(wheel, even(distances(shape, (150, 100), math.hypot(200, 300) / 2), *STRONG), rtol=1e-13)
    assert wheel[0, 0] == pytest.approx(1 + sum(STRONG), abs=1e-14)
    master = masks.LensfunPa(*STRONG).weights(shape)
    assert np.abs(wheel / master - 1).max() == pytest.approx(0.021, abs=5e-4)


def test_lensfun_master_measures_on_the_sensor_of_the_calibration():
    """A profile of crop 1 on a camera of crop 1.5 reaches only 2/3 of its radius; ignoring that is 69 % off."""
    shape = (201, 301)
    cropped = masks.LensfunPa(*STRONG, crop_ratio=1 / 1.5)
    r = distances(shape, (150, 100), 1.5 * math.hypot(201, 301) / 2)
    np.testing.assert_allclose(cropped.weights(shape), even(r, *STRONG), rtol=1e-13)
    np.testing.assert_allclose(cropped.to_polynomial().weights(shape), cropped.weights(shape), rtol=1e-15)
    ignored = masks.LensfunPa(*STRONG).weights(shape)
    assert np.abs(ignored / cropped.weights(shape) - 1).max() == pytest.approx(0.69, abs=5e-3)


def test_lensfun_has_no_unit_on_one_pixel():
    """One pixel has no diagonal from center to center, and the message says so."""
    with pytest.raises(ArgumentError, match=r"one pixel has no radius unit in lensfun 0\.3\.x, got 1 x 1"):
        masks.LensfunPa.for_picture((1, 1), *STRONG)


def test_hugin_shifts_the_center_by_pixels():
    """Vx and Vy are pixels from the middle, to the right and down; the radius unit is half the outer diagonal."""
    shape = (40, 61)
    mask = masks.Hugin.for_picture(shape, -0.4, -0.1, 0.05, vx=7, vy=-3)
    r = distances(shape, (30 + 7, 19.5 - 3), math.hypot(40, 61) / 2)
    np.testing.assert_allclose(mask.weights(shape), even(r, -0.4, -0.1, 0.05), rtol=1e-13)


def test_micasense_values_of_a_file():
    """Coefficients per pixel and a 0-based center give the printed weights of a RedEdge, which its powers give too."""
    k = [
        -0.00035899158967688416,
        3.8849091850333786e-06,
        -2.057088751909051e-08,
        5.0152576116649375e-11,
        -5.827880227440714e-14,
        2.5353631877162346e-17,
    ]
    shape, center = (960, 1280), (639.29433505013424, 480.39791730098648)
    weights = masks.Micasense.for_picture(shape, k, center).weights(shape)
    printed = {(0, 0): 0.758995791, (479, 639): 0.999495025, (959, 1279): 0.759325547}
    for place, weight in printed.items():
        assert weights[place] == pytest.approx(weight, abs=5.1e-10)
    r = distances(shape, center, 1.0)
    np.testing.assert_allclose(weights, 1 + sum(c * r ** (n + 1) for n, c in enumerate(k)), rtol=1e-12)
    with pytest.raises(ArgumentError, match="coefficients must be at most 6 numbers, got 7"):
        masks.Micasense.for_picture(shape, [0.0] * 7, center)
    with pytest.raises(ArgumentError, match="center must hold exactly 2 numbers, got 3"):
        masks.Micasense.for_picture(shape, k, (1.0, 2.0, 3.0))


def test_dng_measures_to_the_farthest_outer_corner():
    """The gain counts to the outer corner farthest from the center (SDK), not to a pixel or half a diagonal."""
    shape, row, col = (201, 301), 0.55, 0.48
    k = (0.3, 0.2, -0.1, 0.15, 0.05)
    weights = masks.DngVignette(*k, center_row=row, center_col=col).weights(shape)
    center = (col * 301 - 0.5, row * 201 - 0.5)

    def mask(unit):
        z = distances(shape, center, unit) ** 2
        return 1 / (1 + sum(c * z ** (n + 1) for n, c in enumerate(k)))

    np.testing.assert_allclose(weights, mask(math.hypot(0.55 * 201, 0.52 * 301)), rtol=1e-13)
    for other in (math.hypot(0.55 * 201 - 0.5, 0.52 * 301 - 0.5), math.hypot(201, 301) / 2):
        assert np.abs(mask(other) / weights - 1).max() > 2e-3


def test_dng_in_the_middle_is_radial_and_has_the_mean_slope():
    """At center 0.5 the corner lies at r = 1 and its two one-sided slopes cancel: the derivative is their mean."""
    mask = masks.DngVignette(k0=0.3, k1=0.2, k4=0.05)
    shape, step = (8, 12), 1e-8
    v, u = Grid.of(shape).offsets(0.5, 0.5)
    np.testing.assert_allclose(mask.radial().profile(np.hypot(v, u)), mask.weights(shape), rtol=1e-14)
    assert mask.replace(center_row=0.4).radial() is None
    for name, partial in zip(("center_row", "center_col"), mask.jacobian(shape)[-2:], strict=True):
        up, down = (mask.replace(**{name: 0.5 + sign * step}).weights(shape) for sign in (1, -1))
        # The kink costs one order: the relative error is the step itself, the rounding 1e-16 / step.
        np.testing.assert_allclose(partial, (up - down) / (2 * step), atol=1e-7)


@pytest.mark.parametrize("amount", [-60.0, 60.0])
def test_rawtherapee_divides_or_multiplies_by_its_gain(amount):
    """Negative amounts divide by g, positive ones multiply; the center moves by percent of the size."""
    shape = (40, 61)
    made = masks.TanhFalloff.from_rawtherapee(amount, radius=30, strength=2, center_x=10, center_y=-20)
    b, most = 1 + 7 * 0.3, 1 + 2 * 60 * 3 / 400
    r = distances(shape, (30 + 6.1, 19.5 - 8), math.hypot(40, 61) / 2)
    gain = most - (most - 1) * np.tanh(b * (1 - r)) / np.tanh(b)
    np.testing.assert_allclose(made.weights(shape), gain if amount > 0 else 1 / gain, rtol=1e-13)


def test_ffmpeg_starts_half_a_pixel_off_and_ends_at_r_1():
    """Within r = 1 of even sizes the mask is FFmpeg's; beyond, FFmpeg is 0 and the family goes on falling."""
    shape = (40, 60)
    angle = math.pi / 5
    mask = masks.Cos4Angle.for_picture(shape)
    r = distances(shape, (30, 20), math.hypot(20, 30))
    np.testing.assert_allclose(mask.weights(shape), np.cos(angle * r) ** 4, rtol=1e-13)
    moved = masks.Cos4Angle.for_picture(shape, angle, x0=10, y0=5)
    r = distances(shape, (10, 5), math.hypot(20, 30))
    inside = r <= 1
    np.testing.assert_allclose(moved.weights(shape)[inside], np.cos(angle * r[inside]) ** 4, rtol=1e-13)
    assert (moved.weights(shape)[~inside] > 0).any()


@pytest.mark.parametrize(
    "text",
    [
        "gaussian(sigma=0.6, angle=20, center_row=0.4)",
        "aperture(low=0.3, radius=0.5, center_col=0.6)",
        "half_cosine(-0.6, 0.2, 0.7, center_row=0.3)",
        "kang_weiss(1.4, 0.2, center_row=0.45)",
        "dng_vignette(0.3, 0.2, -0.1, 0.15, 0.05)",
    ],
)
def test_round_members_of_other_families_are_radial(text):
    """The profile that the fast ways and the checks take is the mask, at every distance."""
    mask = masks.parse(text)
    form = mask.radial()
    v, u = Grid.of((30, 41)).offsets(*form.center)
    np.testing.assert_allclose(form.profile(np.hypot(v, u)), mask.weights((30, 41)), rtol=1e-13)


def test_cos4_angle_stays_dark_beyond_a_right_angle():
    """Beyond 90 degrees no light comes back, and the derivatives are 0 as well."""
    mask = masks.Cos4Angle(angle=80)
    r = np.array([0.0, 1.0, 1.125, 1.5, 2.0])
    np.testing.assert_array_equal(mask.profile(r)[2:], 0.0)
    np.testing.assert_array_equal(next(mask.profile_partials(r))[2:], 0.0)
    np.testing.assert_array_equal(mask.slope_ratio(r)[2:], 0.0)
    assert mask.slope_ratio(r)[0] == pytest.approx(-4 * math.radians(80) ** 2)
    small = np.abs(masks.Cos4Angle(36).profile(r[:2]) - masks.Cos4(36).profile(r[:2])).max()
    assert small < 1e-15


@pytest.mark.parametrize("degree", [1, 3])
def test_splines_agree_with_scipy(rng, degree):
    """On uneven knots profile, basis and slope are SciPy's; outside the knots the profile stays constant."""
    from scipy.interpolate import BSpline

    knots = (0.0, 0.1, 0.35, 0.7, 1.2)
    heights = rng.uniform(0.2, 1.0, len(knots) + degree - 1)
    mask = masks.RadialSpline(tuple(heights), knots=knots, degree=degree)
    r = rng.uniform(1e-3, 1.2, 300)
    peer = BSpline(np.r_[[0.0] * degree, knots, [1.2] * degree], heights, degree)
    np.testing.assert_allclose(mask.profile(r), peer(r), rtol=1e-13)
    np.testing.assert_allclose(mask.slope_ratio(r), peer.derivative()(r) / r, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(sum(mask.profile_partials(r)), 1.0, rtol=1e-14)
    np.testing.assert_array_equal(mask.profile(np.array([1.2, 5.0])), [heights[-1]] * 2)
    assert mask.slope_ratio(np.array([5.0]))[0] == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"degree": 2}, "radial_spline: degree must be 1 or 3, got 2"),
        ({"degree": 3}, "radial_spline: 5 knots of degree 3 need 7 coefficients, got 5"),
        ({"knots": (0.0, 0.5, 0.5, 0.8, 1.0)}, "radial_spline: knots must increase"),
        ({"knots": (-0.1, 1.0)}, r"radial_spline: knots\[0\] must lie in \[0, inf\), got -0.1"),
        ({"coefficients": (1.0, 0.5)}, "radial_spline: 5 knots of degree 1 need 5 coefficients, got 2"),
    ],
)
def test_splines_that_do_not_fit_are_refused(change, message):
    """Degree, order of the knots and number of coefficients are checked, each by its rule."""
    with pytest.raises(ArgumentError, match=message):
        masks.RadialSpline().replace(**change)
