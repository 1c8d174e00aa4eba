"""The fast transform: what it equals, for which numbers, lengths, axes and strides, and what it refuses."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.walsh import threads
from hadimg.walsh.matrices import hadamard_matrix
from hadimg.walsh.orders import ORDERS, walsh_order
from hadimg.walsh.transform import NORMS, fwht, fwht2, fwhtn, ifwht, ifwht2, ifwhtn

LENGTHS = [1, 2, 4, 8, 16, 32, 64, 256, 1024, 4096, 1 << 14, 12, 20, 24, 28, 40, 80, 92, 96, 192, 12 << 6]
KNOWN = [
    ("19 -1 11 -9 -7 13 -15 5", "16 0 32 0 24 80 0 0", "16 24 32 0 0 80 0 0", "16 24 0 32 0 0 80 0"),
    ("1 3 0 -1 7 5 1 -2", "14 4 18 -4 -8 -6 -8 -2", "14 -8 18 -8 4 -6 -4 -2", "14 -8 -8 18 -4 -2 -6 4"),
    ("0 1 2 3 4 5 6 7", "28 -4 -8 0 -16 0 0 0", "28 -16 -8 0 -4 0 0 0", "28 -16 0 -8 0 0 0 -4"),
    ("0 0 0 0 0 1 0 0", "1 -1 1 -1 -1 1 -1 1", "1 -1 1 -1 -1 1 -1 1", "1 -1 -1 1 -1 1 1 -1"),
]


@pytest.fixture
def shared_at_once(monkeypatch):
    """Let threads share small transforms, too, which would be faster on one."""
    monkeypatch.setattr(threads, "SHARED_FROM", 1)


def matrix(n, order="natural"):
    """Return the matrix that the transform multiplies by, in float64."""
    return hadamard_matrix(n)[walsh_order(n, order)].astype(float)


def plain(x):
    """Return the transform of the last axis by butterflies, written as textbooks have it."""
    y = np.array(x, dtype=float)
    half = 1
    while half < y.shape[-1]:
        pairs = y.reshape(*y.shape[:-1], -1, 2, half)
        y = np.stack([pairs[..., 0, :] + pairs[..., 1, :], pairs[..., 0, :] - pairs[..., 1, :]], axis=-2).reshape(
            y.shape
        )
        half *= 2
    return y


@pytest.mark.parametrize("column", range(3))
@pytest.mark.parametrize("row", range(len(KNOWN)))
def test_published_vectors(row, column):
    """MATLAB's and SPyRiT's documented examples, in all three orders."""
    x, *results = ([int(word) for word in text.split()] for text in KNOWN[row])
    assert fwht(x, order=list(ORDERS)[column]).tolist() == results[column]


def test_matlab_divides_by_the_length():
    """MATLAB's ``fwht`` is the sequency order with the forward norm."""
    x = [int(word) for word in KNOWN[0][0].split()]
    assert fwht(x, order="sequency", norm="forward").tolist() == [2, 3, 0, 4, 0, 0, 10, 0]


def test_what_deepinv_and_spyrit_print():
    """Recorded from deepinv 0.5 (``hadamard_2d``: natural, ortho) and SPyRiT 3.1 (``fwht_2d``: sequency, backward)."""
    x = np.array([[0, 1, 4, 9], [5, 3, 3, 5], [9, 4, 1, 0], [1, 4, 9, 5]])
    deepinv = [
        [15.75, 0.25, -2.25, 1.25],
        [-1.75, -0.25, 2.25, 2.75],
        [-0.75, -3.25, -3.75, 2.75],
        [0.75, -2.75, -8.25, -2.75],
    ]
    spyrit = [[63, -9, 5, 1], [-3, -15, 11, -13], [3, -33, -11, -11], [-7, 9, 11, -1]]
    assert fwht2(x, norm="ortho").tolist() == deepinv
    assert fwht2(x, order="sequency").tolist() == spyrit


@pytest.mark.parametrize("k", range(8))
def test_sympy_agrees_exactly(k, rng):
    """SymPy's exact transform of whole numbers, and its inverse."""
    x = rng.integers(-99, 99, 2**k)
    assert fwht(x).tolist() == [int(value) for value in sympy.fwht(x.tolist())]
    assert ifwht(x).tolist() == [float(value) for value in sympy.ifwht(x.tolist())]


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1", "i8", "c8", "c16", "?", ">f4", ">i4"])
@pytest.mark.parametrize("n", LENGTHS)
def test_the_transform_is_the_product_with_the_matrix(n, dtype, rng):
    """``y = H x`` exactly, for whole numbers in any type; the inverse gives them back."""
    x, imaginary = rng.integers(0, 2 if dtype == "?" else 60, (2, 2, n)).astype(dtype)
    x = x + 1j * imaginary if x.dtype.kind == "c" else x
    parts = [part.astype(float) for part in (x.real, x.imag)]
    real, other = (plain(part) if n > 4096 else part @ matrix(n).T for part in parts)
    np.testing.assert_array_equal(fwht(x).real, real)
    np.testing.assert_array_equal(fwht(x).imag, other)
    np.testing.assert_allclose(ifwht(fwht(x)), x, atol=1e-5 if x.dtype.itemsize <= 4 else 1e-12)


