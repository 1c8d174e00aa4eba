"""The Hadamard product and the properties that the slides state."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.products import hadamard


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
