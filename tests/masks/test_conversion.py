"""Masks written as another family: exact between radial polynomials, by least squares for the rest."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.grid import Grid
from hadimg.masks.conversion import _LINKS
from hadimg.masks.radial_series import LAYOUTS

SHAPE = (40, 60)
CENTER = {"center_row": 0.42, "center_col": 0.57}
POLYNOMIAL = masks.Polynomial(-0.3, 0.1, -0.05, **CENTER)


def radial_pairs():
    """Every ordered pair of radial polynomials that are masks themselves."""
    names = [name for name, layout in LAYOUTS.items() if not layout.inverted]
    return [(a, b) for a in names for b in names]


@pytest.mark.parametrize(("source", "target"), radial_pairs())
def test_radial_polynomials_become_each_other_exactly(source, target):
    """A polynomial in r^2 goes from any family to any other without a trace; only rounding lies between the weights."""
    start = masks.convert(POLYNOMIAL, source).mask
    result = masks.convert(start, target)
    assert type(result.mask) is masks.FAMILIES[target]
    assert result.exact
    assert result.largest_deviation < 1e-14
    np.testing.assert_allclose(result.mask.weights(SHAPE), POLYNOMIAL.weights(SHAPE), rtol=1e-14)


def test_units_of_lensfun_are_converted():
    """The coefficients are those per half diagonal, divided by the powers of the crop ratio of the template."""
    crop = 1 / 1.5
    result = masks.convert(POLYNOMIAL, masks.LensfunPa(crop_ratio=crop))
    assert result.exact
    assert result.mask.crop_ratio == crop
    assert result.mask.k1 == pytest.approx(-0.3 * 1.5**2, rel=1e-14)
    assert result.mask.k3 == pytest.approx(-0.05 * 1.5**6, rel=1e-14)
    back = masks.convert(result.mask, "polynomial")
    assert back.exact
    np.testing.assert_allclose(back.mask.vector, POLYNOMIAL.vector, rtol=1e-14)


def test_dng_is_one_over_a_polynomial():
    """The reciprocal of a polynomial is exactly a DNG mask, whose unit is the farthest outer corner of the picture."""
    gain = masks.Polynomial(0.3, 0.2, -0.1, **CENTER)
    result = masks.convert(1 / gain, "dng_vignette", shape=SHAPE)
    corner = (SHAPE[0] * 0.58) ** 2 + (SHAPE[1] * 0.57) ** 2
    unit = corner / ((SHAPE[0] ** 2 + SHAPE[1] ** 2) / 4)
    assert result.exact
    assert result.largest_deviation < 1e-14
    np.testing.assert_allclose(result.mask.vector[:5], [0.3 * unit, 0.2 * unit**2, -0.1 * unit**3, 0, 0], rtol=1e-13)
    for target in ("reciprocal(polynomial)", "1 / hugin"):
        back = masks.convert(result.mask, target, shape=SHAPE)
        assert back.exact
        np.testing.assert_allclose(back.mask.weights(SHAPE), 1 / gain.weights(SHAPE), rtol=1e-14)


def test_the_cosine_law_is_one_over_a_polynomial():
    """cos^4 of a rectilinear lens is 1/(1 + t r^2)^2: two coefficients of DNG, and nothing else."""
    lens = masks.Cos4(30.0, **CENTER)
    result = masks.convert(lens, "dng_vignette", shape=SHAPE)
    assert result.exact
    assert result.largest_deviation < 1e-14
    assert (result.mask.k2, result.mask.k3, result.mask.k4) == (0, 0, 0)
    gain = masks.convert(lens, "1 / polynomial").mask.mask
    np.testing.assert_allclose(gain.vector[:3], [2 / 3, 1 / 9, 0], rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("cos4(35, center_row=0.4)", "kang_weiss"),
        ("kang_weiss(1.2, tilt_axis=30, center_col=0.7)", "cos4"),
        ("kang_weiss(2)", "dng_vignette"),
        ("exponential_decay(rate=1.3, power=2, center_row=0.3)", "gaussian"),
        ("gaussian(sigma=0.6, angle=20, center_row=0.3)", "exponential_decay"),
        ("gaussian(sigma=0.6, aspect=2, angle=20, center_row=0.3)", "log_polynomial_surface"),
        ("exponential_decay(rate=1.3, power=2)", "log_polynomial_surface"),
        ("log_polynomial_surface * log_polynomial_surface([0.1, 0.2, -0.1])", "log_polynomial_surface"),
        ("polynomial(-0.4)", "polynomial_surface"),
        ("polynomial_surface([1, 0.1, -0.1, -0.2, 0.1, -0.1])", "spline_surface"),
        ("separable", "spline_surface"),
        ("constant(0.5)", "hugin"),
        ("constant(0.5) * polynomial", "hugin"),
        ("polynomial(-0.3) ** 2", "polynomial"),
        ("1 / grid([[1, 2], [3, 4]])", "dng_gain_map"),
        ("dng_gain_map([[1, 2], [3, 4]])", "1 / grid"),
        ("radial_spline", masks.RadialSpline((1.0,) * 9, knots=tuple(k / 8 for k in range(9)))),
    ],
)
def test_whatever_lies_in_the_other_family_is_exact(text, target):
    """By formula or by a solve that leaves rounding only; the new mask is of the family and agrees at another size."""
    mask = masks.parse(text)
    result = masks.convert(mask, target, shape=SHAPE)
    template = masks.parse(target) if isinstance(target, str) else target
    assert result.exact
    assert type(result.mask) is type(template)
    assert result.largest_deviation < 1e-12
    larger = (90, 135)
    np.testing.assert_allclose(result.mask.weights(larger), mask.weights(larger), rtol=1e-11)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("kang_weiss(1.2, alpha=0.1)", "cos4"),
        ("kang_weiss(1.2, tilt=1)", "cos4"),
        ("cos4(85)", "kang_weiss"),
        ("cos4(0)", "kang_weiss"),
        ("gaussian(sigma=0.6, aspect=1.1)", "exponential_decay"),
        ("exponential_decay(rate=1.3, power=1.9)", "gaussian"),
        ("exponential_decay(rate=0, power=2)", "gaussian"),
    ],
)
def test_what_lies_outside_a_family_that_cannot_be_solved_for_is_refused(text, target):
    """No formula, out of the family's range: nothing is clamped."""
    with pytest.raises(ArgumentError, match="is not linear in its parameters"):
        masks.convert(masks.parse(text), target)


