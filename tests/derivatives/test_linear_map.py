"""Derivatives as linear maps: products, algebra, chunks, Gram matrices, limits, and no transpose anywhere."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from hadimg.derivatives import LinearMap, constant, from_matrix, from_partials, identity
from hadimg.errors import ArgumentError, ArgumentTypeError, LimitError

Z, Y, X = (2, 3), (4,), (1, 5)


@pytest.fixture
def pair(rng):
    """Return the derivative of Y by Z and of X by Y, each with its matrix."""
    first, second = rng.normal(size=(6, 4)), rng.normal(size=(4, 5))
    return from_matrix(first, Z, Y), first, from_matrix(second, Y, X), second


def test_products_are_those_of_the_matrix(pair, rng):
    """JVP multiplies a row by the matrix, VJP the matrix by a column; transposed they would not even fit."""
    derivative, matrix, _, _ = pair
    change, weights = rng.normal(size=Z), rng.normal(size=Y)
    np.testing.assert_allclose(derivative.jvp(change), change.ravel() @ matrix, rtol=1e-13)
    np.testing.assert_allclose(derivative.vjp(weights), (matrix @ weights).reshape(Z), rtol=1e-13)
    np.testing.assert_array_equal(derivative.dense(), matrix)


def test_the_algebra_is_that_of_matrices(pair, rng):
    """Sums, differences, multiples, column scaling and the chain rule are those of the matrices."""
    derivative, matrix, after, after_matrix = pair
    other = rng.normal(size=(6, 4))
    factors = rng.normal(size=Y)
    for lazy, wanted in [
        (derivative + from_matrix(other, Z, Y), matrix + other),
        (derivative - from_matrix(other, Z, Y), matrix - other),
        (2.5 * derivative, 2.5 * matrix),
        (derivative * np.float32(0.5), 0.5 * matrix),
        (np.float64(3.0) * derivative, 3 * matrix),
        (-derivative, -matrix),
        (derivative.scale_columns(factors), matrix * factors),
        (derivative @ after, matrix @ after_matrix),
        (identity(Z) @ derivative, matrix),
        (derivative @ constant(Y, X), np.zeros((6, 5))),
    ]:
        np.testing.assert_allclose(lazy.rows(0, 6), wanted, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(lazy.columns(0, wanted.shape[1]), wanted, rtol=1e-12, atol=1e-14)


def test_chunks_of_rows_and_of_columns_are_the_whole(pair):
    """Chunks keep to the size asked for and follow on one another."""
    derivative, matrix, _, _ = pair
    rows = list(derivative.row_chunks(max_bytes=100))
    columns = list(derivative.column_chunks(max_bytes=100))
    assert [where for where, _ in rows] == [slice(0, 3), slice(3, 6)]
    assert [where for where, _ in columns] == [slice(0, 2), slice(2, 4)]
    np.testing.assert_array_equal(np.concatenate([chunk for _, chunk in rows]), matrix)
    np.testing.assert_array_equal(np.concatenate([chunk for _, chunk in columns], axis=1), matrix)
    assert [chunk.shape for _, chunk in derivative.row_chunks(max_bytes=1)] == [(1, 4)] * 6


def test_gram_matrices_are_weighted_and_symmetric(pair, rng):
    """``dY D(v) dY'`` to rounding, exactly symmetric; without weights all are one."""
    derivative, matrix, _, _ = pair
    weights = rng.uniform(size=Y)
    gram = derivative.gram(weights)
    np.testing.assert_allclose(gram, (matrix * weights) @ matrix.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(gram, gram.T)
    np.testing.assert_allclose(derivative.gram(), matrix @ matrix.T, rtol=1e-12, atol=1e-14)


def test_partials_are_computed_again_for_each_product(rng):
    """A derivative given row by row is that of the stacked rows, whether by rows or by columns."""
    matrix = rng.normal(size=(6, 4))
    derivative = from_partials(lambda: iter(matrix), Z, Y)
    np.testing.assert_allclose(derivative.dense(), matrix, rtol=1e-15)
    np.testing.assert_allclose(derivative.rows(0, 6), matrix, rtol=1e-15)
    for wrong in (matrix[:5], np.vstack([matrix, matrix[:1]])):
        with pytest.raises(ArgumentError, match=rf"must give 6 arrays for in_shape=\(2, 3\), got {len(wrong)}"):
            from_partials(lambda rows=wrong: iter(rows), Z, Y).jvp(np.ones(Z))


def test_no_matrix_with_a_side_of_pixels_is_made():
    """Products and the Gram matrix of a chain over 256 x 256 pixels take a few pictures of memory, not thousands."""
    shape = (256, 256)
    rows = np.linspace(0.1, 1.0, 3)[:, None, None] * np.ones(shape)
    derivative = from_matrix(rows.reshape(3, -1), (3,), shape).scale_columns(np.full(shape, 2.0))
    tracemalloc.start()
    derivative.gram(np.ones(shape))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6 * 8 * 256**2


def test_results_are_free_to_be_changed():
    """What a product returns shares no memory with what it was given, also where nothing is computed."""
    change = np.ones(Z)
    identity(Z).jvp(change)[:] = 7
    identity(Z).vjp(change)[:] = 7
    np.testing.assert_array_equal(change, np.ones(Z))


def test_there_is_no_transpose():
    """Other layouts come from one module; a ``.T`` would bring them in everywhere."""
    assert not hasattr(identity(Z), "T")
    assert repr(identity(Z)) == "LinearMap(in_shape=(2, 3), out_shape=(2, 3))"


def test_scaling_by_a_picture_has_one_column_a_pixel():
    """A picture of 3 x 4 factors scales 12 columns (another package makes 36 of them)."""
    factors = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(identity((3, 4)).scale_columns(factors).dense(), np.diag(factors.ravel()))


def test_what_is_too_large_is_refused_before_it_is_made():
    """A derivative of a picture by a picture, or its Gram matrix, is refused with its size and the way out."""
    picture = identity((4000, 6000))
    message = (
        r"would have shape \(24000000, 24000000\) and take 4608000000000000 bytes, the limit is \d+ \(give max_bytes"
    )
    with pytest.raises(LimitError, match=message):
        picture.dense()
    with pytest.raises(LimitError, match=message):
        picture.gram()
    assert identity((2,)).dense(max_bytes=32).shape == (2, 2)
    with pytest.raises(LimitError, match="the limit is 31"):
        identity((2,)).dense(max_bytes=31)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.jvp(np.ones(4)), ArgumentError, r"change must have shape \(2, 3\), got \(4,\)"),
        (lambda m: m.vjp(np.ones(Z)), ArgumentError, r"weights must have shape \(4,\), got \(2, 3\)"),
        (lambda m: m.jvp([["a"]]), ArgumentTypeError, "change must hold numbers"),
        (lambda m: m.jvp(np.ones(Z) * 1j), ArgumentTypeError, "change must hold real numbers, got complex128"),
        (lambda m: m + 1, ArgumentTypeError, "what is added to a derivative must be a LinearMap, got int"),
        (lambda m: m - 1, ArgumentTypeError, "what is taken from a derivative must be a LinearMap, got int"),
        (lambda m: m @ np.eye(4), ArgumentTypeError, "with @ must be a LinearMap, got ndarray"),
        (lambda m: m + identity(Z), ArgumentError, "must have one in_shape and one out_shape"),
        (lambda m: m @ m, ArgumentError, r"the out_shape \(4,\) of the first must be the in_shape \(2, 3\)"),
        (lambda m: np.ones(4) * m, ArgumentError, r"with \* must have shape \(\), got \(4,\)"),
        (lambda m: np.nan * m, ArgumentError, "must hold finite numbers, got nan"),
        (lambda m: m.scale_columns(np.ones(Z)), ArgumentError, r"factors must have shape \(4,\)"),
        (lambda m: m.rows(3, 3), ArgumentError, "start and stop must be places from 0 to 6 in order, got 3, 3"),
        (lambda m: m.columns(0, 5), ArgumentError, "from 0 to 4 in order, got 0, 5"),
        (lambda m: next(m.row_chunks(max_bytes=0)), ArgumentError, "max_bytes must be a whole number of at least 1"),
        (lambda m: m.gram(np.ones(3)), ArgumentError, r"weights must have shape \(4,\), got \(3,\)"),
        (lambda _: LinearMap((2, 0), (1,), np.sum, np.sum), ArgumentError, r"in_shape must be .*, got \(2, 0\)"),
        (lambda _: LinearMap((2,), [1], np.sum, np.sum), ArgumentError, r"out_shape must be .*, got \[1\]"),
        (lambda _: LinearMap((2,), (1,), None, np.sum), ArgumentTypeError, "forward must be a function, got None"),
        (lambda _: LinearMap((2,), (1,), np.sum, np.sum).jvp([1, 2]), ArgumentError, "what forward returns must have"),
        (lambda _: LinearMap((2,), (1,), np.sum, np.sum).vjp([1]), ArgumentError, "what adjoint returns must have"),
        (lambda _: from_matrix(np.ones((4, 6)), Z, Y), ArgumentError, r"matrix must have shape \(6, 4\)"),
        (lambda _: from_matrix([[np.inf]], (1,), (1,)), ArgumentError, r"matrix must hold .*, got inf at \[0, 0\]"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message, pair):
    """Each refusal names the argument, the rule and the value; nothing is broadcast or transposed in silence."""
    with pytest.raises(error, match=message):
        call(pair[0])
