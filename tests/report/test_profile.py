"""Plots of the fall-off: the numbers behind them, the files, and what is refused."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, DependencyError
from hadimg.report import plot_profile, render_profile
from hadimg.report.profile import diagonals

MASK = masks.ExponentialDecay(rate=1.2)


@pytest.mark.parametrize("shape", [(40, 60), (61, 33), (1, 1), (4000, 6000)])
def test_the_diagonals_hold_the_weights_of_their_pixels(shape):
    """A centered radial mask on a diagonal is its profile at the distance that the plot shows."""
    for distance, weights in diagonals(MASK, shape).values():
        np.testing.assert_allclose(weights, np.exp(-1.2 * np.abs(distance)), rtol=1e-12)
        assert np.abs(distance).max(initial=0) <= 1
    assert len(diagonals(MASK, shape)) == 2


def test_the_two_diagonals_differ_where_the_mask_does():
    """A graduated filter along one diagonal is steep there and flat on the other."""
    first, second = diagonals(masks.LinearGradient(angle=-45.0), (100, 100)).values()
    assert np.ptp(first[1]) > 0.45
    assert np.ptp(second[1]) < 0.05


def test_the_plot_shows_stops():
    """Both curves are drawn in stops with labels and units; what is black is left out."""
    axes = plot_profile(masks.Constant(0.25), (20, 30))
    assert [line.get_label() for line in axes.get_lines()] == list(diagonals(MASK, (20, 30)))
    np.testing.assert_array_equal(axes.get_lines()[0].get_ydata(), -2.0)
    assert "stops" in axes.get_ylabel()
    assert "half diagonals" in axes.get_xlabel()
    again = plot_profile(masks.Constant(0.0), (20, 30), ax=axes)
    assert again is axes
    assert np.isnan(axes.get_lines()[-1].get_ydata()).all()


def test_each_channel_has_its_own_curve():
    """A mask that tells channels apart is drawn once for each channel and diagonal."""
    axes = plot_profile(masks.PerChannel(0.25, 0.5), (20, 30))
    assert [line.get_label()[-9:] for line in axes.get_lines()] == ["channel 0", "channel 1"] * 2
    np.testing.assert_array_equal([line.get_ydata()[0] for line in axes.get_lines()], [-2, -1] * 2)


def test_files_are_what_their_names_say_and_always_the_same():
    """SVG is well formed and reproducible, PNG and PDF carry their signatures."""
    svg = render_profile(MASK, (40, 60), "plot.SVG")
    assert ET.fromstring(svg).tag.endswith("svg")
    assert render_profile(MASK, (40, 60), "a.png")[:8] == b"\x89PNG\r\n\x1a\n"
    assert render_profile(MASK, (40, 60), "a.pdf")[:5] == b"%PDF-"


def test_other_names_and_a_missing_library_are_refused(monkeypatch):
    """The message names the suffixes, or how to get matplotlib."""
    with pytest.raises(ArgumentError, match=r"a plot must be named .svg, .png, .pdf, got 'plot.txt'"):
        render_profile(MASK, (40, 60), "plot.txt")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(DependencyError, match=r'plots need matplotlib \(pip install "hadimg\[plot\]"\)'):
        plot_profile(MASK)
