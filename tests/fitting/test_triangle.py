"""Triangles in place of rows: what they keep, how they merge, and how many digits ill-conditioned columns leave."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import least_squares

from hadimg import masks
from hadimg.fitting.losses import LOSSES, robust_rows
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.reductions.triangle import (
    Triangle,
    bordered,
    merged,
    preconditioned_triangle,
    streamed_triangle,
    triangle_of_rows,
    triangle_of_sums,
)
from hadimg.fitting.sums import Sums


@pytest.fixture
def rows(rng):
    """Return a Jacobian and a residual of 500 rows."""
    return rng.normal(size=(500, 4)) * [1.0, 1e3, 1e-3, 1.0], rng.normal(size=500)


def products(jacobian, residual):
    """Return all products of columns, the residual last."""
    both = np.column_stack([jacobian, residual])
    return both.T @ both


def close(actual, expected, share):
    """Check matrices of products in units of the lengths of the columns."""
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_array_less(np.abs(actual - expected), share * scale + np.finfo(float).tiny)


def test_a_triangle_keeps_all_products(rows):
    """Products of its columns are those of all rows to rounding; it is a triangle, with its signs fixed."""
    triangle = triangle_of_rows(*rows)
    assert (np.diag(triangle.matrix) >= 0).all()
    assert (np.tril(triangle.matrix, -1) == 0).all()
    close(products(*triangle.rows), products(*rows), 1e-14)
    sums = triangle.sums
    np.testing.assert_allclose(sums.cost, 0.5 * rows[1] @ rows[1], rtol=1e-14)
    np.testing.assert_allclose(sums.gradient, rows[0].T @ rows[1], rtol=1e-11)
    np.testing.assert_allclose(sums.gauss_newton, triangle.matrix[:, :4].T @ triangle.matrix[:, :4], rtol=1e-14)


def test_triangles_of_parts_merge_to_that_of_the_whole(rows):
    """Merging chunks of any size, also smaller than the triangle, gives the triangle of all rows to rounding."""
    whole = triangle_of_rows(*rows).matrix
    cuts = [0, 1, 3, 200, 201, 500]
    parts = [triangle_of_rows(rows[0][a:b], rows[1][a:b]) for a, b in itertools.pairwise(cuts)]
    np.testing.assert_allclose(merged(parts).matrix, whole, rtol=1e-12, atol=1e-14 * np.abs(whole).max())
    assert merged(parts[:1]).matrix is parts[0].matrix


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_solvers_do_not_notice_the_triangle(masked_picture, method):
    """SciPy takes as many evaluations on five rows as on 3072, to the same parameters within 1e-9 of them."""
    target = masked_picture((0.9, 1.2, 0.03, -0.05))[0] + np.random.default_rng(18).normal(0.0, 0.02, 48 * 64)

    def all_rows(theta):
        values, partials = masked_picture(theta)
        return partials.T, values - target

    def few_rows(theta):
        return triangle_of_rows(*all_rows(theta)).rows

    found = [
        least_squares(lambda x, f=f: f(x)[1], [1, 0.5, 0, 0], jac=lambda x, f=f: f(x)[0], method=method, x_scale="jac")
        for f in (all_rows, few_rows)
    ]
    assert len(found[1].fun) == 5
    assert found[0].nfev == found[1].nfev
    np.testing.assert_allclose(found[1].x, found[0].x, rtol=1e-9)
    inverse = [np.linalg.inv(one.jac.T @ one.jac) for one in found]
    np.testing.assert_allclose(inverse[1], inverse[0], rtol=1e-9, atol=1e-9 * np.abs(inverse[0]).max())


def test_sums_give_the_triangle_where_they_may(rows):
    """From well-conditioned sums comes the triangle of the rows, also with columns of zeros; else none comes."""
    jacobian, residual = rows
    jacobian[:, 2] = 0.0
    exact = triangle_of_rows(jacobian, residual)
    found = triangle_of_sums(exact.sums)
    close(products(*found.rows), products(jacobian, residual), 1e-13)
    assert (found.matrix[:, 2] == 0).all()
    jacobian[:, 3] = jacobian[:, 0] + 1e-6 * jacobian[:, 3]
    assert triangle_of_sums(triangle_of_rows(jacobian, residual).sums) is None
    assert triangle_of_sums(Sums(np.nan, np.zeros(1), np.ones((1, 1)))) is None


@pytest.mark.parametrize("apart", [1e-3, 1e-5, 1e-7, 1e-9])
def test_preconditioned_products_lose_no_digits(rng, apart):
    """Columns that differ little: the smallest singular value is that of the rows, where plain products fail.

    Its condition is 2 over the difference. Up to 1e4 plain products do, at a price of the condition squared.
    """
    jacobian = rng.normal(size=(2000, 3))
    jacobian[:, 2] = jacobian[:, 0] + apart * jacobian[:, 2]
    residual = rng.normal(size=2000)
    both = np.column_stack([jacobian, residual])
    triangle = preconditioned_triangle(lambda change: (both @ change).T @ (both @ change), 4)
    exact = np.linalg.svd(jacobian, compute_uv=False)
    found = np.linalg.svd(triangle.rows[0], compute_uv=False)
    np.testing.assert_allclose(found, exact, rtol=1e-15 / apart**2 if apart == 1e-3 else 1e-14 / apart)
    if apart <= 1e-7:  # the control: from the products alone it is off by much more
        lossy = np.sqrt(np.abs(np.linalg.eigvalsh(jacobian.T @ jacobian)[0]))
        assert abs(lossy / exact[-1] - 1) > 1e-3


def test_preconditioning_stands_dependent_and_absent_columns(rng):
    """Columns that are equal end in a triangle of rank 2 whose products are right; a column of zeros stays zero."""
    one = rng.normal(size=1000)
    jacobian = np.column_stack([one, np.zeros(1000), one, rng.normal(size=1000)])
    both = np.column_stack([jacobian, rng.normal(size=1000)])
    triangle = preconditioned_triangle(lambda change: (both @ change).T @ (both @ change), 5)
    close(products(*triangle.rows), both.T @ both, 1e-12)
    assert (triangle.matrix[:, 1] == 0).all()
    values = np.linalg.svd(triangle.rows[0], compute_uv=False)
    assert values[1] > 10
    assert values[2] < 1e-10 * values[0]


@pytest.mark.parametrize("loss", ["linear", "huber", "tukey"])
def test_streaming_gives_the_triangle_of_all_pixels(rng, loss, monkeypatch):
    """In strips, with weights, channels and a robust loss, it is the triangle of all rows, with the same cost."""
    monkeypatch.setattr("hadimg.fitting.objective.STRIP_BYTES", 1 << 14)
    image, target = rng.uniform(0.2, 1, (2, 31, 40, 2))
    weights = rng.uniform(0.5, 2, (31, 40)) * (rng.random((31, 40)) < 0.9)
    mask = masks.ExponentialDecay(rate=0.8, center_row=0.43, center_col=0.52)
    objective = Objective(mask, Observations(image, target, weights), loss=LOSSES[loss], scale=0.3)
    found = streamed_triangle(objective, mask.vector)
    assert len(list(objective.strips(mask.vector))) > 4
    root = np.sqrt(np.moveaxis(np.broadcast_to(weights[..., None], image.shape), -1, 0))
    light = root * np.moveaxis(image, -1, 0)
    residual = light * mask.weights((31, 40)) - root * np.moveaxis(target, -1, 0)
    jacobian = np.stack([(light * partial).ravel() for partial in mask.partials((31, 40))], axis=-1)
    exact = robust_rows(jacobian, residual.ravel(), LOSSES[loss], 0.3)
    close(products(*found.rows), products(*exact), 1e-13)
    np.testing.assert_allclose(found.sums.cost, objective.value(mask.vector), rtol=1e-12)


def test_streaming_has_the_same_bits_for_any_number_of_threads(rng, monkeypatch):
    """One thread or eight: every bit of the triangle is the same, forty times over."""
    monkeypatch.setattr("hadimg.fitting.objective.STRIP_BYTES", 1 << 14)
    image, target = rng.uniform(0.2, 1, (2, 60, 50))
    mask = masks.Cos4(30.0)
    seen = Observations(image, target)
    first = streamed_triangle(Objective(mask, seen, workers=1), mask.vector).matrix
    for workers in [2, 3, 8] * 3:
        again = streamed_triangle(Objective(mask, seen, workers=workers), mask.vector).matrix
        np.testing.assert_array_equal(again, first)


def test_bordered_is_the_matrix_of_all_products(rows):
    """Sums put together are the products of all columns, the residual last."""
    close(bordered(Triangle(triangle_of_rows(*rows).matrix).sums), products(*rows), 1e-13)
