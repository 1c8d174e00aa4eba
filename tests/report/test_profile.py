"""Plots of the fall-off: the numbers behind them, the files, and what is refused."""

from __future__ import annotations

import re
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


def test_curves_that_coincide_are_both_seen():
    """The second diagonal is dashed above the first; red, green and blue are drawn as such; a style replaces both."""
    lines = plot_profile(masks.PerChannel(MASK, MASK, MASK), (20, 30)).get_lines()
    assert [line.get_linestyle() for line in lines] == ["-"] * 3 + ["--"] * 3
    assert [line.get_color() for line in lines] == ["tab:red", "tab:green", "tab:blue"] * 2
    assert [line.get_linestyle() for line in plot_profile(MASK, (20, 30)).get_lines()] == ["-", "--"]
    assert {line.get_color() for line in plot_profile(MASK, (20, 30), c="black").get_lines()} == {"black"}


def test_the_title_is_the_text_form_and_short(clock):
    """Long texts are broken and cut, and an array is told by its size, however large it is."""
    svg = render_profile(masks.SplineSurface(np.ones((9, 9))), (40, 60), "a.svg").decode()
    texts = re.findall(r"<!-- (.*?) -->", svg)  # matplotlib says beside each drawn line of text what it is
    first = next(k for k, text in enumerate(texts) if text.startswith("spline_surface("))
    title = texts[first : first + 4]
    assert max(map(len, title)) <= 95
    assert sum(text.endswith("...") for text in title) == 1
    start = clock()
    svg = render_profile(masks.Array(np.full((2000, 3000), 0.5)), (2000, 3000), "a.svg").decode()
    assert "Array(&lt;2000 x 3000" in svg or "Array(<2000 x 3000" in svg
    assert clock() - start < 3


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
