"""Orders: closed forms against brute force over the patterns, ties, stability, speed and what is refused."""

from __future__ import annotations

import time
import tracemalloc
import zlib

import numpy as np
import pytest
from scipy.ndimage import label

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel import PATTERN_ORDERS, pattern_order
from hadimg.singlepixel.frames import Frame, line_variances
from hadimg.singlepixel.orders import CORRELATION, Sequencies
from hadimg.walsh.matrices import hadamard_matrix
from hadimg.walsh.orders import walsh_order

SHAPES = [(8, 8), (16, 16), (4, 8), (8, 4), (8, 16)]
DIGESTS = {
    "natural": 837137331,
    "sequency": 3265723793,
    "zig_zag": 2354901628,
    "cake_cutting": 4141262112,
    "xy": 2271349730,
    "square": 162581271,
    "russian_dolls": 4002958496,
    "total_variation": 2591238126,
    "radial": 3481180878,
    "variance": 1412335126,
    "naive": 2887778503,
    "random": 3856319072,
}


def patterns(height, width):
    """Return all patterns by their sequencies, from Sylvester's matrices."""
    down, across = (hadamard_matrix(n)[walsh_order(n, "sequency")] for n in (height, width))
    return down[:, None, :, None] * across[None, :, None, :]


def ranked(keys):
    """Return the order of keys with the full tie-break, in plain Python."""
    height, width = keys.shape
    places = [(keys[r, c], r + c, r, r * width + c) for r in range(height) for c in range(width)]
    return [place[-1] for place in sorted(places)]


@pytest.mark.parametrize("shape", SHAPES)
def test_cake_cutting_counts_connected_pieces(shape):
    """The closed form is the number of pieces of one sign of the pattern, counted by flood filling."""
    pieces = np.array([[label(p > 0)[1] + label(p < 0)[1] for p in row] for row in patterns(*shape)])
    np.testing.assert_array_equal(PATTERN_ORDERS["cake_cutting"](Sequencies(Frame(*shape))), pieces)
    assert pattern_order(shape, "cake_cutting").tolist() == ranked(pieces)


@pytest.mark.parametrize("shape", SHAPES)
def test_total_variation_sums_differences(shape):
    """The closed form is the sum of the lengths of all gradients of forward differences, where both exist."""
    p = patterns(*shape).astype(float)
    lengths = np.hypot(np.diff(p, axis=2)[..., :-1], np.diff(p, axis=3)[..., :-1, :]).sum(axis=(2, 3))
    keys = PATTERN_ORDERS["total_variation"](Sequencies(Frame(*shape)))
    np.testing.assert_allclose(keys, lengths, rtol=1e-13)


@pytest.mark.parametrize("n", [1, 8, 12, 40])
def test_prior_variances_are_the_diagonal(n):
    """The doubling rule gives the diagonal of ``H R H' / n`` written out; its mean is 1."""
    matrix = hadamard_matrix(n).astype(float)
    covariance = CORRELATION ** abs(np.subtract.outer(np.arange(n), np.arange(n)))
    found = line_variances(n, CORRELATION)
    np.testing.assert_allclose(found, np.diag(matrix @ covariance @ matrix.T) / n, rtol=1e-12)
    assert found.mean() == pytest.approx(1.0)


def test_first_places_by_hand():
    """Small cases worked out on paper, ties included: smaller sum first, then smaller row."""
    assert pattern_order((4, 4), "cake_cutting").tolist() == [0, 1, 4, 2, 8, 5, 3, 12, 6, 9, 7, 13, 10, 11, 14, 15]
    assert pattern_order((4, 4), "sequency")[:6].tolist() == [0, 1, 4, 2, 5, 8]
    assert pattern_order((4, 4), "zig_zag").tolist() == [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15]
    assert pattern_order((4, 4), "square")[:9].tolist() == [0, 1, 4, 5, 2, 8, 6, 9, 10]
    assert pattern_order((4, 4), "naive").tolist() == list(range(16))
    assert pattern_order((2, 2), "natural").tolist() == [0, 1, 2, 3]
    assert pattern_order((4, 4), "russian_dolls")[:5].tolist() == [0, 1, 4, 5, 2]


