"""The slides item by item: S3 and S4, S15 to S28: Hadamard and Kronecker products, Schur's theorem, rule (7).

Each test states an item and shows that the same comparison fails for a mutant: 0.1 % off, transposed, or as misprinted.
"""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.derivatives import check_adjoint, check_derivative, constant, from_matrix, from_partials, rules
from hadimg.errors import ArgumentError
from hadimg.masking import apply_mask
from hadimg.products import (
    hadamard,
    hadamard_column_sums,
    hadamard_identity,
    hadamard_in_kronecker,
    hadamard_inverse,
    hadamard_row_sums,
    kronecker,
)
from hadimg.semidefinite import is_positive_semidefinite, schur_factor

EPS = np.finfo(np.float64).eps


def near(a, b, rtol=1e-12):
    """Whether two arrays have one shape and differ by no more than rounding."""
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=rtol, atol=rtol)


def test_s03_the_hadamard_product_is_element_by_element(rng):
    """S3: bitwise NumPy's ``*`` for one shape; other shapes are refused, but for a mask on a color picture."""
    a, b = rng.normal(size=(2, 4, 6))
    np.testing.assert_array_equal(hadamard(a, b), a * b)
    assert not np.array_equal(hadamard(a, 1.001 * b), a * b)
    with pytest.raises(ArgumentError, match="use apply_mask"):
        hadamard(a, b[:1])  # NumPy would repeat the row
    with pytest.raises(ArgumentError, match="use apply_mask"):
        hadamard(np.ones((4, 6)), np.ones((4, 6, 3)))
    picture = rng.uniform(size=(4, 6, 3))
    declared = apply_mask(picture, a, alpha=False)
    np.testing.assert_allclose(declared, picture * a[:, :, None], rtol=1e-15)


def test_s04_the_kronecker_product_and_its_mixed_products(rng):
    """S4: element [i p + k, j q + l] is x_ij y_kl; (A⊗B)(C⊗D) = AC⊗BD and (A⊗B)*(C⊗D) = (A*C)⊗(B*D)."""
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(4, 5))
    product = kronecker(x, y)
    assert product.shape == (8, 15)
    for i, j, k, m in np.ndindex(2, 3, 4, 5):
        assert product[i * 4 + k, j * 5 + m] == x[i, j] * y[k, m]
    np.testing.assert_array_equal(product, np.kron(x, y))
    assert not near(product, kronecker(y, x))
    c, d = rng.normal(size=(3, 2)), rng.normal(size=(5, 3))
    assert near(product @ kronecker(c, d), kronecker(x @ c, y @ d))
    e, f = rng.normal(size=(2, 3)), rng.normal(size=(4, 5))
    assert near(hadamard(product, kronecker(e, f)), kronecker(x * e, y * f))
    assert not near(hadamard(product, kronecker(e, 1.001 * f)), kronecker(x * e, y * f))


def test_s15_commutative(rng):
    """S15: A * B = B * A, bitwise; the simple and the Kronecker product are not."""
    a, b = rng.normal(size=(2, 5, 5))
    np.testing.assert_array_equal(hadamard(a, b), hadamard(b, a))
    assert not near(a @ b, b @ a)
    assert not near(kronecker(a, b), kronecker(b, a))


def test_s16_associative(rng):
    """S16: A * (B * C) = (A * B) * C within 2 units in the last place, which rounding reaches; 0.1 % is far beyond."""
    a, b, c = rng.normal(size=(3, 200, 300))
    left, right = hadamard(a, hadamard(b, c)), hadamard(hadamard(a, b), c)
    assert (np.abs(left - right) <= 2 * np.spacing(np.abs(left))).all()
    assert not (np.abs(left - 1.001 * right) <= 2 * np.spacing(np.abs(left))).any()


def test_s17_distributive(rng):
    """S17: A * (B + C) = A * B + A * C within 4 units in the last place of the larger term."""
    a, b, c = rng.normal(size=(3, 200, 300))
    left, right = hadamard(a, b + c), hadamard(a, b) + hadamard(a, c)
    larger = np.maximum(np.abs(a * b), np.abs(a * c))
    assert (np.abs(left - right) <= 4 * np.spacing(larger)).all()
    assert not (np.abs(left - 1.001 * right) <= 4 * np.spacing(larger)).all()


def test_s18_the_identity_is_the_array_of_ones(rng):
    """S18: A * J is A bitwise, A * I is not; a neutral mask leaves 8- and 16-bit pictures byte for byte."""
    a = rng.normal(size=(4, 4))
    np.testing.assert_array_equal(hadamard(a, hadamard_identity((4, 4))), a)
    assert not np.array_equal(hadamard(a, np.eye(4)), a)
    neutral = [masks.Constant(1.0), masks.ExponentialDecay(rate=0.0), masks.Power(masks.Cos4(30.0), 0.0)]
    for dtype in (np.uint8, np.uint16):
        picture = rng.integers(0, np.iinfo(dtype).max, (31, 41, 3), dtype=dtype, endpoint=True)
        for mask in [*neutral, hadamard_identity((31, 41))]:
            assert apply_mask(picture, mask).tobytes() == picture.tobytes()
        least = 0.999 if dtype is np.uint16 else 0.99  # 0.1 % of 255 is rounded away
        assert apply_mask(picture, masks.Constant(least)).tobytes() != picture.tobytes()


