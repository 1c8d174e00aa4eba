"""The slides item by item, S29 to S37: the darkened picture, Hadamard matrices, and the rule that the title promises.

Each test states an item and shows that the same comparison fails for a mutant: 0.1 % off, transposed, or as misprinted.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from hadimg import masks
from hadimg.derivatives import check_adjoint, check_derivative, from_matrix, kronecker_index, rules
from hadimg.masking import apply_mask
from hadimg.products import kronecker
from hadimg.walsh.matrices import is_hadamard


def paley(prime):
    """Return the Hadamard matrix of order prime + 1 that Paley found, for primes that leave 3 when divided by 4."""
    squares = {k * k % prime for k in range(1, prime)}
    jacobsthal = np.array(
        [[0 if i == j else 1 if (i - j) % prime in squares else -1 for j in range(prime)] for i in range(prime)]
    )
    skew = np.zeros((prime + 1, prime + 1), int)
    skew[0, 1:], skew[1:, 0], skew[1:, 1:] = 1, -1, jacobsthal
    return skew + np.eye(prime + 1, dtype=int)


HADAMARD = {order: scipy.linalg.hadamard(order) for order in (1, 2, 4, 8, 16, 32, 64)} | {12: paley(11), 20: paley(19)}


def sylvester(matrix):
    """Return the matrix of twice the order."""
    return np.block([[matrix, matrix], [matrix, -matrix]])


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_s29_exponential_decay_darkens_a_picture_from_its_center(dtype, top, rng):
    """S29: every pixel is the rounded product; the mean falls, the center stays; 0.1 % more decay differs."""
    picture = rng.integers(0, top, (41, 61), dtype=dtype, endpoint=True)
    mask = masks.ExponentialDecay(rate=1.2)
    rows, cols = np.mgrid[:41, :61]
    radius = np.hypot(rows + 0.5 - 20.5, cols + 0.5 - 30.5) / (np.hypot(41, 61) / 2)
    darkened = apply_mask(picture, mask)
    np.testing.assert_array_equal(darkened, np.rint(picture * np.exp(-1.2 * radius)).astype(dtype))
    assert darkened.mean() < 0.7 * picture.mean()
    assert darkened[20, 30] == picture[20, 30]
    assert (apply_mask(picture, masks.ExponentialDecay(rate=1.2012)) != darkened).any()


def test_s30_signs_alone_make_no_hadamard_matrix(rng):
    """S30: a matrix of ones and minus ones that is not orthogonal is refused, and so are zeros and other shapes."""
    for matrix in HADAMARD.values():
        assert is_hadamard(matrix)
    flipped = HADAMARD[12].copy()
    flipped[3, 4] *= -1
    assert not is_hadamard(flipped)
    assert not is_hadamard(1.001 * HADAMARD[4])
    assert not is_hadamard(np.where(rng.random((8, 8)) < 0.5, 1, -1))
    assert not is_hadamard(2 * np.eye(4))
    assert not is_hadamard(np.ones((1, 2)))


@pytest.mark.parametrize("order", HADAMARD)
def test_s31_rows_are_orthogonal(order):
    """S31: ``H H' = n I`` in whole numbers, exactly; with the sign of one element changed it is not."""
    matrix = HADAMARD[order].astype(np.int64)
    np.testing.assert_array_equal(matrix @ matrix.T, order * np.eye(order, dtype=np.int64))
    matrix[0, -1] *= -1
    assert order == 1 or (matrix @ matrix.T != order * np.eye(order)).any()


def test_s32_no_determinant_is_larger(rng):
    """S32: log abs det H is n/2 log n to rounding; that of 1000 random matrices with entries in [-1, 1] is below."""
    for order, matrix in HADAMARD.items():
        logarithm = np.linalg.slogdet(matrix)[1]
        assert abs(logarithm - order / 2 * np.log(order)) <= 1e-12 * order
        assert not abs(np.linalg.slogdet(1.001 * matrix)[1] - order / 2 * np.log(order)) <= 1e-12 * order
    others = np.linalg.det(rng.uniform(-1, 1, (1000, 4, 4)))
    assert np.abs(others).max() < 4**2
    assert abs(np.linalg.det(1.001 * HADAMARD[4])) > 4**2  # beyond the bound on the entries the bound does not hold


