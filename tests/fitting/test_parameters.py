"""The map from free numbers to all parameters: every role, chained derivatives, and what is refused."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.ties import GeneralTie, LinearTie

NAMES = ("a", "b", "c", "d", "e", "f")
START = (0.5, 2.0, 3.0, 0.25, 1.5, 7.0)
FREE = ([-math.inf] * 6, [math.inf] * 6)


def product_tie(*, wrong=1.0):
    """Return the tie ``a * b**2`` with a derivative that is wrong by a factor."""
    return GeneralTie(("a", "b"), lambda v: v[0] * v[1] ** 2, lambda v: (wrong * v[1] ** 2, 2 * v[0] * v[1]))


def every_role():
    """Return a map with a parameter in every role: b on a log scale, d on a logit scale, c, e tied, f fixed."""
    ties = {"c": product_tie(), "e": LinearTie({"c": 0.5, "a": -1.0}, offset=2.0)}
    lower, upper = [-9, 0, -99, 0, -99, 0], [9, 9, 99, 1, 99, 9]
    return ParameterMap(NAMES, START, lower, upper, fixed=("f",), ties=ties, scales={"b": "log", "d": "logit"})


def differences(function, xi, step=6e-6):
    """Return central differences, one row for each independent number."""
    rows = []
    for k, value in enumerate(xi):
        size = step * max(abs(value), 0.1)
        up, down = xi.copy(), xi.copy()
        up[k] += size
        down[k] -= size
        rows.append((function(up) - function(down)) / (up[k] - down[k]))
    return np.array(rows)


def test_s12_the_warning_of_the_slides():
    """S12: with X = (v1, v1, v2, v2) both printed matrices come out: the map's, and the naive one that is doubled."""
    names = ("x1", "x2", "x3", "x4", "y1", "y2", "y3", "y4")
    equal = {"x1": "y1", "x2": "y1", "x3": "y2", "x4": "y2", "y3": "y1", "y4": "y2"}
    parameters = ParameterMap(names, np.ones(8), np.full(8, -9.0), np.full(8, 9.0), ties=equal)
    assert parameters.free == ("y1", "y2")
    chain = parameters.jacobian(np.ones(2))
    by_independent = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])  # dY1/dZ for Z = (v1, v2, v2, v1)
    printed = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0]])
    np.testing.assert_array_equal(chain[:, :4], [[1, 1, 0, 0], [0, 0, 1, 1]])
    np.testing.assert_array_equal(by_independent @ chain[:, :4], printed)
    by_copies, of_copies = by_independent @ chain[:, 4:], chain[:, 4:].T @ chain[:, :4]
    np.testing.assert_array_equal(by_copies @ of_copies, 2 * printed)


def test_every_role_gives_its_value():
    """Values follow the roles, ties of ties in order, whatever values were given for what is tied."""
    parameters = every_role()
    assert parameters.free == ("a", "b", "d")
    theta = parameters.full(parameters.start)
    np.testing.assert_allclose(theta, [0.5, 2.0, 2.0, 0.25, 2.5, 7.0], rtol=1e-14)
    np.testing.assert_allclose(parameters.start, [0.5, math.log(2.0), math.log(1 / 3)], rtol=1e-14)
    lower, upper = parameters.bounds
    np.testing.assert_allclose(lower, [-9, -math.inf, -math.inf])
    np.testing.assert_allclose(upper, [9, math.log(9), math.inf])
    assert not parameters.linear


