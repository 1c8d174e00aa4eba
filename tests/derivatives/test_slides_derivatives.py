"""The slides item by item, S1 to S14: notations, the definition, the chain rule and its warning, the product rule.

Each test states an item and shows that the same comparison fails for a mutant: 0.1 % off, transposed, or as misprinted.
"""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np

from hadimg.derivatives import check_derivative, from_matrix, identity, rules, unvec_rows, vec_rows
from hadimg.products import hadamard, kronecker


def near(a, b, rtol=1e-12):
    """Whether two arrays have one shape and differ by no more than rounding."""
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=rtol, atol=rtol)


def curve(rng, in_shape, out_shape):
    """Return a random smooth map between arrays of these shapes and its derivative at a place, as a matrix."""
    first, second = rng.uniform(0.2, 1.0, (2, int(np.prod(in_shape)), int(np.prod(out_shape))))

    def function(z):
        row = z.reshape(-1)
        return (np.sin(row) @ first + row**2 @ second).reshape(out_shape)

    def derivative(z):
        row = z.reshape(-1, 1)
        return np.cos(row) * first + 2 * row * second

    return function, derivative


def test_s01_vec_takes_all_elements_row_by_row():
    """S1: one row, row by row, for any order in memory; unvec is the inverse. The order of columns fails."""
    x = np.arange(12.0).reshape(3, 4)
    for array in (x, np.asfortranarray(x), np.arange(48.0).reshape(6, 8)[::2, ::2], x[:, ::-1], x.T):
        wanted = [array[i, j] for i in range(array.shape[0]) for j in range(array.shape[1])]
        assert vec_rows(array).tolist() == [wanted]
        assert vec_rows(array).tolist() != [array.ravel(order="F").tolist()]
        np.testing.assert_array_equal(unvec_rows(vec_rows(array), array.shape), array)


def test_s02_the_diagonal_matrix_scales_columns_and_is_never_built(rng):
    """S2: M D(X) is M with column j times x_j; on 2000 x 3000 pixels that takes two pictures, not D(X)."""
    matrix, x = rng.normal(size=(5, 6)), rng.normal(size=(2, 3))
    scaled = from_matrix(matrix, (5,), (2, 3)).scale_columns(x)
    diagonal = np.diag(x.ravel())
    assert diagonal.shape == (6, 6)
    assert near(scaled.dense(), matrix @ diagonal)
    assert not near(from_matrix(1.001 * matrix, (5,), (2, 3)).scale_columns(x).dense(), matrix @ diagonal)
    picture = np.ones((2000, 3000))
    derivative = identity(picture.shape).scale_columns(picture)
    tracemalloc.start()
    derivative.jvp(picture)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most <= 2.1 * picture.nbytes


def test_s05_row_i_of_a_derivative_is_that_by_element_i(rng):
    """S5: row by row against differences, with #Z, #Y and all sides different, so that no transposition passes."""
    function, derivative = curve(rng, (2, 3), (4, 5))
    z = rng.uniform(0.5, 1.5, (2, 3))
    right = from_matrix(derivative(z), (2, 3), (4, 5))
    assert right.dense().shape == (6, 20)
    assert check_derivative(function, right, z)
    assert not check_derivative(function, 1.001 * right, z)
    transposed = derivative(z).T.reshape(6, 20)
    assert not check_derivative(function, from_matrix(transposed, (2, 3), (4, 5)), z)


def test_s06_a_derivative_is_that_of_the_rows_and_a_differential(rng):
    """S6: reshaping Z and Y to rows leaves the matrix as it is, and ``d vec(Y) = d vec(Z) dY/dZ`` to first order."""
    function, derivative = curve(rng, (2, 3), (4, 5))
    z, change = rng.uniform(0.5, 1.5, (2, 3)), 1e-7 * rng.normal(size=(2, 3))
    matrix = derivative(z)
    by_rows = from_matrix(matrix, (1, 6), (1, 20))
    assert check_derivative(lambda row: vec_rows(function(row.reshape(2, 3))), by_rows, vec_rows(z))
    moved = vec_rows(function(z + change)) - vec_rows(function(z))
    assert near(moved, vec_rows(change) @ matrix, 1e-11)  # the second order is 1e-14 by 6 terms
    assert not near(moved, vec_rows(change) @ (1.001 * matrix), 1e-11)


