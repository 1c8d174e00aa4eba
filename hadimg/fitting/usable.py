"""Which values of pictures can be used: not the clipped ones, which are white, nor the dark ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.views import View

    Pixels = NDArray[Any]

__all__ = ["usable_weights"]

ROWS = 64
"""Rows that are looked at together."""


def usable_weights(
    views: Mapping[str, View], weights: ArrayLike | None, *, dark: float, together: bool
) -> tuple[Pixels | None, dict[str, int]]:
    """Return the weights with 0 where a picture is at its highest level or not above the dark one.

    Parameters
    ----------
    views : dict of str to View
        Pictures of one shape by the names of their arguments. Floats have no highest level unless theirs says so.
    weights : array_like, shape (H, W) or that of the pictures, optional
        What each value counts.
    dark : float
        Level without any light.
    together : bool
        Whether a pixel is left out in all channels when one of them is clipped or dark; else value by value.

    Returns
    -------
    (ndarray or None, dict)
        None when every value counts alike; and how many values were left out, by reason.

    Examples
    --------
    >>> from hadimg.fitting.views import view
    >>> flat = view("flat", np.array([[0, 10, 255]], np.uint8))
    >>> usable_weights({"flat": flat}, None, dark=0.0, together=True)
    (array([[False,  True, False]]), {'clipped': 1, 'dark': 1})
    """
    shape = next(iter(views.values())).pixels.shape
    given = None if weights is None else _checked(weights, shape)
    if not any(_has_limits(seen, dark) for seen in views.values()):
        return given, {}
    kept = np.ones(shape[:2] if together else shape, bool)
    counts = {"clipped": 0, "dark": 0}
    for top in range(0, shape[0], ROWS):
        rows = slice(top, top + ROWS)
        clipped, black = _limits(views, rows, dark)
        if together and clipped.ndim == 3:
            clipped, black = np.any(clipped, axis=2), np.any(black, axis=2)
        counts["clipped"] += int(np.count_nonzero(clipped))
        counts["dark"] += int(np.count_nonzero(black & ~clipped))
        kept[rows] = ~(clipped | black)
    _refuse_nothing(kept, counts, given, views)
    if not any(counts.values()):
        return given, {}
    channels = shape[2] if together and len(shape) == 3 else 1
    ignored = {reason: count * channels for reason, count in counts.items() if count}
    return kept if given is None else _without(given, kept), ignored


def _checked(weights: ArrayLike, shape: tuple[int, ...]) -> Pixels:
    given = np.asarray(weights)
    if given.shape not in (shape, shape[:2]):
        raise ArgumentError(f"weights must have shape {shape[:2]} or that of the picture, {shape}, got {given.shape}")
    return given


def _has_limits(seen: View, dark: float) -> bool:
    return seen.white is not None or seen.pixels.dtype.kind != "f" or dark != 0


def _limits(views: Mapping[str, View], rows: slice, dark: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which values of some rows are clipped and which are dark, in any of the pictures."""
    parts = [(seen, seen.pixels[rows]) for seen in views.values()]
    clipped, black = (np.zeros(parts[0][1].shape, bool) for _ in range(2))
    for seen, part in parts:
        if seen.white is not None:
            clipped |= part >= seen.white
        if _has_limits(seen, dark):
            black |= part <= dark
    return clipped, black


def _refuse_nothing(kept: Pixels, counts: dict[str, int], given: Pixels | None, views: Mapping[str, View]) -> None:
    """Raise an error when no value is left."""
    if kept.any() and (given is None or _without(given, kept).any()):
        return
    names = " and ".join(views)
    for reason, word in (("dark", "dark"), ("clipped", "clipped")):
        if counts[reason] == kept.size:
            raise ArgumentError(
                f"all of {names} is {word}: nothing can be fitted",
                remedy="give a picture with light in it" if reason == "dark" else "expose less, or give clipped='keep'",
            )
    raise ArgumentError(
        f"no pixel of {names} can be used: {counts['clipped']} are clipped, {counts['dark']} dark, and the others have "
        "weight 0",
        remedy="give clipped='keep' to use clipped and dark ones too",
    )


def _without(weights: Pixels, kept: Pixels) -> Pixels:
    """Return weights with 0 where nothing is kept, as large as the larger of both."""
    wider = weights[..., np.newaxis] if weights.ndim < kept.ndim else weights
    flags = kept[..., np.newaxis] if kept.ndim < weights.ndim else kept
    return np.where(flags, wider, np.zeros((), weights.dtype))