@pytest.mark.parametrize("order", PATTERN_ORDERS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (16, 16), (8, 32), (64, 16)])
def test_every_order_is_a_permutation_and_begins_with_the_flux(order, shape):
    """Every order holds each pattern once, all light first, as integers; ties never depend on the sort."""
    found = pattern_order(shape, order)
    assert found.dtype == np.int64
    assert found[0] == 0
    np.testing.assert_array_equal(np.sort(found), np.arange(shape[0] * shape[1]))


@pytest.mark.parametrize("order", ["sequency", "zig_zag", "cake_cutting", "xy", "square", "radial", "total_variation"])
def test_kept_set_is_symmetric_where_the_scene_is(order):
    """The first quarter of a square scene's patterns has as many high rows as high columns: no order of one axis."""
    rows, cols = np.divmod(pattern_order((32, 32), order)[:256], 32)
    assert abs(rows.mean() - cols.mean()) < 0.5
    naive = np.divmod(pattern_order((32, 32), "naive")[:256], 32)
    assert (naive[0].max(), naive[1].max()) == (7, 31)


def test_rectangles_are_ranked_in_cycles_per_length():
    """On 16 x 32 the isotropic order keeps low sequencies in both directions."""
    rows, cols = np.divmod(pattern_order((16, 32), "xy")[:128], 32)
    assert np.mean(rows / 16 + cols / 32) < 0.5
    tall = pattern_order((32, 16), "radial")
    wide = pattern_order((16, 32), "radial")
    turned = [(c, r) for r, c in zip(*np.divmod(wide[:60], 32), strict=True)]
    assert {(int(r), int(c)) for r, c in zip(*np.divmod(tall[:60], 16), strict=True)} == set(turned)


@pytest.mark.parametrize("order", PATTERN_ORDERS)
def test_orders_never_change(order):
    """Files and instruments rely on the order: its bytes are the same on every machine and version of NumPy."""
    found = pattern_order((32, 64), order, seed=3)
    assert zlib.crc32(found.astype("<i4").tobytes()) == DIGESTS[order]


@pytest.mark.parametrize("order", PATTERN_ORDERS)
def test_a_megapixel_is_ordered_at_once(order):
    """1024 x 1024 takes no second (0.03 to 0.13 s) and no 50 MB: keys are closed forms, no matrix is made."""
    seconds = []
    for _ in range(4):
        start = time.thread_time()
        pattern_order((1024, 1024), order)
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 1.0
    if order in ("total_variation", "random"):
        tracemalloc.start()
        pattern_order((1024, 1024), order)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 50e6


def test_random_depends_on_the_seed_only():
    """Different seeds shuffle differently, the same seed alike."""
    first, again, other = (pattern_order((16, 16), "random", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


@pytest.mark.parametrize("order", PATTERN_ORDERS)
def test_exact_sizes_rank_by_counted_sign_changes(order):
    """With Hadamard matrices of other orders, sequencies are counted; ties among them keep their natural order."""
    found = pattern_order((12, 20), order, sizes="exact")
    np.testing.assert_array_equal(np.sort(found), np.arange(240))
    assert found[0] == 0


def test_refusals():
    """Unknown orders, sizes that have no patterns and shapes that are none are named."""
    with pytest.raises(ArgumentError, match=r"order must be one of 'natural', .*, got 'walsh'"):
        pattern_order((8, 8), "walsh")
    with pytest.raises(ArgumentError, match=r"the height of a scene with sizes='exact' .*nearest are 8 and 12"):
        pattern_order((10, 8), sizes="exact")
    with pytest.raises(ArgumentError, match="sizes must be one of"):
        pattern_order((8, 8), sizes="cropped")
    with pytest.raises(ArgumentError, match="at least one pixel"):
        pattern_order((0, 8))
    with pytest.raises(ArgumentError, match="at most 67108864"):
        pattern_order((1 << 20, 1 << 20))
    with pytest.raises(ArgumentTypeError, match="two whole numbers"):
        pattern_order((8.5, 8))