def test_s07_the_first_examples():
    """S7: vec, D and the Hadamard product of 2 x 2 matrices; the simple product is another."""
    y, x = np.array([[1, 2], [3, 4]]), np.array([[5, 6], [7, 8]])
    assert vec_rows(y).tolist() == [[1, 2, 3, 4]]
    assert rules.diagonal_matrix(identity((2, 2))).jvp(y).tolist() == np.diag([1, 2, 3, 4]).tolist()
    assert hadamard(x, y).tolist() == [[5, 12], [21, 32]]
    assert (x @ y).tolist() != [[5, 12], [21, 32]]


def test_s08_the_example_of_a_kronecker_product():
    """S8: Z ⊗ Y = (z1 Y, z2 Y); entry (2, 3) is z2 y3, misprinted z3 y3."""
    z, y = np.array([[2, 3]]), np.array([[1, 2], [3, 4]])
    assert kronecker(z, y).tolist() == [[2, 4, 3, 6], [6, 8, 9, 12]]
    assert kronecker(z, y)[1, 2] == z[0, 1] * y[1, 0]
    assert kronecker(y, z).tolist() != kronecker(z, y).tolist()


def test_s09_the_example_of_a_derivative():
    """S9: rows by z1 and z2, columns for y1 to y4; the transpose has another shape and other numbers."""
    z = np.array([[2.0, 3.0]])
    wanted = np.array([[3.0, 4.0, 0.0, 1.0], [2.0, 0.0, 6.0, 0.0]])

    def function(z):
        z1, z2 = z[0]
        return np.array([[z1 * z2, z1**2], [z2**2, z1]])

    assert check_derivative(function, from_matrix(wanted, (1, 2), (2, 2)), z)
    assert not check_derivative(function, from_matrix(wanted.T.reshape(2, 4), (1, 2), (2, 2)), z)
    product = rules.hadamard_product(
        z[:, :1], z[:, 1:], *(rules.indexed(identity((1, 2)), np.s_[:, [k]]) for k in (0, 1))
    )
    assert product.dense().ravel().tolist() == wanted[:, 0].tolist()


def test_s10_the_chain_rule_through_independent_variables(rng):
    """S10: ``dX/dZ = dY1/dZ dX/dY1`` of two and three random maps, associative; in the other order it does not fit."""
    shapes = [(2, 3), (1, 4), (5, 1), (2, 2)]
    maps = [curve(rng, a, b) for a, b in pairwise(shapes)]
    z = rng.uniform(0.1, 0.3, (2, 3))
    values, steps = [z], []
    for (function, derivative), (a, b) in zip(maps, pairwise(shapes), strict=True):
        steps.append(from_matrix(derivative(values[-1]), a, b))
        values.append(function(values[-1]))
    first, second, third = steps
    two = rules.chain(first, second)

    def through(count):
        def function(z):
            for step, _ in maps[:count]:
                z = step(z)
            return z

        return function

    assert check_derivative(through(2), two, z)
    assert not check_derivative(through(2), 1.001 * two, z)
    assert check_derivative(through(3), two @ third, z, tolerance=1e-6)  # steep: each map amplifies the remainder
    assert near((two @ third).dense(), (first @ (second @ third)).dense())


def test_s11_elements_of_the_chain_rule_are_sums(rng):
    """S11: element (i, j) is the sum over l of dy_l/dz_i dx_j/dy_l; as misprinted, with dx_i/dz_j, it is another."""
    first, second = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
    product = (from_matrix(first, (3,), (4,)) @ from_matrix(second, (4,), (3,))).dense()
    sums = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(4):
                sums[i, j] += first[i, k] * second[k, j]
    assert near(product, sums)
    assert not near(product, sums.T)
    misprinted = first.copy()
    misprinted[-1, 0] = second[0, 0]  # the last row begins with dx_1/dz_t there
    assert not near(product, misprinted @ second)


