"""Positive semidefinite matrices under masks, and what is no such matrix or too large."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.errors import ArgumentError, ArgumentTypeError, LimitError
from hadimg.semidefinite import is_positive_semidefinite, schur_factor


def test_damping_is_a_hadamard_product_that_keeps_a_matrix_semidefinite(rng):
    """Marquardt's damped matrix is G * (J + I): semidefinite by Schur's theorem, and definite off zero diagonals."""
    rows = rng.normal(size=(5, 3))
    gauss_newton = rows @ rows.T
    damped = gauss_newton * (np.ones((5, 5)) + 1e-3 * np.eye(5))
    np.testing.assert_allclose(damped, gauss_newton + 1e-3 * np.diag(np.diag(gauss_newton)), rtol=1e-15)
    assert is_positive_semidefinite(damped)
    assert np.linalg.eigvalsh(damped).min() > 0 > np.linalg.eigvalsh(gauss_newton).min() - 1e-12


def test_a_hard_cut_off_is_not_semidefinite():
    """A covariance limited to neighbors by zeros and ones need not be one; its least eigenvalue is 1 - sqrt(2)."""
    cut = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]])
    assert not is_positive_semidefinite(cut)
    assert np.linalg.eigvalsh(cut).min() == pytest.approx(1 - np.sqrt(2))


def test_rounding_is_no_eigenvalue_below_zero():
    """What is zero but for rounding passes, whatever the scale; a relative 1e-9 below zero does not."""
    for scale in (1e-300, 1.0, 1e300):
        assert is_positive_semidefinite(scale * np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]))
        assert is_positive_semidefinite(scale * np.diag([1.0, -1e-13]))
        assert not is_positive_semidefinite(scale * np.diag([1.0, -1e-9]))
    assert is_positive_semidefinite(np.zeros((2, 2)))
    assert is_positive_semidefinite(np.eye(2, dtype=np.float16))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: is_positive_semidefinite(np.ones((2, 3))), ArgumentError, r"a square matrix, got shape \(2, 3\)"),
        (
            lambda: is_positive_semidefinite([[1, np.nan], [0, 1]]),
            ArgumentError,
            r"finite numbers, got nan at \[0, 1\]",
        ),
        (lambda: is_positive_semidefinite([["a"]]), ArgumentTypeError, "a must hold numbers"),
        (lambda: schur_factor(np.eye(2), np.eye(3)), ArgumentError, "one shape"),
        (lambda: schur_factor(-np.eye(2), np.eye(2)), ArgumentError, "a must be positive semidefinite"),
        (lambda: schur_factor(np.eye(64), np.eye(64), max_bytes=2**20), LimitError, "the limit is 1048576"),
    ],
)
def test_what_is_no_matrix_is_refused(call, error, message):
    """The error names the argument, the rule and the value."""
    with pytest.raises(error, match=message):
        call()
