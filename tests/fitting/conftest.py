"""What tests of solvers share: problems given by explicit formulas, and the reference problem of the specification."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.fitting.losses import LOSSES, robust_rows
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.solving.problem import Scatter
from hadimg.fitting.sums import Sums


class ExplicitProblem:
    """A `Problem` over a function from the full vector to predictions (N,) and their derivatives (P, N)."""

    def __init__(self, names, model, target, *, loss="linear", scale=1.0, compress=True):
        self.names, self.model, self.target = tuple(names), model, np.asarray(target, dtype=float)
        self.loss, self.scale, self.compress = LOSSES[loss], scale, compress
        self.evaluated = 0

    @property
    def count(self):
        """Numbers fitted, never rows."""
        return self.target.size

    @property
    def target_norm(self):
        """Length of the target."""
        return float(np.linalg.norm(self.target))

    def plain(self, theta):
        """Return derivatives (N, P) and residual (N,) without loss."""
        with np.errstate(all="ignore"):
            values, partials = self.model(np.asarray(theta, dtype=float))
        return np.array(partials, dtype=float).T, values - self.target

    def rows(self, theta):
        """Return all rows, or their triangle."""
        self.evaluated += 1
        rows = self._robust(theta)
        return _triangle(*rows) if self.compress and np.isfinite(rows[0]).all() else rows

    def sums(self, theta, order):
        """Return cost, gradient and Gauss-Newton matrix."""
        self.evaluated += 1
        jacobian, residual = self._robust(theta)
        return Sums(0.5 * residual @ residual, jacobian.T @ residual, jacobian.T @ jacobian)

    def scatter(self, theta, kind):
        """Return the scatter of single residuals, or of blocks of 16 in a row."""
        jacobian, residual = self.plain(theta)
        z = (residual / self.scale) ** 2
        shares = jacobian * (self.loss.slope(z) * residual)[:, np.newaxis]
        if kind == "block":
            shares = np.add.reduceat(shares, np.arange(0, len(shares), 16))
        bread = (jacobian.T * (self.loss.slope(z) + 2 * z * self.loss.bend(z))) @ jacobian
        return Scatter(shares.T @ shares, bread, len(shares) if kind == "block" else 0)

    def map(self, start, lower=None, upper=None, **roles):
        """Return a `ParameterMap`, without bounds unless they are given."""
        size = len(self.names)
        low = np.full(size, -np.inf) if lower is None else lower
        return ParameterMap(self.names, start, low, np.full(size, np.inf) if upper is None else upper, **roles)

    def _robust(self, theta):
        with np.errstate(all="ignore"):
            return robust_rows(*self.plain(theta), self.loss, self.scale)


def _triangle(jacobian, residual):
    both = np.linalg.qr(np.column_stack([jacobian, residual]), mode="r")
    return both[:, :-1], both[:, -1]


@pytest.fixture(scope="session")
def explicit_problem():
    """Give the class of problems over explicit formulas."""
    return ExplicitProblem


@pytest.fixture(scope="session")
def masked_picture():
    """Return the model ``I * a exp(-k r)`` with a free center on 48 x 64 pixels: picture, predictions, derivatives."""
    height, width = 48, 64
    image = np.random.default_rng(1).uniform(0.2, 1.0, height * width)
    row, col = np.mgrid[:height, :width].reshape(2, -1) + 0.5
    half_diagonal = np.hypot(height, width) / 2
    row, col = (row - height / 2) / half_diagonal, (col - width / 2) / half_diagonal

    def model(theta):
        amplitude, rate, center_row, center_col = theta
        down, right = row - center_row, col - center_col
        radius = np.hypot(down, right)
        falloff = image * np.exp(-rate * radius)
        lit = amplitude * falloff
        return lit, np.array([falloff, -radius * lit, rate * lit * down / radius, rate * lit * right / radius])

    return model


@pytest.fixture
def reference_problem(masked_picture):
    """Return the reference problem of the specification and its start; its noise is 0.02."""
    truth = np.array([0.9, 1.2, 0.03, -0.05])
    noise = np.random.default_rng(18).normal(0.0, 0.02, 48 * 64)
    names = ("amplitude", "rate", "center_row", "center_col")
    return ExplicitProblem(names, masked_picture, masked_picture(truth)[0] + noise), (1.0, 0.5, 0.0, 0.0)


@pytest.fixture(scope="session")
def blank():
    """Give a function from a mask to one that knows nothing of its values."""

    def known_nothing(mask):
        if hasattr(mask, "parts"):
            return mask.with_parts([known_nothing(part) for part in mask.parts])
        given = type(mask)()
        if len(given.vector) == len(mask.vector) and given.replace(**_settings(mask)) == given:
            return given
        return mask.with_vector(np.clip(np.full(len(mask.vector), 0.5), *mask.bounds))

    return known_nothing


def _settings(mask):
    from hadimg.masks.parameters import settings

    return {name: getattr(mask, name) for name in settings(mask)}


@pytest.fixture(scope="session")
def off_center():
    """Give a function from a mask to the same with its centers off the middle."""

    def moved(mask):
        vector = mask.vector
        for k, name in enumerate(mask.names):
            if name.endswith(("center_row", "center_col")):
                vector[k] = 0.46 if name.endswith("row") else 0.53
        return mask.with_vector(vector)

    return moved
