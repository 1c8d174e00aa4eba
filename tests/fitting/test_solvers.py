"""Every method on the same problems: evaluations, bounds, ties, stopping, and failures that say what to do."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.errors import ArgumentError
from hadimg.fitting.outcome.standard_errors import estimate_errors
from hadimg.fitting.solving.solvers import ENDINGS, METHODS, solve
from hadimg.fitting.ties import GeneralTie, LinearTie

X = np.linspace(0, 3, 30)
ITERATIVE = [name for name in METHODS if name != "linear"]


def decay(theta):
    """Return ``a * exp(-k x)`` and its derivatives."""
    amplitude, rate = theta
    falloff = np.exp(-rate * X)
    return amplitude * falloff, np.array([falloff, -amplitude * X * falloff])


@pytest.fixture
def noisy_decay(explicit_problem, rng):
    """Return a decay of amplitude 2 and rate 0.7 with a little noise."""
    return explicit_problem(("a", "k"), decay, decay((2.0, 0.7))[0] + rng.normal(0, 0.01, 30))


@pytest.mark.parametrize(
    ("method", "step", "most"),
    [
        ("least_squares", None, 9),
        ("lbfgs", None, 18),
        ("gradient_descent", None, 43),
        ("gradient_descent", "armijo", 200),
        ("momentum", None, 360),
        ("adam", 0.01, 1692),
    ],
)
def test_the_reference_problem_takes_no_more_evaluations_than_specified(method, step, most, reference_problem):
    """All methods reach one optimum within 2e-6 standard errors, in the evaluations of the specification's table."""
    problem, start = reference_problem
    parameters = problem.map(start)
    best = solve(problem, parameters, gtol=1e-12)
    errors = estimate_errors(problem, parameters, best, kind="scaled")
    problem.evaluated = 0
    found = solve(problem, parameters, method=method, step=step, gtol=1e-8)
    assert found.success, found.message
    assert found.evaluations == problem.evaluated <= most
    off = (found.theta - best.theta) / np.array(list(errors.stderr.values()))
    assert np.abs(off).max() < 2e-6


def test_optimality_is_a_cosine_free_of_scale(noisy_decay, explicit_problem):
    """Exposure, units of a parameter and the number of pixels change neither the way nor the measure."""
    parameters = noisy_decay.map((1.5, 0.5))
    found = solve(noisy_decay, parameters)
    jacobian, residual = noisy_decay.plain(found.history[1].theta)
    cosines = np.abs(jacobian.T @ residual) / np.linalg.norm(jacobian, axis=0) / np.linalg.norm(residual)
    assert found.history[1].optimality == pytest.approx(cosines.max(), rel=1e-6)
    assert found.optimality <= 1e-6

    def scaled(theta):
        values, partials = decay((theta[0], theta[1] * 1e-5))
        return 1e-9 * np.tile(values, 5), 1e-9 * np.tile(partials * [[1.0], [1e-5]], 5)

    other = explicit_problem(("a", "k"), scaled, 1e-9 * np.tile(noisy_decay.target, 5))
    again = solve(other, other.map((1.5, 0.5e5)))
    assert again.iterations == found.iterations
    np.testing.assert_allclose([s.optimality for s in again.history], [s.optimality for s in found.history], rtol=1e-3)
    np.testing.assert_allclose(again.theta, found.theta * [1, 1e5], rtol=1e-7)


@pytest.mark.parametrize("method", ITERATIVE)
def test_an_exact_fit_is_optimal_though_the_cosine_is_noise(method, explicit_problem):
    """Without noise, parameters are recovered to rounding, and a residual of rounding counts as optimal."""
    problem = explicit_problem(("a", "k"), decay, decay((2.0, 0.7))[0])
    found = solve(problem, problem.map((1.5, 0.5)), method=method, max_iterations=20000)
    assert found.success, found.message
    assert found.optimality == 0.0
    np.testing.assert_allclose(found.theta, (2.0, 0.7), rtol=1e-10)


@pytest.mark.parametrize("method", ITERATIVE)
def test_defect_7_a_start_on_a_bound_leaves_it(method, explicit_problem):
    """Defect 7: from k = 0 with k >= 0 the optimum (2, 0.7) is found, with a cost below 1e-18."""
    problem = explicit_problem(("a", "k"), decay, decay((2.0, 0.7))[0])
    parameters = problem.map((1.5, 0.0), [-np.inf, 0.0], [np.inf, np.inf])
    found = solve(problem, parameters, method=method, max_iterations=20000)
    assert found.success, found.message
    np.testing.assert_allclose(found.theta, (2.0, 0.7), rtol=1e-9)
    assert found.cost < 1e-18
    assert found.history[0].theta == (1.5, 0.0)


