"""A first-time user's typo gets one line that names the way out, and exit code 2."""

from __future__ import annotations

import pytest

from hadimg.cli.main import VERBS, build_parser

TYPOS = {
    "dim photos -o out --recusive": "unknown option --recusive, did you mean --recursive? (see hadimg dim --help)",
    "dim photos -o out --over": "unknown option --over, did you mean --overwrite? (see hadimg dim --help)",
    "dim --strenght 0.5 photos -o out": "unknown option --strenght, did you mean --strength? (see hadimg dim --help)",
    "dim photos --ouput out": "unknown option --ouput, did you mean --output? (see hadimg dim --help)",
    "dim photos -o out -recursive": "unknown option -recursive, did you mean --recursive? (see hadimg dim --help)",
    "dim photos -o out --zzz": "unknown option --zzz (see hadimg dim --help)",
    "dim photos -o out --recursive=yes": "option --recursive takes no value, got yes (see hadimg dim --help)",
    "dim photos": (
        "missing -o OUT: the folder for the results (made if missing); a file name for one picture; - for a pipe "
        "(see hadimg dim --help)"
    ),
    "dim photos -o": "option -o needs a value: -o OUT (see hadimg dim --help)",
    "dim photos -o --recursive": "option -o needs a value: -o OUT (see hadimg dim --help)",
    "dim photos -o out --center 0.5": "option --center needs 2 values: --center ROW COL (see hadimg dim --help)",
    "dim -o out": "missing IN: pictures, or folders of pictures; - is standard input (see hadimg dim --help)",
    "dim photos -o out --jobs 0": "--jobs must be a whole number of at least 1, got '0' (see hadimg dim --help)",
    "dim photos -o out -j two": "--jobs must be a whole number of at least 1, got 'two' (see hadimg dim --help)",
    "dim photos -o out --quality 101": (
        "--quality must be a whole number from 1 to 100, got '101' (see hadimg dim --help)"
    ),
    "dim photos -o out --strength 60%": ("--strength must be a number from 0 to 1, got '60%' (see hadimg dim --help)"),
    "dim photos -o out --strength 1.5": ("--strength must be a number from 0 to 1, got '1.5' (see hadimg dim --help)"),
    "dim photos -o out --rate -1": "--rate must be a number of at least 0, got '-1' (see hadimg dim --help)",
    "dim photos -o out --rate nan": "--rate must be a number of at least 0, got 'nan' (see hadimg dim --help)",
    "dim photos -o out --center a b": "--center must be a number, got 'a' (see hadimg dim --help)",
    "remove --mask m photos -o out --max-gain 0": (
        "--max-gain must be a number greater than 0, got '0' (see hadimg remove --help)"
    ),
    "apply photos -o out": (
        "missing --mask MASK: a mask's text, as in 'gaussian(sigma=0.7)', or the JSON file of a saved mask "
        "(see hadimg apply --help)"
    ),
    "mask constant() more": "one word too many: more (see hadimg mask --help)",
    "mask constant() --size 60": (
        "--size must be WIDTHxHEIGHT in pixels, as in 6000x4000, got '60' (see hadimg mask --help)"
    ),
    "mask constant() --size 99999x99999": (
        "--size must be at most 268435456 pixels in all, got 99999x99999 (see hadimg mask --help)"
    ),
    "dmi photos": "unknown verb dmi, did you mean dim? (see hadimg --help)",
    "xyzzy photos": f"unknown verb xyzzy, expected one of {', '.join(VERBS)} (see hadimg --help)",
    "DIM photos": "unknown verb DIM, did you mean dim? (see hadimg --help)",
    "help dim": "unknown verb help, did you mean --help? (see hadimg --help)",
    "dim photos -o out --quality=": "option --quality needs a value: --quality N (see hadimg dim --help)",
    "dim photos -o out --Recursive": "unknown option --Recursive, did you mean --recursive? (see hadimg dim --help)",
    "--verson": "unknown option --verson, did you mean --version? (see hadimg --help)",
    "": f"missing verb, one of {', '.join(VERBS)} (see hadimg --help)",
}


@pytest.mark.parametrize("line", TYPOS)
def test_typo_gets_one_line_with_the_way_out(line, call):
    """Every mistake on the command line is answered by one line on stderr and exit code 2."""
    code, out, err = call(*line.split())
    assert (code, out, err) == (2, "", f"hadimg: error: {TYPOS[line]}\n")


def test_forgotten_verb(call, tmp_path):
    """A folder in the place of the verb is recognized, and the whole command is shown."""
    code, _, err = call(tmp_path, "-o", "out")
    assert code == 2
    assert f"to darken it towards the edges: hadimg dim {tmp_path} -o dimmed/" in err


def test_file_that_looks_like_an_option(call, tmp_path, monkeypatch):
    """For a file whose name begins with a dash, the answer names ``--``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-zzz.jpg").touch()
    assert "to name that file, put -- before it" in call("dim", "-zzz.jpg", "-o", "out").err


@pytest.mark.parametrize(
    "line",
    [
        "dim a b -o out -r -q --rate 0.5",
        "dim -o out a -r --rate=0.5 b -q",
        "dim -qr a -oout b --rate 0.5",
        "dim --rate 0.5 -rqo out -- a b",
        "dim --quiet --recursive --output=out a --rate 0.5 -- b",
    ],
)
def test_options_may_stand_anywhere(line):
    """Order, long and short forms, ``=`` and ``--`` make no difference."""
    args = build_parser().parse_args(line.split())
    assert (args.inputs, args.output, args.recursive, args.quiet, args.rate) == (["a", "b"], "out", True, True, 0.5)


def test_everything_after_two_dashes_is_a_file():
    """Names that begin with a dash can be given after ``--``."""
    args = build_parser().parse_args(["dim", "a", "-o", "out", "--", "-b.jpg", "--recursive"])
    assert args.inputs == ["a", "-b.jpg", "--recursive"]
    assert not args.recursive


def test_values_may_begin_with_a_dash():
    """Negative numbers are values, not options, in every notation."""
    args = build_parser().parse_args(["dim", "a", "-o", "-out", "--center", "-0.5", "-.25"])
    assert args.center == [-0.5, -0.25]
    assert args.output == "-out"


def test_values_hold_equal_signs_and_blanks():
    """The text of a mask and the name of a folder arrive whole."""
    args = build_parser().parse_args(["apply", "--mask", "cos4(half_field_angle = 30)", "a", "-o", "my = out"])
    assert (args.mask, args.output) == ("cos4(half_field_angle = 30)", "my = out")


def test_message_escapes_what_was_typed(call):
    """A word with control characters cannot move the cursor or break the line."""
    code, _, err = call("dim", "--\x1b[31m\nred", "a", "-o", "out")
    assert code == 2
    assert err.count("\n") == 1
    assert "\x1b" not in err
