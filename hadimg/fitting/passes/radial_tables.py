"""Masks around one center as functions of the distance, with their derivatives, for one compiled loop that serves all.

A mask that is a function of the distance ``r`` from a center has a derivative by each of its parameters that is such a
function, too, and by its center a function of ``r`` times the direction. A ray from the center to the right shows them
all. Where polynomials come near enough they take the place of the functions, else tables do. Whether a mask really is
so, and how far both are from it, is measured: along the ray, and on pixels all over the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.fitting.places import Places
from hadimg.fitting.reductions.interpolation import SERIES, chebyshev_points, cubics, lines, powers, read, read_powers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.passes.hole import Hole
    from hadimg.grid import Grid
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Kind = type[np.floating[Any]]

__all__ = ["RadialTables", "radial_tables", "tolerances"]

NODES = 1 << 14
"""Of tables; polynomials are checked at fewer places, between which they cannot hide anything."""
CHECKS = 128
TOLERANCES: dict[Kind, float] = {np.float32: 1e-6, np.float64: 1e-11}
"""How far functions of each type may be from the mask, in units of its largest weight."""
OF_DERIVATIVES: dict[Kind, float] = {np.float32: 2e-5, np.float64: 1e-9}
"""The same for derivatives, whose errors move the course of a fit but, where residuals are noise, not its end."""
CLOSER = 0.01
"""Polynomials must be nearer by this than tables: their errors do not change their signs from node to node."""
SAME = 1e-13
"""Functions whose ratio varies less are one."""
SAMPLES = 24


class RadialTables(NamedTuple):
    """A mask and its derivatives as `hadimg.kernels.squares.radial_squares` reads them.

    Parameters
    ----------
    center : (float, float)
        Row and column as fractions.
    unit, shift : float
        Functions are given by the distance in half diagonals times ``unit``, polynomials by that plus ``shift``.
    tables : ndarray, shape (B, 2 or 4, nodes) or (B, 8, 12 or 16, 1)
        For each function the coefficients of a line or a cubic at every node, or of one polynomial; the first is the
        mask.
    columns : ndarray of int64, shape (K, 2)
        Function and kind of each column.
    expansion : ndarray, shape (P, K)
        The derivative by each parameter as a sum of columns.
    """

    center: tuple[float, float]
    unit: float
    shift: float
    tables: NDArray[Any]
    columns: NDArray[np.int64]
    expansion: Float


def radial_tables(
    mask: Mask, grid: Grid, hole: Hole, *, wanted: NDArray[np.bool_], channel: int | None, kind: Kind
) -> RadialTables | None:
    """Return a mask as functions of the distance from its center; None when it is no such mask, or one too steep.

    Parameters
    ----------
    mask : Mask
        With the parameters to be looked at.
    grid : Grid
        The pixels.
    hole : Hole
        Those of them that the functions need not hold for.
    wanted : ndarray of bool, shape (P,)
        Parameters whose derivatives are wanted; the others get zeros.
    channel : int or None
        The channel of a mask that tells channels apart.
    kind : type
        ``numpy.float32`` or ``numpy.float64``, with tables of lines or of cubics.
    """
    form = mask.channel(channel or 0).radial()
    if form is None:
        return None
    center = form.center or (0.5, 0.5)
    nearest, farthest = hole.beyond(grid, center), grid.farthest(*center)
    if not 0 <= nearest < farthest < np.inf:
        return None
    ray = _Ray(mask, channel, grid, center, wanted)
    with np.errstate(all="ignore"):  # what is not finite is refused
        for made in (_polynomials, _tables):
            found = made(ray, nearest, farthest, kind)
            if found is not None and _on_pixels(found, ray, hole):
                return found
    return None


def _polynomials(ray: _Ray, nearest: float, farthest: float, kind: Kind) -> RadialTables | None:
    """Return the shortest polynomials that are near enough from the nearest to the farthest pixel, or None."""
    half, middle = (farthest - nearest) / 2, (farthest + nearest) / 2
    points, checks = chebyshev_points(SERIES[-1]), np.linspace(-1.0, 1.0, CHECKS)
    functions, columns, expansion = ray.independent(middle + half * np.append(points, checks), 0)
    values, truth = functions[:, : points.size], functions[:, points.size :]
    allowed = tolerances(kind, len(functions) - 1) * np.abs(truth).max(axis=1)
    for count in SERIES:
        series = powers(values, count)
        error = np.abs(read_powers(series, checks) - truth).max(axis=1)
        rounding = np.finfo(kind).eps * np.abs(series).sum(axis=1)  # terms may be larger than their sum
        if ((error <= CLOSER * allowed) & (rounding <= allowed)).all():
            tables = series[..., np.newaxis].astype(kind)
            return RadialTables(ray.center, 1.0 / half, -middle / half, tables, columns, expansion)
    return None


def _tables(ray: _Ray, nearest: float, farthest: float, kind: Kind) -> RadialTables | None:
    """Return tables that are near enough from the nearest to the farthest pixel, or None.

    Measured at every other node by tables of the nodes between: these are at least twice as far from the functions.
    """
    unit = NODES / farthest
    steps = np.arange(NODES + 8, dtype=np.float64)
    steps[0] = 1e-8  # a cusp has its slope beside the center
    first = max(2, int(nearest * unit) - 1)
    functions, columns, expansion = ray.independent(steps / unit, first)
    form = cubics if kind is np.float64 else lines
    odd = np.arange(first | 1, NODES, 2)
    errors = np.abs(read(form(functions[:, ::2]), odd / 2) - functions[:, odd]).max(axis=1)
    if not (errors <= tolerances(kind, len(functions) - 1) * np.abs(functions[:, odd]).max(axis=1)).all():
        return None
    return RadialTables(ray.center, unit, 0.0, form(functions).astype(kind), columns, expansion)


def tolerances(kind: Kind, derivatives: int) -> Float:
    """Return the tolerance of the mask, then those of its derivatives."""
    return np.array([TOLERANCES[kind], *[OF_DERIVATIVES[kind]] * derivatives])


@dataclass(frozen=True, eq=False)
class _Ray:
    """One channel of a mask along a ray from its center to the right."""

    mask: Mask
    channel: int | None
    grid: Grid
    center: tuple[float, float]
    wanted: NDArray[np.bool_]

    def at(self, grid: Grid) -> tuple[Float, Float]:
        """Return weights, shape (h, w), and derivatives, shape (P, h, w)."""
        part = ... if self.channel is None else self.channel
        partials = np.empty((len(self.mask.names), *grid.shape))
        for row, partial in zip(partials, self.mask.evaluate_partials(grid), strict=True):
            row[...] = partial[part]
        return self.mask.evaluate(grid)[part], partials

    def independent(self, distances: Float, first: int) -> tuple[Float, NDArray[np.int64], Float]:
        """Return functions of which none is a multiple of another, columns made of them, and the expansion.

        Functions that differ at the distances before the first one only are the same.
        """
        weights, partials = (part[..., 0, :] for part in self.at(Places.ray(self.grid, self.center, distances)))
        functions, columns = [weights], list[tuple[int, int]]()
        entries = []
        for number, (kind, source, scale) in enumerate(self._kinds()):
            along = scale * partials[source]
            if not self.wanted[number] or not along[first:].any():
                continue
            place, factor = _multiple(along, functions, first)
            functions += [along] if place == len(functions) else []
            columns += [(place, kind)] if (place, kind) not in columns else []
            entries.append((number, columns.index((place, kind)), factor))
        expansion = np.zeros((len(partials), len(columns)))
        for number, column, factor in entries:
            expansion[number, column] = factor
        return np.stack(functions), np.array(columns, dtype=np.int64).reshape(-1, 2), expansion

    def _kinds(self) -> list[tuple[int, int, float]]:
        """Return for each parameter the kind of its column, and of what its function on the ray is a multiple.

        To the right of a center its slope shows in its column only.
        """
        from hadimg.kernels.squares import ACROSS, ALONG, DOWN

        kv, ku = self.grid.scale
        names = self.mask.names
        found = []
        for number, name in enumerate(names):
            partner = name.removesuffix("row") + "col"
            if name.endswith("center_row") and partner in names:
                found.append((DOWN, names.index(partner), kv / ku))
            else:
                found.append((ACROSS if name.endswith("center_col") else ALONG, number, 1.0))
        return found


def _multiple(values: Float, functions: list[Float], first: int) -> tuple[int, float]:
    """Return which function values are a multiple of, and the factor; (B, 1) when they are of none."""
    far = values[first:]
    for place, function in enumerate(functions):
        pivot = first + int(np.abs(function[first:]).argmax())
        factor = float(values[pivot] / function[pivot])
        if np.abs(far - factor * function[first:]).max() <= SAME * np.abs(far).max():
            return place, factor
    return len(functions), 1.0


def _on_pixels(found: RadialTables, ray: _Ray, hole: Hole) -> bool:
    """Return whether the functions give the mask and its derivatives on some pixels all over the picture."""
    from hadimg.kernels.squares import ACROSS, DOWN

    grid, wanted = ray.grid, ray.wanted
    rows, cols = (np.unique(np.linspace(0, size - 1, SAMPLES).astype(np.int64)) for size in grid.shape)
    sample = Places.at(grid, grid.row[rows, 0], grid.col[0, cols])
    hidden = ((rows >= hole.top) & (rows < hole.bottom))[:, np.newaxis] & ((cols >= hole.left) & (cols < hole.right))
    v, u = sample.offsets(*found.center)
    r = np.hypot(v, u)
    places = r * found.unit + found.shift
    functions = (
        read_powers(found.tables[..., 0], places) if found.tables.shape[1] in SERIES else read(found.tables, places)
    )
    away = np.where(r > 0, r, 1.0)
    directions = {DOWN: v / away, ACROSS: u / away}
    columns = np.zeros((len(found.columns), *r.shape))
    for column, (function, kind) in zip(columns, found.columns.tolist(), strict=True):
        column[...] = functions[function] * directions.get(kind, 1.0)
    weights, partials = ray.at(sample)
    truths = [weights, *partials[wanted]]
    guesses = [functions[0], *np.tensordot(found.expansion[wanted], columns, 1)]
    return all(
        bool((np.abs(guess - truth)[~hidden] <= tolerance * np.abs(truth[~hidden]).max(initial=0.0)).all())
        for guess, truth, tolerance in zip(
            guesses, truths, tolerances(found.tables.dtype.type, len(truths) - 1), strict=True
        )
    )