@pytest.mark.parametrize("method", ITERATIVE)
@pytest.mark.parametrize(("lower", "upper", "side"), [(0.0, 0.5, 1), (0.9, 2.0, -1)])
def test_an_optimum_on_a_bound_lies_exactly_on_it(method, lower, upper, side, noisy_decay):
    """The bound is reached to the last bit, reported as active, and the other parameter is optimal given it."""
    middle = (lower + upper) / 2
    found = solve(noisy_decay, noisy_decay.map((1.5, middle), [0.0, lower], [9.0, upper]), method=method)
    assert found.success, found.message
    assert found.theta[1] == (upper if side > 0 else lower)
    assert found.held.tolist() == [0, side]
    falloff = np.exp(-found.theta[1] * X)
    assert found.theta[0] == pytest.approx(falloff @ noisy_decay.target / (falloff @ falloff), rel=1e-6)


@pytest.mark.parametrize("method", ITERATIVE)
def test_defect_1_a_tied_column_is_not_dropped(method, explicit_problem):
    """Defect 1: a Gaussian whose mean is tied to four times its width is recovered, with a cost below 1e-18."""
    x = np.linspace(0, 10, 60)

    def model(theta):
        amplitude, mean, stddev = theta
        z = (x - mean) / stddev
        bell = np.exp(-0.5 * z * z)
        return amplitude * bell, np.array([bell, amplitude * bell * z / stddev, amplitude * bell * z * z / stddev])

    problem = explicit_problem(("amplitude", "mean", "stddev"), model, model((3.2, 5.2, 1.3))[0])
    for tie in (LinearTie({"stddev": 4.0}), GeneralTie(("stddev",), lambda v: 4 * v[0], lambda _: [4.0])):
        parameters = problem.map((3.0, 0.0, 1.1), ties={"mean": tie})
        found = solve(problem, parameters, method=method, max_iterations=20000)
        assert found.success, found.message
        np.testing.assert_allclose(found.theta, (3.2, 5.2, 1.3), rtol=1e-9)
        assert found.cost < 1e-18


def test_fixed_and_rescaled_parameters_lead_to_the_same_optimum(noisy_decay):
    """On logarithmic scales the optimum is the same; a fixed parameter keeps its value to the last bit."""
    plain = solve(noisy_decay, noisy_decay.map((1.5, 0.5)), gtol=1e-10)
    bounds = ([0.0, 0.0], [9.0, 3.0])
    other = solve(noisy_decay, noisy_decay.map((1.5, 0.5), *bounds, scales={"a": "log", "k": "logit"}), gtol=1e-10)
    assert other.success
    np.testing.assert_allclose(other.theta, plain.theta, rtol=1e-9)
    fixed = solve(noisy_decay, noisy_decay.map((1.5, 0.6), fixed=("k",)))
    assert fixed.theta[1] == 0.6
    assert fixed.success


def test_a_tied_parameter_never_leaves_its_bounds(explicit_problem, rng):
    """A sum that may not exceed 1.2 is kept there at every evaluation, and the failure says so: no success."""

    def model(theta):
        assert theta[2] <= 1.2 + 1e-9
        return decay(theta[:2])[0], np.array([*decay(theta[:2])[1], 0 * X])

    problem = explicit_problem(("a", "k", "sum"), model, decay((2.0, 0.7))[0] + rng.normal(0, 0.01, 30))
    ties = {"sum": LinearTie({"a": 1.0, "k": 1.0})}
    found = solve(problem, problem.map((0.5, 0.5, 0.0), [0, 0, 0], [9, 9, 1.2], ties=ties), max_iterations=60)
    assert not found.success
    assert "did not converge" in found.message
    assert found.theta[2] <= 1.2


def test_linear_problems_take_one_step(explicit_problem, rng):
    """A polynomial is solved by one system, within bounds by one more; other masks are told to go elsewhere."""
    matrix = np.vander(np.linspace(0, 1, 50), 4).T
    target = np.array([1.0, -2.0, 0.5, 3.0]) @ matrix + rng.normal(0, 0.01, 50)
    problem = explicit_problem("abcd", lambda theta: (theta @ matrix, matrix), target)
    found = solve(problem, problem.map(np.zeros(4)), method="linear")
    assert found.success
    assert found.iterations == 1
    np.testing.assert_allclose(found.theta, np.linalg.lstsq(matrix.T, target, rcond=None)[0], rtol=1e-9)
    bounds = np.array([-1.0, -1.0, -9.0, -9.0]), np.full(4, 9.0)
    held = solve(problem, problem.map(np.zeros(4), *bounds), method="linear")
    peer = solve(problem, problem.map(np.zeros(4), *bounds), method="least_squares")
    assert held.success
    assert held.theta[1] == -1.0
    np.testing.assert_allclose(held.theta, peer.theta, rtol=1e-6)


