"""The table of losses: derivatives, efficiency, rows whose squares are the loss, and SciPy's optimum."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import least_squares
from scipy.stats import norm

from hadimg.errors import ArgumentError
from hadimg.fitting.losses import LOSSES, loss_named, noise, robust_rows
from hadimg.fitting.solving.solvers import solve

ROBUST = [name for name in LOSSES if name != "linear"]


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_and_bends_are_derivatives(name):
    """First and second derivatives agree with central differences on both sides of every kink."""
    loss = LOSSES[name]
    z = np.array([0.01, 0.3, 0.7, 0.97, 1.04, 2.0, 30.0])
    step = 1e-6 * z
    slope = (loss.rho(z + step) - loss.rho(z - step)) / (2 * step)
    bend = (loss.slope(z + step) - loss.slope(z - step)) / (2 * step)
    np.testing.assert_allclose(loss.slope(z), slope, atol=1e-8)
    np.testing.assert_allclose(loss.bend(z), bend, atol=1e-8)


@pytest.mark.parametrize("name", LOSSES)
def test_small_residuals_cost_their_squares(name):
    """Near zero every loss is z, also where its textbook formula cancels, and its slope is 1."""
    z = np.array([0.0, 1e-300, 1e-18, 1e-9])
    np.testing.assert_allclose(LOSSES[name].rho(z), z, rtol=2e-9)
    np.testing.assert_allclose(LOSSES[name].slope(z), 1.0, rtol=3e-9)


@pytest.mark.parametrize("name", ROBUST)
def test_the_scale_is_95_percent_efficient(name):
    """With the scale of the table, the asymptotic variance on normal noise is 1 / 0.95, to the digits of the table."""
    loss, scale = LOSSES[name], LOSSES[name].efficiency

    def mean(function):
        ends = (0.0, scale, 12.0)
        parts = [quad(lambda r: function((r / scale) ** 2, r) * norm.pdf(r), *pair)[0] for pair in pairwise(ends)]
        return 2 * sum(parts)

    squared = mean(lambda z, r: (loss.slope(np.array(z)) * r) ** 2)
    turned = mean(lambda z, _: loss.slope(np.array(z)) + 2 * z * loss.bend(np.array(z)))
    if name == "huber":
        turned = norm.cdf(scale) - norm.cdf(-scale)
    assert turned**2 / squared == pytest.approx(0.95, abs=1e-4)


@pytest.mark.parametrize("name", LOSSES)
def test_rows_have_the_cost_and_gradient_of_the_loss(name, rng):
    """Half the squares of the rows are the loss, their gradient is that of the loss; also at residual 0."""
    jacobian, residual, scale = rng.normal(size=(200, 3)), 2 * rng.standard_cauchy(200), 1.3
    residual[:3] = 0.0, 1e-200, -1e-9
    rows, rest = robust_rows(jacobian, residual, LOSSES[name], scale)
    z = (residual / scale) ** 2
    assert rest @ rest == pytest.approx(scale**2 * LOSSES[name].rho(z).sum(), rel=1e-13)
    np.testing.assert_allclose(rows.T @ rest, jacobian.T @ (LOSSES[name].slope(z) * residual), rtol=1e-11)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows[:3], jacobian[:3], rtol=1e-9)


@pytest.mark.parametrize("name", ["soft_l1", "huber", "cauchy", "arctan"])
def test_compressed_robust_rows_find_the_optimum_of_scipy(name, explicit_problem):
    """The optimum is that of SciPy with ``loss=`` on all rows, to 3e-10, in no more evaluations."""
    rng = np.random.default_rng(8)
    x = np.linspace(0, 3, 400)
    target = 2 * np.exp(-0.7 * x) + rng.normal(0, 0.02, 400)
    target[rng.choice(400, 32, replace=False)] += 0.5

    def model(theta):
        falloff = np.exp(-theta[1] * x)
        return theta[0] * falloff, np.array([falloff, -theta[0] * x * falloff])

    scale = 0.02 * LOSSES[name].efficiency
    problem = explicit_problem(("a", "k"), model, target, loss=name, scale=scale)
    found = solve(problem, problem.map((1.8, 0.6)), gtol=1e-11)
    peer = least_squares(
        lambda theta: model(theta)[0] - target,
        (1.8, 0.6),
        lambda theta: model(theta)[1].T,
        loss=name,
        f_scale=scale,
        x_scale="jac",
        ftol=1e-15,
        xtol=1e-15,
        gtol=1e-15,
    )
    np.testing.assert_allclose(found.theta, peer.x, rtol=3e-10)
    assert found.cost == pytest.approx(peer.cost, rel=1e-12)
    assert found.success


def test_noise_is_known_in_spite_of_outliers(rng):
    """With a tenth of gross outliers, the median of deviations is 15 % off and the standard deviation eightfold."""
    residual = rng.normal(0.3, 0.02, 10_000)
    residual[:1000] += 0.5
    assert noise(residual) == pytest.approx(0.02, rel=0.17)
    assert residual.std() > 0.14


def test_other_names_are_refused():
    """The message lists all losses."""
    with pytest.raises(ArgumentError, match=r"loss must be one of 'linear', 'soft_l1', .*, got 'l1'"):
        loss_named("l1")