@pytest.mark.parametrize("name", masks.FAMILIES)
def test_every_mask_is_its_own_family(name):
    """Converting to the family that it has gives a mask back as it is, also where nothing could be solved for."""
    mask = masks.parse(masks.FAMILIES[name].example)
    result = masks.convert(mask, mask)
    assert (result.mask, result.exact, result.largest_deviation) == (mask, True, 0.0)


def test_a_picture_with_too_few_pixels_shows_no_sameness():
    """Six pixels can be met by six coefficients: the deviation is rounding, and still the functions differ."""
    result = masks.convert(masks.Aperture(low=0.3), "polynomial_surface", shape=(2, 3))
    assert not result.exact


@pytest.mark.parametrize("target", sorted(_LINKS))
@pytest.mark.parametrize("source", masks.FAMILIES)
def test_from_every_family_to_every_family_that_can_be_solved_for(source, target):
    """The reported deviation is the one measured, and the solve is the best: no step in any parameter comes closer."""
    mask = masks.parse(masks.FAMILIES[source].example)
    shape = (10, 15)
    result = masks.convert(mask, target, shape=shape)
    wanted = mask.weights(shape)
    assert result.mask.family == target
    assert result.largest_deviation == pytest.approx(np.abs(result.mask.weights(shape) / wanted - 1).max(), abs=1e-14)
    if _LINKS[target] != "weight" or result.exact:
        return
    moved = [k for k, name in enumerate(result.mask.names) if not name.startswith("center")]
    partials = result.mask.jacobian(shape)[moved] / wanted
    residual = result.mask.weights(shape) / wanted - 1
    slopes = np.tensordot(partials, residual, axes=2) / np.sqrt((partials**2).sum(axis=(1, 2)) * residual.size)
    assert np.abs(slopes).max() < 1e-10


@pytest.mark.parametrize("target", ["polynomial", "hugin", "lensfun_pa", "reciprocal(dng_vignette)"])
def test_what_has_too_many_powers_is_not_exact(target):
    """An odd power, or a fourth even one, has no place in three even ones: that is least squares, and said so."""
    odd = masks.Micasense(-0.05, -0.3, 0.1, -0.2, 0.05, 0.02)
    result = masks.convert(odd, target)
    assert not result.exact
    old, new = odd.weights((400, 600)), result.mask.weights((400, 600))
    assert result.largest_deviation == pytest.approx(np.abs(new / old - 1).max(), rel=1e-9)
    assert 1e-4 < result.largest_deviation < 0.03


def test_a_constant_other_than_one_needs_hugin():
    """Only Hugin's family has a coefficient of power 0; for the others half a Hugin mask is least squares."""
    half = masks.Hugin(va=0.5, vb=-0.1)
    assert masks.convert(half, "hugin").exact
    assert not masks.convert(half, "polynomial").exact


def test_strength_of_a_polynomial_is_a_polynomial():
    """Blending towards the neutral mask scales the coefficients."""
    result = masks.convert(POLYNOMIAL.strength(0.5), "polynomial")
    assert result.exact
    np.testing.assert_allclose(result.mask.vector[:3], POLYNOMIAL.vector[:3] / 2, rtol=1e-15)


