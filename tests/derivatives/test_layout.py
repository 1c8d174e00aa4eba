"""The layout of the slides, its index arrays, and the ways to and from the layouts of others."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.derivatives import (
    LAYOUTS,
    from_slides,
    kronecker_index,
    to_slides,
    transposition_index,
    unvec_rows,
    vec_rows,
)
from hadimg.errors import ArgumentError, ArgumentTypeError

Z, Y = (2, 3), (4, 5)


def test_index_arrays_have_the_printed_values():
    """Test vector V3: t(2, 3), k(2, 2, 2, 2) and k(1, 2, 2, 3)."""
    assert transposition_index(2, 3).tolist() == [0, 3, 1, 4, 2, 5]
    assert kronecker_index(2, 2, 2, 2).tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]
    assert kronecker_index(1, 2, 2, 3).tolist() == [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]


def test_index_arrays_do_what_they_are_for(rng):
    """``vec(A') = vec(A)[t]`` and ``vec(Y ⊗ X) = (vec(Y) ⊗ vec(X))[k]``, all sides different."""
    y, x = rng.normal(size=(2, 3)), rng.normal(size=(4, 5))
    np.testing.assert_array_equal(y.T.ravel(), y.ravel()[transposition_index(2, 3)])
    np.testing.assert_array_equal(np.kron(y, x).ravel(), np.kron(y.ravel(), x.ravel())[kronecker_index(2, 3, 4, 5)])
    assert (y.T.ravel() != y.ravel()[transposition_index(3, 2)]).any()


def test_simple_products_of_rows_and_of_columns(rng):
    """Two identities to keep apart: ``vec(AYB) = vec(Y)(A' ⊗ B)``, and ``(A ⊗ B) x = vec(A X B')`` for columns."""
    a, y, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 5))
    np.testing.assert_allclose(vec_rows(a @ y @ b), vec_rows(y) @ np.kron(a.T, b), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(np.kron(a, b.T) @ y.ravel(), (a @ y @ b).ravel(), rtol=1e-12, atol=1e-14)


def by_elements(names):
    """Return the number ``1000 i + j`` for the derivative of element j of vec(Y) by element i of vec(Z)."""
    return 1000 * names[0] + names[1]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_there_and_back(layout):
    """From the slides and back is the identity, also for scalars; shapes that do not belong to it are refused."""
    slides = by_elements(np.indices((6, 20))).astype(float)
    other = from_slides(slides, Z, Y, layout=layout)
    np.testing.assert_array_equal(to_slides(other, Z, Y, layout=layout), slides)
    gradient = np.arange(6.0).reshape(6, 1)
    np.testing.assert_array_equal(
        to_slides(from_slides(gradient, Z, (), layout=layout), Z, (), layout=layout), gradient
    )
    with pytest.raises(ArgumentError, match=rf"derivative must have shape .* in the layout '{layout}'"):
        to_slides(np.ones((1, 120)), Z, Y, layout=layout)


def test_layouts_place_each_element_where_their_users_expect_it():
    """The derivative of y[2, 3] by z[1, 0] stands at [2, 3, 1, 0], at [13, 3], at [1, 0, 2, 3], and by columns."""
    slides = by_elements(np.indices((6, 20))).astype(float)
    number = 3013.0
    assert from_slides(slides, Z, Y, layout="numpy")[2, 3, 1, 0] == number
    assert from_slides(slides, Z, Y, layout="scipy")[13, 3] == number
    assert from_slides(slides, Z, Y, layout="sympy")[1, 0, 2, 3] == number
    assert from_slides(slides, Z, Y, layout="magnus_neudecker")[3 * 4 + 2, 0 * 2 + 1] == number


def test_the_column_layout_is_the_printed_formula(rng):
    """``D.reshape(n, m, q, p).transpose(3, 2, 1, 0)``, which is K_pq D' K_nm, of D for Y = A Z B: ``B' ⊗ A``."""
    a, b = rng.normal(size=(4, 2)), rng.normal(size=(3, 5))
    by_columns = np.kron(b.T, a)
    slides = to_slides(by_columns, Z, Y, layout="magnus_neudecker")
    np.testing.assert_allclose(slides, np.kron(a.T, b), rtol=1e-14)
    printed = by_columns.reshape(5, 4, 3, 2).transpose(3, 2, 1, 0).reshape(6, 20)
    np.testing.assert_array_equal(slides, printed)
    permuted = by_columns.T[np.ix_(transposition_index(3, 2), transposition_index(5, 4))]
    np.testing.assert_array_equal(slides, permuted)


def test_symbols_without_numbers_are_refused():
    """SymPy's arrays are taken once they hold numbers; before that the error says what to do."""
    sympy = pytest.importorskip("sympy")
    u, v = sympy.symbols("u v")
    by_z = sympy.derive_by_array(sympy.Array([u * v, u**2, v]), sympy.Array([u, v]))
    slides = to_slides(by_z.subs({u: 2, v: 3}), (2,), (3,), layout="sympy")
    np.testing.assert_array_equal(slides, [[3, 4, 0], [2, 0, 1]])
    with pytest.raises(ArgumentTypeError, match="put numbers in for its symbols"):
        to_slides(by_z, (2,), (3,), layout="sympy")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: to_slides([[1.0]], (1,), (1,), layout="eigen"), ArgumentError, "one of 'numpy', 'scipy', .*'eigen'"),
        (lambda: from_slides(np.ones((20, 6)), Z, Y, layout="scipy"), ArgumentError, r"shape \(6, 20\), got \(20, 6\)"),
        (lambda: unvec_rows([1, 2, 3], (2, 2)), ArgumentError, r"row must have shape \(1, 4\)"),
        (lambda: unvec_rows(np.ones((4, 1)), (2, 2)), ArgumentError, r"got \(4, 1\)"),
        (lambda: vec_rows("abc"), ArgumentTypeError, "x must hold numbers"),
        (lambda: transposition_index(0, 3), ArgumentError, "m must be a whole number of at least 1, got 0"),
        (lambda: kronecker_index(1, 2, 2.5, 3), ArgumentError, "p must be a whole number of at least 1, got 2.5"),
    ],
)
def test_what_has_no_such_layout_is_refused(call, error, message):
    """Shapes are compared, not only sizes: a transposed derivative is never reshaped in silence."""
    with pytest.raises(error, match=message):
        call()
