"""Parts of the observations as compiled loops want them: channels first, in one type, weighted, and side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.observations import Observations
    from hadimg.grid import Window
    from hadimg.masks.base import Mask

    Lanes = NDArray[Any]

__all__ = ["LANES", "lanes", "unexplained"]

LANES: dict[str, type[np.floating[Any]]] = {"float32": np.float32, "float64": np.float64}
"""The types in which compiled loops add up parts of rows."""


def lanes(observations: Observations, window: Window, kind: type[np.floating[Any]]) -> tuple[Lanes, Lanes]:
    """Return image and target times the roots of the weights, each of shape (C, rows, cols) and C-contiguous.

    Values that do not count are 0 in both. Nothing is copied where the pictures are so already. Values beyond float32
    become infinite in it.

    Parameters
    ----------
    observations : Observations
        The pictures.
    window : (slice, slice)
        The part of them.
    kind : type
        ``numpy.float32`` or ``numpy.float64``.

    Examples
    --------
    >>> from hadimg.fitting.observations import Observations
    >>> seen = Observations([[1.0, 2.0]], [[3.0, np.nan]], [[4.0, 0.0]])
    >>> [part.tolist() for part in lanes(seen, (slice(0, 1), slice(0, 2)), np.float32)]
    [[[[2.0, 0.0]]], [[[6.0, 0.0]]]]
    """
    planes = [_channels_first(picture[window]) for picture in (observations.image, observations.target)]
    plain = observations.variance_weights is None and not observations.dark
    if plain and all(plane.dtype == kind and plane.flags.c_contiguous for plane in planes):
        return planes[0], planes[1]
    # One piece of memory for both: the allocator keeps it for the next strip, where it gives two back.
    both = np.empty((2, *planes[0].shape), dtype=kind)
    with np.errstate(over="ignore"):
        for lane, plane in zip(both, planes, strict=True):
            np.copyto(lane, plane, casting="unsafe")
        if observations.dark:
            both -= kind(observations.dark)
        if observations.variance_weights is not None:
            root = np.sqrt(_channels_first(observations.variance_weights[window]), dtype=kind, casting="unsafe")
            both *= root
            both[:, np.broadcast_to(root == 0, planes[0].shape)] = 0.0  # whatever the pictures hold there
    return both[0], both[1]


def unexplained(
    observations: Observations, window: Window, kind: type[np.floating[Any]], reference: Mask | None
) -> tuple[Lanes, Lanes]:
    """Return the image, and of the target what a reference mask leaves unexplained: ``target - reference * image``.

    Near a perfect fit, sums of this keep the digits that sums of the target lose. Without a reference it is the target.

    Parameters
    ----------
    observations, window, kind
        As for `lanes`.
    reference : Mask, optional
        Close to the mask that is looked for.
    """
    image, target = lanes(observations, window, kind)
    if reference is None:
        return image, target
    weights = reference.evaluate(observations.grid.window(window))
    return image, (target - weights * image).astype(kind, copy=False)


def _channels_first(part: NDArray[Any]) -> NDArray[Any]:
    return part[np.newaxis] if part.ndim == 2 else np.moveaxis(part, -1, 0)
