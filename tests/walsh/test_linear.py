"""The transform as a linear map: its derivative, its adjoint, and its place in a chain."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.derivatives import check_adjoint, check_derivative, identity, rules
from hadimg.errors import ArgumentError
from hadimg.walsh.linear import transform_map
from hadimg.walsh.matrices import hadamard_matrix
from hadimg.walsh.transform import NORMS, fwht, fwhtn


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(
    ("shape", "order"), [((8,), "sequency"), ((12,), "natural"), ((4, 20), "natural"), ((4, 8), "dyadic")]
)
def test_derivative_and_adjoint(shape, order, norm, rng):
    """The map is the transform's derivative, and its adjoint its own, also where H is not symmetric."""
    derivative = transform_map(shape, None, order, norm)
    x = rng.standard_normal(shape)
    assert check_derivative(lambda z: fwhtn(z, None, order, norm), derivative, x)
    assert check_adjoint(derivative)
    np.testing.assert_allclose(derivative.jvp(x), fwhtn(x, None, order, norm))


def test_slide_layout():
    """One row for each element of the argument: the dense matrix is H transposed."""
    np.testing.assert_array_equal(transform_map((20,)).dense(), hadamard_matrix(20).T)


def test_chain_with_the_hadamard_rule(rng):
    """The derivative of ``H (x * x)`` by x, through the chain rule."""
    x = rng.standard_normal(16)
    squared = rules.hadamard_power(x.reshape(1, 16), 2, identity((1, 16)))
    chain = squared @ transform_map((1, 16), (1,))
    assert check_derivative(lambda z: fwht(z * z), chain, x.reshape(1, 16))


def test_bad_lengths_are_refused_at_once():
    """A shape that the transform refuses makes no map."""
    with pytest.raises(ArgumentError, match="must be that of a known Hadamard matrix, got 5"):
        transform_map((5,))
