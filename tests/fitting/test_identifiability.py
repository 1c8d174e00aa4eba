"""What the data cannot tell: every way in which a fit can be blind, named in words with the way out."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.fitting.outcome.identifiability import correlation_warnings, identify, triangle
from hadimg.fitting.outcome.standard_errors import estimate_errors
from hadimg.fitting.solving.solvers import solve

X = np.linspace(0, 1, 200)


def fitted(problem, start, **roles):
    """Return solution and errors."""
    parameters = problem.map(start, **roles)
    solution = solve(problem, parameters)
    return solution, estimate_errors(problem, parameters, solution, kind="scaled")


@pytest.fixture
def noise(rng):
    """Return noise of 0.01 for 200 values."""
    return rng.normal(0, 0.01, 200)


def test_two_free_amplitudes_are_one(explicit_problem, noise):
    """The direction is (-0.707, 0.707), there is no covariance, and the sentence names both and the way out."""

    def model(theta):
        falloff = np.exp(-theta[2] * X)
        both = theta[0] * theta[1] * falloff
        return both, np.array([both / theta[0], both / theta[1], -X * both])

    problem = explicit_problem(("0.value", "1.value", "2.rate"), model, 0.8 * np.exp(-X) + noise)
    solution, errors = fitted(problem, (1.0, 1.0, 0.5))
    assert solution.success
    direction = errors.told.directions[0]
    np.testing.assert_allclose([direction["0.value"], direction["1.value"]], [-(0.5**0.5), 0.5**0.5], rtol=1e-6)
    assert direction["2.rate"] == 0.0
    assert errors.covariance is None
    assert errors.told.rank == 2
    assert errors.warnings == (
        "0.value and 1.value change the picture in the same way; fix one, as in fixed=('1.value',)",
    )
    assert errors.reasons["0.value"] == errors.reasons["1.value"] == "not identifiable"
    assert errors.reasons["2.rate"] == "not known while others are not identifiable"
    _, cured = fitted(problem, (1.0, 1.0, 0.5), fixed=("1.value",))
    assert cured.warnings == ()
    assert cured.stderr["0.value"] is not None


def test_gain_and_amplitude_are_one_also_when_tied_apart(explicit_problem, noise):
    """A gain undoes an amplitude, and two such pairs give one sentence each, not mixtures of both."""

    def model(theta):
        gain, amplitude, offset, level = theta
        lit = gain * amplitude * X
        return lit + offset - level, np.array([lit / gain, lit / amplitude, np.ones(200), -np.ones(200)])

    problem = explicit_problem(("gain", "amplitude", "offset", "level"), model, 0.5 * X + 0.1 + noise)
    _, errors = fitted(problem, (1.0, 1.0, 0.0, 0.0))
    assert errors.told.rank == 2
    assert set(errors.warnings) == {
        "gain and amplitude change the picture in the same way; fix one, as in fixed=('amplitude',)",
        "offset and level change the picture in opposite ways; fix one, as in fixed=('level',)",
    }


def test_a_center_without_falloff_is_told(masked_picture, explicit_problem):
    """Rate held at 0 with a free center: the center changes nothing, the amplitude has its error all the same."""
    names = ("amplitude", "rate", "center_row", "center_col")
    rng = np.random.default_rng(3)
    target = masked_picture((0.9, 0.0, 0.01, 0.01))[0] + rng.normal(0, 0.001, 48 * 64)
    problem = explicit_problem(names, masked_picture, target)
    solution, errors = fitted(problem, (0.8, 0.0, 0.01, 0.01), fixed=("rate",))
    assert solution.success
    assert errors.stderr["amplitude"] > 0
    assert errors.reasons == {"rate": "fixed", "center_row": "not identifiable", "center_col": "not identifiable"}
    assert errors.warnings[0] == "center_row changes nothing at the solution, its value is arbitrary; fix it"
    assert errors.told.directions == ({"center_row": 1.0}, {"center_col": 1.0})
    assert (errors.told.rank, errors.dof) == (1, 48 * 64 - 1)


def test_a_picture_of_the_middle_only_determines_weakly(explicit_problem, rng):
    """Within r < 0.05, amplitude and the terms of a polynomial are hardly told apart: warned, correlations listed."""
    r = 0.05 * np.sqrt(rng.uniform(0, 1, 2000))
    matrix = np.array([np.ones(2000), r**2, r**4, r**6])
    problem = explicit_problem(
        ("amplitude", "k1", "k2", "k3"), lambda t: (t @ matrix, matrix), matrix[0] + rng.normal(0, 0.001, 2000)
    )
    _, errors = fitted(problem, (1.0, 0.0, 0.0, 0.0), lower=np.full(4, -10.0), upper=np.full(4, 10.0))
    assert any("hardly determined: its standard error" in warning for warning in errors.warnings) or any(
        "held by" in reason for reason in errors.reasons.values()
    )
    assert identify("abcd", triangle(matrix.T)).condition > 10
    near = np.array([np.ones(2000), 1 + 1e-6 * r]).T
    weak = identify(("a", "b"), triangle(near))
    assert weak.rank == 2
    assert weak.warnings == ("a and b are weakly determined, told apart by few digits only; fix one of them",)


def test_a_constant_picture_tells_one_number(explicit_problem):
    """Gain, offset and amplitude of a constant picture: three parameters, one direction that changes anything."""
    problem = explicit_problem(
        ("gain", "offset", "amplitude"),
        lambda t: (np.full(50, t[0] * t[2] + t[1]), np.array([[t[2]] * 50, [1.0] * 50, [t[0]] * 50])),
        np.full(50, 0.5),
    )
    _, errors = fitted(problem, (1.0, 0.1, 0.9))
    assert errors.told.rank == 1
    assert len(errors.told.directions) == 2
    assert errors.covariance is None
    assert set(errors.reasons.values()) == {"not identifiable"}


def test_one_pixel_tells_one_number(explicit_problem):
    """All weights 0 but one: nothing is known of two parameters, and no error is given."""
    problem = explicit_problem(("a", "k"), lambda t: (t[:1] * 0.5 + t[1:], np.array([[0.5], [1.0]])), [0.4])
    solution, errors = fitted(problem, (1.0, 0.0))
    assert solution.success
    assert errors.stderr == {"a": None, "k": None}
    assert "change the picture in the same way" in errors.warnings[0]


def test_three_that_move_together_are_named_together():
    """A direction of three parameters names all three."""
    first, second = np.random.default_rng(0).normal(size=(2, 20))
    told = identify(("a", "b", "c", "d"), triangle(np.array([first, second, first + second, first * second]).T))
    assert told.rank == 3
    assert told.directions[0]["d"] == 0.0
    assert told.warnings == (
        "a, b and c together can change without changing the picture; fix one, as in fixed=('c',)",
    )


def test_rank_and_condition_do_not_depend_on_units():
    """Columns of any length give the same rank and condition, to rounding."""
    matrix = np.random.default_rng(1).normal(size=(30, 3))
    plain, scaled = (identify("abc", triangle(matrix * size)) for size in (1.0, np.array([1e-150, 1.0, 1e150])))
    assert plain.rank == scaled.rank == 3
    assert scaled.condition == pytest.approx(plain.condition, rel=1e-9)


def test_correlations_are_listed_from_99_percent():
    """Above 0.99 either way, not below."""
    matrix = np.array([[1, 0.9899, -0.9901], [0.9899, 1, 0.1], [-0.9901, 0.1, 1]])
    assert correlation_warnings("abc", matrix) == (
        "a and c are correlated by -0.9901: the data hardly tell them apart",
    )


def test_parameters_that_hang_together_are_told_of_once():
    """One sentence for each group, however its members are joined, with the largest correlation among them."""
    matrix = np.eye(7)
    for i, j, value in ((0, 4, 0.995), (4, 2, -0.9999), (1, 3, -0.992), (2, 0, 0.5)):
        matrix[i, j] = matrix[j, i] = value
    assert correlation_warnings("abcdefg", matrix) == (
        "a, c and e are correlated by up to 0.9999: the data hardly tell them apart",
        "b and d are correlated by -0.9920: the data hardly tell them apart",
    )
    crowd = [f"p{k}" for k in range(40)]
    (told,) = correlation_warnings(crowd, np.where(np.eye(40), 1.0, -0.993))
    assert told == "p0, p1, p2 and 37 more are correlated by up to 0.9930: the data hardly tell them apart"
