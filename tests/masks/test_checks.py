"""Positivity and monotonicity: the exact answers and the bounds for solvers, against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.grid import Grid

SHAPE = (30, 45)
CLOSE = 1e-4  # brute force on 2001 distances misses extremes by less, relative to coefficients of order 1
X = np.linspace(0.0, 1.0, 2001)


def dense(coefficients, end):
    """Return polynomials (N, D + 1) and their slopes on 2001 places from 0 to ``end``, each (N, 2001)."""
    powers = (end * X) ** np.arange(coefficients.shape[1])[:, np.newaxis]
    slopes = coefficients[:, 1:] * np.arange(1, coefficients.shape[1])
    return coefficients @ powers, slopes @ powers[:-1]


def with_one(k):
    """Return coefficients with the leading 1."""
    return np.column_stack([np.ones(len(k)), k])


@pytest.mark.parametrize("center", [(0.5, 0.5), (0.2, 0.9)])
def test_random_triples_agree_with_brute_force_and_the_closed_form(rng, center):
    """1500 random polynomials: the answers are those of dense sampling, and of the discriminant, out to each corner."""
    end = Grid.of(SHAPE).farthest(*center) ** 2
    k = rng.normal(size=(1500, 3)) * [1.0, 1.0 / end, 1.0 / end**2]
    weights, slopes = dense(with_one(k), end)
    made = [masks.Polynomial(*row, center_row=center[0], center_col=center[1]) for row in k]
    positive = np.array([masks.is_positive(mask, SHAPE) for mask in made])
    monotone = np.array([masks.is_monotone(mask, SHAPE) for mask in made])
    clear = np.abs(weights.min(axis=1)) > CLOSE
    np.testing.assert_array_equal(positive[clear], weights.min(axis=1)[clear] > 0)
    clear = np.abs(slopes.max(axis=1)) > CLOSE
    np.testing.assert_array_equal(monotone[clear], slopes.max(axis=1)[clear] <= 0)
    assert clear.mean() > 0.99
    assert 0.05 < monotone.mean() < 0.4
    k1, k2, k3 = k.T
    turn = -k2 / (3 * k3)
    inside = (k3 < 0) & (turn > 0) & (turn < end)
    largest = np.maximum(
        np.maximum(k1, k1 + 2 * k2 * end + 3 * k3 * end**2), np.where(inside, k1 - k2**2 / (3 * k3), k1)
    )
    np.testing.assert_array_equal(monotone, largest <= 0)


def test_bounds_of_triples_are_sufficient_and_rarely_too_strict(rng):
    """Of 20 000 random triples none that keeps the bounds rises; 91 % of those that fall keep them."""
    shape, k = (4000, 6000), rng.normal(size=(20_000, 3))
    matrix, upper = masks.monotone_bounds(masks.Polynomial(), shape)
    end = Grid.of(shape).farthest(0.5, 0.5) ** 2
    np.testing.assert_allclose(matrix[:, :3], [[1, 0, 0], [1, end, 0], [1, 2 * end, 3 * end**2]], rtol=1e-14)
    np.testing.assert_array_equal(matrix[:, 3:], 0.0)
    np.testing.assert_array_equal(upper, 0.0)
    kept = (k @ matrix[:, :3].T <= upper).all(axis=1)
    turn = -k[:, 1] / (3 * k[:, 2])
    inside = (k[:, 2] < 0) & (turn > 0) & (turn < end)
    slopes = np.stack([k[:, 0] + 2 * k[:, 1] * s + 3 * k[:, 2] * s**2 for s in (0.0, end, np.where(inside, turn, 0.0))])
    falls = slopes.max(axis=0) <= 0
    assert not (kept & ~falls).any()
    assert (kept & falls).sum() / falls.sum() == pytest.approx(0.91, abs=0.02)


def test_positive_bounds_of_triples_are_sufficient(rng):
    """Of 3000 random triples none that keeps the bounds comes below the least weight, and many keep them."""
    mask = masks.Polynomial(center_row=0.3)
    end = Grid.of(SHAPE).farthest(0.3, 0.5) ** 2
    matrix, upper = masks.positive_bounds(mask, SHAPE, least=0.2)
    k = rng.normal(size=(3000, 3))
    kept = (k @ matrix[:, :3].T <= upper).all(axis=1)
    least = dense(with_one(k), end)[0].min(axis=1)
    assert (least[kept] >= 0.2 - 1e-12).all()
    assert kept.sum() > 0.5 * (least >= 0.2).sum() > 100


FORMS = [
    masks.LensfunPa(crop_ratio=0.7, center_col=0.4),
    masks.Hugin(center_row=0.6),
    masks.Micasense(center_row=0.45),
    masks.DngVignette(center_row=0.45, center_col=0.6),
]


@pytest.mark.parametrize("family", FORMS, ids=lambda mask: mask.family)
def test_every_polynomial_family_agrees_with_dense_sampling(rng, family):
    """The answers and bounds of each family hold for its weights on 1000 distances, for 300 random parameters."""
    count = len(family.names) - 2
    monotone, positive = masks.monotone_bounds(family, SHAPE), masks.positive_bounds(family, SHAPE, least=0.01)
    grid = Grid.of(SHAPE)
    scale = family.corner_squared(grid) if isinstance(family, masks.DngVignette) else 1.0
    r = np.linspace(0.0, grid.farthest(family.center_row, family.center_col), 1000)
    found = []
    for numbers in rng.normal(-0.2 if scale == 1.0 else 0.2, 0.6, size=(300, count)):
        mask = family.with_vector([*numbers, family.center_row, family.center_col])
        middle = masks.DngVignette(*numbers) if scale != 1.0 else mask
        values = middle.radial().profile(r / np.sqrt(scale))
        gain = 1 / values if scale != 1.0 else values
        steps = np.diff(gain) * (-1 if scale != 1.0 else 1)
        answers = masks.is_positive(mask, SHAPE), masks.is_monotone(mask, SHAPE)
        if abs(gain.min()) > 1e-3:
            assert answers[0] == (gain.min() > 0)
        if abs(steps.max()) > 1e-6:
            assert answers[1] == (steps.max() <= 0)
        if monotone.hold(mask.vector):
            assert answers[1]
        if positive.hold(mask.vector):
            assert answers[0]
            assert gain.min() >= 0.01 - 1e-12
        found.append((*answers, monotone.hold(mask.vector), positive.hold(mask.vector)))
    assert (np.mean(found, axis=0) > 0.01).all()
    assert (np.mean(found, axis=0) < 0.99).all()


def test_the_farthest_pixel_counts_and_no_further():
    """A polynomial that reaches zero between the corner pixel and the corner is positive on the picture."""
    shape = (3, 4)
    corner = Grid.of(shape).farthest(0.5, 0.5) ** 2
    inside, outside = (masks.Polynomial(k1=-1 / (corner * factor)) for factor in (1.001, 0.999))
    assert masks.is_positive(inside, shape)
    assert not masks.is_positive(outside, shape)
    assert not masks.is_positive(inside.replace(center_col=0.6), shape)
    rising = masks.Polynomial(k1=-1.0, k2=1 / (2 * corner * 1.001))
    assert masks.is_monotone(rising, shape)
    assert not masks.is_monotone(rising.replace(center_row=0.4), shape)


@pytest.mark.parametrize(
    ("text", "positive", "monotone"),
    [
        ("constant(0.5)", True, True),
        ("constant(0)", False, True),
        ("hugin(va=-1)", False, True),
        ("cos4(30) * exponential_decay(1)", True, True),
        ("cos4(30) / exponential_decay(1)", True, False),
        ("strength(polynomial(k1=-0.5), amount=3)", False, True),
        ("exponential_decay(rate=800)", False, True),
        ("cos4_angle(angle=90, center_col=0.2)", False, True),
        ("tanh_falloff", True, True),
        ("radial_spline([1, 0.8, 0.9, 0.7, 0.6])", True, False),
        ("radial_spline([1, 0.8, 0.8, 0.7, 0.6])", True, True),
        ("gaussian(sigma=0.5, aspect=3, angle=40)", True, True),
        ("aperture(low=0.2, exponent=6, aspect=1.5, angle=10)", True, True),
        ("linear_gradient", True, False),
        ("polynomial", True, True),
    ],
)
def test_all_other_masks(text, positive, monotone):
    """Products, quotients and wrappers along their radius, ellipses and tilts along their rays, on an odd picture."""
    mask = masks.parse(text)
    assert masks.is_positive(mask, (31, 45)) is positive
    assert masks.is_monotone(mask, (31, 45)) is monotone


def test_a_narrow_rise_of_a_profile_is_seen():
    """Radial masks that are no polynomials are looked at in 8193 distances: a rise over a thousandth does not hide."""
    knots = (0.0, 0.43, 0.431, 0.432, 1.0)
    rising = masks.RadialSpline((1.0, 0.8, 0.85, 0.75, 0.5), knots=knots)
    assert not masks.is_monotone(rising, SHAPE)
    assert masks.is_monotone(rising.replace(coefficients=(1.0, 0.8, 0.79, 0.75, 0.5)), SHAPE)
    assert masks.is_positive(rising, SHAPE)
    assert not masks.is_positive(rising.strength(4.05), SHAPE)  # 1 - 4.05 * 0.25 at 0.432 and beyond
    dip = masks.RadialSpline((1.0, 0.9, 1e-6, 0.9, 0.9), knots=knots).strength(1.1)
    assert not masks.is_positive(dip, SHAPE)


def test_surfaces_are_looked_at_pixel_by_pixel():
    """One zero or one value that is not finite, in the last row, is found; a fall-off has no meaning without center."""
    values = np.ones((200, 3))
    assert masks.is_positive(masks.Array(values), (200, 3))
    values[-1, 1] = 0.0
    assert not masks.is_positive(masks.Array(values), (200, 3))
    assert not masks.is_positive(1 / masks.Array(values), (200, 3))
    with pytest.raises(ArgumentError, match="is_monotone needs a mask with one center, array has none"):
        masks.is_monotone(masks.Array(values), (200, 3))


def test_spline_bounds_are_necessary_for_lines(rng):
    """Lines fall if and only if their coefficients keep the bounds; positive bounds are those of the coefficients."""
    monotone = masks.monotone_bounds(masks.RadialSpline(), SHAPE)
    positive = masks.positive_bounds(masks.RadialSpline(), SHAPE, least=0.3)
    # The last knot must lie within the picture, or the last piece is not seen.
    for numbers in [*np.sort(rng.uniform(0.1, 1, (50, 5)))[:, ::-1], *(rng.uniform(0.1, 1, (50, 5)))]:
        mask = masks.RadialSpline(tuple(numbers), center_row=0.3)
        assert monotone.hold(mask.vector) == masks.is_monotone(mask, SHAPE)
        assert positive.hold(mask.vector) == (numbers.min() >= 0.3)


def test_what_cannot_be_answered_is_refused():
    """No mask, and masks without linear bounds, are refused by name and with the way out."""
    with pytest.raises(ArgumentTypeError, match="is_positive: mask must be a mask, got float"):
        masks.is_positive(0.5, SHAPE)
    with pytest.raises(ArgumentTypeError, match="is_monotone: mask must be a mask, got str"):
        masks.is_monotone("polynomial", SHAPE)
    with pytest.raises(ArgumentError, match=r"monotone_bounds needs .* got cos4 \(ask is_monotone and is_positive"):
        masks.monotone_bounds(masks.Cos4(), SHAPE)
    with pytest.raises(ArgumentError, match="positive_bounds: least must be finite"):
        masks.positive_bounds(masks.Polynomial(), SHAPE, least=float("nan"))
    far = masks.Polynomial(center_row=1e200)
    assert not masks.is_positive(far, SHAPE)
    with pytest.raises(ArgumentError, match="positive_bounds: the center of the mask lies too far from the picture"):
        masks.positive_bounds(far, SHAPE)