def test_s33_hadamards_bound_holds_for_the_absolute_values_of_complex_entries(rng):
    """S33: abs det M <= n^(n/2) where abs M_ij <= 1, reached by Fourier's; M_ij <= 1, as printed, is not enough."""
    for n in (2, 3, 5):
        entries = np.exp(2j * np.pi * rng.random((300, n, n))) * np.sqrt(rng.random((300, n, n)))
        assert np.abs(np.linalg.det(entries)).max() < n ** (n / 2)
        fourier = scipy.linalg.dft(n)
        assert np.allclose(fourier @ fourier.conj().T, n * np.eye(n), rtol=0, atol=1e-13)
        assert abs(np.linalg.det(fourier)) == pytest.approx(n ** (n / 2), rel=1e-13)
    misprint = np.diag([-5.0, -5.0])  # no element is above 1
    assert abs(np.linalg.det(misprint)) > 2


@pytest.mark.parametrize("order", HADAMARD)
def test_s34_sylvesters_construction(order):
    """S34: from any Hadamard matrix, also of the orders 12 and 20, follows one of twice the order."""
    matrix = HADAMARD[order]
    assert is_hadamard(sylvester(matrix))
    np.testing.assert_array_equal(sylvester(matrix), kronecker(HADAMARD[2], matrix))
    assert not is_hadamard(np.block([[matrix, matrix], [matrix, matrix]]))


def test_s35_the_first_two_matrices():
    """S35: H_1 and H_2 as printed."""
    assert HADAMARD[1].tolist() == [[1]]
    assert HADAMARD[2].tolist() == [[1, 1], [1, -1]]
    assert sylvester(HADAMARD[1]).tolist() == [[1, 1], [1, -1]]
    assert not is_hadamard([[1, 1], [1, 1]])


def test_s36_powers_of_two_are_kronecker_products():
    """S36: H of 2^k is H_2 ⊗ H of 2^(k-1), with -H at the lower right; as printed, with +H, its rank is 2 of 4."""
    matrix = np.array([[1]])
    for k in range(1, 7):
        recursion = sylvester(matrix)
        matrix = kronecker(HADAMARD[2], matrix)
        np.testing.assert_array_equal(matrix, recursion)
        np.testing.assert_array_equal(matrix, HADAMARD[2**k])
        assert is_hadamard(matrix)
    printed = np.block([[HADAMARD[2], HADAMARD[2]], [HADAMARD[2], HADAMARD[2]]])
    assert np.linalg.matrix_rank(printed) == 2


def test_s37_the_kronecker_rule_that_the_title_promises(rng):
    """S37: ``d(Y ⊗ X)`` against differences, its adjoint, and NumPy's product; without the index k it is wrong."""
    by_z = rng.normal(size=(2, 4, 15))
    z = rng.normal(size=(2, 2))

    def y(z):
        return (np.sin(z.reshape(-1)) @ by_z[0, :, :6]).reshape(2, 3)

    def x(z):
        return (np.cos(z.reshape(-1)) @ by_z[1]).reshape(3, 5)

    dy = from_matrix(np.cos(z).reshape(4, 1) * by_z[0, :, :6], (2, 2), (2, 3))
    dx = from_matrix(-np.sin(z).reshape(4, 1) * by_z[1], (2, 2), (3, 5))
    derivative = rules.kronecker_product(y(z), x(z), dy, dx)
    assert derivative.dense().shape == (4, 90)
    assert check_adjoint(derivative)
    assert check_derivative(lambda z: np.kron(y(z), x(z)), derivative, z)
    assert not check_derivative(lambda z: np.kron(y(z), x(z)), 1.001 * derivative, z)
    unordered = np.empty((4, 90))
    unordered[:, kronecker_index(2, 3, 3, 5)] = derivative.dense()
    wrong = from_matrix(unordered, (2, 2), (6, 15))
    assert not check_derivative(lambda z: np.kron(y(z), x(z)), wrong, z)