@pytest.mark.parametrize("n", [1, 2, 8, 16, 64, 12, 40, 96])
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("other", [1, 3, 16, 32])
def test_any_axis(n, axis, other, rng):
    """Each axis of an array, whatever stands before and behind it."""
    shape = [2, other, 3]
    shape[axis] = n
    x = rng.standard_normal(shape)
    expected = np.moveaxis(np.moveaxis(x, axis, -1) @ matrix(n).T, -1, axis)
    np.testing.assert_allclose(fwht(x, axis=axis), expected, atol=1e-11)
    np.testing.assert_allclose(ifwht(x, axis=axis), np.moveaxis(np.moveaxis(x, axis, -1) @ matrix(n), -1, axis) / n)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("shape", [(8, 16), (4, 4, 8), (2, 64, 1), (3, 8, 3)])
def test_several_axes_orders_and_norms(shape, norm, order, rng):
    """Transforms along several axes are those along each; the inverse with the same arguments gives the input back."""
    x = rng.standard_normal(shape)
    axes = [axis for axis, n in enumerate(shape) if n & (n - 1) == 0]
    one_by_one = x
    for axis in axes:
        one_by_one = fwht(one_by_one, axis, order, norm)
    y = fwhtn(x, axes, order, norm)
    np.testing.assert_allclose(y, one_by_one, atol=1e-11)
    np.testing.assert_allclose(ifwhtn(y, axes, order, norm), x, atol=1e-12)
    if len(axes) == 2:
        np.testing.assert_allclose(fwht2(x, tuple(axes), order, norm), y, atol=1e-12)
        np.testing.assert_allclose(ifwht2(y, tuple(axes), order, norm), x, atol=1e-12)
    power = {"backward": 0, "ortho": 0.5, "forward": 1}[norm]
    total = float(np.prod([shape[axis] for axis in axes]))
    np.testing.assert_allclose((y**2).sum(), (x**2).sum() * total ** (1 - 2 * power), err_msg="Parseval")


def test_two_axes_are_the_kronecker_product(rng):
    """In natural order the transform of a picture is that of its rows written one after the other."""
    x = rng.integers(-9, 9, (16, 64))
    np.testing.assert_array_equal(fwht2(x).ravel(), fwht(x.ravel()))
    np.testing.assert_array_equal(fwht2(x, order="sequency"), matrix(16, "sequency") @ x @ matrix(64, "sequency").T)


@pytest.mark.parametrize("k", [4, 10, 13, 17, 18])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8"])
@pytest.mark.usefixtures("shared_at_once")
def test_threads_change_no_bit(k, dtype, rng):
    """One, two and three threads give the same bytes: the order of the sums is fixed."""
    for shape, axis in (((1 << k,), 0), ((1 << k, 48), 0), ((5, 1 << k), 1)):
        if np.prod(shape) > 1 << 21:
            continue
        x = (100 * rng.standard_normal(shape)).astype(dtype)
        first = fwht(x, axis=axis, workers=1)
        for workers in (2, 3, None):
            assert fwht(x, axis=axis, workers=workers).tobytes() == first.tobytes()


@pytest.mark.usefixtures("shared_at_once")
def test_long_lines_agree_with_butterflies(rng):
    """A line of a million numbers, where all steps of the plan and two threads work, against the textbook's form."""
    x = rng.standard_normal(1 << 20)
    np.testing.assert_allclose(fwht(x, workers=2), plain(x), atol=1e-9)
    error = fwht(x.astype("f4"), workers=2) - plain(x.astype("f4"))
    assert np.linalg.norm(error) <= 1.1 * 20 * 2.0**-24 * 2**10 * np.linalg.norm(x)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_strides(data):
    """Views of every kind: reversed, strided, transposed, broadcast, read-only; and the input is never changed."""
    base = data.draw(arrays(st.sampled_from(["f4", "f8", "i4", "c8"]), (8, 16, 4), elements=st.integers(-9, 9)))
    view = base[:: data.draw(st.sampled_from([1, 2, -1, -2, 4]))]
    view = view[:, :: data.draw(st.sampled_from([1, 2, -1, 4]))]
    view = view.transpose(data.draw(st.permutations(range(3))))
    if data.draw(st.booleans()):
        view = np.broadcast_to(view[:1], (4, *view.shape[1:]))
    axis = data.draw(st.integers(0, 2))
    view = view.view()
    view.flags.writeable = False
    before = view.copy()
    result = fwht(view, axis=axis)
    n = view.shape[axis]
    expected = np.moveaxis(np.tensordot(matrix(n), before, (1, axis)), 0, axis)
    np.testing.assert_array_equal(result, expected)
    assert result.flags.c_contiguous
    assert not np.may_share_memory(result, view)
    np.testing.assert_array_equal(view, before)


