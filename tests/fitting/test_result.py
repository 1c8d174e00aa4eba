"""Results are data: what they hold, JSON that is exact, text and plots."""

from __future__ import annotations

import json
import sys
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import DependencyError, FormatError
from hadimg.fitting.outcome.conclude import Circumstances, conclude
from hadimg.fitting.outcome.result import FitResult
from hadimg.fitting.solving.solvers import solve

SHAPE = (24, 32)
TRUTH = masks.ExponentialDecay(rate=1.2, center_row=0.52, center_col=0.47)


@pytest.fixture
def result(explicit_problem):
    """Return the result of a fit of a decay to a noisy picture, with its power fixed."""
    start = masks.ExponentialDecay(rate=0.8)
    noise = np.random.default_rng(4).normal(0, 0.01, SHAPE)

    def model(theta):
        mask = start.with_vector(theta)
        return mask.weights(SHAPE).ravel(), mask.jacobian(SHAPE).reshape(len(theta), -1)

    problem = explicit_problem(start.names, model, (TRUTH.weights(SHAPE) + noise).ravel())
    parameters = problem.map(start.vector, *start.bounds, fixed=("power",))
    solution = solve(problem, parameters)
    misfit = (start.with_vector(solution.theta).weights(SHAPE) - TRUTH.weights(SHAPE) - noise).reshape(6, 4, 8, 4)
    circumstances = Circumstances(
        method="least_squares",
        reduction="none",
        n_rows=5,
        shape=SHAPE,
        ignored={"clipped": 3, "dark": 0},
        residual_map=misfit.mean(axis=(1, 3)),
        warnings=("a warning from outside",),
        seconds=0.25,
    )
    return conclude(problem, parameters, solution, circumstances, mask=start, covariance_kind="scaled")


def test_a_result_holds_everything(result):
    """Numbers agree with each other, and with the truth within four standard errors."""
    assert result.success
    assert result.mask == masks.ExponentialDecay().with_vector(list(result.params.values()))
    for name, value in zip(TRUTH.names, TRUTH.vector, strict=True):
        assert abs(result.params[name] - value) <= 4 * (result.stderr[name] or 0.0)
    assert result.free == ("rate", "center_row", "center_col")
    assert result.stderr_reasons == {"power": "fixed"}
    assert (result.n_pixels, result.n_free, result.dof, result.rank) == (768, 3, 765, 3)
    assert result.rss == 2 * result.cost
    assert result.sigma == pytest.approx(0.01, rel=0.1)
    np.testing.assert_allclose(np.sqrt(np.diag(result.covariance))[0], result.stderr["rate"], rtol=1e-12)
    np.testing.assert_allclose(np.diag(result.correlation), 1.0)
    assert result.active == {"rate": 0, "center_row": 0, "center_col": 0}
    assert result.history[0].theta == tuple(masks.ExponentialDecay(rate=0.8).vector)
    assert result.n_iterations == len(result.history) - 1 <= result.n_evaluations
    assert result.optimality == result.history[-1].optimality <= 1e-6
    assert result.null_direction is None
    assert result.warnings == ("a warning from outside",)


def test_results_are_frozen(result):
    """Neither fields nor arrays can be changed."""
    with pytest.raises(FrozenInstanceError):
        result.cost = 0.0
    with pytest.raises(ValueError, match="read-only"):
        result.covariance[0, 0] = 0.0


def test_json_is_exact(result):
    """Every field comes back to the last bit, is equal, and gives the same text again."""
    text = result.to_json()
    again = FitResult.from_json(text)
    assert again == result
    assert again.to_json() == text
    for item in fields(FitResult):
        mine, other = getattr(result, item.name), getattr(again, item.name)
        assert type(mine) is type(other), item.name
        np.testing.assert_equal(other, mine)
    assert again.history[1].theta == result.history[1].theta
    assert json.loads(result.to_json(indent=2)) == json.loads(text)
    assert again != replace(again, cost=np.nextafter(again.cost, 1.0))
    assert again != "a result"


def test_what_is_missing_stays_missing_in_json(result):
    """None is null in JSON and None again."""
    bare = replace(result, covariance=None, correlation=None, residual_map=None, condition=None, shape=None, sigma=None)
    again = FitResult.from_json(bare.to_json())
    assert again == bare
    assert again.covariance is None
    assert again.shape is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.pop("cost"), "a fit result lacks 'cost'"),
        (lambda data: data.update(costs=1), "a fit result has no entry 'costs'"),
        (lambda data: data.update(version=99), "must be an object of version 1"),
        (lambda data: data.update(mask={"family": "nothing"}), "nothing"),
        (lambda data: data.update(history=3), "holds an entry of a wrong kind"),
        (lambda data: data.update(covariance="x"), "holds an entry of a wrong kind"),
    ],
)
def test_broken_json_is_refused(change, message, result):
    """The message names the entry."""
    data = result.to_dict()
    change(data)
    with pytest.raises(FormatError if "nothing" not in message else ValueError, match=message):
        FitResult.from_json(json.dumps(data))
    with pytest.raises(FormatError, match="a fit result must be JSON"):
        FitResult.from_json("{")


def test_the_report_tells_what_people_ask(result):
    """Parameters with errors or reasons, how it ended, what was left out, and every warning."""
    text = result.report()
    lines = text.splitlines()
    assert lines[0].startswith("fit of exponential_decay(")
    assert lines[1].startswith("converged: ")
    rate = next(line for line in lines if line.startswith("rate"))
    assert f"{result.params['rate']:.8g}" in rate
    assert f"{result.stderr['rate']:.3g}" in rate
    assert next(line for line in lines if line.startswith("power")).endswith("-  fixed")
    assert "768 values of a picture of 24 x 32" in text
    assert "errors: scaled (weights are right up to a factor" in text
    assert "left out: 3 clipped" in text
    assert "dark" not in text
    assert lines[-1] == "warning: a warning from outside"
    assert all(len(line) <= 130 for line in lines)


def test_the_repr_is_one_line(result):
    """Short, with the mask and how the fit ended."""
    assert repr(result).startswith("<FitResult of ExponentialDecay(")
    assert "\n" not in repr(result)


def test_the_plot_shows_profile_residual_and_history(result):
    """The panels hold the result's own numbers."""
    figure = result.plot()
    profile, residual, history = figure.axes[:3]
    assert len(profile.get_lines()) == 2
    np.testing.assert_array_equal(residual.get_images()[0].get_array(), result.residual_map)
    low, high = residual.get_images()[0].get_clim()
    assert low == -high == -np.abs(result.residual_map).max()
    np.testing.assert_array_equal(history.get_lines()[0].get_ydata(), [step.optimality for step in result.history])
    assert figure.get_suptitle() == result.message
    figure.savefig("/dev/null", format="png")


def test_the_plot_does_without_what_is_missing(result):
    """No residual picture, an exact fit, an array of another size: a word instead of a panel, never an error."""
    exact = replace(
        result, residual_map=None, history=tuple(step._replace(optimality=0.0) for step in result.history[:1])
    )
    figure = exact.plot()
    assert figure.axes[1].texts[0].get_text() == "no picture of the residual was kept"
    assert not figure.axes[2].get_lines()
    array = replace(result, mask=masks.Array(np.ones((3, 4))))
    assert array.plot().axes[0].texts
    figure.savefig("/dev/null", format="png")


def test_a_missing_library_is_told(result, monkeypatch):
    """The message has the way to get it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(DependencyError, match=r'plots need matplotlib \(pip install "hadimg\[plot\]"\)'):
        result.plot()