def test_s19_an_inverse_exists_where_no_element_is_zero(rng):
    """S19: A times its inverse is 1 within one unit in the last place; where there is none: count and first place."""
    a = rng.normal(size=(100, 100)) * 10.0 ** rng.integers(-300, 300, (100, 100))
    assert (np.abs(hadamard(a, hadamard_inverse(a)) - 1) <= EPS).all()
    assert not (np.abs(hadamard(a, 1.001 * hadamard_inverse(a)) - 1) <= EPS).any()
    for bad, shown in [(0.0, "0.0"), (-0.0, "-0.0"), (np.nan, "nan"), (np.inf, "inf"), (5e-324, "5e-324")]:
        a[70, 3] = a[2, 5] = bad
        with pytest.raises(ArgumentError, match=rf"2 of 10000 elements .*, the first is {shown} at \[2, 5\]"):
            hadamard_inverse(a)


def test_s20_the_hadamard_product_is_not_the_simple_one():
    """S20: MATLAB's ``.*`` is the Hadamard product, ``*`` the simple one: ``*`` and ``@`` in NumPy."""
    a, b = np.array([[1, 2], [3, 4]]), np.array([[0, 1], [1, 0]])
    assert hadamard(a, b).tolist() == [[0, 2], [3, 0]]
    assert (a @ b).tolist() == [[2, 1], [4, 3]]


def test_s21_row_sums_are_a_diagonal(rng):
    """S21: row sums of A * B are the diagonal of A B', column sums that of A' B, of any shape; as misprinted, not."""
    a, b = rng.normal(size=(2, 4, 6))
    assert near(hadamard_row_sums(a, b), np.diag(a @ b.T))
    assert near(hadamard_column_sums(a, b), np.diag(a.T @ b))
    square_a, square_b = a[:, :4], b[:, :4]
    assert not near(hadamard(square_a, square_b).sum(axis=0), np.diag(square_a @ square_b.T))  # sum over i, as printed
    assert not near(hadamard_row_sums(1.001 * a, b), np.diag(a @ b.T))
    patterns, scene = rng.integers(0, 2, (7, 24), dtype=np.uint8), rng.integers(0, 256, 24, dtype=np.uint8)
    measured = hadamard_row_sums(patterns, np.tile(scene, (7, 1)))  # a single-pixel camera, one pattern after the other
    assert measured.tolist() == [sum(int(p) * int(s) for p, s in zip(row, scene, strict=True)) for row in patterns]


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (1, 6)])
def test_s22_the_hadamard_product_is_in_the_kronecker_product(shape, rng):
    """S22: A * B is the submatrix of A ⊗ B at rows i m + i and columns j n + j; at other places it is not."""
    a, b = rng.normal(size=(2, *shape))
    rows, columns = hadamard_in_kronecker(shape)
    product = kronecker(a, b)
    np.testing.assert_array_equal(product[np.ix_(rows, columns)], hadamard(a, b))
    assert not near(product[np.ix_(np.arange(shape[0]), np.arange(shape[1]))], hadamard(a, b))


def test_s23_the_submatrix_is_principal_when_the_matrices_are_square():
    """S23: rows and columns are the same set exactly when m = n."""
    for m, n in np.ndindex(5, 5):
        rows, columns = hadamard_in_kronecker((m + 1, n + 1))
        assert (rows.tolist() == columns.tolist()) == (m == n)


def semidefinite(rng, n, rank, *, kind=float):
    """Return a random positive semidefinite matrix of that rank."""
    root = rng.normal(size=(n, rank)) + (1j * rng.normal(size=(n, rank)) if kind is complex else 0)
    return root @ root.conj().T


@pytest.mark.parametrize("kind", [float, complex])
def test_s24_schur_the_product_of_semidefinite_matrices_is_semidefinite(kind, rng):
    """S24: for random pairs of low rank; positive definite for definite ones; an indefinite factor fails."""
    for rank in (1, 2, 4):
        a, b = (semidefinite(rng, 8, rank, kind=kind) for _ in "ab")
        product = hadamard(a, b)
        assert np.linalg.eigvalsh(product).min() >= -1e-12 * np.linalg.norm(product)
        assert is_positive_semidefinite(product)
    a, b = (semidefinite(rng, 8, 8, kind=kind) + np.eye(8) for _ in "ab")
    assert np.linalg.eigvalsh(hadamard(a, b)).min() >= 1  # Oppenheim: not below the least of both
    indefinite = b - 1.001 * b[0, 0] * np.eye(8)  # its first diagonal element is below zero
    assert not is_positive_semidefinite(hadamard(a, indefinite))
    assert not is_positive_semidefinite(np.triu(np.ones((3, 3))))  # not symmetric