def test_the_result_is_no_alias_unless_asked(rng):
    """Also of one number; with ``overwrite_x`` the memory of contiguous floats is used, of others it need not be."""
    for x in (rng.standard_normal(1), rng.standard_normal(1).astype(complex), rng.standard_normal(64)):
        kept = x.copy()
        assert not np.may_share_memory(fwht(x), x)
        np.testing.assert_array_equal(x, kept)
    x = rng.standard_normal(64)
    expected = fwht(x)
    result = fwht(x, overwrite_x=True)
    assert result.base is x or result is x
    np.testing.assert_array_equal(x, expected)
    x.flags.writeable = False
    assert not np.may_share_memory(fwht(x, overwrite_x=True), x)


@pytest.mark.parametrize(
    ("dtype", "n", "result", "divided"),
    [
        ("i1", 8, "i4", "f8"), ("u1", 1 << 22, "i4", "f8"), ("u1", 1 << 24, "i8", "f8"), ("i2", 1 << 15, "i4", "f8"),
        ("u2", 1 << 15, "i4", "f8"), ("u2", 1 << 16, "i8", "f8"), ("i4", 1, "i8", "f8"), ("i4", 2, "i8", "f8"),
        ("u4", 2, "i8", "f8"), ("i8", 4, "i8", "f8"), ("?", 4, "i4", "f8"), ("f2", 4, "f4", "f4"),
        ("f4", 4, "f4", "f4"), ("f8", 4, "f8", "f8"), ("c8", 4, "c8", "c8"), ("c16", 4, "c16", "c16"),
    ],
)  # fmt: skip
def test_types_of_results(dtype, n, result, divided):
    """The type of a result depends on the type and the length alone."""
    if n < 1 << 20:
        x = np.ones(n, dtype)
        assert fwht(x).dtype == result
        assert fwht(x, norm="ortho").dtype == fwht(x, norm="forward").dtype == ifwht(x).dtype == divided
        assert ifwht(x, norm="forward").dtype == result
    else:
        assert fwht(np.broadcast_to(np.ones((), dtype), n), workers=1).dtype == result


def test_extremes_of_whole_numbers_are_exact():
    """The largest sums that a type can make fit; those that might not fit 64 bits are refused before they are made."""
    assert fwht(np.full(1 << 15, -32768, np.int16))[0] == -(1 << 30)
    assert fwht(np.full(8, np.iinfo(np.uint32).max, np.uint32))[0] == 8 * (2**32 - 1)
    assert fwht(np.full(4, 2**60, np.int64))[0] == 2**62
    for x in (np.full(4, 2**62), np.full(2, 2**63, np.uint64), np.full(2, -(2**63))):
        with pytest.raises(OverflowError, match=r"may pass 2\*\*63 - 1 \(convert x to float64 first\)"):
            fwht(x)


def test_results_of_whole_numbers_have_one_parity(rng):
    """All sums of the same numbers with different signs are even, or all are odd."""
    assert len(set((fwht(rng.integers(0, 255, 64)) % 2).tolist())) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("n", [8, 64, 4096, 12])
