"""What the tests of the command line share: a folder of photographs, and two ways to run a command line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from PIL import Image

from hadimg.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Said(NamedTuple):
    """The exit code of a command line and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command line in this process, which is fast."""

    def run(*arguments: object) -> Said:
        code = main([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def spawn() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command line in a process of its own, with the streams and the environment that a test wants."""

    def run(*arguments: object, env: dict[str, str] | None = None, **settings) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hadimg", *map(str, arguments)]
        settings = {"capture_output": True, "text": True, "timeout": 60, **settings}
        return subprocess.run(command, check=False, env={**os.environ, **(env or {})}, **settings)

    return run


@pytest.fixture
def photos(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Make a folder with three pictures, and one more in a folder of its own."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for name in ("a.jpg", "b.png", "c.tif", "more/d.png"):
        pixels = rng.integers(0, 256, (40, 60, 3), np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder
