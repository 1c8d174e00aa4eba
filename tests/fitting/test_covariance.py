"""Standard errors: against closed forms and the scatter of simulated fits, and the reasons where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.errors import ArgumentError
from hadimg.fitting.outcome.covariance import KINDS, covariance
from hadimg.fitting.outcome.identifiability import triangle
from hadimg.fitting.outcome.standard_errors import estimate_errors
from hadimg.fitting.solving.problem import Scatter
from hadimg.fitting.solving.solvers import solve
from hadimg.fitting.ties import GeneralTie, LinearTie

SIMULATIONS = 120
"""scripts/stress/standard_errors.py makes a thousand."""
TOLD = 0.2
"""Three standard deviations of the standard deviation of so many fits."""
TRUTH = np.array([0.9, 1.2, 0.03, -0.05])
NAMES = ("amplitude", "rate", "center_row", "center_col")


def errors_of(problem, kind, start=TRUTH, **roles):
    """Return solution and errors of a fit."""
    parameters = problem.map(start, **roles)
    solution = solve(problem, parameters)
    assert solution.success, solution.message
    return solution, estimate_errors(problem, parameters, solution, kind=kind)


def straight_line(theta):
    """Return ``a + b x`` on 40 points and its derivatives."""
    x = np.linspace(-1, 1, 40)
    return theta[0] + theta[1] * x, np.array([np.ones(40), x])


@pytest.fixture
def line(explicit_problem, rng):
    """Return a straight line with noise of 0.1."""
    return explicit_problem(("a", "b"), straight_line, straight_line((1.0, 2.0))[0] + rng.normal(0, 0.1, 40))


def test_kinds_are_their_formulas(line):
    """On a line, all four kinds agree with the formulas written out by inverse matrices, to rounding."""
    solution, _ = errors_of(line, "scaled", (0, 0))
    jacobian, residual = line.plain(solution.theta)
    inverse = np.linalg.inv(jacobian.T @ jacobian)
    shares = jacobian * residual[:, np.newaxis]
    blocks = np.array([part.sum(axis=0) for part in (shares[:16], shares[16:32], shares[32:])])
    expected = {
        "absolute": inverse,
        "scaled": inverse * (residual @ residual) / 38,
        "sandwich": inverse @ shares.T @ shares @ inverse,
        "block": 3 / (3 - 2) * inverse @ blocks.T @ blocks @ inverse,
    }
    assert expected.keys() == KINDS.keys()
    for kind, matrix in expected.items():
        errors = errors_of(line, kind, (0, 0))[1]
        np.testing.assert_allclose(errors.covariance, matrix, rtol=1e-9, atol=1e-12 * matrix.max())
        np.testing.assert_allclose(list(errors.stderr.values()), np.sqrt(np.diag(matrix)), rtol=1e-9)
        assert (errors.dof, errors.reasons) == (38, {})
        assert errors.sigma == pytest.approx(np.sqrt(residual @ residual / 38), rel=1e-9)


def test_degrees_of_freedom_count_pixels_not_rows(line, explicit_problem):
    """The triangle has three rows and the picture forty values; errors are those of all rows."""
    plain = explicit_problem(line.names, line.model, line.target, compress=False)
    compressed, full = (errors_of(problem, "scaled", (0, 0))[1] for problem in (line, plain))
    assert compressed.dof == full.dof == 38
    np.testing.assert_allclose(compressed.covariance, full.covariance, rtol=1e-12, atol=1e-15)


def test_no_digits_are_lost_by_squaring():
    """Two columns that differ by 1e-7: the triangle keeps seven digits of an error of which J'J keeps none."""
    x = np.linspace(-1, 1, 50)
    near = np.column_stack([np.ones(50), 1 + 1e-7 * x])
    off = np.sqrt(np.diag(covariance(triangle(near), "absolute")))
    exact = 1 / (1e-7 * np.linalg.norm(x))
    np.testing.assert_allclose(off[1], exact, rtol=1e-6)