def test_what_is_not_finite_spreads_over_its_line(n, value):
    """One NaN or infinity reaches every coefficient of its line, and none of another."""
    x = np.ones((3, n), np.float32)
    x[1, n // 3] = value
    with np.errstate(invalid="ignore"):
        y = fwht(x)
    assert not np.isfinite(y[1]).any()
    assert np.isfinite(y[[0, 2]]).all()


def test_properties(rng):
    """Involution, the adjoint (also of matrices that are not symmetric), XOR shifts and XOR convolution."""
    x, z = rng.standard_normal((2, 64))
    np.testing.assert_allclose(fwht(fwht(x)), 64 * x, atol=1e-12)
    shifted = x[np.arange(64) ^ 13]
    signs = [(-1) ** (i & 13).bit_count() for i in range(64)]
    np.testing.assert_allclose(fwht(shifted), fwht(x) * signs, atol=1e-12)
    convolved = [sum(x[j] * z[i ^ j] for j in range(64)) for i in range(64)]
    np.testing.assert_allclose(ifwht(fwht(x) * fwht(z)), convolved, atol=1e-12)
    for n in (12, 20, 28, 40):
        a, b = rng.standard_normal((2, n))
        assert fwht(a) @ b == pytest.approx(a @ (n * ifwht(b)), rel=1e-12)


def test_padding_only_when_asked(rng):
    """``n`` and ``s`` cut or pad with zeros; a length that fits no matrix is refused, and the nearest are named."""
    x = rng.standard_normal((3, 5))
    np.testing.assert_array_equal(fwht(x, n=8), fwht(np.pad(x, ((0, 0), (0, 3)))))
    np.testing.assert_array_equal(fwht(x, n=4), fwht(x[:, :4]))
    np.testing.assert_array_equal(fwht2(x, s=(4, 8)), fwht2(np.pad(x, ((0, 1), (0, 3)))))
    np.testing.assert_array_equal(ifwhtn(x, s=(2, 4)), ifwht2(x[:2, :4]))
    with pytest.raises(ArgumentError) as caught:
        fwht(x)
    assert str(caught.value) == (
        "the length along axis 1 must be that of a known Hadamard matrix, got 5 "
        "(the nearest are 4 and 8; n or s pads with zeros, or cuts)"
    )


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((1.0,), {}, ArgumentError, "x must have at least one axis"),
        ((np.ones(0),), {}, ArgumentError, "got 0"),
        (
            (np.ones(4),),
            {"order": "walsh"},
            ArgumentError,
            "order must be one of 'natural', 'dyadic', 'sequency', got 'walsh'",
        ),
        (
            (np.ones(4),),
            {"norm": "none"},
            ArgumentError,
            "norm must be one of 'backward', 'ortho', 'forward', got 'none'",
        ),
        ((np.ones(12),), {"order": "sequency"}, ArgumentError, "for powers of two only, got the length 12"),
        ((np.ones(4), 1), {}, ArgumentError, "an axis must be from -1 to 0, got 1"),
        ((np.ones(4), 0.0), {}, ArgumentTypeError, "an axis must be a whole number, got float"),
        ((np.ones(4), [0]), {}, ArgumentTypeError, "an axis must be a whole number, got list"),
        ((np.ones(4),), {"n": 0}, ArgumentError, "a length must be at least 1, got 0"),
        ((np.ones(4),), {"n": 4.0}, ArgumentTypeError, "a length must be a whole number, got float"),
        ((np.ones(4),), {"workers": 0}, ArgumentError, r"workers must be at least 1, got 0 \(None takes all cores\)"),
        ((np.ones(4),), {"workers": 1.5}, ArgumentTypeError, "workers must be a whole number or None, got float"),
        ((np.ones(4, np.longdouble),), {}, ArgumentTypeError, "x must have one of the types bool, int8"),
        ((np.array([None, 1]),), {}, ArgumentTypeError, "x must have one of the types"),
    ],
)
def test_what_is_refused(arguments, options, error, words):
    """Each wrong argument is named, with the rule and the value."""
    with pytest.raises(error, match=words):
        fwht(*arguments, **options)


def test_what_several_axes_refuse(rng):
    """Axes must be different, two where two are meant, and have one length each."""
    x = rng.standard_normal((4, 4))
    with pytest.raises(ArgumentError, match="axes must be different"):
        fwht2(x, (0, -2))
    for verb, other in ((fwht2, "fwhtn"), (ifwht2, "ifwhtn")):
        with pytest.raises(ArgumentError, match=rf"axes must be two, got 1 \({other} takes any number\)"):
            verb(x, (0,))
    with pytest.raises(ArgumentError, match="one length for each of 2 axes, got 1"):
        fwhtn(x, s=(4,))
    np.testing.assert_array_equal(fwhtn(x, ()), x)
    assert fwht(np.ones((0, 8))).shape == (0, 8)


@pytest.mark.usefixtures("shared_at_once")
def test_from_many_threads_at_once(rng):
    """Forty transforms from eight threads, each shared among two more, give what one gives."""
    x = rng.standard_normal((40, 1 << 17)).astype("f4")
    expected = [fwht(line, workers=1).tobytes() for line in x]
    with ThreadPoolExecutor(8) as pool:
        assert [y.tobytes() for y in pool.map(lambda line: fwht(line, workers=2), x)] == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.usefixtures("shared_at_once")
def test_threads_after_a_fork(rng):
    """A child of a process that has used threads makes its own."""
    x = rng.standard_normal(1 << 17)
    expected = fwht(x, workers=2).tobytes()
    child = os.fork()
    if child == 0:
        os._exit(0 if fwht(x, workers=2).tobytes() == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