def test_the_jacobian_is_the_derivative_of_full():
    """The (F, P) matrix agrees with central differences to 1e-9 at a place that is not the start."""
    parameters = every_role()
    xi = parameters.start + np.array([0.3, -0.2, 0.4])
    np.testing.assert_allclose(parameters.jacobian(xi), differences(parameters.full, xi), atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("second", [None, lambda v: np.array([[0.0, 2 * v[1]], [2 * v[1], 2 * v[0]]])])
def test_defect_11_the_second_term_completes_the_hessian(second):
    """Defect 11: a Hessian is chained exactly away from the optimum too; without the second term it is far off."""
    rng = np.random.default_rng(5)
    root, middle = rng.normal(size=(6, 6)), rng.normal(size=6)
    hessian = root @ root.T
    tie = product_tie()
    ties = {"c": GeneralTie(tie.of, tie.function, tie.derivative, second), "e": LinearTie({"c": 0.5, "a": -1.0}, 2.0)}
    scales = {"b": "log", "d": "logit"}
    parameters = ParameterMap(NAMES, START, [-9, 0, -99, 0, -99, 0], [9, 9, 99, 1, 99, 9], ties=ties, scales=scales)
    xi = parameters.start + np.array([0.3, -0.2, 0.4, 0.5])

    def gradient(xi):
        return parameters.jacobian(xi) @ hessian @ (parameters.full(xi) - middle)

    chain = parameters.jacobian(xi)
    first = chain @ hessian @ chain.T
    second_term = parameters.second_order(xi, hessian @ (parameters.full(xi) - middle))
    measured = differences(gradient, xi)
    size = np.abs(measured).max()
    np.testing.assert_allclose(first + second_term, measured, atol=1e-8 * size)
    assert np.abs(first - measured).max() > 0.01 * size


@pytest.mark.parametrize("count", range(7))
def test_defect_12_fixed_parameters_leave_the_others_in_their_place(count):
    """Defect 12: for every subset of fixed parameters, rows, gradient and matrices are those of the others by name."""
    rng = np.random.default_rng(12)
    gradient, matrix, rows = rng.normal(size=6), rng.normal(size=(6, 6)), rng.normal(size=(9, 6))
    for fixed in combinations(NAMES, count):
        parameters = ParameterMap(NAMES, START, *FREE, fixed=fixed)
        kept = [NAMES.index(name) for name in NAMES if name not in fixed]
        chain = parameters.jacobian(parameters.start)
        assert parameters.free == tuple(NAMES[k] for k in kept)
        np.testing.assert_array_equal(chain @ gradient, gradient[kept])
        np.testing.assert_allclose(chain @ matrix @ chain.T, matrix[np.ix_(kept, kept)], rtol=1e-14)
        np.testing.assert_array_equal(rows @ chain.T, rows[:, kept])
        np.testing.assert_array_equal(parameters.full(parameters.start), START)


def test_a_tied_column_is_added_with_its_factor():
    """``m * m`` tied to itself is a square: J = [I I], and the derivative of the mask is 2 Y dY."""
    mask = masks.ExponentialDecay(rate=1.2)
    both = mask * mask
    ties = {f"1.{name}": f"0.{name}" for name in mask.names}
    parameters = ParameterMap.of_mask(both, ties=ties)
    np.testing.assert_array_equal(parameters.jacobian(parameters.start), np.hstack([np.eye(4), np.eye(4)]))
    chained = np.einsum("fp,phw->fhw", parameters.jacobian(parameters.start), both.jacobian((4, 6)))
    np.testing.assert_allclose(chained, 2 * mask.weights((4, 6)) * mask.jacobian((4, 6)), rtol=1e-13, atol=1e-15)


def test_bounds_of_a_parameter_tied_by_a_factor_bind_what_it_follows():
    """Bounds pass through ties of ties with their signs; those of sums are checked instead."""
    ties = {"b": LinearTie({"a": -2.0}, offset=1.0), "c": LinearTie({"b": 3.0})}
    parameters = ParameterMap(NAMES[:3], (0.0, 0.0, 0.0), [-9, -5, -3], [9, 5, 6], ties=ties)
    lower, upper = parameters.bounds
    np.testing.assert_allclose([lower[0], upper[0]], [-0.5, 1.0])  # 3 (1 - 2 a) within -3 to 6
    summed = ParameterMap(NAMES[:3], (1, 1, 0), [0, 0, 0], [9, 9, 5], ties={"c": LinearTie({"a": 1.0, "b": 1.0})})
    np.testing.assert_array_equal(summed.bounds[1], [9, 9])
    assert summed.outside(summed.full(np.array([2.0, 2.5]))) is None
    assert summed.outside(summed.full(np.array([3.0, 2.5]))) == "c"


def test_bounds_that_ties_pass_on_are_kept_to_the_last_bit(rng):
    """At the bound of what is followed, the tied parameter is never beyond its own, though 3 * 0.3 is below 0.9."""
    for factor, offset in [(3.0, -0.9), (-0.1, 0.3), (1e-20, 1.0), *rng.normal(size=(50, 2))]:
        tie = LinearTie({"a": factor}, offset)
        start = 0.5 * (0.0 + 1.1 - 2 * offset) / factor
        parameters = ParameterMap(("a", "b"), (start, 0.0), [-np.inf, 0.0], [np.inf, 1.1], ties={"b": tie})
        for bound, reached in zip(parameters.bounds, (0.0, 1.1) if factor > 0 else (1.1, 0.0), strict=True):
            tied = parameters.full(bound)[1]
            assert 0.0 <= tied <= 1.1
            assert tied == pytest.approx(reached, abs=1e-14 * (1 + abs(offset)))


def test_defect_9_derivatives_of_ties_are_checked_at_any_size():
    """Defect 9: steps scale with the value, so a right derivative passes at 1e-7 and a wrong one does not."""
    for size in (1e-7, 1.0, 1e7):
        values = (size, 2.0, size * 4)
        ParameterMap(NAMES[:3], values, *(bound[:3] for bound in FREE), ties={"c": product_tie()})
        with pytest.raises(ArgumentError, match=r"the derivative of the tie of c by a must be 4"):
            ParameterMap(NAMES[:3], values, *(bound[:3] for bound in FREE), ties={"c": product_tie(wrong=1.001)})


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"ties": {"a": "b", "b": "c", "c": "a"}}, "ties must not go in a circle, got a -> b -> c -> a"),
        ({"ties": {"a": "a"}}, "got a -> a"),
        ({"fixed": ("aa",)}, r"fixed: 'aa' is no parameter \(did you mean 'a'\?\)"),
        ({"fixed": ("rate",)}, "there are a, b, c, d, e, f"),
        ({"ties": {"a": "rate"}}, "the tie of a: 'rate' is no parameter"),
        ({"fixed": ("a",), "ties": {"a": "b"}}, "a must be one of fixed, tied or on another scale, got two"),
        ({"scales": {"a": "log"}}, "the scale 'log' of a needs a finite lower bound"),
        ({"scales": {"a": "sqrt"}}, "the scale of a must be one of log, logit, got 'sqrt'"),
        (
            {"ties": {"a": GeneralTie(("b",), lambda v: v[0], lambda _: (1.0, 2.0))}},
            r"must have shape \(1,\), got \(2,",
        ),
    ],
)
def test_roles_that_make_no_sense_are_refused(roles, message):
    """The message names the parameter, the circle or the nearest name."""
    with pytest.raises(ArgumentError, match=message):
        ParameterMap(NAMES, START, *FREE, **roles)


