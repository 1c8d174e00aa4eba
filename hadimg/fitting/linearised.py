r"""One strip of pixels at one vector of parameters: residuals, their derivatives, and the sums of both.

The prediction is :math:`p = \gamma \, I * w(\theta) + o`, the residual :math:`r = p - T`. By the Hadamard product rule
the rows of the derivative of ``p`` are

.. math:: B = [\gamma \, I * A; \; I * w; \; 1], \qquad A = \partial w / \partial\theta

for the mask's parameters, the gain :math:`\gamma` and the offset ``o``. With ``s`` the weight of each value, the
gradient is :math:`B (s * r)'` and the Gauss-Newton matrix :math:`B D(s) B'`; ``D(s)`` is never built, it scales
columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.fitting.losses import LOSSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.losses import Loss
    from hadimg.fitting.observations import Strip
    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Linearised", "Model"]


class Model(NamedTuple):
    """What is predicted, and what a residual costs.

    Parameters
    ----------
    mask : Mask
        With the parameters at which everything is computed.
    gain, offset : float
        The prediction is ``gain * image * weights + offset``.
    free : tuple of str
        Which of ``"gain"`` and ``"offset"`` are parameters behind those of the mask.
    loss : Loss
        What takes the place of the weighted squares.
    scale : float
        What residuals, times the roots of their weights, are divided by in a loss.
    """

    mask: Mask
    gain: float = 1.0
    offset: float = 0.0
    free: tuple[str, ...] = ()
    loss: Loss = LOSSES["linear"]
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Linearised:
    """A strip of the observations at one vector of P parameters: those of the mask, then gain and offset if free.

    Arrays of values have the shape (rows, cols) or (C, rows, cols) of the strip's pictures.
    """

    model: Model
    strip: Strip

    @property
    def grid(self) -> Grid:
        """Where the pixels lie."""
        return self.strip.grid

    # ---- values

    @cached_property
    def weights(self) -> Float:
        """The mask, of shape (rows, cols), or (C, rows, cols) when it tells channels apart; 0 where no value counts."""
        return np.where(self._unseen, 0.0, self.model.mask.evaluate(self.grid))

    @cached_property
    def residual(self) -> Float:
        """Prediction minus target."""
        return self._light * self.weights + (self.model.offset - self.strip.target)

    @cached_property
    def slope_weights(self) -> Float:
        """The variance weights, times the slope of the loss: what a squared derivative counts in Gauss-Newton."""
        return self.strip.variance_weights * self.model.loss.slope(self._squares)

    @cached_property
    def jacobian(self) -> Float:
        """Derivatives of the prediction, shape (P, rows, cols) or (P, C, rows, cols)."""
        mask = self._light * self._per_value(self._mask_rows)
        others = [np.broadcast_to(other, self.residual.shape)[np.newaxis] for other in self._others]
        return np.concatenate([mask, *others])

    # ---- sums

    def cost(self) -> float:
        """Return half the sum of the losses."""
        return 0.5 * self.model.scale**2 * float(np.sum(self.model.loss.rho(self._squares)))

    def gradient(self) -> Float:
        """Return the derivative of the cost by each parameter, shape (P,)."""
        pull = self.slope_weights * self.residual
        return np.append(
            self._rows @ self._over_channels(self._light * pull).ravel(),
            [float(np.sum(other * pull)) for other in self._others],
        )

    def gauss_newton(self) -> Float:
        """Return the sum of the weighted outer products of the derivatives, shape (P, P)."""
        return self._outer_products(self.slope_weights)

    def row_products(self) -> Float:
        """Return the same for the rows of `hadimg.fitting.losses.robust_rows`, whose squares are the losses."""
        z, loss = self._squares, self.model.loss
        share = np.divide(z, loss.rho(z), out=np.ones_like(z), where=z > 0)
        return self._outer_products(self.strip.variance_weights * loss.slope(z) ** 2 * share)

    def hessian(self) -> Float:
        """Return all second derivatives of the cost, shape (P, P)."""
        result = self._outer_products(self._bend_weights)
        pull = self.slope_weights * self.residual
        size = len(self._rows)
        field = self._over_channels(self._light * pull)
        result[:size, :size] += self.model.mask.evaluate_curvature(self.grid, field)
        if "gain" in self.model.free:
            mixed = self._rows @ self._over_channels(self.strip.image * pull).ravel()
            result[:size, size] += mixed
            result[size, :size] += mixed
        return _symmetric(result)

    def _outer_products(self, counts: Float) -> Float:
        """Return ``B D(counts) B'``, with sums over the channels that share a mask before those over pixels."""
        size, lit = len(self._rows), self._light * counts
        result = np.empty((size + len(self._others),) * 2)
        result[:size, :size] = self._rows @ (self._rows * self._over_channels(lit * self._light).ravel()).T
        for k, other in enumerate(self._others, size):
            result[k, :size] = result[:size, k] = self._rows @ self._over_channels(lit * other).ravel()
            for j, another in enumerate(self._others, size):
                result[k, j] = np.sum(counts * other * another)
        return _symmetric(result)

    # ---- parts

    @cached_property
    def _light(self) -> Float:
        return self.model.gain * self.strip.image

    @cached_property
    def _squares(self) -> Float:
        return self.strip.variance_weights * (self.residual / self.model.scale) ** 2

    @cached_property
    def _bend_weights(self) -> Float:
        """The second derivative of the cost of each value by its residual."""
        loss, z = self.model.loss, self._squares
        return self.strip.variance_weights * (loss.slope(z) + 2 * z * loss.bend(z))

    @cached_property
    def _unseen(self) -> NDArray[np.bool_]:
        """Where the mask meets no value that counts: whatever it is there, it is not looked at."""
        return np.equal(self._over_channels(self.strip.variance_weights), 0)

    @cached_property
    def _mask_rows(self) -> Float:
        """Partial derivatives of the mask, 0 where no value counts."""
        partials = self.model.mask.evaluate_partials(self.grid)
        result = np.zeros((len(self.model.mask.names), *self.weights.shape))
        for row, partial in zip(result, partials, strict=True):
            np.copyto(row, partial, where=~self._unseen)
        return result

    @property
    def _rows(self) -> Float:
        return self._mask_rows.reshape(len(self._mask_rows), self.weights.size)

    @cached_property
    def _others(self) -> tuple[Float, ...]:
        """Derivatives of the prediction by the parameters that are not the mask's."""
        all_others = {"gain": self.strip.image * self.weights, "offset": np.ones(())}
        return tuple(all_others[name] for name in self.model.free)

    def _over_channels(self, values: Float) -> Float:
        """Sum over the channels that share the mask: the adjoint of its repetition."""
        shared = self.model.mask.channels is None and values.ndim == 3
        result: Float = values.sum(axis=0) if shared else values
        return result

    def _per_value(self, rows: Float) -> Float:
        return rows[:, np.newaxis] if rows.ndim == self.strip.image.ndim else rows


def _symmetric(matrix: Float) -> Float:
    """Make equal what is equal but for the order of its sums."""
    result: Float = (matrix + matrix.T) / 2
    return result
