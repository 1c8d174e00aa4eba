"""The Hadamard product and the properties that the slides state."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.errors import ArgumentError, ArgumentTypeError, LimitError
from hadimg.products import (
    hadamard,
    hadamard_column_sums,
    hadamard_identity,
    hadamard_in_kronecker,
    hadamard_inverse,
    hadamard_row_sums,
    kronecker,
)


def test_commutative_associative_distributive_identity_inverse(rng):
    """Equations (3) to (5), the identity of ones and the inverse hold: exactly on whole numbers."""
    a, b, c = rng.integers(1, 1000, (3, 7, 5))
    np.testing.assert_array_equal(hadamard(a, b), hadamard(b, a))
    np.testing.assert_array_equal(hadamard(a, hadamard(b, c)), hadamard(hadamard(a, b), c))
    np.testing.assert_array_equal(hadamard(a, b + c), hadamard(a, b) + hadamard(a, c))
    np.testing.assert_array_equal(hadamard(a, np.ones_like(a)), a)
    np.testing.assert_allclose(hadamard(a, 1 / a), np.ones((7, 5)), rtol=1e-15)


def test_row_sums_are_a_diagonal(rng):
    """The row sums of A * B are the diagonal of A @ B.T (equation (6) in its correct form)."""
    a, b = rng.normal(size=(2, 6, 4))
    np.testing.assert_allclose(hadamard(a, b).sum(axis=1), np.diag(a @ b.T), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("a", "b", "error", "message"),
    [
        (np.ones((2, 3)), np.ones((3, 2)), ArgumentError, r"a and b must have one shape, got \(2, 3\) and \(3, 2\)"),
        (np.ones((2, 3)), np.ones(3), ArgumentError, "use apply_mask"),
        ([["x"]], [[1]], ArgumentTypeError, "a must hold numbers, got <U1"),
        ([[1]], [[1], [1, 2]], ArgumentTypeError, "b must hold numbers in rows of equal length"),
    ],
)
def test_other_shapes_and_no_numbers_are_refused(a, b, error, message):
    """A product of other shapes would be another product; the message says which shapes."""
    with pytest.raises(error, match=message):
        hadamard(a, b)


def test_sums_of_products_of_whole_numbers_do_not_wrap(rng):
    """8-bit patterns times 8-bit scenes are added up in 64 bits, where the product itself keeps its type."""
    a, b = rng.integers(0, 256, (2, 5, 700), dtype=np.uint8)
    wide = a.astype(np.int64) * b
    np.testing.assert_array_equal(hadamard_row_sums(a, b), wide.sum(axis=1))
    np.testing.assert_array_equal(hadamard_column_sums(a, b), wide.sum(axis=0))
    assert hadamard_row_sums(a, b).dtype == np.uint64
    assert hadamard_row_sums(a.astype(np.int8), b.astype(np.int8)).dtype == np.int64
    assert hadamard_row_sums(a.astype(np.float32), b).dtype == np.float32


def test_inverses_are_as_precise_as_what_is_inverted():
    """float32 stays float32, with its own limits; whole numbers become float64; complex numbers stay complex."""
    assert hadamard_inverse(np.array([2], np.uint8)).dtype == np.float64
    assert hadamard_inverse(np.array([2], np.float32)).dtype == np.float32
    assert hadamard_inverse([1j]).tolist() == [-1j]
    with pytest.raises(ArgumentError, match="1 of 1 elements"):
        hadamard_inverse(np.array([1e-40], np.float32))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: kronecker([1, 2], [[1]]), ArgumentError, r"a must be a matrix, got shape \(2,\)"),
        (lambda: kronecker([[1]], [["x"]]), ArgumentTypeError, "b must hold numbers"),
        (lambda: kronecker(*2 * [np.ones((600, 900))]), LimitError, r"shape \(360000, 810000\) and take 2332800000000"),
        (lambda: kronecker([[1.0]], [[1.0]], max_bytes=7), LimitError, r"the limit is 7 \(give max_bytes"),
        (lambda: hadamard_row_sums([1, 2], [1, 2]), ArgumentError, "a must be a matrix"),
        (lambda: hadamard_column_sums([[1, 2]], [[1]]), ArgumentError, "must have one shape"),
        (lambda: hadamard_in_kronecker((2, 0)), ArgumentError, r"at least 1, got \(2, 0\)"),
        (lambda: hadamard_in_kronecker((2, 3, 4)), ArgumentError, r"two whole numbers .*, got \(2, 3, 4\)"),
        (lambda: hadamard_identity((2, -1)), ArgumentError, r"shape and dtype must be .*, got \(2, -1\)"),
        (lambda: hadamard_identity((2, 2), dtype="dark"), ArgumentError, "shape and dtype must be .* 'dark'"),
    ],
)
def test_what_has_no_such_product_is_refused(call, error, message):
    """Shapes, types and sizes are checked before anything is made."""
    with pytest.raises(error, match=message):
        call()
