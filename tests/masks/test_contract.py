"""The contract of the table of families: what every mask promises, checked for each without naming any."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.grid import Grid
from hadimg.masks.parameters import declared

TABLE = masks.FAMILIES | masks.COMPOSITIONS
SHAPES = [(9, 13), (8, 12), (1, 1), (1, 7)]


def examples():
    """Every family's example, and compositions of them that no table names."""
    found = {name: masks.parse(family.example) for name, family in TABLE.items() if family.example}
    pairs = [masks.product(found[a], found[b]) for a, b in zip(list(found), list(found)[1:], strict=False)]
    nested = [mask.strength(0.7) * (1 / masks.Cos4(20.0)) for mask in found.values()]
    return [*found.values(), *pairs, *nested]


def off_center(mask):
    """Return the same mask with its centers moved, where it has any."""
    vector = mask.vector
    for k, name in enumerate(mask.names):
        if name.endswith(("center_row", "center_col")):
            vector[k] = 0.37 if name.endswith("row") else 0.61
    return mask.with_vector(vector)


def shape_of(mask, shape):
    """Return the shape of the weights on a picture: channels, where a mask tells them apart, stand last."""
    return shape if mask.channels is None else (*shape, mask.channels)


@pytest.mark.parametrize("name", TABLE)
def test_every_family_has_an_example_of_itself(name):
    """A family without an example is refused: pictures, documentation and this contract rest on it."""
    family = TABLE[name]
    assert family.example, f"{name} has no example"
    assert type(masks.parse(family.example)) is family
    assert family.family == name
    assert family.__name__ == "".join(word.capitalize() for word in name.split("_"))


@pytest.mark.parametrize("mask", examples(), ids=str)
@pytest.mark.parametrize("shape", SHAPES[:2])
@pytest.mark.parametrize("move", [False, True])
def test_partials_agree_with_central_differences(mask, shape, move):
    """Each partial derivative is the central difference to 1e-6 of its largest value: step error h^2, noise 1e-16/h."""
    mask = off_center(mask) if move else mask
    vector = mask.vector
    step = 1e-5
    # The cone of an odd centered grid has its mean slope, 0, at the tip; central differences by symmetry agree.
    for k, partial in enumerate(mask.partials(shape)):
        shift = np.zeros_like(vector)
        shift[k] = step * max(1.0, abs(vector[k]))
        moved = [mask.with_vector(vector + sign * shift).weights(shape) for sign in (1, -1)]
        difference = (moved[0] - moved[1]) / (2 * shift[k])
        assert partial.shape == shape_of(mask, shape)
        np.testing.assert_allclose(partial, difference, rtol=1e-6, atol=1e-6 * np.abs(difference).max() + 1e-9)


@pytest.mark.parametrize("mask", examples(), ids=str)
@pytest.mark.parametrize("move", [False, True])
def test_curvature_agrees_with_central_differences_of_the_partials(mask, move, rng):
    """Second derivatives added up over pixels are the differences of the Jacobian's sums, to 1e-7 of the largest."""
    mask, shape = (off_center(mask), (9, 13)) if move else (mask, (8, 12))  # away from the tips of cones
    vector = mask.vector
    field = rng.standard_normal(shape_of(mask, shape))
    curvature = mask.curvature(shape, field)
    assert curvature.shape == (len(vector), len(vector))
    np.testing.assert_array_equal(curvature, curvature.T)
    for k, row in enumerate(curvature):
        shift = np.zeros_like(vector)
        shift[k] = 3e-6 * max(1.0, abs(vector[k]))
        after, before = (mask.with_vector(vector + sign * shift).jacobian(shape) for sign in (1, -1))
        difference = np.tensordot(after - before, field, field.ndim) / (2 * shift[k])
        np.testing.assert_allclose(row, difference, rtol=1e-6, atol=1e-7 * np.abs(difference).max() + 1e-9)


@pytest.mark.parametrize("mask", examples(), ids=str)
def test_jacobian_stacks_the_partials(mask):
    """Row k of the Jacobian is the k-th partial derivative, and there are as many as names."""
    jacobian = mask.jacobian((5, 7))
    assert jacobian.shape == (len(mask.names), *shape_of(mask, (5, 7)))
    for row, partial in zip(jacobian, mask.partials((5, 7)), strict=True):
        np.testing.assert_array_equal(row, partial)


@pytest.mark.parametrize("mask", examples(), ids=str)
def test_a_window_is_a_slice_of_the_whole(mask):
    """A tile costs only its own pixels and holds the very same values, in weights and in every partial."""
    shape, window = (40, 60), (slice(7, 19), slice(33, 60))
    mask = off_center(mask)
    np.testing.assert_array_equal(mask.weights(shape, window=window), mask.weights(shape)[window])
    whole = mask.jacobian(shape)
    np.testing.assert_array_equal(mask.jacobian(shape, window=window), whole[:, window[0], window[1]])
    np.testing.assert_array_equal(mask.weights(Grid.of(shape, window)), mask.weights(shape)[window])


@pytest.mark.parametrize("mask", examples(), ids=str)
def test_curvatures_of_windows_add_up_to_the_whole(mask, rng):
    """Second derivatives of four windows that cover the picture add up to its own, but for rounding of the sums."""
    shape, halves = (10, 14), ([slice(0, 3), slice(3, 10)], [slice(0, 9), slice(9, 14)])
    field = rng.standard_normal(shape_of(mask, shape))
    windows = [(down, across) for down in halves[0] for across in halves[1]]
    parts = sum(mask.curvature(shape, field[window], window=window) for window in windows)
    whole = mask.curvature(shape, field)
    np.testing.assert_allclose(parts, whole, rtol=1e-11, atol=1e-12 * np.abs(whole).max(initial=1.0))


