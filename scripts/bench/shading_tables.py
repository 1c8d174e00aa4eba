"""Every general family fitted to real sensors' shading tables, and robust losses to tables with wild values.

python scripts/bench/shading_tables.py ../shared/data/shading/shading_tables.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg import masks
from hadimg.fitting.pair import fit
from hadimg.fitting.places import Places
from hadimg.grid import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["FAMILIES", "Family", "Table", "errors_of", "luminance", "read_tables", "wild_shifts"]

WILD = {
    ("gb", 2856): ((8, 0), (7, 15)),
    ("r", 6504): ((4, 10), (15, 2)),
    ("gr", 6504): ((0, 1), (11, 15), (14, 10)),
    ("gb", 6504): ((1, 7),),
    ("b", 6504): ((2, 11),),
    ("r", 4230): ((4, 3), (13, 14)),
    ("gr", 4230): ((1, 14), (15, 7)),
    ("gb", 4230): ((11, 15),),
    ("b", 4230): ((4, 13),),
}
"""Wrong values in the tables of ov2685: channel and color temperature, then row and column of each."""
ROUNDS = 4
"""Fits of a radial spline: a center, and knots for it, in turn."""
LOSSES = ("linear", "huber", "soft_l1", "cauchy")


class Table(NamedTuple):
    """A measured table of gains, and where its values lie."""

    gain: Float
    grid: Grid


class Family(NamedTuple):
    """A row of the table that is printed.

    Parameters
    ----------
    name : str
        The family and its free parameters besides the scale.
    mask : Mask
        What is fitted.
    fixed : tuple of str
        Parameters that do not move.
    logarithmic : bool
        Whether the logarithm of the gain is fitted instead; the mask is that of the logarithms.
    knotted : bool
        Whether the knots of the mask shall end at the value that is farthest from its center.
    goal : tuple of float
        Median, 90th percentile and largest rms over the tables in percent, and the median of the largest errors.
    linear : bool
        Whether there is one optimum that every right program must find.
    """

    name: str
    mask: Mask
    goal: tuple[float, float, float, float]
    fixed: tuple[str, ...] = ()
    logarithmic: bool = False
    knotted: bool = False
    linear: bool = False


def _surface(degree: int) -> Mask:
    return masks.PolynomialSurface.of_degree(degree)


def _spline(side: int) -> Mask:
    return masks.SplineSurface(np.ones((side, side)))  # type: ignore[arg-type]


_TILTED = masks.Blend(masks.Polynomial(), _surface(1))
"""A sum of both up to a number, so linear in all but the center."""
_ROUND = masks.RadialSpline((1.0,) * 10, knots=tuple(np.linspace(0.0, 1.05, 8).tolist()), degree=3.0)  # type: ignore[arg-type]
_LOGS = masks.Blend(masks.Separable((1.0,) * 8, (1.0,) * 4), masks.Separable((1.0,) * 4, (1.0,) * 8))
"""The logarithm of a `log_separable`: the sum of a profile down and one across, the others being 1."""
_ONES = tuple(f"{part}.{side}_profile[{k}]" for part, side in ((0, "col"), (1, "row")) for k in range(4))
FAMILIES = (
    Family("gaussian, elliptic (5)", masks.Gaussian(), (3.51, 6.15, 11.1, 14.2)),
    Family("cos4 (3)", masks.Cos4(), (2.89, 5.48, 7.79, 9.56)),
    Family("kang_weiss with tilt (6)", masks.KangWeiss(), (2.04, 3.78, 7.76, 8.34)),
    Family("exponential_decay (4)", masks.ExponentialDecay(), (1.76, 5.34, 5.84, 7.25)),
    Family("polynomial, center fixed (3)", masks.Polynomial(), (2.24, 3.74, 6.77, 8.66), ("center",), linear=True),
    Family("polynomial (5)", masks.Polynomial(), (1.47, 2.69, 5.20, 6.67)),
    Family("polynomial + tilt (7)", _TILTED, (1.38, 1.96, 2.45, 5.99), ("amount", "1.coefficients[0]")),
    Family("dng_vignette, center fixed (5)", masks.DngVignette(), (2.04, 3.59, 6.76, 6.59), ("center",)),
    Family("dng_vignette (7)", masks.DngVignette(), (1.21, 2.29, 5.13, 4.94)),
    Family("radial_spline cubic 10", _ROUND, (1.14, 2.26, 5.13, 4.87), knotted=True),
    Family("polynomial_surface degree 2", _surface(2), (6.94, 12.2, 17.3, 25.7), linear=True),
    Family("polynomial_surface degree 4", _surface(4), (1.92, 4.19, 5.80, 5.66), linear=True),
    Family("polynomial_surface degree 6", _surface(6), (0.82, 1.59, 1.96, 3.44), linear=True),
    Family("log_polynomial_surface degree 2", _surface(2), (3.52, 6.18, 11.3, 14.0), logarithmic=True, linear=True),
    Family("log_polynomial_surface degree 4", _surface(4), (1.15, 2.03, 2.45, 4.07), logarithmic=True, linear=True),
    Family("log_polynomial_surface degree 6", _surface(6), (0.74, 1.71, 1.96, 3.09), logarithmic=True, linear=True),
    Family("spline_surface 4x4", _spline(4), (5.51, 8.93, 15.3, 9.99), linear=True),
    Family("spline_surface 5x5", _spline(5), (0.99, 1.87, 2.36, 3.24), linear=True),
    Family("spline_surface 6x6", _spline(6), (1.19, 2.20, 3.77, 3.01), linear=True),
    Family("spline_surface 8x8", _spline(8), (0.54, 1.11, 1.20, 1.84), linear=True),
    Family("spline_surface 10x10", _spline(10), (0.37, 0.95, 1.06, 1.28), linear=True),
    Family("log_separable 8 + 8", _LOGS, (2.83, 5.33, 6.10, 8.96), ("amount", *_ONES), logarithmic=True, linear=True),
)
"""Every row of the table, with the figures to reach; centers are free unless it is said that they are fixed."""


def main() -> None:
    """Fit every family to every table and print one row each, then the shifts by wild values."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", type=Path, help="shading_tables.json")
    parser.add_argument("--only", nargs="+", help="parts of the names of families")
    args = parser.parse_args()
    entries = read_tables(args.tables)
    tables = [table_of(entry) for entry in luminance(entries)]
    print(f"{'percent, 20 luminance tables':36}{'median':>8}{'p90':>8}{'worst':>8}{'largest':>9}   goal")
    wanted = [family for family in FAMILIES if not args.only or any(part in family.name for part in args.only)]
    met = 0
    for family in wanted:
        found = figures(family, tables)
        good = reached(found, family)
        met += good
        verdict = "reached" if good else "MISSED"
        goal = "  ".join(f"{number:.3g}" for number in family.goal)
        print(
            f"{family.name:36}{found[0]:8.2f}{found[1]:8.2f}{found[2]:8.2f}{found[3]:9.2f}   {goal}  {verdict}",
            flush=True,
        )
    print(f"{met} of {len(wanted)} rows reached")
    print("\nov2685, log surface of degree 6: largest deviation from the fit without wild values, median and worst")
    for loss in LOSSES:
        shifts = wild_shifts(entries, loss)
        print(f"{loss:36}{np.median(shifts):8.2f}{max(shifts):16.2f}")