@pytest.mark.parametrize("name", sorted(_LINKS))
def test_least_squares_recovers_a_mask_of_its_own_family(name, rng):
    """Each family of the table is linear as the table says: one solve gives back a mask that lies in the family."""
    template = masks.parse(masks.FAMILIES[name].example)
    vector = template.vector
    moved = [k for k, label in enumerate(template.names) if not label.startswith("center")]
    vector[moved] += 0.02 * rng.standard_normal(len(moved))
    wanted = template.with_vector(vector)
    # Strength 1 hides the family, so that nothing is exact by its name.
    hidden = wanted.strength(1.0) * masks.Constant(1.0)
    result = masks.convert(hidden, template.with_vector(template.vector))
    np.testing.assert_allclose(result.mask.weights(SHAPE), wanted.weights(SHAPE), rtol=1e-9)
    assert result.largest_deviation < 1e-9


@pytest.mark.parametrize(
    ("target", "bound"),
    [
        ("polynomial", 0.002),
        ("1 / dng_vignette", 2e-4),
        ("log_polynomial_surface", None),
        (masks.Grid.cell_centers(np.ones((8, 8))), 0.08),
        (masks.DngGainMap(np.ones((8, 8)).tolist()), 0.08),
    ],
)
def test_least_squares_comes_close_and_reports_how_close(target, bound):
    """The reported deviation is the largest relative one over the picture, and small where the family can follow."""
    lens = masks.Cos4(30.0)
    result = masks.convert(lens, target, shape=SHAPE)
    measured = np.abs(result.mask.weights(SHAPE) / lens.weights(SHAPE) - 1).max()
    assert not result.exact
    assert result.largest_deviation == pytest.approx(measured, rel=1e-6)
    assert bound is None or result.largest_deviation < bound


@pytest.mark.parametrize("shape", [SHAPE, (600, 400)])
def test_least_squares_is_of_the_relative_deviation(shape):
    """The coefficients are those of one solve over all pixels, relative to the mask; sampling moves them little."""
    lens = masks.Cos4(30.0)
    v, u = Grid.of(shape).offsets(0.5, 0.5)
    s, w = (v**2 + u**2).ravel(), lens.weights(shape).ravel()
    expected = np.linalg.lstsq(np.stack([s, s**2, s**3], axis=1) / w[:, None], (w - 1) / w, rcond=None)[0]
    found = masks.convert(lens, "polynomial", shape=shape).mask
    assert shape != SHAPE or found.vector[:3] == pytest.approx(expected, rel=1e-10)
    fitted = 1 + s * (expected[0] + s * (expected[1] + s * expected[2]))
    np.testing.assert_allclose(found.weights(shape).ravel(), fitted, rtol=5e-4)


def test_the_center_follows_the_mask():
    """A radial family keeps the center of the mask it comes from, also of one that is not radial but has a center."""
    for mask in (masks.Cos4(25.0, **CENTER), masks.Gaussian(1.5, aspect=1.1, **CENTER)):
        found = masks.convert(mask, "hugin").mask
        assert (found.center_row, found.center_col) == (0.42, 0.57)


def test_a_family_that_is_not_linear_is_refused_by_name():
    """What would need a search is refused, with the families that can be solved for."""
    with pytest.raises(ArgumentError, match=r"gaussian is not linear in its parameters.*\(fit it .* polynomial"):
        masks.convert(POLYNOMIAL, "gaussian")
    with pytest.raises(ArgumentTypeError, match="family must be a mask, got int"):
        masks.convert(POLYNOMIAL, 3)
    with pytest.raises(ArgumentError, match="there is no mask family 'dng_vinette'"):
        masks.convert(POLYNOMIAL, "dng_vinette")


def test_a_mask_with_zeros_is_refused():
    """No deviation is relative to zero, and the message says where it lies."""
    with pytest.raises(ArgumentError, match="the mask must be positive, row 0 holds"):
        masks.convert(masks.Polynomial(-1.5), "dng_vignette")


def test_a_start_with_poles_is_refused():
    """A given mask of a family whose gain is solved for must itself have gains."""
    with pytest.raises(ArgumentError, match="dng_vignette mask to start from must be positive"):
        masks.convert(masks.ExponentialDecay(), masks.DngVignette(k0=-1.5))


def test_too_many_parameters_are_refused():
    """A table of a million nodes is not solved for."""
    with pytest.raises(ArgumentError, match="at most 1024 parameters are solved for, got 1089"):
        masks.convert(masks.Cos4(), masks.Grid.cell_centers(np.ones((33, 33))))


def test_channels_are_converted_one_by_one():
    """A mask for each channel stays one, exact when all are, with the largest deviation of any."""
    exact = masks.convert(masks.PerChannel(POLYNOMIAL, masks.Hugin(vb=-0.2)), "lensfun_pa", shape=SHAPE)
    assert exact.exact
    assert [part.family for part in exact.mask.parts] == ["lensfun_pa", "lensfun_pa"]
    mixed = masks.convert(masks.PerChannel(POLYNOMIAL, masks.Cos4(30.0)), "polynomial", shape=SHAPE)
    alone = masks.convert(masks.Cos4(30.0), "polynomial", shape=SHAPE)
    assert not mixed.exact
    assert mixed.largest_deviation == alone.largest_deviation
    assert mixed.mask.channel(1) == alone.mask
