"""A fit at one glance: the mask's profile, where the model is wrong, and how the solver got there."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, DependencyError
from hadimg.report.profile import plot_format, plot_profile

if TYPE_CHECKING:
    from hadimg.fitting.outcome.result import FitResult

__all__ = ["plot_fit", "render_fit"]

PROFILE_SHAPE = (800, 1200)


def plot_fit(result: FitResult) -> Any:
    """Draw a fit; see `FitResult.plot`.

    Parameters
    ----------
    result : FitResult
        What is drawn; nothing else is looked at.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels side by side; it can be saved and is shown by notebooks.

    Raises
    ------
    DependencyError
        When matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DependencyError("plots need matplotlib", remedy='pip install "hadimg[plot]"') from error
    figure = Figure(figsize=(14.0, 4.2), layout="constrained")
    profile, residual, history = figure.subplots(1, 3)
    _draw_profile(result, profile)
    _draw_residual(result, residual)
    _draw_history(result, history)
    text = result.message
    figure.suptitle(text if len(text) <= 150 else f"{text[:147]}...", fontsize="medium")
    return figure


def render_fit(result: FitResult, name: str) -> bytes:
    """Return the plot of `plot_fit` as a file.

    Parameters
    ----------
    result : FitResult
        What is drawn.
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
    stream = BytesIO()
    plot_fit(result).savefig(stream, format=suffix, dpi=150, metadata={"Date": None} if suffix == "svg" else None)
    return stream.getvalue()


def _draw_profile(result: FitResult, axes: Any) -> None:
    axes.set_title("mask along the diagonals")
    try:
        plot_profile(result.mask, result.shape or PROFILE_SHAPE, ax=axes)
    except ArgumentError as error:  # an array of another size than the picture's
        _say(axes, error.reason)
        return
    axes.legend(fontsize="small")


def _draw_residual(result: FitResult, axes: Any) -> None:
    axes.set_title("residual, means of blocks")
    if result.residual_map is None:
        _say(axes, "no picture of the residual was kept")
        return
    largest = float(np.nanmax(np.abs(result.residual_map), initial=0.0)) or 1.0
    height, width = result.shape or result.residual_map.shape
    shown = axes.imshow(
        result.residual_map, cmap="RdBu_r", vmin=-largest, vmax=largest, extent=(0, width, height, 0), aspect="equal"
    )
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    axes.figure.colorbar(shown, ax=axes, shrink=0.8, label="prediction minus target")


def _draw_history(result: FitResult, axes: Any) -> None:
    axes.set_title("history")
    numbers = [step.iteration for step in result.history]
    cosines = [step.optimality if step.optimality > 0 else np.nan for step in result.history]
    lowest = min(step.cost for step in result.history)
    above = [step.cost / lowest - 1 if 0 < lowest < step.cost else np.nan for step in result.history]
    for values, label, marker in ((cosines, "optimality", "o"), (above, "cost above the lowest, relative", "s")):
        if np.isfinite(values).any():
            axes.semilogy(numbers, values, marker=marker if len(numbers) < 60 else None, markersize=4, label=label)
    axes.set_xlabel("iteration")
    axes.grid(visible=True, alpha=0.3)
    axes.xaxis.get_major_locator().set_params(integer=True)
    if axes.get_lines():
        axes.legend(fontsize="small")


def _say(axes: Any, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", wrap=True, transform=axes.transAxes)
    axes.set_axis_off()