def test_errors_agree_with_the_scatter_of_simulated_fits(masked_picture, explicit_problem):
    """Where noise is what a kind takes for true, errors over scatter are 1 within what so many simulations tell.

    The standard deviation of 120 fits is known to 6.5 %. Where the noise is another, the ratio is as wrong as the
    specification says: about 0.26 for noise that 16 neighbours share.
    """
    rng = np.random.default_rng(400)
    clean = masked_picture(TRUTH)[0]
    uneven = np.where(np.arange(clean.size) % 64 < 16, 0.06, 0.005)
    noises = {
        "even": lambda: rng.normal(0, 0.02, clean.size),
        "uneven": lambda: rng.normal(0, uneven),
        "shared": lambda: np.repeat(rng.normal(0, 0.02, clean.size // 16), 16),
    }
    ratios = {}
    for name, noise in noises.items():
        problems = [explicit_problem(NAMES, masked_picture, clean + noise()) for _ in range(SIMULATIONS)]
        solutions = [solve(problem, problem.map(TRUTH), gtol=1e-4) for problem in problems]
        scatter = np.std([solution.theta for solution in solutions], axis=0)
        for kind in ("scaled", "sandwich", "block"):
            told = [
                list(estimate_errors(problem, problem.map(TRUTH), solution, kind=kind).stderr.values())
                for problem, solution in zip(problems[:20], solutions, strict=False)
            ]
            ratios[name, kind] = np.mean(told, axis=0) / scatter
    for good in [
        ("even", "scaled"),
        ("even", "sandwich"),
        ("even", "block"),
        ("uneven", "sandwich"),
        ("shared", "block"),
    ]:
        assert (np.abs(ratios[good] - 1) < TOLD).all(), (good, ratios[good])
    for wrong in ("scaled", "sandwich"):
        assert (np.abs(ratios["shared", wrong] - 0.27) < 0.08).all()
    assert np.abs(ratios["uneven", "scaled"] - 1).max() > 0.2


def test_robust_errors_agree_with_the_scatter(masked_picture, explicit_problem):
    """With 8 % outliers, the sandwich of Huber's loss is right to what the simulations tell."""
    rng = np.random.default_rng(401)
    clean = masked_picture(TRUTH)[0]
    found, told = [], []
    for _ in range(SIMULATIONS):
        target = clean + rng.normal(0, 0.02, clean.size)
        target[rng.choice(clean.size, clean.size * 8 // 100, replace=False)] += rng.normal(
            0, 0.5, clean.size * 8 // 100
        )
        problem = explicit_problem(NAMES, masked_picture, target, loss="huber", scale=0.02 * 1.345)
        parameters = problem.map(TRUTH)
        solution = solve(problem, parameters, gtol=1e-4)
        found.append(solution.theta)
        told.append(list(estimate_errors(problem, parameters, solution, kind="sandwich").stderr.values()))
    ratio = np.mean(told, axis=0) / np.std(found, axis=0)
    assert (np.abs(ratio - 1) < TOLD).all(), ratio


def test_tied_parameters_get_exact_correlated_errors(line):
    """C_theta = J' C_xi J: a tie's error is its slope times that of what it follows, and they are fully correlated."""
    ties = {"double": LinearTie({"b": 2.0}), "square": GeneralTie(("b",), lambda v: v[0] ** 2, lambda v: 2 * v)}
    line.names = ("a", "b", "double", "square")
    line.model = lambda theta: (straight_line(theta)[0], np.vstack([straight_line(theta)[1], np.zeros((2, 40))]))
    solution, errors = errors_of(line, "scaled", (1.0, 1.0, 2.0, 1.0), ties=ties)
    assert errors.stderr["double"] == pytest.approx(2 * errors.stderr["b"], rel=1e-12)
    assert errors.stderr["square"] == pytest.approx(2 * solution.theta[1] * errors.stderr["b"], rel=1e-12)
    np.testing.assert_allclose(errors.correlation[1:, 1:], 1.0, rtol=1e-12)
    assert np.linalg.eigvalsh(errors.covariance).min() > -1e-12 * np.trace(errors.covariance)


def test_defect_2_the_error_of_a_shared_width_counts_both_axes(explicit_problem):
    """Defect 2: one width for both axes of a 21 x 21 Gaussian is known to 0.0144, not to 0.0204."""
    y, x = np.mgrid[:21, :21].reshape(2, -1).astype(float)

    def model(theta):
        height, x0, y0, sx, sy = theta
        u, v = (x - x0) / sx, (y - y0) / sy
        bell = height * np.exp(-0.5 * (u * u + v * v))
        return bell / 0.01, np.array(
            [bell / height, bell * u / sx, bell * v / sy, bell * u * u / sx, bell * v * v / sy]
        ) / 0.01

    truth = (2.0, 10.0, 10.0, 3.0, 3.0)
    noise = np.random.default_rng(0).normal(0, 1, x.size)
    problem = explicit_problem(("height", "x", "y", "sx", "sy"), model, model(truth)[0] + noise)
    _, errors = errors_of(problem, "absolute", (1.5, 9, 11, 2, 2), ties={"sy": "sx"})
    bell = model(truth)[1]
    shared = np.array([bell[0], bell[3] + bell[4]])
    expected = np.sqrt(np.linalg.inv(shared @ shared.T)[1, 1])
    assert errors.stderr["sx"] == pytest.approx(expected, rel=0.01)
    assert errors.stderr["sy"] == errors.stderr["sx"]
    alone = np.sqrt(np.linalg.inv(bell[[0, 3]] @ bell[[0, 3]].T)[1, 1])
    assert alone > 1.2 * expected


def test_there_is_a_reason_for_each_missing_error(line, explicit_problem):
    """Fixed, held by a bound, tied to such, and never zero, infinite or NaN; the others are computed without them."""
    _, errors = errors_of(line, "scaled", (1.0, 2.0), fixed=("a",))
    assert errors.stderr["a"] is None
    assert errors.reasons == {"a": "fixed"}
    assert errors.dof == 39
    bounds = {"lower": [-9.0, -9.0], "upper": [9.0, 1.5]}
    solution, errors = errors_of(line, "scaled", (1.0, 1.0), **bounds)
    assert errors.reasons == {"b": "held by its upper bound 1.5"}
    _, residual = line.plain(solution.theta)
    assert errors.stderr["a"] == pytest.approx(np.sqrt(residual @ residual / 39 / 40), rel=1e-9)
    logit = {"scales": {"a": "log"}, "lower": [0.5, 2.5], "upper": [9.0, 3.0]}
    _, errors = errors_of(line, "scaled", (1.5, 2.7), **logit)
    assert errors.reasons == {"b": "held by its lower bound 2.5"}
    exact = explicit_problem(("a", "b"), straight_line, np.zeros(40))
    _, errors = errors_of(exact, "scaled", (0.0, 0.0))
    assert errors.stderr == {"a": None, "b": None}
    assert errors.reasons["a"] == "the fit is exact: nothing tells the noise"


def test_a_bound_that_a_tie_passes_on_is_told_as_such(line):
    """The reason of what is tied names what it follows."""
    line.names = ("a", "b", "half")
    line.model = lambda theta: (straight_line(theta)[0], np.vstack([straight_line(theta)[1], np.zeros(40)]))
    _, errors = errors_of(
        line, "scaled", (1, 1, 0.5), lower=[-9, -9, 0], upper=[9, 9, 0.75], ties={"half": LinearTie({"b": 0.5})}
    )
    assert errors.reasons["b"] == "held by its upper bound 1.5, which a tie passes on"
    assert errors.reasons["half"] == "tied to b: held by its upper bound 1.5, which a tie passes on"
    assert errors.stderr["a"] is not None


def test_more_parameters_than_pixels_have_no_errors(explicit_problem):
    """One pixel cannot tell two parameters: no covariance, and no success in disguise."""
    problem = explicit_problem(("a", "b"), lambda t: (t[:1] + 2 * t[1:], np.array([[1.0], [2.0]])), [1.0])
    _, errors = errors_of(problem, "scaled", (0.0, 0.0))
    assert errors.covariance is None
    assert set(errors.reasons.values()) == {"not identifiable"}


def test_what_a_kind_needs_is_asked_for():
    """Unknown kinds, a missing scatter, and a robust loss without a minimum are told."""
    rows = triangle(np.array([[1.0], [2.0]]))
    with pytest.raises(ArgumentError, match=r"kind of covariance must be one of 'absolute', .* got 'hc3'"):
        covariance(rows, "hc3")
    with pytest.raises(ArgumentError, match=r"'block' needs the scatter of the pixels \(use 'scaled'\)"):
        covariance(rows, "block")
    with pytest.raises(ArgumentError, match="needs more blocks of 16 x 16 pixels than the 1 free parameters, got 1"):
        covariance(rows, "block", scatter=Scatter(np.eye(1), None, 1))
    with pytest.raises(ArgumentError, match="the robust loss has no minimum here"):
        covariance(rows, "sandwich", scatter=Scatter(np.eye(1), -np.eye(1)))
