"""README says what is true: its example runs, its table is the program's, its verbs and files exist."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hadimg import masks
from hadimg.cli.main import VERBS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_python_examples_print_what_they_say(number, tmp_path, monkeypatch):
    """Each example runs as it stands, beside the sample pictures, and prints the block below it."""
    code, printed = EXAMPLES[number]
    assert 4 <= code.count("\n") < 15
    (tmp_path / "sample_images").symlink_to(ROOT / "sample_images")
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "README.md", "exec"), {})
    assert said.getvalue() == printed


def test_the_table_of_families_is_the_programs_own():
    """Every family and composition has its row and its thumbnail; the script that writes them agrees."""
    for name in masks.FAMILIES | masks.COMPOSITIONS:
        assert f"| `{name}` |" in README
        assert (ROOT / ".readme" / f"{name}.png").is_file()
    script = ROOT / "scripts" / "render_figures.py"
    result = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_every_verb_is_shown():
    """The verbs of the program and of README are the same."""
    assert re.findall(r"^\| `(\w+)` \| (?!<img)", README.split("## In Python")[0], re.MULTILINE) == list(VERBS)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:hadimg|tests|scripts)/[\w./]+\w)`", README))))
def test_every_file_that_is_named_exists(path):
    """Rooms that README names are there."""
    assert (ROOT / path).exists()


def test_the_two_commands_stand_alone_on_their_lines():
    """Each of the two commands is one line that can be copied."""
    lines = README.splitlines()
    assert "python3 scripts/with_venv.py hadimg dim sample_images/ -o dimmed/" in lines
    assert "python3 scripts/with_venv.py pytest" in lines