def test_a_mask_that_is_not_linear_is_no_success_of_the_linear_method(noisy_decay):
    """The answer of one system is wrong for a decay, and is not called an optimum."""
    found = solve(noisy_decay, noisy_decay.map((1.0, 0.1)), method="linear")
    assert not found.success
    assert found.message == "did not converge: the mask is not linear in a, k; use method='least_squares'"
    with pytest.raises(ArgumentError, match="method 'linear' needs linear ties and no scales"):
        solve(noisy_decay, noisy_decay.map((1.0, 0.1), [0, 0], [9, 9], scales={"a": "log"}), method="linear")


@pytest.mark.parametrize("method", ITERATIVE)
def test_the_callback_sees_each_iteration_and_can_stop(method, noisy_decay):
    """It is called once per iteration, and ends the fit by True or StopIteration with the best point so far."""
    parameters, seen = noisy_decay.map((1.5, 0.3)), []
    found = solve(noisy_decay, parameters, method=method, callback=seen.append)
    assert [progress.iteration for progress in seen] == list(range(1, found.iterations + 1))
    assert seen[-1].parameters == dict(zip("ak", found.theta, strict=True))
    assert seen[-1].optimality == found.optimality

    def leave(progress):
        if progress.iteration == 2:
            raise StopIteration

    for callback in (lambda progress: progress.iteration == 2, leave):
        stopped = solve(noisy_decay, parameters, method=method, callback=callback)
        assert not stopped.success
        assert stopped.message == "stopped by the caller after 2 iterations"
        assert stopped.cost == min(step.cost for step in stopped.history) < found.history[0].cost


def test_a_stop_is_heard_next_to_a_bound_too(noisy_decay):
    """True at any one iteration ends the fit there, also where the solver is about to put a parameter on its bound."""
    parameters = noisy_decay.map((1.5, 0.3), [0.0, 0.0], [9.0, 0.5])
    whole = solve(noisy_decay, parameters)
    assert whole.held.tolist() == [0, 1]
    for last in range(1, whole.iterations):
        stopped = solve(
            noisy_decay, parameters, callback=lambda progress, last=last: np.bool_(progress.iteration == last)
        )
        assert (stopped.iterations, stopped.status) == (last, "stopped")


@pytest.mark.parametrize("method", ITERATIVE)
def test_other_exceptions_of_the_callback_pass_through(method, noisy_decay):
    """Even one of hadimg's own, which a solver takes for a refused trial when the problem raises it."""

    def fail(progress):
        raise ArgumentError("mine")

    with pytest.raises(ArgumentError, match="mine"):
        solve(noisy_decay, noisy_decay.map((1.5, 0.3)), method=method, callback=fail)


def test_trials_that_are_no_masks_are_refused_steps(explicit_problem, rng):
    """Overflow, and parameters within all bounds that a mask refuses, shorten a step; at the start they are errors."""

    def model(theta):
        if theta[1] > 1.5:
            raise ArgumentError("no mask there")
        return decay(theta)

    problem = explicit_problem(("a", "k"), model, decay((2.0, 0.7))[0] + rng.normal(0, 0.01, 30))
    for method in ("least_squares", "lbfgs", "gradient_descent"):
        found = solve(problem, problem.map((0.01, 1.4)), method=method)
        assert found.success, (method, found.message)
        np.testing.assert_allclose(found.theta, (2.0, 0.7), rtol=0.05)
        with pytest.raises(ArgumentError, match="no mask there"):
            solve(problem, problem.map((1.0, 2.0)), method=method)
        with pytest.raises(ArgumentError, match=r"the cost is not finite at the start \{'a': 1.0, 'k': -500.0\}"):
            solve(problem, problem.map((1.0, -500.0)), method=method)


@pytest.mark.parametrize("method", ITERATIVE)
def test_too_few_iterations_are_no_success(method, noisy_decay):
    """The sentence has the iterations, the optimality and the way out."""
    found = solve(noisy_decay, noisy_decay.map((1.5, 0.05), [0, 0], [9, 9]), method=method, max_iterations=1)
    assert not found.success
    assert found.iterations == 1
    assert found.message.startswith("did not converge: 1 iterations, optimality ")
    assert "> 1.0e-06; raise max_iterations or start nearer" in found.message


def test_a_parameter_near_its_bound_is_named_in_a_failure(noisy_decay):
    """The message of the specification: rate is near its upper bound."""
    found = solve(noisy_decay, noisy_decay.map((1.5, 2.95), [0, 0], [9, 3]), method="adam", max_iterations=2)
    assert "(k 2.9" in found.message
    assert found.message.endswith("is near its upper bound 3)")