def read_tables(path: Path) -> list[dict[str, Any]]:
    """Return all entries of the file."""
    entries: list[dict[str, Any]] = json.loads(path.read_text())
    return entries


def luminance(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tables of whole sensors."""
    return [entry for entry in entries if entry["channel"] == "luminance"]


def table_of(entry: dict[str, Any]) -> Table:
    """Return the gains of an entry, and their places in a picture of the sensor's own shape."""
    gain = np.array(entry["gain"], dtype=np.float64)
    places = [_places(entry["nodes"], size) for size in gain.shape]
    width, height = entry["pixels"]
    return Table(gain, Places.at(Grid(height, width), *places))


def _places(nodes: str, size: int) -> Float:
    places: Float = (np.arange(size) + 0.5) / size if nodes == "cells" else np.arange(size) / (size - 1.0)
    return places


def errors_of(family: Family, table: Table) -> Float:
    """Return the fit times the gain, less 1, in percent: fitted as this, or as its logarithm."""
    gain, grid = table
    if family.logarithmic:
        found = fit(family.mask, np.ones_like(gain), -np.log(gain), fixed=family.fixed, grid=grid)
        return 100.0 * (np.exp(found.mask.evaluate(grid)) * gain - 1.0)
    free_level = not family.linear or isinstance(family.mask, masks.Polynomial)
    mask, start = family.mask, "auto"
    for _ in range(ROUNDS if family.knotted else 1):
        found = fit(mask, gain, np.ones_like(gain), fixed=family.fixed, gain=free_level, grid=grid, start=start)
        mask = _knotted(found.mask, grid) if family.knotted else found.mask
        start = "given"
    level = found.params.get("level", 1.0)
    return 100.0 * (level * found.mask.evaluate(grid) * gain - 1.0)


def _knotted(mask: Any, grid: Grid) -> Mask:
    """Return a radial spline with evenly spaced knots out to the value that is farthest from its center."""
    farthest = grid.farthest(mask.center_row, mask.center_col)
    knotted: Mask = mask.replace(knots=tuple(np.linspace(0.0, farthest, len(mask.knots)).tolist()))
    return knotted


def figures(family: Family, tables: list[Table]) -> tuple[float, float, float, float]:
    """Return median, 90th percentile and largest rms over the tables, and the median of the largest errors."""
    errors = [errors_of(family, table) for table in tables]
    rms = [float(np.sqrt(np.mean(error**2))) for error in errors]
    largest = [float(np.abs(error).max()) for error in errors]
    return float(np.median(rms)), float(np.quantile(rms, 0.9)), max(rms), float(np.median(largest))


def reached(found: tuple[float, ...], family: Family) -> bool:
    """Return whether figures are those of the goal to its digits, or smaller where there may be better optima."""
    pairs = list(zip(found, family.goal, strict=True))
    if family.linear:
        return all(abs(own - goal) <= 0.5001 * _last_digit(goal) for own, goal in pairs)
    return all(own <= goal + 0.5001 * _last_digit(goal) for own, goal in pairs)


def _last_digit(number: float) -> float:
    return 0.1 if number >= 10 else 0.01


def wild_shifts(entries: list[dict[str, Any]], loss: str) -> list[float]:
    """Return for each table of ov2685 with wild values how far they move the fit, in percent."""
    shifts = []
    for entry in entries:
        wild = WILD.get((entry["channel"], entry["colour_temperature"] or 0))
        if entry["sensor"] != "ov2685" or wild is None:
            continue
        gain, grid = table_of(entry)
        counts = np.ones_like(gain)
        for place in wild:
            counts[place] = 0.0
        logs = -np.log(gain)
        one = np.ones_like(gain)
        surface = _surface(6)
        clean = fit(surface, one, logs, weights=counts, grid=grid).mask
        moved = fit(surface, one, logs, loss=loss, grid=grid).mask
        shift = np.exp(moved.evaluate(grid) - clean.evaluate(grid)) - 1.0
        shifts.append(100.0 * float(np.abs(shift).max()))
    return shifts


if __name__ == "__main__":
    main()
