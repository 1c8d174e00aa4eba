"""Which patterns are measured: a count, a list or a boolean mask, and nothing that could be mistaken for one."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hadimg.singlepixel.acquisition import Mode
    from hadimg.singlepixel.frames import Frame

    Whole = NDArray[np.int64]

__all__ = ["checked_choice", "checked_measurements", "whole"]


def checked_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Refuse what is no name of a table."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise ArgumentError(f"{name} must be one of {', '.join(map(repr, known))}, got {value!r:.80}")


def whole(name: str, value: Any, *, lower: int, upper: int | None = None) -> int:
    """Return a whole number, or raise an error that names it and its range."""
    rule = f"{name} must be a whole number from {lower}" + ("" if upper is None else f" to {upper}")
    try:
        number = operator.index(value)
    except TypeError as error:
        raise ArgumentTypeError(f"{rule}, got {type(value).__name__}") from error
    if isinstance(value, bool):
        raise ArgumentTypeError(f"{rule}, got a bool")
    if number < lower or (upper is not None and number > upper):
        raise ArgumentError(f"{rule}, got {number}")
    return number


def available(frame: Frame, mode: Mode) -> int:
    """Return how many patterns a mode can show."""
    return frame.size - mode.adds_flux


def checked_measurements(
    measurements: Any, ratio: float | None, shape: tuple[int, int], frame: Frame, mode: Mode
) -> int | Whole:
    """Return the number of the first patterns of an order, or the indices of chosen ones.

    Parameters
    ----------
    measurements : int, list of int, array of bool or None
        As `Camera` takes them.
    ratio : float, optional
        Measurements per pixel of the scene.
    """
    most = available(frame, mode)
    if ratio is not None:
        if measurements is not None:
            raise ArgumentError("measurements and ratio say the same thing", remedy="give one of them")
        return whole("the number of measurements that the ratio asks for", _count(ratio, shape), lower=0, upper=most)
    if measurements is None:
        return most
    given = np.asarray(measurements)
    if given.ndim == 0:
        return whole("measurements", measurements, lower=0, upper=most)
    if given.dtype.kind == "b":
        return _from_mask(given, frame, mode)
    return _from_list(given, frame, mode)


def _count(ratio: Any, shape: tuple[int, int]) -> int:
    if isinstance(ratio, bool) or not isinstance(ratio, (int, float, np.integer, np.floating)):
        raise ArgumentTypeError(f"ratio must be a number of at least 0, got {type(ratio).__name__}")
    if not math.isfinite(ratio) or ratio < 0:
        raise ArgumentError(f"ratio must be a number of at least 0, got {ratio!r}")
    return round(float(ratio) * shape[0] * shape[1])


def _from_mask(given: NDArray[Any], frame: Frame, mode: Mode) -> Whole:
    if given.shape != frame.shape:
        raise ArgumentError(
            f"a boolean choice of measurements must have the shape of the patterns, {frame.shape}, got {given.shape}"
        )
    return _checked_set(np.flatnonzero(given), mode)


def _from_list(given: NDArray[Any], frame: Frame, mode: Mode) -> Whole:
    if given.size == 0:
        return np.zeros(0, np.int64)
    if given.dtype.kind not in "iu":
        raise ArgumentTypeError(
            f"a list of measurements must hold whole numbers, got {given.dtype}",
            remedy="give places, not scores: numpy.argsort(-scores) where the largest score comes first",
        )
    if given.ndim != 1:
        raise ArgumentError(f"a list of measurements must have one axis, got shape {given.shape}")
    low, high = int(given.min()), int(given.max())
    if low < 0 or high >= frame.size:
        raise ArgumentError(
            f"measurements must lie from 0 to {frame.size - 1}, row times {frame.width} plus column, "
            f"got {low if low < 0 else high}"
        )
    indices = given.astype(np.int64)
    ordered = np.sort(indices)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if twice.size:
        raise ArgumentError(f"measurements must be different, got {twice[0]} twice")
    return _checked_set(indices, mode)


def _checked_set(indices: Whole, mode: Mode) -> Whole:
    has_flux = bool((indices == 0).any())
    if mode.needs_flux and indices.size and not has_flux:
        raise ArgumentError(
            "the mode 'plus_only' needs the pattern that is all light, 0, among its measurements",
            remedy="add it, or take the mode 'split'",
        )
    if mode.adds_flux and has_flux:
        raise ArgumentError(
            "the mode 's_matrix' shows no pattern 0: it would be dark", remedy="leave it out of the measurements"
        )
    indices.setflags(write=False)
    return indices