def test_s12_dependent_elements_are_counted_twice():
    """S12: X = (v1 v1 v2 v2), Y = (v1 v2 v1 v2), Z = (v1 v2 v2 v1): both printed matrices, and why they differ."""
    v_by_z = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])  # dY1/dZ with Y1 = (v1, v2), the independent ones
    x_by_v = np.array([[1, 1, 0, 0], [0, 0, 1, 1]])
    printed = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0]])
    right = rules.chain(from_matrix(v_by_z, (4,), (2,)), from_matrix(x_by_v, (2,), (4,)))
    assert right.dense().tolist() == printed.tolist()
    y_by_v = np.array([[1, 0, 1, 0], [0, 1, 0, 1]])
    y_by_z, x_by_y_total = from_matrix(v_by_z @ y_by_v, (4,), (4,)), from_matrix(y_by_v.T @ x_by_v, (4,), (4,))
    assert rules.chain(y_by_z, x_by_y_total).dense().tolist() == (2 * printed).tolist()
    formal = np.zeros((4, 4))  # X = (y1, y3, y2, y4): one formal argument for each copy, whose partials may be summed
    formal[[0, 2, 1, 3], [0, 1, 2, 3]] = 1
    assert rules.chain(y_by_z, from_matrix(formal, (4,), (4,))).dense().tolist() == printed.tolist()
    moved = np.array([0.1, 0.2, 0.2, 0.1])  # Z holds copies too: the printed matrix is no differential
    assert right.jvp(moved).tolist() == np.array([0.2, 0.2, 0.4, 0.4]).tolist()


def factors_of(rng, first, second):
    """Return two matrices that are functions of a 2 x 3 matrix, and the derivatives of both at a place."""
    z = rng.uniform(0.5, 1.5, (2, 3))
    (y, dy), (x, dx) = curve(rng, (2, 3), first), curve(rng, (2, 3), second)
    return z, y, x, from_matrix(dy(z), (2, 3), first), from_matrix(dx(z), (2, 3), second)


def test_s13_the_product_rule(rng):
    """S13: ``d(YX) = dY (I ⊗ X) + dX (Y' ⊗ I)``: as a matrix, by its products and by differences; all sides differ."""
    z, y, x, dy, dx = factors_of(rng, (4, 5), (5, 2))
    derivative = rules.simple_product(y(z), x(z), dy, dx)
    dense = dy.dense() @ np.kron(np.eye(4), x(z)) + dx.dense() @ np.kron(y(z).T, np.eye(2))
    assert near(derivative.rows(0, 6), dense)
    assert near(derivative.columns(0, 8), dense)
    assert check_derivative(lambda z: y(z) @ x(z), derivative, z)
    assert not check_derivative(lambda z: y(z) @ x(z), 1.001 * derivative, z)
    z, y, x, dy, dx = factors_of(rng, (3, 3), (3, 3))
    transposed = dy.dense() @ np.kron(np.eye(3), x(z)) + dx.dense() @ np.kron(y(z), np.eye(3))
    assert not near(rules.simple_product(y(z), x(z), dy, dx).dense(), transposed)


def test_s14_elements_of_the_product_rule_are_sums_over_the_shared_side(rng):
    """S14: the sum over l = 1..r of ``dy_sl/dz x_lt + y_sl dx_lt/dz``, of YX; one term less, or of XY, is another."""
    z, y, x, dy, dx = factors_of(rng, (3, 2), (2, 3))
    left, right = y(z), x(z)
    dleft, dright = dy.dense().reshape(6, 3, 2), dx.dense().reshape(6, 2, 3)

    def sums(r):
        out = np.zeros((6, 3, 3))
        for beta in range(6):
            for s in range(3):
                for t in range(3):
                    for k in range(r):
                        out[beta, s, t] += dleft[beta, s, k] * right[k, t] + left[s, k] * dright[beta, k, t]
        return out.reshape(6, 9)

    derivative = rules.simple_product(left, right, dy, dx).dense()
    assert near(derivative, sums(2))
    assert not near(derivative, sums(1))
    assert not near(rules.simple_product(right, left, dx, dy).dense(), sums(2))
