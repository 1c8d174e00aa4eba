"""The rules' formulas as printed, with Kronecker products and index arrays, where they are singular, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.derivatives import (
    constant,
    from_matrix,
    identity,
    kronecker_index,
    rules,
    transposition_index,
)
from hadimg.errors import ArgumentError, ArgumentTypeError, LimitError

COUNT = 5  # elements of Z


@pytest.fixture
def known(rng):
    """Return a function that makes a random matrix, its random derivative by Z, and that as a matrix."""

    def make(*shape):
        dense = rng.normal(size=(COUNT, int(np.prod(shape))))
        return rng.normal(size=shape), from_matrix(dense, (COUNT,), shape), dense

    return make


def close(derivative, dense):
    """Compare to a few rounding errors of sums of a dozen terms."""
    np.testing.assert_allclose(derivative.dense(), dense, rtol=1e-12, atol=1e-12)


def test_simple_products_as_printed(known, rng):
    """``d(YX) = dY (I ⊗ X) + dX (Y' ⊗ I)`` and ``d(AYB) = dY (A' ⊗ B)``."""
    (y, dy, y_rows), (x, dx, x_rows) = known(2, 3), known(3, 4)
    close(rules.simple_product(y, x, dy, dx), y_rows @ np.kron(np.eye(2), x) + x_rows @ np.kron(y.T, np.eye(4)))
    a, b = rng.normal(size=(5, 2)), rng.normal(size=(3, 4))
    close(rules.product_between_constants(a, b, dy), y_rows @ np.kron(a.T, b))


def test_kronecker_products_as_printed(known):
    """``d(Y ⊗ X) = [dY (I ⊗ vec X) + dX (vec Y ⊗ I)][:, k]``; without the index k it would be another matrix."""
    (y, dy, y_rows), (x, dx, x_rows) = known(2, 3), known(3, 4)
    blocks = y_rows @ np.kron(np.eye(6), x.reshape(1, -1)) + x_rows @ np.kron(y.reshape(1, -1), np.eye(12))
    derivative = rules.kronecker_product(y, x, dy, dx)
    close(derivative, blocks[:, kronecker_index(2, 3, 3, 4)])
    assert np.abs(derivative.dense() - blocks).max() > 0.1


def test_transposes_inverses_and_diagonals_as_printed(known):
    """``d(Y') = dY[:, t]``, ``dF = -dY (F' ⊗ F)``, and D(Y) has zero columns between those of dY."""
    _, dy, rows = known(2, 3)
    close(rules.transpose(dy), rows[:, transposition_index(2, 3)])
    spread = np.zeros((COUNT, 36))
    spread[:, ::7] = rows
    close(rules.diagonal_matrix(dy), spread)
    y, dy, rows = known(3, 3)
    inverse = np.linalg.inv(y)
    close(rules.inverse(y, dy), -rows @ np.kron(inverse.T, inverse))
    close(rules.diagonal(dy), rows[:, ::4])


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_determinant_has_a_derivative_at_every_rank(rank, known):
    """The cofactors are those of minors, also where the matrix has no inverse."""
    _, dy, rows = known(3, 3)
    y = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 4.0], [5.0, 6.0, 0.0]])
    left, values, right = np.linalg.svd(y)
    y = (left[:, :rank] * values[:rank]) @ right[:rank]
    minors = [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(y, i, 0), j, 1)) for i in range(3) for j in range(3)]
    close(rules.determinant(y, dy), rows @ np.reshape(minors, (9, 1)))


def test_products_of_many_hold_where_factors_are_zero():
    """Nothing is divided by a factor: with zeros the derivative is finite and exact."""
    factors = [np.array([0.0, 2.0, 0.0]), np.array([5.0, 0.0, 0.0]), np.array([7.0, 3.0, 4.0])]
    derivative = rules.hadamard_product_of_many(factors, [identity((3,)), constant((3,), (3,)), constant((3,), (3,))])
    np.testing.assert_array_equal(derivative.dense(), np.diag([35.0, 0.0, 0.0]))


def test_powers_at_zero_have_their_limits():
    """At a base of zero: k * 0 ** (k - 1) with 0 for k = 0, and 0 ** x * log(0) is 0."""
    one, none = identity((4,)), constant((4,), (4,))
    base, power = np.zeros(4), np.array([1.0, 1.5, 2.0, 3.0])
    np.testing.assert_array_equal(rules.hadamard_variable_power(base, power, one, none).dense(), np.diag([1, 0, 0, 0]))
    np.testing.assert_array_equal(rules.hadamard_variable_power(base, power, none, one).dense(), np.zeros((4, 4)))
    np.testing.assert_array_equal(rules.hadamard_power(base, 0, one).dense(), np.zeros((4, 4)))
    np.testing.assert_array_equal(rules.hadamard_power(base, 1, one).dense(), np.eye(4))


SQUARE, WIDE = identity((2, 2)), identity((2, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: rules.simple_product(np.ones((2, 3)), np.ones((2, 2)), WIDE, constant((2, 3), (2, 2))),
            "as x has",
        ),
        (lambda: rules.simple_product(np.ones((3, 2)), np.ones((2, 2)), WIDE, SQUARE), r"out_shape must be \(3, 2\)"),
        (lambda: rules.hadamard_product(np.ones((2, 3)), np.ones((2, 2)), WIDE, SQUARE), "have one shape"),
        (lambda: rules.hadamard_product_of_many([], []), "at least one, got 0 and 0"),
        (lambda: rules.hadamard_product_of_many([[1.0]], [SQUARE]), r"derivatives\[0\] must be the derivative of fact"),
        (lambda: rules.hadamard_product([1.0], [1.0], identity((1,)), constant((2,), (1,))), "one in_shape"),
        (lambda: rules.product_between_constants(np.ones((2, 3)), np.eye(3), WIDE), "a @ Y @ b must be possible"),
        (lambda: rules.inverse([[1, 2], [2, 4]], SQUARE), "y must have an inverse"),
        (lambda: rules.log_determinant(np.zeros((2, 2)), SQUARE), "y must have an inverse"),
        (lambda: rules.determinant(np.eye(200) * 1e3, identity((200, 200))), "use log_determinant"),
        (lambda: rules.determinant(np.ones((2, 3)), WIDE), "square"),
        (lambda: rules.trace(WIDE), "square"),
        (lambda: rules.diagonal(WIDE), "square"),
        (lambda: rules.trace_of_product(np.ones((2, 3)), WIDE), r"a must have shape \(3, 2\)"),
        (lambda: rules.transpose(identity((3,))), "dy must be the derivative of a matrix"),
        (lambda: rules.scalar_function(np.ones(3), WIDE), "partials must have shape"),
        (lambda: rules.scalar_times([1.0, 2.0], [1.0], identity((2,)), constant((2,), (1,))), "s must be one number"),
        (lambda: rules.outer_product([[1.0]], [1.0], identity((1, 1)), constant((1, 1), (1,))), "one dimension"),
        (lambda: rules.elementwise_function(np.cumsum, [1.0, 2.0, 3.0], identity((3,))), "each element alone"),
        (lambda: rules.elementwise_function(lambda y: y / y.sum(), [1.0, 2.0], identity((2,))), "each element alone"),
        (lambda: rules.elementwise_function(np.sum, [1.0, 2.0], identity((2,))), r"slope\(y\) must have shape"),
        (lambda: rules.elementwise_function(np.log, [0.0, 2.0], identity((2,))), r"finite numbers, got -inf at \[0\]"),
        (lambda: rules.hadamard_power([4.0, 0.0], 0.5, identity((2,))), r"1 of 2 elements are not, .* 0.0 at \[1\]"),
        (lambda: rules.hadamard_power([4.0, -1.0], 1.5, identity((2,))), r"the first is -1.0 at \[1\]"),
        (lambda: rules.hadamard_inverse([4.0, 0.0], identity((2,))), "no Hadamard inverse: 1 of 2"),
        (lambda: rules.hadamard_inverse([4.0, 1e-200], identity((2,))), "factors must hold finite numbers"),
        (lambda: rules.hadamard_division([1.0], [0.0], identity((1,)), identity((1,))), "no Hadamard inverse: 1 of 1"),
        (lambda: rules.hadamard_division([1.0], [1.0, 2.0], identity((1,)), constant((1,), (2,))), "one shape"),
        (
            lambda: rules.hadamard_variable_power([-1.0], [2.0], identity((1,)), identity((1,))),
            "y must be above zero, or zero where x is at least 1",
        ),
        (lambda: rules.hadamard_variable_power([0.0], [0.5], identity((1,)), identity((1,))), "the first is 0.0"),
        (lambda: rules.indexed(identity((3,)), 3), r"index must fit an array of shape \(3,\), got 3"),
        (lambda: rules.indexed(identity((3,)), slice(0, 0)), "at least one element"),
        (lambda: rules.broadcast_over_channels(SQUARE, 0), "channels must be a whole number of at least 1, got 0"),
        (
            lambda: rules.hadamard_inverse([1.0, np.nan], identity((2,))),
            r"finite numbers, got nan at \[1\]",
        ),
    ],
)
def test_what_no_rule_holds_for_is_refused(call, message):
    """The error names the argument, the rule and the value."""
    with pytest.raises(ArgumentError, match=message):
        call()


def test_what_is_no_derivative_or_no_number_is_refused():
    """Arrays are not taken for derivatives in silence, nor complex numbers for real ones."""
    with pytest.raises(ArgumentTypeError, match=r"dy must be a LinearMap, got ndarray \(from_matrix makes one"):
        rules.hadamard_inverse([1.0], np.ones((1, 1)))
    with pytest.raises(ArgumentTypeError, match="y must hold real numbers, got complex128"):
        rules.hadamard_inverse([1j], identity((1,)))


def test_products_that_would_not_fit_are_refused():
    """A Kronecker product of pictures, or D(Y) of one, is refused before it is made."""
    picture, derivative = np.ones((1000, 1000)), identity((1000, 1000))
    with pytest.raises(LimitError, match="the Kronecker product would have shape"):
        rules.kronecker_product(picture, picture, derivative, derivative)
    with pytest.raises(LimitError, match=r"D\(Y\) would have shape \(1000000, 1000000\)"):
        rules.diagonal_matrix(derivative)
