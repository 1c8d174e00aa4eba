"""The fall-off of a mask along the diagonals of a picture, in stops."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, DependencyError
from hadimg.grid import Grid
from hadimg.masks.showing import caption

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.grid import Shape
    from hadimg.masks import Mask

    Float = NDArray[np.float64]

__all__ = ["diagonals", "plot_format", "plot_profile", "render_profile"]

FORMATS = ("svg", "png", "pdf")
SAMPLES = 1001
TITLE_WIDTH = 95
LINES = ("-", "--")
RGB = ("tab:red", "tab:green", "tab:blue")


def diagonals(mask: Mask, shape: Shape) -> dict[str, tuple[Float, Float]]:
    """Return positions and weights along both diagonals of a picture.

    Parameters
    ----------
    mask : Mask
        What is looked at.
    shape : (int, int)
        Height and width of the picture in pixels.

    Returns
    -------
    dict
        For each diagonal, named by where it begins, the signed distances from the middle of the picture in half
        diagonals, and the weights of the pixels that it meets, shape (N,), or (N, C) where the mask tells channels
        apart.

    Examples
    --------
    >>> from hadimg import masks
    >>> along, weights = diagonals(masks.Cos4(30), (400, 600))["top left to bottom right"]
    >>> float(weights.max()) == float(weights[weights.size // 2])
    True
    """
    grid = Grid.of(shape)
    count = min(SAMPLES, max(shape))
    place = (np.arange(count) + 0.5) / count
    rows = np.minimum((place * grid.height).astype(np.intp), grid.height - 1)
    found = {}
    for name, across in (("top left to bottom right", place), ("bottom left to top right", place[::-1])):
        cols = np.minimum((across * grid.width).astype(np.intp), grid.width - 1)
        pixels = [
            mask.weights(grid, window=(slice(row, row + 1), slice(col, col + 1)))[0, 0]
            for row, col in zip(rows, cols, strict=True)
        ]
        v, u = grid.offsets(0.5, 0.5)
        distance = np.hypot(v[rows, 0], u[0, cols]) * np.where(place < 0.5, -1.0, 1.0)
        found[name] = (distance, np.array(pixels))
    return found


def plot_profile(mask: Mask, shape: Shape = (800, 1200), *, ax: Any = None, **style: Any) -> Any:
    """Draw the fall-off of a mask along both diagonals, of each channel where it tells them apart.

    Parameters
    ----------
    mask : Mask
        What is looked at.
    shape : (int, int)
        Height and width of the picture in pixels.
    ax : matplotlib.axes.Axes, optional
        Where to draw; axes of a figure of its own by default.
    **style
        For ``ax.plot``. Without it the second diagonal is dashed, so that both are seen where they coincide, and three
        channels are drawn in red, green and blue.

    Returns
    -------
    matplotlib.axes.Axes
        The axes; their ``figure`` can be saved. Weights that are not above zero, which no number of stops says, are
        left out.

    Raises
    ------
    DependencyError
        When matplotlib is not installed.
    """
    axes = _new_axes() if ax is None else ax
    for number, (name, (distance, weights)) in enumerate(diagonals(mask, shape).items()):
        stops = np.log2(np.where(weights > 0, weights, np.nan)).reshape(len(distance), -1)
        for k, curve in enumerate(stops.T):
            label = name if mask.channels is None else f"{name}, channel {k}"
            color = RGB[k] if mask.channels == len(RGB) else f"C{number if mask.channels is None else k}"
            axes.plot(distance, curve, label=label, **(style or {"linestyle": LINES[number], "color": color}))
    axes.set_xlabel("distance from the middle in half diagonals")
    axes.set_ylabel("gain in stops")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    return axes


def render_profile(mask: Mask, shape: Shape, name: str) -> bytes:
    """Return the plot of `plot_profile` as a file.

    Parameters
    ----------
    mask : Mask
        What is looked at.
    shape : (int, int)
        Height and width of the picture in pixels.
    name : str
        The name that the file will get: its suffix decides between SVG, PNG and PDF.

    Raises
    ------
    ArgumentError
        When the suffix is none of those.
    DependencyError
        When matplotlib is not installed.
    """
    suffix = plot_format(name)
    axes = plot_profile(mask, shape)
    axes.set_title(fill(caption(mask, 3 * TITLE_WIDTH), TITLE_WIDTH), fontsize="small")
    stream = BytesIO()
    axes.figure.savefig(stream, format=suffix, dpi=150, metadata={"Date": None} if suffix == "svg" else None)
    return stream.getvalue()


def plot_format(name: str) -> str:
    """Return the format that the suffix of a plot's name stands for.

    Examples
    --------
    >>> plot_format("falloff.SVG")
    'svg'
    """
    suffix = PurePath(name).suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{one}" for one in FORMATS)
        raise ArgumentError(f"a plot must be named {known}, got {name!a:.80}", remedy="for example plot.svg")
    return suffix


def _new_axes() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DependencyError("plots need matplotlib", remedy='pip install "hadimg[plot]"') from error
    return Figure(figsize=(7.0, 4.0), layout="constrained").subplots()
