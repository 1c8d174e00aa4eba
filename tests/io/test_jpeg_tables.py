"""Quantization tables, sampling and quality mean what they mean to other programs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from hadimg.errors import ArgumentError, UnsupportedError
from hadimg.io.jpeg_segments import read_layout
from hadimg.io.jpeg_stream import choose_writable
from hadimg.io.jpeg_tables import SAMPLINGS, Coding, coding_of, quality_tables


def by_pillow(**options):
    """Return a small JPEG that another program wrote."""
    stream = io.BytesIO()
    Pillow.new("RGB", (16, 16), (90, 80, 70)).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("quality", range(1, 101))
def test_every_quality_has_the_usual_tables(quality):
    """All hundred qualities give the tables that Pillow writes, and are found again from them."""
    data = by_pillow(quality=quality)
    coding = coding_of(data, read_layout(data))
    assert dict(enumerate(map(list, coding.tables))) == Pillow.open(io.BytesIO(data)).quantization
    assert coding.tables == quality_tables(quality)
    assert coding.quality == quality
    assert Coding("grey", coding.tables[:1]).quality == quality


@pytest.mark.parametrize("quality", [0, 101, 50.5, "90"])
def test_other_qualities_are_refused(quality):
    """The rule and the value are in the message."""
    with pytest.raises(ArgumentError, match="from 1 to 100"):
        quality_tables(quality)


def test_tables_off_by_one_have_no_quality():
    """One entry that differs, or a pair of two qualities, is nobody's quality."""
    luma, chroma = quality_tables(90)
    changed = (*luma[:63], luma[63] + 1)
    assert Coding("ycbcr", (changed, chroma)).quality is None
    assert Coding("ycbcr", (luma, quality_tables(89)[1])).quality is None
    assert Coding("ycbcr", (luma,)).quality is None
    assert Coding("rgb", (luma, chroma)).quality is None


def test_tables_are_read_row_by_row():
    """The zigzag of the file is undone; tables of 16 bits are read as such."""
    tables = [[k + 1 for k in range(64)], [3 * k + 200 for k in range(64)]]
    data = by_pillow(qtables=tables, progressive=True)
    assert [list(table) for table in coding_of(data, read_layout(data)).tables] == tables


def test_tables_that_come_too_late_are_not_invented():
    """Without its tables in front of the first scan a file has no coding to keep."""
    data = by_pillow(quality=80)
    layout = read_layout(data)
    first = next(segment for segment in layout.segments if segment.code == 0xDB)
    without = data[: first.start] + data[first.end :]
    assert coding_of(without, read_layout(without)) is None


@pytest.mark.parametrize("sampling", SAMPLINGS.values())
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("tables", [quality_tables(77), (tuple(range(1, 65)),)])
def test_what_is_chosen_is_never_coarser(sampling, progressive, tables):
    """Where no encoder writes the wanted sampling, full sampling is chosen and named."""
    coding, notes = choose_writable(Coding("ycbcr", tables, sampling, progressive))
    assert coding.tables == tables
    assert coding.sampling in (sampling, "444")
    assert (coding == Coding("ycbcr", tables, sampling, progressive)) == (notes == ())
    assert choose_writable(coding) == (coding, ())


def test_what_is_asked_for_is_written_or_refused():
    """A user's sampling is never replaced by another one."""
    own = Coding("ycbcr", (tuple(range(1, 65)),), "420")
    assert choose_writable(own, asked_sampling="422")[0].sampling == "422"
    with pytest.raises(UnsupportedError, match="subsampling 411"):
        choose_writable(own, asked_sampling="411")
    with pytest.raises(UnsupportedError, match="RGB"):
        choose_writable(Coding("rgb", own.tables), asked_sampling="420")
    with pytest.raises(ArgumentError, match="subsampling must be one of"):
        choose_writable(own, asked_sampling="4:4:4")
    grey = Coding("grey", own.tables)
    assert choose_writable(grey, asked_sampling="420") == (grey, ())


def test_zeros_in_a_table_are_no_table():
    """A table that would divide by zero counts as missing."""
    data = by_pillow(quality=80)
    place = data.index(b"\xff\xdb") + 5
    broken = data[:place] + b"\0" + data[place + 1 :]
    assert coding_of(broken, read_layout(broken)) is None
    assert np.min(coding_of(data, read_layout(data)).tables) > 0