def test_values_and_bounds_that_make_no_sense_are_refused():
    """Starts outside of bounds, bounds without room, numbers that are none; on a bound is fine, but for scales."""
    ParameterMap(("a",), (0.0,), (0.0,), (1.0,))
    ParameterMap(("a", "b"), (0.0, 1.0), (0.0, 0.0), (0.0, 1.0), fixed=("a",))
    for value, lower, upper, message in [
        (2.0, 0.0, 1.0, "a must start within 0 to 1, got 2"),
        (0.0, 0.0, 0.0, "the bounds of a must leave room, got 0 to 0"),
        (math.nan, 0.0, 1.0, "a must start from a finite number, got nan"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            ParameterMap(("a",), (value,), (lower,), (upper,))
    with pytest.raises(ArgumentError, match="a must start inside of its bounds on the scale 'log', not on one"):
        ParameterMap(("a",), (0.0,), (0.0,), (1.0,), scales={"a": "log"})
    with pytest.raises(ArgumentError, match=r"b must lie within 0 to 1, its tie gives 4 \(start a elsewhere\)"):
        ParameterMap(("a", "b"), (2.0, 0.5), (0, 0), (9, 1), ties={"b": LinearTie({"a": 2.0})})
    with pytest.raises(ArgumentTypeError, match="the tie of b must be the name of a parameter"):
        ParameterMap(("a", "b"), (2.0, 0.5), (0, 0), (9, 1), ties={"b": 3.0})
    with pytest.raises(ArgumentError, match=r"one number for each of \('a', 'b'\), got \(1,\)"):
        ParameterMap(("a", "b"), (2.0,), (0, 0), (9, 1))
