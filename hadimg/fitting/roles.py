"""Whether the roles of parameters make sense together: what is checked before a fit begins."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.ties import SCALES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.ties import Tie

    Float = NDArray[np.float64]

__all__ = ["check_roles", "check_start", "in_order", "vector_for"]


def check_roles(
    names: Sequence[str], fixed: Collection[str], ties: Mapping[str, Tie], scales: Mapping[str, str]
) -> None:
    """Raise ArgumentError when a name is unknown, stands twice or has two roles."""
    if len(set(names)) != len(names):
        raise ArgumentError(f"names of parameters must differ, got {', '.join(names)}")
    asked = [("fixed", sorted(fixed)), ("ties", list(ties)), ("scales", list(scales))]
    asked += [(f"the tie of {name}", list(tie.of)) for name, tie in ties.items()]
    for role, given in asked:
        for name in given:
            if name not in names:
                close = get_close_matches(str(name), names, n=1)
                known = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
                raise ArgumentError(f"{role}: {name!r:.80} is no parameter", remedy=known)
    for name, kind in scales.items():
        if kind not in SCALES:
            raise ArgumentError(f"the scale of {name} must be one of {', '.join(SCALES)}, got {kind!r:.40}")
    roles = [*fixed, *ties, *scales]
    twice = sorted({name for name in roles if roles.count(name) > 1})
    if twice:
        raise ArgumentError(f"{twice[0]} must be one of fixed, tied or on another scale, got two of them")


def vector_for(names: Sequence[str], values: ArrayLike) -> Float:
    """Return one number for each name as an array of its own, or raise ArgumentError."""
    vector = np.array(values, dtype=np.float64)
    if vector.shape != (len(names),):
        raise ArgumentError(f"values and bounds must be one number for each of {tuple(names)}, got {vector.shape}")
    return vector


def check_start(starts: Mapping[str, tuple[float, float, float]], scales: Mapping[str, str]) -> None:
    """Raise ArgumentError where a value is not finite, outside of its bounds, or on one that its scale has not.

    ``starts`` holds the value, the lower and the upper bound of each parameter that is not tied.
    """
    for name, (value, low, high) in starts.items():
        if not np.isfinite(value):
            raise ArgumentError(f"{name} must start from a finite number, got {value}")
        if not low <= value <= high:
            raise ArgumentError(f"{name} must start within {low:g} to {high:g}, got {value:g}")
        kind = scales.get(name)
        if kind is None:
            continue
        if not np.isfinite(low if kind == "log" else high - low):
            raise ArgumentError(f"the scale {kind!r} of {name} needs {SCALES[kind].needs}")
        if value in (low, high):
            raise ArgumentError(f"{name} must start inside of its bounds on the scale {kind!r}, not on one")


def in_order(ties: Mapping[str, Tie]) -> tuple[str, ...]:
    """Return tied parameters so that each comes behind those that it follows; a circle is an error that names it."""
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise ArgumentError(f"ties must not go in a circle, got {circle}", remedy="leave one of these free")
        if name in ties and name not in order:
            for source in ties[name].of:
                visit(source, (*path, name))
            order.append(name)

    for name in ties:
        visit(name, ())
    return tuple(order)
