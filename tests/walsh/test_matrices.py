"""Hadamard matrices: every order, exact, in normal form, the same for ever; and what is refused."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import scipy.linalg

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.walsh.constructions import CONSTRUCTIONS, base_order, builds
from hadimg.walsh.fields import FiniteField, prime_power
from hadimg.walsh.matrices import determinant_bound, hadamard_matrix, is_hadamard, normal_form
from hadimg.walsh.sequences import circulant, has_t_sequences, has_turyn_rows, t_sequences, turyn_rows

ORDERS = [1, 2, *range(4, 668, 4)]


def test_every_order_below_668_is_a_hadamard_matrix():
    """``H @ H.T == n I`` exactly, entries +-1 in int8, first row and column +1, for 1, 2 and every multiple of 4."""
    for n in ORDERS:
        h = hadamard_matrix(n)
        assert h.dtype == np.int8
        assert h.shape == (n, n)
        assert (np.abs(h) == 1).all()
        wide = h.astype(np.float32)
        assert (wide @ wide.T == n * np.eye(n)).all(), n
        assert (h[0] == 1).all(), n
        assert (h[:, 0] == 1).all(), n


@pytest.mark.parametrize("n", [1, 2, 4, 12, 20, 28, 92, 116, 184, 332, 664, 1784])
def test_s34_doubling_is_sylvesters_step(n):
    """S34, S36: the matrix of order 2 n is (H H; H -H), with the minus below right, whatever made H."""
    h = hadamard_matrix(n)
    np.testing.assert_array_equal(hadamard_matrix(2 * n), np.block([[h, h], [h, -h]]))
    assert is_hadamard(hadamard_matrix(2 * n))
    assert not is_hadamard(np.block([[h, h], [h, h]]))


@pytest.mark.parametrize("k", range(9))
def test_powers_of_two_are_those_of_scipy(k):
    """S35, S36: the matrices of powers of two are Sylvester's, as SciPy has them."""
    np.testing.assert_array_equal(hadamard_matrix(2**k), scipy.linalg.hadamard(2**k))


def test_matrices_never_change():
    """Files and patterns depend on the bytes of a matrix: checksums of each construction and of all orders."""
    known = {
        12: 1284014531,
        36: 2446364176,
        92: 1587652619,
        116: 449997974,
        156: 2929796987,
        188: 596652479,
        268: 3606393173,
        292: 4241002437,
        428: 2007177117,
        1784: 3210707802,
    }
    found = {n: zlib.crc32(np.packbits(hadamard_matrix(n) > 0).tobytes()) for n in known}
    assert found == known
    together = 0
    for n in ORDERS:
        together = zlib.crc32(np.packbits(hadamard_matrix(n) > 0).tobytes(), together)
    assert together == 566990722


@pytest.mark.parametrize("name", CONSTRUCTIONS)
def test_every_construction_is_needed_and_right(name):
    """Each construction gives a Hadamard matrix where it says that it applies, also where another one is taken."""
    rule = CONSTRUCTIONS[name]
    orders = [n for n in range(4, 430, 4) if rule.applies(n)][:12]
    assert len(orders) >= 3
    for n in orders:
        assert is_hadamard(rule.make(n)), (name, n)


