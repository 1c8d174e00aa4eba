"""Polynomial surfaces: the order of their coefficients, their degrees, windows to the last bit, and memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.polynomial.legendre import legval2d

from hadimg import masks
from hadimg.errors import ArgumentError

SURFACES = [masks.PolynomialSurface, masks.LogPolynomialSurface]


def table_of(row, degree):
    """Return the table whose entry (i, j) is the coefficient of P_i(Y) P_j(X)."""
    table, numbers = np.zeros((degree + 1, degree + 1)), iter(row)
    for i in range(degree + 1):
        for j in range(degree + 1 - i):
            table[i, j] = next(numbers)
    return table


@pytest.mark.parametrize("degree", range(1, 9))
def test_coefficients_stand_in_the_documented_order(rng, degree):
    """NumPy's own sum over Legendre products, with the table filled row by row, gives the same surface."""
    row = 0.1 * rng.standard_normal((degree + 1) * (degree + 2) // 2)
    y, x = np.meshgrid(2 * (np.arange(9) + 0.5) / 9 - 1, 2 * (np.arange(14) + 0.5) / 14 - 1, indexing="ij")
    surface = legval2d(y, x, table_of(row, degree))
    mask = masks.PolynomialSurface(row)
    assert mask.degree == degree
    np.testing.assert_allclose(mask.weights((9, 14)), surface, atol=1e-14)
    np.testing.assert_allclose(masks.LogPolynomialSurface(row).weights((9, 14)), np.exp(surface), rtol=1e-13)
    for k, partial in enumerate(mask.partials((9, 14))):
        one = np.zeros_like(row)
        one[k] = 1.0
        np.testing.assert_allclose(partial, legval2d(y, x, table_of(one, degree)), atol=1e-14)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("degree", [1, 4, 8])
def test_the_neutral_surface_of_a_degree(surface, degree):
    """Every degree has its neutral mask, with all weights exactly 1."""
    mask = surface.of_degree(degree)
    assert mask.degree == degree
    np.testing.assert_array_equal(mask.weights((5, 8)), 1.0)


@pytest.mark.parametrize("surface", SURFACES)
def test_windows_of_every_size_hold_the_same_bits(rng, surface):
    """Single rows, single columns and single pixels too: no product is summed in another order."""
    mask = surface.of_degree(6)
    mask = mask.with_vector(mask.vector + 0.05 * rng.standard_normal(28))
    whole = mask.weights((61, 83))
    for rows in (slice(0, 61), slice(7, 8), slice(60, 61), slice(3, 24)):
        for cols in (slice(0, 83), slice(0, 1), slice(81, 83), slice(40, 71)):
            window = mask.weights((61, 83), window=(rows, cols))
            np.testing.assert_array_equal(window, whole[rows, cols])


def test_products_of_logarithmic_surfaces_add_coefficients(rng):
    """The Hadamard product of two logarithmic surfaces is the one with the sum of their coefficients."""
    a, b = 0.2 * rng.standard_normal((2, 15))
    product = masks.LogPolynomialSurface(a) * masks.LogPolynomialSurface(b)
    expected = masks.LogPolynomialSurface(a + b).weights((9, 14))
    np.testing.assert_allclose(product.weights((9, 14)), expected, rtol=1e-13)


def test_no_array_of_all_partials_is_made():
    """Weights take hardly more memory than themselves, and partial derivatives come one at a time."""
    mask, shape = masks.PolynomialSurface.of_degree(8), (600, 900)
    size = 8 * shape[0] * shape[1]
    mask.weights((2, 2))
    tracemalloc.start()
    try:
        mask.weights(shape)
        assert tracemalloc.get_traced_memory()[1] < 1.3 * size
        tracemalloc.reset_peak()
        for partial in mask.partials(shape):
            assert partial.shape == shape
        assert tracemalloc.get_traced_memory()[1] < 2.2 * size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("surface", SURFACES)
def test_what_is_refused(surface):
    """Other numbers of coefficients and other degrees are refused by rule and value."""
    with pytest.raises(ArgumentError, match=r"coefficients must hold 3, 6, 10, .* got 4"):
        surface((1.0, 0.0, 0.0, 0.0))
    with pytest.raises(ArgumentError, match=r"coefficients must hold 3, .*, 45 numbers .* got 55"):
        surface((0.0,) * 55)
    with pytest.raises(ArgumentError, match="coefficients must hold at least 3 numbers"):
        surface((1.0,))
    with pytest.raises(ArgumentError, match="degree must be a whole number from 1 to 8, got 9"):
        surface.of_degree(9)
