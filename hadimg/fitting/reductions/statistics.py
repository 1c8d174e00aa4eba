r"""Sums over pixels that stand for all of them at every mask: what folding, radii and cells have in common.

Pixels are gathered at nodes. With the sums of a node, :math:`S = \sum v I^2` and :math:`X = \sum v I (w_0 I - T)`, and
:math:`L = \sum v (w_0 I - T)^2` over all pixels for a reference mask :math:`w_0` (or 0), the cost of a mask ``w`` is

.. math:: \tfrac12 \Bigl( \sum (w - w_0)^2 S + 2 (w - w_0) X + L \Bigr)

over the nodes: for :math:`w_0` near ``w`` no digits cancel. Its gradient is :math:`A \, (S * (w - w_0) + X)'`, its
Gauss-Newton matrix :math:`A D(S) A'`, with ``A`` the derivatives of ``w`` at the nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.reductions.triangle import bordered, preconditioned_triangle, triangle_of_sums
from hadimg.fitting.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Statistics"]

PART_BYTES = 1 << 22


@dataclass(frozen=True, eq=False)
class Statistics:
    """Sums of squares at nodes, as a solver sees them.

    Parameters
    ----------
    mask : Mask
        Gives the formula.
    grid : Grid
        Where the nodes lie.
    power, cross : ndarray of float64, shape (rows, cols), or (C, rows, cols) for a mask that tells channels apart
        ``S`` and ``X``.
    level : float
        ``L``.
    count : int
        How many values of pixels they stand for.
    target_norm : float
        Root of the weighted sum of the squared target.
    reference : Mask, optional
        The mask :math:`w_0`.
    fixed : tuple of str
        Names of parameters that do not move: their derivatives are zero, since nodes may not tell them.
    center : (float, float), optional
        The one point that the mask must stay around, when nodes are distances.
    """

    mask: Mask
    grid: Grid
    power: Float
    cross: Float
    level: float
    count: int
    target_norm: float
    reference: Mask | None = None
    fixed: tuple[str, ...] = ()
    center: tuple[float, float] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.mask.names

    @property
    def row_count(self) -> int:
        """How many numbers per channel stand for all pixels."""
        return int(np.count_nonzero(self.power))

    def sums(self, theta: ArrayLike, order: int = 2) -> Sums:
        """Return the cost, from order 1 on its gradient, from order 2 on its Gauss-Newton matrix.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        order : int
            0, 1 or 2.
        """
        return self._summed(self._mask_at(theta), order, None)

    def rows(self, theta: ArrayLike) -> tuple[Float, Float]:
        """Return a Jacobian (P + 1, P) and a residual (P + 1,) whose products with each other are those of all pixels.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        mask = self._mask_at(theta)
        triangle = triangle_of_sums(self._summed(mask, 2, None))
        if triangle is None:
            size = len(self.names) + 1
            triangle = preconditioned_triangle(lambda change: bordered(self._summed(mask, 2, change)), size)
        return triangle.rows

    def hessian(self, theta: ArrayLike) -> Float:
        """Return all second derivatives of the cost, shape (P, P), zero by parameters that do not move.

        Parameters
        ----------
        theta : array_like, shape (P,)
            In the order of `names`.
        """
        mask = self._mask_at(theta)
        result = self._gauss_newton(mask)
        for part in self._parts():
            result += mask.evaluate_curvature(part.grid, part.power * self._moved(mask, part) + part.cross)
        return (result + result.T) / 2 * np.outer(self._free, self._free)

    # ---- sums

    @property
    def _free(self) -> NDArray[np.bool_]:
        return ~np.isin(self.names, self.fixed)

    def _gauss_newton(self, mask: Mask) -> Float:
        matrix = self._summed(mask, 2, None).gauss_newton
        assert matrix is not None
        return matrix

    def _mask_at(self, theta: ArrayLike) -> Mask:
        mask = self.mask.with_vector(theta)
        if self.center is None:
            return mask
        forms = [mask.channel(c).radial() for c in range(mask.channels or 1)]
        if any(form is None or form.center not in (None, self.center) for form in forms):
            raise ArgumentError(
                f"reduce='radial' stands for masks around {self.center} only, got {mask}",
                remedy="fix its center and its shape, or use reduce='cells'",
            )
        return mask

    def _summed(self, mask: Mask, order: int, change: Float | None) -> Sums:
        """Return the sums, of the columns ``[J | r] @ change`` where a change of columns is given."""
        from hadimg.kernels.squares import outer_sums

        size = len(self.names)
        factor = 1.0 if change is None else float(change[-1, -1])
        packed = np.zeros(size * (size + 3) // 2 if order > 1 else size)
        costs = [self.level]
        for part in self._parts():
            moved = self._moved(mask, part)
            if order > 0:
                columns = self._partials(mask, part)
                if change is not None:  # a change of the residual is one of the mask
                    moved = moved + np.tensordot(change[:-1, -1] / factor, columns, 1)
                    columns = np.tensordot(change[:-1, :-1], columns, (0, 0))
            pull = part.power * moved + part.cross
            costs.append(float(np.sum(moved * (pull + part.cross))))
            if order > 0:
                outer_sums(columns.reshape(size, -1), part.power.ravel(), pull.ravel(), order, packed)
        # Rounding may carry the cost of a perfect fit below zero.
        cost = 0.5 * factor**2 * max(math.fsum(costs), 0.0)
        return _unpacked(cost, packed, factor, size, order)

    def _parts(self) -> Iterator[_Part]:
        """Yield some rows of nodes at a time."""
        per_row = 8 * (len(self.names) + 8) * (self.power.size // self.power.shape[-2])
        rows = max(1, PART_BYTES // per_row)
        for top in range(0, self.grid.rows, rows):
            window = slice(top, top + rows), slice(None)
            power, cross = (np.ascontiguousarray(sums[..., window[0], :]) for sums in (self.power, self.cross))
            yield _Part(self.grid.window(window), power, cross)

    def _moved(self, mask: Mask, part: _Part) -> Float:
        """Return ``w - w0``, and 0 where no value counts, whatever the masks are there."""
        with np.errstate(all="ignore"):
            moved = mask.evaluate(part.grid)
            if self.reference is not None:
                moved = moved - self.reference.evaluate(part.grid)
        return np.where(part.power == 0, 0.0, moved)

    def _partials(self, mask: Mask, part: _Part) -> Float:
        result = np.zeros((len(self.names), *part.power.shape))
        with np.errstate(all="ignore"):
            for row, partial, free in zip(result, mask.evaluate_partials(part.grid), self._free, strict=True):
                if free:
                    np.copyto(row, partial, where=part.power != 0)
        return result


class _Part(NamedTuple):
    """Some rows of nodes."""

    grid: Grid
    power: Float
    cross: Float


def _unpacked(cost: float, packed: Float, factor: float, size: int, order: int) -> Sums:
    """Return the sums from the gradient and the lower triangle, one after the other."""
    if order == 0:
        return Sums(cost)
    gradient = factor * packed[:size]
    if order == 1:
        return Sums(cost, gradient)
    matrix = np.zeros((size, size))
    matrix[np.tril_indices(size)] = packed[size:]
    return Sums(cost, gradient, matrix + np.tril(matrix, -1).T)