def test_a_family_without_second_derivatives_is_refused():
    """A family that says nothing of its second derivatives cannot be made: none is taken for zero by silence."""

    class Half(masks.Mask):
        family = "half"

        def evaluate(self, grid):
            return np.full(grid.shape, 0.5)

        def evaluate_partials(self, grid):
            yield from ()

    with pytest.raises(TypeError, match="evaluate_curvature"):
        Half()


@pytest.mark.parametrize("mask", examples(), ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_weights_and_derivatives_are_finite(mask, shape):
    """Also at the very center of odd grids and for single pixels, weights and their derivatives are finite."""
    weights = mask.weights(shape)
    assert weights.dtype == np.float64
    assert weights.shape == shape_of(mask, shape)
    assert np.isfinite(weights).all()
    assert np.isfinite(mask.jacobian(shape)).all()
    assert np.isfinite(mask.curvature(shape, np.ones(shape_of(mask, shape)))).all()


@pytest.mark.parametrize("name", masks.FAMILIES)
def test_weights_are_finite_at_every_bound(name):
    """With each parameter at each finite bound, weights, partial derivatives and curvature stay finite."""
    mask = masks.parse(masks.FAMILIES[name].example)
    for k, pair in enumerate(zip(*mask.bounds, strict=True)):
        for bound in pair:
            if np.isfinite(bound):
                vector = mask.vector
                vector[k] = bound
                moved = mask.with_vector(vector)
                assert np.isfinite(moved.weights((9, 13))).all(), (mask.names[k], bound)
                assert np.isfinite(moved.jacobian((9, 13))).all(), (mask.names[k], bound)
                assert np.isfinite(moved.curvature((9, 13), np.ones((9, 13)))).all(), (mask.names[k], bound)


@pytest.mark.parametrize("name", [name for name, family in masks.FAMILIES.items() if family.positive])
def test_promised_positivity_holds(name, rng):
    """A family that promises positive weights keeps the promise for random parameters, out to the farthest corner."""
    mask = masks.parse(masks.FAMILIES[name].example)
    lower, upper = mask.bounds
    for _ in range(50):
        vector = np.clip(mask.vector * rng.lognormal(0, 0.3, len(mask.names)), lower, upper)
        assert (mask.with_vector(vector).weights((9, 13)) > 0).all()


@pytest.mark.parametrize("mask", examples(), ids=str)
def test_text_and_json_round_trips(mask, tmp_path):
    """Text, plain data, JSON text and files give back an equal mask with bit-identical weights."""
    path = tmp_path / "mask.json"
    mask.save(path)
    for again in (
        masks.parse(str(mask)),
        masks.from_dict(mask.to_dict()),
        masks.from_dict(json.loads(json.dumps(mask.to_dict()))),
        masks.load(path),
    ):
        assert again == mask
        assert again.names == mask.names
        np.testing.assert_array_equal(again.weights((5, 8)), mask.weights((5, 8)))


@pytest.mark.parametrize("mask", examples(), ids=str)
def test_vector_round_trip_names_bounds_units(mask):
    """Vector, names, bounds and units have one entry a parameter, and the vector gives back the mask."""
    size = len(mask.names)
    assert mask.vector.shape == (size,)
    assert [len(bound) for bound in mask.bounds] == [size, size]
    assert len(mask.units) == size
    assert len(set(mask.names)) == size
    assert mask.with_vector(mask.vector) == mask
    with pytest.raises(ArgumentError, match=r"vector must hold \d+ values"):
        mask.with_vector(np.zeros(size + 1))


@pytest.mark.parametrize("mask", examples(), ids=str)
def test_the_radial_form_is_the_mask(mask, rng):
    """Where a mask claims to be radial, its profile at each pixel's distance is the mask."""
    form = mask.radial()
    if form is None:
        return
    grid = Grid.of((9, 14))
    v, u = grid.offsets(*(form.center or rng.random(2)))
    np.testing.assert_allclose(form.profile(np.hypot(v, u)), mask.weights(grid), rtol=1e-14)


@pytest.mark.parametrize("name", masks.FAMILIES)
def test_every_parameter_checks_its_range_and_type(name):
    """Out of range, not finite and not a number are refused by the parameter's name, its rule and the value."""
    mask = masks.parse(masks.FAMILIES[name].example)
    for parameter, rule in declared(mask).items():
        label = rf"{parameter}\S*"  # a row or a table adds the place of the number
        with pytest.raises(ArgumentTypeError, match=rf"{label} must be a number, got str"):
            _with_first(mask, parameter, "0.5")
        with pytest.raises(ArgumentError, match=rf"{label} must be finite, got nan"):
            _with_first(mask, parameter, float("nan"))
        for bound, beyond in ((rule.lower, rule.lower - 1), (rule.upper, rule.upper + 1)):
            if np.isfinite(bound):
                assert rule.flatten(getattr(_with_first(mask, parameter, bound), parameter))[0] == bound
                with pytest.raises(ArgumentError, match=rf"{label} must lie in [\[(].*, got {re.escape(repr(beyond))}"):
                    _with_first(mask, parameter, beyond)


def _with_first(mask, parameter, number):
    """Return the mask with another number in a field, the first one where the field holds many."""
    rule, value = declared(mask)[parameter], getattr(mask, parameter)
    return mask.replace(**{parameter: rule.rebuild(value, [number, *rule.flatten(value)[1:]])})
