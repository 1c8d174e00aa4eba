"""The plain part of YAML: what tuning files use, and nothing that acts or grows."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadimg.errors import FormatError, HadimgError, LimitError, UnsupportedError
from hadimg.profiles.numbers import plain_number
from hadimg.profiles.plain_yaml import parse_yaml

TUNING = """# SPDX-License-Identifier: CC0-1.0
%YAML 1.1
---
version: 1
algorithms:
  - Agc:
  - LensShadingCorrection:
      x-size: [ 0.0625, 0.0625,
                0.0625 ]   # three of eight
      type: "polynomial"
      sets:
        #800x600_A_70 - A
        - ct: 2856
          resolution: 800x600
          r: [2451, 2258, ]
          gr: {cx: 0.5, cy: -1e-3, 'k0': .5}
        - ct: 6504
          r:
          - 1
          -
            deep: yes it is
  - Dpf: { a: [1, [2, x y]], b: null }
on: true
off: ~
...
"""


def test_everything_that_tuning_files_use_is_read():
    """Nested keys and lists, lists in brackets over several lines with a last comma, comments, words, numbers."""
    assert parse_yaml(TUNING) == {
        "version": 1,
        "algorithms": [
            {"Agc": None},
            {
                "LensShadingCorrection": {
                    "x-size": [0.0625] * 3,
                    "type": "polynomial",
                    "sets": [
                        {
                            "ct": 2856,
                            "resolution": "800x600",
                            "r": [2451, 2258],
                            "gr": {"cx": 0.5, "cy": -1e-3, "k0": 0.5},
                        },
                        {"ct": 6504, "r": [1, {"deep": "yes it is"}]},
                    ],
                }
            },
            {"Dpf": {"a": [1, [2, "x y"]], "b": None}},
        ],
        "on": True,
        "off": None,
    }


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("a: &x 1", UnsupportedError, "line 1: anchors, aliases, tags"),
        ("a: *x", UnsupportedError, "anchors, aliases"),
        ("<<: *b", UnsupportedError, "anchors, aliases"),
        ("a: !!python/object/apply:os.system [ls]", UnsupportedError, "tags"),
        ("!!set {a}", UnsupportedError, "tags"),
        ("a: |\n  text", UnsupportedError, "block texts"),
        ("a: [1, *x]", UnsupportedError, "aliases"),
        ("a: 1\nb: [1,\n2", FormatError, "line 2: a bracket is not closed"),
        ("a: 1\na: 2", FormatError, "line 2: 'a' stands twice"),
        ("a: {b: 1, b: 2}", FormatError, "'b' must stand once"),
        ("a: {b}", FormatError, "'b' must stand once, before a colon"),
        ("a: [1] 2", FormatError, "something follows"),
        ("a: [1 [2]]", FormatError, "a comma is missing"),
        ("a: ]", FormatError, "not understood"),
        ('a: "b', FormatError, "not understood"),
        ("- 1\n x: 3", FormatError, "line 2: the indentation fits nothing above"),
        ("a: 1\njust words", FormatError, "line 2: expected 'key: value'"),
        ("\ta: 1", FormatError, "indentation must be spaces"),
        ("- " * 40 + "1", LimitError, "nested more than 20 deep"),
        ("[" * 400 + "]" * 400, LimitError, "nested more than 20 deep"),
        ("{a: " * 400 + "}" * 400, LimitError, "nested more than 20 deep"),
        ("\n".join(" " * n + f"k{n}:" for n in range(60)), LimitError, "nested more than 20 deep"),
        ("#" * ((1 << 24) + 1), LimitError, "16777217 characters"),
    ],
)
def test_what_is_not_plain_is_refused_by_name(text, error, words):
    """Each refusal names the line and the rule."""
    with pytest.raises(error, match=words):
        parse_yaml(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 1_000_000 + "b",
        "a: [" + " " * 1_000_000 + '"x]',
        "a: [" + "1" * 1_000_000 + "x]",
        "a: [" + "b " * 500_000 + "]",
        "a: " + "1" * 1_000_000 + "x",
        "a: '" + '"' * 1_000_000,
        "[" + "," * 1_000_000 + "]",
        "\n" * 1_000_000 + "a: 1",
        ":" * 1_000_000,
        "a: [" + ": " * 500_000 + "]",
    ],
    ids=range(10),
)
def test_long_lines_cost_no_more_than_their_length(text, clock):
    """A megabyte of anything is read or refused in less time than a careless expression needs for a hundredth of it."""
    start = clock()
    with contextlib.suppress(HadimgError):
        parse_yaml(text)
    assert clock() - start < 10


@given(st.text(alphabet="ab:-[]{},#'\"& \n1.e\t*!|", max_size=60))
def test_any_text_is_read_or_refused(text):
    """Whatever stands in the text, only errors of hadimg leave."""
    with contextlib.suppress(HadimgError):
        parse_yaml(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_exactly(value):
    """The shortest text of any float gives back that float."""
    assert plain_number(repr(value)) == value


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "1_0", "0x10", "1e999", "\u0661", "1" * 65, " 1", "1\n", "--1", ".", "e5"]
)
def test_what_is_no_plain_number_is_none(text):
    """No words, no other digits, no overflow."""
    assert plain_number(text) is None