@pytest.mark.parametrize(("lower", "named"), [(2.9, True), (0.2, False), (0.0, True)])
def test_a_small_share_of_a_wide_range_may_be_far_from_a_bound(noisy_decay, lower, named):
    """A value of 3 is near a lower bound of 2.9, not one of 0.2; near 0 only the range can tell."""
    bounds = [0, lower], [9, 1000]
    found = solve(noisy_decay, noisy_decay.map((1.5, 3.0), *bounds), method="adam", max_iterations=1)
    assert found.message.endswith(f"is near its lower bound {lower:g})") == named


def test_nothing_that_changes_the_picture_is_no_success(explicit_problem):
    """A center that is free while the rate is 0 changes nothing: it is named."""

    def model(theta):
        return np.ones(30), np.zeros((1, 30))

    problem = explicit_problem(("center_row",), model, np.ones(30) * 0.5)
    for method in METHODS:
        found = solve(problem, problem.map((0.5,)), method=method)
        assert not found.success
        assert found.message.startswith("cannot fit: center_row changes nothing after 0 iterations; start elsewhere")


def test_diverging_steps_end_in_words(explicit_problem):
    """A step that is far too long ends with the remedy, not with infinite numbers or a picture that nothing changes."""
    problem = explicit_problem(("k",), lambda t: (np.exp(t[0] * X), np.array([X * np.exp(t[0] * X)])), np.exp(0.1 * X))
    for start, message in (
        (0.05, "did not converge: the cost is not finite after"),
        (1.0, "cannot fit: k changes noth"),
    ):
        found = solve(problem, problem.map((start,)), method="adam", step=1000.0)
        assert not found.success
        assert found.message.startswith(message)
        assert np.isfinite(found.theta).all()


def test_every_ending_but_one_is_a_failure(noisy_decay):
    """A gtol below rounding ends with the sentence that says so, and with a solution as good as can be."""
    found = solve(noisy_decay, noisy_decay.map((1.5, 0.5)), gtol=1e-17)
    assert (found.success, found.status) == (False, "stalled")
    assert found.optimality < 1e-9
    assert set(ENDINGS) >= {"optimal", "limit", "stopped", "stalled", "diverged", "blind", "curved"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "lm"}, "method must be one of 'least_squares', 'lbfgs', .*, got 'lm'"),
        ({"step": 0.1}, r"step of the method 'least_squares' must be left out, got 0.1"),
        ({"method": "gradient_descent", "step": "wolfe"}, "must be 'barzilai_borwein' or 'armijo', got 'wolfe'"),
        ({"method": "adam", "step": -1.0}, "must be a number above 0, got -1.0"),
        ({"gtol": 0.0}, "gtol must lie between 0 and 1, got 0.0"),
        ({"max_iterations": 0}, "max_iterations must be a whole number above 0, got 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message, noisy_decay):
    """The message has the choices."""
    with pytest.raises(ArgumentError, match=message):
        solve(noisy_decay, noisy_decay.map((1.5, 0.5)), **options)


def test_a_map_of_other_or_no_free_parameters_is_refused(noisy_decay):
    """Names must be those of the problem, and one must be free."""
    with pytest.raises(ArgumentError, match="nothing is free: every parameter is fixed or tied"):
        solve(noisy_decay, noisy_decay.map((1.5, 0.5), fixed=("a", "k")))
    parameters = noisy_decay.map((1.5, 0.5))
    noisy_decay.names = ("a", "rate")
    with pytest.raises(ArgumentError, match="the parameters must be those of the problem"):
        solve(noisy_decay, parameters)


def test_the_same_call_gives_the_same_bits(reference_problem):
    """Two solves agree to the last bit in every number of their histories."""
    problem, start = reference_problem
    for method in ("least_squares", "lbfgs", "gradient_descent"):
        first, second = (solve(problem, problem.map(start), method=method) for _ in range(2))
        assert first.history == second.history
        np.testing.assert_array_equal(first.theta, second.theta)


def test_sums_alone_serve_the_descents(noisy_decay):
    """Methods on gradients never ask for rows, the trust region never for sums."""

    class Half:
        names, count, target_norm = noisy_decay.names, noisy_decay.count, noisy_decay.target_norm

        def sums(self, theta, order):
            assert order == 2
            return noisy_decay.sums(theta, order)

    half = Half()
    for method in ("lbfgs", "gradient_descent", "momentum", "adam"):
        assert solve(half, noisy_decay.map((1.5, 0.5)), method=method).success
    half.rows = noisy_decay.rows
    half.sums = None
    assert solve(half, noisy_decay.map((1.5, 0.5))).success
