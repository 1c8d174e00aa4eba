"""The checks of derivatives: what they pass, what they must not pass, and the numbers they give."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.derivatives import LinearMap, check_adjoint, check_derivative, constant, from_matrix, identity, rules
from hadimg.errors import ArgumentError, ArgumentTypeError


def exponential(z):
    """Return exp(z) and its derivative."""
    return np.exp, rules.elementwise_function(np.exp, z, identity(z.shape))


def test_a_right_derivative_passes_with_slopes_of_two():
    """Every decade of the remainder falls by 1.9 to 2.1, and the error is that of central differences."""
    z = np.linspace(0.5, 2.0, 12).reshape(3, 4)
    report = check_derivative(*exponential(z), z)
    assert report
    assert all(1.9 <= slope <= 2.1 for slope in report.slopes)
    assert report.error <= 1e-9
    assert (report.compared, report.elements) == (12, 12)
    assert "the derivative is right" in str(report)


def test_a_derivative_one_element_of_which_is_wrong_is_located():
    """0.1 % in one element fails, and the report names it with both numbers."""
    z = np.array([0.3, 0.7, 1.1])
    matrix = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    wrong = matrix.copy()
    wrong[1, 0] *= 1.001
    report = check_derivative(lambda z: z @ matrix, from_matrix(wrong, (3,), (2,)), z)
    assert not report
    assert report.place == ((1,), (0,))
    assert report.derivative == pytest.approx(3.003)
    assert report.difference == pytest.approx(3.0, rel=1e-9)
    assert "y[0] by z[1]: 3.003" in str(report)


def test_a_transposed_derivative_fails(rng):
    """Of a square layout only the numbers can tell that it is transposed, and they do."""
    matrix = rng.normal(size=(4, 4))
    z = rng.normal(size=4)
    assert check_derivative(lambda z: z @ matrix, from_matrix(matrix, (4,), (4,)), z)
    assert not check_derivative(lambda z: z @ matrix, from_matrix(matrix.T, (4,), (4,)), z)


def test_linear_functions_have_no_slopes_and_pass():
    """Remainders at the level of rounding say nothing against a derivative."""
    report = check_derivative(lambda z: 3 * z, 3 * identity((5,)), np.linspace(1, 2, 5))
    assert report
    assert report.slopes == (None, None, None)


def test_functions_without_curvature_pass_with_larger_slopes():
    """At a point of symmetry the remainder falls by three; that is no fault."""
    report = check_derivative(np.sin, identity((2,)), np.zeros(2))
    assert report
    assert all(slope is None or slope > 2.9 for slope in report.slopes)


def test_steps_follow_the_size_of_each_parameter():
    """Parameters of 1e-7 and 1e6 side by side are checked to the same relative error; an absolute step fails there."""
    z = np.array([1e-7, 1e6])

    def function(z):
        return np.array([np.exp(z[0] * 1e7), np.exp(z[1] / 1e6)])

    derivative = from_matrix(np.diag([np.e * 1e7, np.e * 1e-6]), (2,), (2,))
    assert check_derivative(function, derivative, z)
    assert not check_derivative(function, from_matrix(np.diag([1.001e7 * np.e, np.e * 1e-6]), (2,), (2,)), z)
    assert not check_derivative(function, from_matrix(np.diag([1e7 * np.e, 1.001e-6 * np.e]), (2,), (2,)), z)
    assert not check_derivative(function, derivative, z, scale=1.0)  # steps of 6e-6 are 60 times the first parameter


def test_of_many_elements_some_are_compared_and_all_enter_the_slopes(rng):
    """A picture is checked by 64 elements and by one direction through all of them: a fault anywhere shows."""
    z = rng.uniform(0.5, 1.5, (40, 50))
    function, derivative = exponential(z)
    report = check_derivative(function, derivative, z)
    assert report
    assert (report.compared, report.elements) == (64, 2000)
    wrong = check_derivative(function, 1.001 * derivative, z)
    assert not wrong
    assert wrong.slopes[-1] < 1.9


def test_a_derivative_that_is_not_finite_fails():
    """NaN compares with nothing and must not pass for that."""
    broken = LinearMap((2,), (2,), lambda change: change * np.nan, lambda weights: weights * np.nan)
    report = check_derivative(lambda z: z, broken, np.ones(2))
    assert not report
    assert report.error == np.inf
    assert not check_adjoint(broken)


def test_the_dot_test_tells_a_wrong_adjoint_and_where(rng):
    """0.1 % in the adjoint of one element fails, and the element is found by halving."""
    matrix = rng.normal(size=(6, 35))
    wrong = matrix.copy()
    wrong[4, 22] *= 1.001
    right = from_matrix(matrix, (2, 3), (5, 7))
    assert check_adjoint(right)
    assert "agree" in str(check_adjoint(right))
    report = check_adjoint(LinearMap((2, 3), (5, 7), right.forward, from_matrix(wrong, (2, 3), (5, 7)).adjoint))
    assert not report
    assert report.place == ((1, 1), (3, 1))
    assert "look at the derivative of y[3, 1] by z[1, 1]" in str(report)


def test_the_dot_test_of_a_mask_over_channels():
    """The adjoint of a broadcast must add up the channels: without the sum it fails (a known defect elsewhere)."""
    right = rules.broadcast_over_channels(identity((4, 5)), 3)
    assert check_adjoint(right)
    assert not check_adjoint(LinearMap((4, 5), (4, 5, 3), right.forward, lambda weights: weights[..., 0]))


def test_the_dot_test_says_nothing_about_the_derivative():
    """A derivative that is wrong both ways passes it; the difference test does not."""
    z = np.ones(3)
    wrong = 1.001 * identity((3,))
    assert check_adjoint(wrong)
    assert check_adjoint(constant((3,), (2,)))
    assert not check_derivative(lambda z: z, wrong, z)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_adjoint(np.eye(3)), ArgumentTypeError, "derivative must be a LinearMap, got ndarray"),
        (lambda: check_adjoint(identity((2,)), pairs=0), ArgumentError, "pairs must be a whole number of at least 1"),
        (lambda: check_derivative(np.exp, identity((2,)), [1.0]), ArgumentError, r"at must have shape \(2,\)"),
        (lambda: check_derivative(np.exp, identity((2,)), [1.0, np.nan]), ArgumentError, "at must hold finite numbers"),
        (lambda: check_derivative(np.sum, identity((2,)), [1.0, 2.0]), ArgumentError, "what the function returns must"),
        (
            lambda: check_derivative(lambda z: np.where(z < 0, np.nan, z), identity((2,)), [1.0, 0.0]),
            ArgumentError,
            r"the function must be finite around at, got nan at \[1\]",
        ),
        (
            lambda: check_derivative(np.exp, identity((2,)), [1.0, 2.0], scale=[1.0, 0.0]),
            ArgumentError,
            "scale must be above zero, one number or one for each",
        ),
    ],
)
def test_what_cannot_be_checked_is_refused(call, error, message):
    """A verdict about nothing would be worse than none."""
    with pytest.raises(error, match=message):
        call()
