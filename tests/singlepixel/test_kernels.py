"""The compiled steps of the total variation against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.kernels.total_variation import dual_steps, primal_dual_step


def gradient(x):
    """Return forward differences down and across, zero in the last row and column."""
    result = np.zeros((2, *x.shape), x.dtype)
    result[0, :-1] = np.diff(x, axis=0)
    result[1, :, :-1] = np.diff(x, axis=1)
    return result


def divergence(p):
    """Return minus the transpose of `gradient`."""
    result = np.zeros(p.shape[1:], p.dtype)
    result[:-1] += p[0, :-1]
    result[1:] -= p[0, :-1]
    result[:, :-1] += p[1, :, :-1]
    result[:, 1:] -= p[1, :, :-1]
    return result


def projected(p):
    """Return pairs no longer than 1."""
    return p / np.maximum(1.0, np.hypot(p[0], p[1]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (33, 50)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("floor", [-np.inf, 0.0])
def test_dual_steps_and_their_twin(shape, dtype, floor, rng):
    """The compiled steps, which follow each other through the rows, give what steps over whole pictures give."""
    base = rng.normal(10, 60, shape).astype(dtype)
    dual = projected(gradient(rng.normal(0, 1, shape)).astype(dtype))
    twin, lam = dual.astype(float), 20.0
    for _ in range(7):
        z = np.maximum(base + lam * divergence(twin), floor)
        twin = projected(twin + gradient(z) / (8 * lam))
    out = np.empty_like(base)
    of = np.dtype(dtype).type
    dual_steps(base, dual, of(lam), of(floor), 7, out)
    tolerance = 3e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(dual, twin, atol=tolerance)
    np.testing.assert_allclose(out, np.maximum(base + lam * divergence(twin), floor), atol=100 * tolerance)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (33, 50)])
def test_primal_dual_step_and_its_twin(shape, rng):
    """The compiled step is that of plain NumPy."""
    now, ahead = rng.normal(0, 50, (2, *shape))
    dual = projected(gradient(rng.normal(0, 1, shape)))
    twin = projected(dual + gradient(ahead) / (8 * 7.5))
    out = np.empty_like(now)
    primal_dual_step(now, ahead, dual, 7.5, out)
    np.testing.assert_allclose(dual, twin, atol=1e-14)
    np.testing.assert_allclose(out, now + 7.5 * divergence(twin), atol=1e-12)


def test_gradient_and_divergence_are_adjoint(rng):
    """``<grad x, p> == -<x, div p>``, so that the twins are what they are said to be."""
    x, p = rng.normal(size=(9, 12)), gradient(rng.normal(size=(9, 12)))
    assert np.sum(gradient(x) * p) == pytest.approx(-np.sum(x * divergence(p)), rel=1e-12)
