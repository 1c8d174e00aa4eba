"""The lapped Walsh-Hadamard transform: its coding gain, its inverse in whole numbers, and what it does at borders."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from hadimg.codec.lapped import ENERGY, NATURAL, OVERLAP, STEP_WEIGHTS, analyze, synthesize
from hadimg.walsh import hadamard_matrix

SIZES = [1, 7, 8, 9, 15, 16, 17]


def walsh() -> np.ndarray:
    """Return the orthonormal Walsh matrix of order 8, by sequency."""
    return hadamard_matrix(8)[list(NATURAL)] / np.sqrt(8)


def overlap_filter() -> np.ndarray:
    """Return P, the filter across one border, as the specification's product of matrices."""
    one, mirror = np.eye(4), np.eye(4)[::-1]
    butterfly = np.block([[one, mirror], [mirror, -one]])
    middle = scipy.linalg.block_diag(one, np.array(OVERLAP))
    # The lower half of the butterfly counts pairs from the innermost.
    return butterfly @ middle @ butterfly / 2


def analysis(blocks: int) -> np.ndarray:
    """Return the matrix of the whole transform of a line of blocks."""
    size = 8 * blocks
    filters = np.eye(size)
    for border in range(8, size, 8):
        filters[border - 4 : border + 4, border - 4 : border + 4] = overlap_filter()
    return np.kron(np.eye(blocks), walsh()) @ filters


def test_sequencies():
    """Row k of the matrix changes its sign k times."""
    changes = (np.diff(np.sign(walsh()), axis=1) != 0).sum(axis=1)
    assert changes.tolist() == list(range(8))


@pytest.mark.parametrize(("correlation", "expected"), [(0.95, 9.006), (0.90, 6.335), (0.98, 12.532)])
def test_coding_gain(correlation, expected):
    """The coding gain of the shipped V is that of the specification, to its last digit."""
    transform = analysis(4)
    covariance = scipy.linalg.toeplitz(correlation ** np.arange(32))
    inverse = np.linalg.inv(transform)
    variances = np.diag(transform @ covariance @ transform.T)[8:16]
    noise = (inverse**2).sum(axis=0)[8:16]
    gain = -10 * np.log10(np.exp(np.log(variances * noise).mean()))
    assert gain == pytest.approx(expected, abs=1e-3)
    np.testing.assert_allclose(noise, ENERGY, atol=6e-4)


def test_steps_spread_noise_evenly():
    """A step's square times its function's energy is the same for all bands, and the mean of logarithms is 0."""
    weights = np.array(STEP_WEIGHTS) / 1024
    noise = weights**2 * np.outer(ENERGY, ENERGY)
    assert noise.max() / noise.min() < 1.004
    assert abs(np.log(weights).mean()) < 1e-3


@pytest.mark.parametrize("height", SIZES)
@pytest.mark.parametrize("width", SIZES)
def test_whole_numbers_come_back(rng, height, width):
    """Every size comes back within two sixteenths of a level: half of one for each rounding."""
    plane = rng.integers(-2048, 2048, (height, width)).astype(np.int32)
    back = synthesize(analyze(plane, 8), (height, width), 8)
    assert np.abs(back - plane).max() <= 3


@pytest.mark.parametrize("overlap", [0, 8])
def test_agrees_with_the_matrix(rng, overlap):
    """The compiled transform in whole numbers is the matrix product in floating point, but for rounding."""
    plane = rng.integers(-2048, 2048, (24, 32)).astype(np.int32)
    blocks = analyze(plane, 8, overlap)
    rows, columns = (analysis(n) if overlap else np.kron(np.eye(n), walsh()) for n in (3, 4))
    expected = rows @ plane @ columns.T
    for u in range(8):
        for v in range(8):
            found = blocks[1:-1, NATURAL[u] * 8 + NATURAL[v], 1:5]
            np.testing.assert_allclose(found, expected[u::8, v::8], atol=6)


def test_sixteen_bits(rng):
    """Deep pictures use wide numbers and come back as well."""
    plane = rng.integers(-(1 << 19), 1 << 19, (33, 31)).astype(np.int32)
    assert np.abs(synthesize(analyze(plane, 16), (33, 31), 16) - plane).max() <= 3


def test_constant_pictures_stay_constant():
    """A constant picture has means alone, and the filter leaves it as it is."""
    blocks = analyze(np.full((16, 24), 160, np.int32), 8)[1:-1, :, 1:4]
    assert (blocks[:, 0] == 8 * 160).all()
    assert not blocks[:, 1:].any()


def test_functions_meet_at_borders():
    """The functions that pictures are made of end with smaller steps at borders than those of plain blocks."""
    size = 24
    lapped, plain = np.linalg.inv(analysis(3)), np.kron(np.eye(3), walsh()).T
    jumps = [np.abs(basis[7] - basis[8])[:16].mean() for basis in (lapped, plain)]
    assert size == len(lapped)
    assert jumps[0] < 0.8 * jumps[1]
