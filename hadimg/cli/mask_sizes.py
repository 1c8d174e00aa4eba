"""Masks to be fitted, as a person types them: ``log_polynomial_surface:4`` and ``spline_surface:5x5`` say sizes."""

from __future__ import annotations

import re

from hadimg.cli.parser import UsageError

__all__ = ["SIZED", "with_sizes"]

SIZED = {
    "polynomial_surface": "polynomial_surface:DEGREE",
    "log_polynomial_surface": "log_polynomial_surface:DEGREE",
    "spline_surface": "spline_surface:ROWSxCOLUMNS",
    "log_spline_surface": "log_spline_surface:ROWSxCOLUMNS",
    "grid": "grid:ROWSxCOLUMNS",
    "dng_gain_map": "dng_gain_map:ROWSxCOLUMNS",
    "separable": "separable:ROWSxCOLUMNS",
    "log_separable": "log_separable:ROWSxCOLUMNS",
    "radial_spline": "radial_spline:KNOTS",
}
"""Families whose number of coefficients is chosen, and how."""

_WORD = re.compile(r"\b([a-z_0-9]+):(\d+)(?:x(\d+))?(?!\w)")


def with_sizes(text: str) -> str:
    """Return the text form of a mask in which each ``family:size`` stands as the neutral mask of that size.

    Examples
    --------
    >>> with_sizes("cos4 * polynomial_surface:1")
    'cos4 * polynomial_surface(coefficients=[1.0,0.0,0.0])'
    >>> with_sizes("grid:1x2")
    'grid(nodes=[[1.0,1.0]])'
    """
    return _WORD.sub(_sized, text)


def _sized(match: re.Match[str]) -> str:
    name, first, second = match[1], int(match[2]), match[3]
    if name not in SIZED:
        raise UsageError(f"{name} has no size, got {match[0]}", remedy=f"those that have: {', '.join(SIZED.values())}")
    if ("x" in SIZED[name]) != (second is not None):
        raise UsageError(f"the size of {name} must be given as {SIZED[name]}, got {match[0]}")
    if max(first, int(second or 0)) > 64:
        raise UsageError(f"the size of {name} must be at most 64, got {match[0]}")
    return f"{name}({_arguments(name, first, int(second or 0))})"


def _arguments(name: str, first: int, second: int) -> str:
    neutral = 0.0 if name.startswith("log_") else 1.0
    if name.endswith("polynomial_surface"):
        return f"coefficients={_row((first + 1) * (first + 2) // 2, neutral, 0.0)}"
    if name.endswith("separable"):
        return f"row_profile={_row(first, neutral)},col_profile={_row(second, neutral)}"
    if name == "radial_spline":
        knots = ",".join(f"{k / (first - 1):.6g}" for k in range(first)) if first > 1 else "0"
        return f"coefficients={_row(first + 2, 1.0)},knots=[{knots}],degree=3"
    table = "[" + ",".join([_row(second, neutral)] * first) + "]"
    return f"{'nodes' if name in ('grid', 'dng_gain_map') else 'coefficients'}={table}"


def _row(count: int, first: float, others: float | None = None) -> str:
    return "[" + ",".join([str(first), *[str(first if others is None else others)] * (count - 1)]) + "]"