@pytest.mark.parametrize("kind", [float, complex])
def test_s25_schurs_sum_rebuilds_the_product(kind, rng):
    """S25: M * N is the sum of u_i v_j (m_i * n_j)(m_i * n_j)^H with u_i v_j >= 0; zeros among them are allowed."""
    a, b = semidefinite(rng, 6, 3, kind=kind), semidefinite(rng, 6, 6, kind=kind)
    factor = schur_factor(a, b)
    size = np.linalg.norm(a * b)
    assert np.linalg.norm(factor @ factor.conj().T - a * b) <= 1e-12 * size
    assert not np.linalg.norm(1.001 * factor @ factor.conj().T - a * b) <= 1e-12 * size
    if kind is complex:  # with a transpose, as printed, where a conjugate belongs
        assert not np.linalg.norm(factor @ factor.T - a * b) <= 1e-3 * size
    (u, m), (v, n) = np.linalg.eigh(a), np.linalg.eigh(b)
    terms = [u[i] * v[j] * np.outer(m[:, i] * n[:, j], (m[:, i] * n[:, j]).conj()) for i in range(6) for j in range(6)]
    assert np.linalg.norm(sum(terms) - a * b) <= 1e-12 * size
    assert sum(abs(u[i] * v[j]) <= 1e-12 * size for i in range(6) for j in range(6)) == 18  # not > 0, as printed
    with pytest.raises(ArgumentError, match="b must be positive semidefinite"):
        schur_factor(a, -b)


def masked(rng):
    """Return a mask of pictures of 6 x 9 pixels, a picture, and the derivative of the mask's weights."""
    mask = masks.ExponentialDecay(rate=1.2, center_row=0.4) * masks.LinearGradient(angle=30.0, low=0.4)
    derivative = from_partials(lambda: mask.partials((6, 9)), mask.vector.shape, (6, 9))
    return mask, rng.uniform(size=(6, 9)), derivative


def test_s26_the_hadamard_rule_is_the_gradient_of_a_masked_picture(rng):
    """S26: ``d(Y * X) = dY D(X) + dX D(Y)``: dense, by products and by differences, for a mask on a picture."""
    mask, picture, dm = masked(rng)
    derivative = rules.hadamard_product(mask.weights((6, 9)), picture, dm, constant(dm.in_shape, (6, 9)))
    jacobian = mask.jacobian((6, 9)).reshape(dm.in_shape[0], 54)
    assert near(derivative.rows(0, len(jacobian)), jacobian @ np.diag(picture.ravel()))
    assert near(derivative.columns(0, 54), jacobian @ np.diag(picture.ravel()))
    assert check_adjoint(derivative)

    def function(vector):
        return mask.with_vector(vector).weights((6, 9)) * picture

    report = check_derivative(function, derivative, mask.vector)
    assert report, str(report)
    assert not check_derivative(function, 1.001 * derivative, mask.vector)
    gauss_newton = derivative.gram(np.ones((6, 9)))
    assert is_positive_semidefinite(gauss_newton)
    assert near(gauss_newton, (jacobian * picture.ravel() ** 2) @ jacobian.T)


def two_factors(rng):
    """Return two matrices and their derivatives by a 5 x 2 matrix, a size that has nothing to do with theirs."""
    y, x = rng.normal(size=(2, 3, 4))
    return y, x, *(from_matrix(rng.normal(size=(10, 12)), (5, 2), (3, 4)) for _ in "yx")


def test_s27_elements_of_the_hadamard_rule_have_no_sum(rng):
    """S27: element ((s, t), (i, j)) is ``dy_ij/dz_st x_ij + y_ij dx_ij/dz_st``; added up over i, as printed, not."""
    y, x, dy, dx = two_factors(rng)
    by_y, by_x = dy.dense().reshape(5, 2, 3, 4), dx.dense().reshape(5, 2, 3, 4)
    elements = np.empty((5, 2, 3, 4))
    for s, t, i, j in np.ndindex(elements.shape):
        elements[s, t, i, j] = by_y[s, t, i, j] * x[i, j] + y[i, j] * by_x[s, t, i, j]
    derivative = rules.hadamard_product(y, x, dy, dx).dense()
    assert near(derivative, elements.reshape(10, 12))
    assert not near(derivative, np.broadcast_to(elements.sum(axis=2, keepdims=True), elements.shape).reshape(10, 12))


def test_s28_the_right_side_is_the_derivative_of_the_product(rng):
    """S28: ``dY D(X) + dX D(Y)`` with the diagonal matrices written out is the derivative; with X and Y swapped not."""
    y, x, dy, dx = two_factors(rng)
    diagonal_x, diagonal_y = np.diag(x.ravel()), np.diag(y.ravel())
    derivative = rules.hadamard_product(y, x, dy, dx).dense()
    assert near(derivative, dy.dense() @ diagonal_x + dx.dense() @ diagonal_y)
    assert not near(derivative, dy.dense() @ diagonal_y + dx.dense() @ diagonal_x)
    assert not near(1.001 * derivative, dy.dense() @ diagonal_x + dx.dense() @ diagonal_y)
