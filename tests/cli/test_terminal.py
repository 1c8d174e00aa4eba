"""What is seen on a real terminal: a progress bar, colors, and neither where they are not wanted."""

from __future__ import annotations

import os
import sys

import numpy as np
import PIL.Image
import pytest

pty = pytest.importorskip("pty", reason="needs the terminals of POSIX")


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command line with all its streams on a terminal; return the exit code and all that was shown."""
    process, terminal = pty.fork()
    if process == 0:
        os.execve(sys.executable, [sys.executable, "-m", "hadimg", *arguments], environment)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux says so when the last process has left the terminal
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode()


@pytest.fixture
def environment() -> dict[str, str]:
    """Return this environment with a capable terminal."""
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return {**kept, "TERM": "xterm-256color"}


def test_bar_and_summary(photos, tmp_path, environment):
    """A batch shows a moving bar that counts pictures, then its summary."""
    code, shown = on_a_terminal(["dim", str(photos), "-o", str(tmp_path / "out")], environment)
    assert code == 0
    assert "3/3 [" in shown
    assert "pictures/s" in shown
    assert "3 pictures dimmed into" in shown.splitlines()[-1]


def test_errors_are_red(photos, tmp_path, environment):
    """The word error stands out on a terminal, and the bar counts failures."""
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    code, shown = on_a_terminal(["dim", str(photos), "-o", str(tmp_path / "out")], environment)
    assert code == 1
    assert "\x1b[31merror\x1b[0m: " in shown
    assert "1 failed]" in shown


@pytest.mark.parametrize("wish", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"--no-progress": ""}, {"--quiet": ""}])
def test_no_bar_where_none_is_wanted(wish, photos, tmp_path, environment):
    """NO_COLOR, a dumb terminal, --no-progress and --quiet each leave out the bar."""
    options = [name for name in wish if name.startswith("--")]
    environment |= {name: value for name, value in wish.items() if name not in options}
    code, shown = on_a_terminal(["dim", str(photos), "-o", str(tmp_path / "out"), *options], environment)
    assert code == 0
    assert "3/3" not in shown
    assert "\x1b" not in shown


def test_bar_is_ascii_in_the_plain_locale(photos, tmp_path, environment):
    """With LC_ALL=C the bar is drawn in ASCII."""
    environment |= {"LC_ALL": "C"}
    code, shown = on_a_terminal(["dim", str(photos), "-o", str(tmp_path / "out")], environment)
    assert code == 0
    assert "3/3 [" in shown
    assert shown.isascii()


def test_a_person_who_waits_is_told_of_the_first_compilation(tmp_path, environment, rng):
    """The first use of compiled loops says once what takes long; the second use and a quiet one say nothing."""
    picture = tmp_path / "a.png"
    PIL.Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).save(picture)
    environment |= {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = ["measure", str(picture), "-o", str(tmp_path / "y.npz"), "--overwrite"]
    said = [on_a_terminal(command, environment) for _ in range(2)]
    assert [code for code, _ in said] == [0, 0]
    assert [shown.count("note: compiling the fast loops for this machine") for _, shown in said] == [1, 0]
