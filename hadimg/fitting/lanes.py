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
    pictures = [_planar(picture[window], kind) for picture in (observations.image, observations.target)]
    if observations.dark:
        pictures = [picture - kind(observations.dark) for picture in pictures]
    if observations.variance_weights is not None:
        root = np.sqrt(_planar(observations.variance_weights[window], kind))
        pictures = [np.multiply(picture, root, out=np.zeros_like(picture), where=root > 0) for picture in pictures]
    image, target = pictures
    return image, target


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


def _planar(part: NDArray[Any], kind: type[np.floating[Any]]) -> Lanes:
    planes = part[np.newaxis] if part.ndim == 2 else np.moveaxis(part, -1, 0)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(planes, dtype=kind)
