"""The cost of a mask's parameters, its gradient, Gauss-Newton matrix and full Hessian, in one pass over the pixels."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.linearised import Linearised, Model
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.sums import Sums
from hadimg.masks.base import require_mask
from hadimg.masks.parameters import checked_number
from hadimg.threads import checked_workers, each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.losses import Loss
    from hadimg.fitting.observations import Observations
    from hadimg.grid import Window
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Objective"]

STRIP_BYTES = 1 << 21
"""What one thread plans to hold at a time: small enough for the cache. Second derivatives take twice as much."""
MOST_THREADS = 12
"""With more of them, strips would take more than 64 MiB together."""
BANDS = 32
"""Parts of the picture that are summed strip by strip, and then in order: the same sums for any number of threads."""
OTHERS = {"gain": 1.0, "offset": 0.0}
"""Parameters of the prediction that are not the mask's, and what they are when they are not free."""


@dataclass(frozen=True, eq=False)
class Objective:
    r"""How well a mask explains observations: :math:`\tfrac12 \sum v \, (\gamma I * w(\theta) + o - T)^2`.

    Everything is summed in strips; no matrix with a pixel-sized side is ever stored, and sums have the same bits for
    any number of threads. A robust loss replaces the weighted squares by :math:`C^2 \rho(v r^2 / C^2)`.

    Parameters
    ----------
    mask : Mask
        Gives the formula; the parameters are given to each method.
    observations : Observations
        ``I``, ``T`` and ``v``.
    loss : Loss
        One of `hadimg.fitting.losses.LOSSES`; least squares by default.
    scale : float
        ``C``, in units of residuals times the roots of their weights.
    free : sequence of str
        ``"gain"`` and ``"offset"`` make :math:`\gamma` and ``o`` parameters behind those of the mask, named
        ``picture.gain`` and ``picture.offset``; else they are 1 and 0.
    workers : int, optional
        Threads; all cores by default.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the mask is none or is for another number of channels, or an option breaks its rule.

    Examples
    --------
    >>> from hadimg import masks
    >>> from hadimg.fitting.observations import Observations
    >>> objective = Objective(masks.Constant(), Observations([[1.0, 2.0]], [[0.5, 1.0]]))
    >>> objective.sums([0.25], 2)
    Sums(cost=0.15625, gradient=array([-1.25]), gauss_newton=array([[5.]]))
    """

    mask: Mask
    observations: Observations
    _: KW_ONLY
    loss: Loss = LOSSES["linear"]
    scale: float = 1.0
    free: tuple[str, ...] = ()
    workers: int | None = None

    def __post_init__(self) -> None:
        told_apart, there = require_mask("mask", self.mask).channels, self.observations.channels
        if told_apart is not None and told_apart != there:
            raise ArgumentError(
                f"the mask is for {told_apart} color channels, the pictures have {there or 'none'}",
                remedy="fit one mask for all channels, or per_channel with one mask for each",
            )
        if checked_number("scale", self.scale) <= 0:
            raise ArgumentError(f"scale must be above 0, got {self.scale!r}")
        unknown = [name for name in self.free if name not in OTHERS]
        if unknown:
            raise ArgumentError(f"free must hold only {', '.join(map(repr, OTHERS))}, got {unknown[0]!r}")
        checked_workers(self.workers)
        object.__setattr__(self, "free", tuple(name for name in OTHERS if name in self.free))

    # ---- parameters

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parameters: the mask's own, then those of the picture that are free."""
        return (*self.mask.names, *(f"picture.{name}" for name in self.free))

    @property
    def vector(self) -> Float:
        """The parameters of the mask as it was given, a gain of 1 and an offset of 0."""
        return np.append(self.mask.vector, [OTHERS[name] for name in self.free])

    @property
    def count(self) -> int:
        """How many values count."""
        return self.observations.count

    @cached_property
    def target_norm(self) -> float:
        """Root of the weighted sum of the squared target."""
        strips = map(self.observations.strip, self._windows())
        return math.sqrt(math.fsum(float(np.sum(part.variance_weights * part.target**2)) for part in strips))

    # ---- sums

    def value(self, theta: ArrayLike) -> float:
        """Return the cost.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        return self.sums(theta, 0).cost

    def sums(self, theta: ArrayLike, order: int = 2) -> Sums:
        """Return the cost, its gradient and its Gauss-Newton matrix.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        order : int
            0 for the cost alone, 1 with the gradient, 2 with the matrix.
        """
        if order not in (0, 1, 2):
            raise ArgumentError(f"order must be 0, 1 or 2, got {order!r}")
        size = len(self.names)

        def packed(part: Linearised) -> Float:
            sums = [np.array([part.cost()]), *([part.gradient()] if order > 0 else [])]
            return np.concatenate([*sums, *([part.gauss_newton().ravel()] if order > 1 else [])])

        total = self._summed(packed, theta, 1 + size * (order > 0) + size**2 * (order > 1))
        gradient = total[1 : 1 + size] if order > 0 else None
        return Sums(float(total[0]), gradient, total[1 + size :].reshape(size, size) if order > 1 else None)

    def row_sums(self, theta: ArrayLike) -> Sums:
        """Return the cost, its gradient and the products of the rows whose squares are the losses.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        size = len(self.names)

        def packed(part: Linearised) -> Float:
            return np.concatenate([[part.cost()], part.gradient(), part.row_products().ravel()])

        total = self._summed(packed, theta, 1 + size + size**2)
        return Sums(float(total[0]), total[1 : 1 + size], total[1 + size :].reshape(size, size))

    def hessian(self, theta: ArrayLike) -> Float:
        """Return all second derivatives of the cost, shape (P, P): symmetric, far from the optimum not semidefinite.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        return self._summed(Linearised.hessian, theta, (len(self.names), len(self.names)))

    # ---- strips

    def strips(self, theta: ArrayLike) -> Iterator[Linearised]:
        """Yield residuals and derivatives strip by strip, from top to bottom, for whoever sums something else.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        model = self._model(theta)
        for window in self._windows():
            yield Linearised(model, self.observations.strip(window))

    def _summed(self, one: Callable[[Linearised], Float], theta: ArrayLike, shape: int | tuple[int, int]) -> Float:
        """Return the sum of what ``one`` gives for each strip."""
        model, windows = self._model(theta), list(self._windows())

        def band(number: int) -> Float:
            total = np.zeros(shape)
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite shows in the sums
                for window in windows[number::BANDS]:
                    total += one(Linearised(model, self.observations.strip(window)))
            return total

        bands = range(min(BANDS, len(windows)))
        threads = min(checked_workers(self.workers), MOST_THREADS)
        return sum(each(band, bands, workers=threads), np.zeros(shape))

    def _model(self, theta: ArrayLike) -> Model:
        vector = np.asarray(theta, dtype=np.float64)
        if vector.shape != (len(self.names),):
            raise ArgumentError(f"theta must hold {len(self.names)} values {self.names}, got shape {vector.shape}")
        size = len(self.mask.names)
        others = dict(zip(self.free, map(float, vector[size:]), strict=True))
        return Model(self.mask.with_vector(vector[:size]), free=self.free, loss=self.loss, scale=self.scale, **others)

    def _windows(self) -> Iterator[Window]:
        """Yield parts of the picture whose derivatives, and what formulas need beside them, fit into a strip."""
        told_apart, channels = self.mask.channels or 1, self.observations.channels or 1
        per_pixel = (len(self.names) + 12) * told_apart + 10 * channels
        return self.observations.windows(STRIP_BYTES // (8 * per_pixel) * channels)
