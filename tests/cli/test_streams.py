"""Closed streams, plain terminals and bare environments get the same answers, without a traceback."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hadimg.cli import screen

HADIMG = [sys.executable, "-m", "hadimg"]


def test_closed_pipe_ends_quietly():
    """``hadimg ... | head -1`` prints its line, no complaint, and ends as it would have."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*HADIMG, "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_streams_at_all():
    """A program that closed the three streams, as daemons do, can still run a command line."""
    script = f"{shlex.join(HADIMG)} mask 'cos4()' <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_disk_behind_stdout(unbuffered):
    """Results that cannot be written are an error, not silence."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*HADIMG, "mask", "cos4()"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert done.returncode == 1
    assert done.stderr == "hadimg: error: the output cannot be written: No space left on device\n"


def test_bare_environment(tmp_path):
    """Without HOME, PATH, locale or terminal, everything works."""
    done = subprocess.run(
        [*HADIMG, "mask", "cos4()"], env={}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "half_field_angle" in done.stdout


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_plain_locale_gets_ascii(locale, spawn, tmp_path):
    """With LC_ALL=C nothing but ASCII is printed, whatever files are called."""
    done = spawn("mask", "grün\udcff.json", env=locale, cwd=tmp_path, text=False)
    assert done.returncode == 2
    assert done.stderr.isascii()
    assert b"gr\\xfcn\\udcff.json: " in done.stderr.replace(b"\\xc3\\xbc", b"\\xfc").replace(
        b"\\udcc3\\udcbc", b"\\xfc"
    )


def test_names_cannot_move_the_cursor(call):
    """Escape sequences and line breaks in names are printed as escapes."""
    err = call("mask", "a\x1b]0;b\r\n\u202e.json").err
    assert err.startswith("hadimg: error: a\\x1b]0;b\\r\\n\\u202e.json: ")
    assert err.count("\n") == 1


class Terminal:
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Claim it."""
        return True


@pytest.mark.parametrize(
    ("environment", "decorated"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_colors_and_bars_only_where_wanted(environment, decorated, monkeypatch):
    """Decoration needs a terminal that is not dumb, and nobody who asked for none with NO_COLOR."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert screen.decorated() is decorated


def test_no_decoration_without_a_terminal(call):
    """Messages that go into a file hold no escape sequence."""
    assert "\x1b" not in call("dim", "--typo").err


def test_defects_are_one_line(call, monkeypatch):
    """Should hadimg itself be broken, the user gets one line that says how to report it."""
    monkeypatch.setattr("hadimg.masks.parse", lambda text: 1 / 0)
    monkeypatch.delenv("HADIMG_LOG", raising=False)
    code, out, err = call("mask", "cos4()")
    assert (code, out) == (1, "")
    assert err == (
        "hadimg: error: a defect of hadimg, please report it: ZeroDivisionError: division by zero "
        "(HADIMG_LOG=debug shows where)\n"
    )
    monkeypatch.setenv("HADIMG_LOG", "debug")
    assert "Traceback" in call("mask", "cos4()").err


def test_interrupt_outside_a_batch(call, monkeypatch):
    """Ctrl-C is one line and exit code 130 wherever it comes."""

    def interrupt(text):
        raise KeyboardInterrupt

    monkeypatch.setattr("hadimg.masks.parse", interrupt)
    assert call("mask", "cos4()") == (130, "", "hadimg: error: interrupted\n")


def test_warnings_are_one_line(call, monkeypatch):
    """What the library warns of is shown without the line of code that warned."""
    import warnings

    from hadimg import masks
    from hadimg.errors import HadimgWarning

    def parse(text):
        warnings.warn("the resolution cannot be kept", HadimgWarning, stacklevel=1)
        return masks.Constant(1.0)

    monkeypatch.setattr("hadimg.masks.parse", parse)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        code, _, err = call("mask", "constant()")
    assert (code, err) == (0, "hadimg: warning: the resolution cannot be kept\n")