@pytest.mark.parametrize("q", [3, 5, 9, 25, 27, 49, 81, 121, 125, 243, 343, 625, 32, 729])
def test_fields_of_prime_powers(q):
    """Half of the elements but zero are squares; differences are balanced; the polynomial is irreducible."""
    field = FiniteField(*prime_power(q))
    assert field.order == q
    everything = np.arange(q)
    if q % 2:
        assert (field.character == 1).sum() == (field.character == -1).sum() == (q - 1) // 2
        jacobsthal = field.differences.astype(int)
        np.testing.assert_array_equal(jacobsthal @ jacobsthal.T, q * np.eye(q) - np.ones((q, q)))
    for a in (1, q - 1, q // 2):
        assert sorted(field.multiply(np.full(q, a), everything)) == list(range(q)), "no zero divisors"
        assert sorted(field.subtract(np.full(q, a), everything)) == list(range(q))


def test_differences_are_taken_digit_by_digit():
    """Elements of GF(9) are subtracted as polynomials, never as numbers modulo 9."""
    assert FiniteField(3, 2).subtract(np.array([3]), np.array([1])).tolist() == [5]


@pytest.mark.parametrize("w", [w for w in range(32) if has_turyn_rows(w)])
def test_turyns_williamson_matrices(w):
    """Four symmetric circulants of +-1 whose squares sum to 4 w I."""
    matrices = [circulant(row).astype(int) for row in turyn_rows(w)]
    assert all((np.abs(m) == 1).all() and (m == m.T).all() for m in matrices)
    np.testing.assert_array_equal(sum(m @ m for m in matrices), 4 * w * np.eye(w))


@pytest.mark.parametrize("t", [t for t in range(130) if has_t_sequences(t)])
def test_t_sequences(t):
    """One of the four is not zero at each place, and their autocorrelations cancel at every shift."""
    rows = np.array(t_sequences(t), dtype=int)
    assert rows.shape == (4, t)
    assert (np.abs(rows).sum(axis=0) == 1).all()
    for shift in range(1, t):
        assert (rows[:, shift:] * rows[:, :-shift]).sum() == 0


def test_base_orders():
    """Every order below 668 is 2**k times 1 or four times an odd number; only where none is known it is larger."""
    for n in ORDERS:
        odd = n // (n & -n)
        assert base_order(n) == (1 if odd == 1 else 4 * odd)
    assert base_order(1784) == 1784
    assert not builds(892)


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (668, "nobody knows one, got 668 (the nearest are 664 and 672)"),
        (2864, "no construction of one is known to hadimg, got 2864 (the nearest are 2860 and 2868)"),
        (6, "1, 2 or a multiple of 4, the orders that a Hadamard matrix can have, got 6 (the nearest are 4 and 8)"),
        (0, "got 0 (the nearest is 1)"),
    ],
)
def test_other_orders_are_refused_with_the_nearest(n, words):
    """The error says whether an order is impossible, unknown to mathematics, or unknown here, and names the nearest."""
    with pytest.raises(ArgumentError) as caught:
        hadamard_matrix(n)
    assert str(caught.value).endswith(words)


@pytest.mark.parametrize("call", [hadamard_matrix, determinant_bound])
def test_orders_are_whole_numbers(call):
    """An order that is no whole number is refused."""
    with pytest.raises(ArgumentTypeError, match="n must be a whole number, got float"):
        call(4.0)


def test_s30_entries_alone_are_not_enough(rng):
    """S30: a matrix of +-1 that is not orthogonal is no Hadamard matrix; neither is one that is not square."""
    assert not is_hadamard(rng.choice([-1, 1], (8, 8)))
    h = hadamard_matrix(8)
    assert is_hadamard(-h[::-1].T)
    assert not is_hadamard(h[:4])
    assert not is_hadamard(2 * h)
    assert not is_hadamard(h.astype(np.uint8))
    assert not is_hadamard(np.where(h == 1, 1.0, -1.001))


@pytest.mark.parametrize("n", [1, 2, 12, 20, 36, 64])
def test_s32_determinant_reaches_the_bound(n, rng):
    """S32, S33: Hadamard and Fourier matrices reach n/2 log n; random matrices and one flipped entry stay below."""
    h = hadamard_matrix(n).astype(float)
    bound = determinant_bound(n)
    assert np.linalg.slogdet(h)[1] == pytest.approx(bound, rel=1e-12)
    assert np.linalg.slogdet(scipy.linalg.dft(n))[1] == pytest.approx(bound, rel=1e-12, abs=1e-12)
    for _ in range(20):
        entries = rng.uniform(0, 1, (n, n)) * np.exp(2j * np.pi * rng.random((n, n)))
        assert np.linalg.slogdet(entries)[1] <= bound + 1e-12
    if n > 2:
        h[1, 1] *= -1
        assert np.linalg.slogdet(h)[1] < bound - 1e-3
    with pytest.raises(ArgumentError, match="n must be at least 1, got 0"):
        determinant_bound(0)


def test_normal_form(rng):
    """Negated rows and columns come back; what is not square, not +-1 or unsigned is refused."""
    h = hadamard_matrix(20)
    rows, cols = rng.choice([-1, 1], (2, 20)).astype(np.int8)
    np.testing.assert_array_equal(normal_form(h * rows[:, np.newaxis] * cols), h)
    for bad in (h[:4], 2 * h, np.ones((2, 2), np.uint8), np.ones((0, 0), int)):
        with pytest.raises(ArgumentError, match="matrix must"):
            normal_form(bad)
