"""OpenCV is loaded through one door, which says in one line what is missing."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from hadimg.errors import DependencyError
from hadimg.io import opencv

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Every test asks anew, and leaves nothing behind."""
    opencv._problem.cache_clear()
    yield
    opencv._problem.cache_clear()


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the import of cv2 end in ``error``."""

    def failing(name: str) -> ModuleType:
        raise error

    monkeypatch.setattr(opencv, "import_module", failing)


def test_loads() -> None:
    """A healthy installation is returned, and no problem is reported."""
    assert opencv.opencv_problem() is None
    assert opencv.load_opencv().imdecode


def test_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenCV the message says how to install it."""
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(DependencyError, match=r"^OpenCV is not installed \(pip install opencv-python"):
        opencv.load_opencv()


def test_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that a second package emptied is recognized."""
    monkeypatch.setitem(sys.modules, "cv2", ModuleType("cv2"))
    with pytest.raises(DependencyError, match=r"empty: two of its packages .*pip uninstall"):
        opencv.load_opencv()


def test_system_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that the system lacks is named, with both ways out, in one line."""
    fail_with(monkeypatch, ImportError("libGL.so.1: cannot open shared object file: No such file or directory"))
    with pytest.raises(DependencyError) as caught:
        opencv.load_opencv()
    assert "libGL.so.1 is missing (apt install libgl1 libglib2.0-0, or pip uninstall" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other failed import is told in one line, and asked for only once."""
    fail_with(monkeypatch, ImportError("numpy.core.multiarray\nfailed to import"))
    first = opencv.opencv_problem()
    monkeypatch.undo()
    assert first is not None
    assert "numpy.core.multiarray failed to import" in first
    assert opencv.opencv_problem() == first


def test_settings_of_others_stay() -> None:
    """OpenCV is made single-threaded and silent only where hadimg imports it first."""
    program = "import cv2; cv2.setNumThreads(2); from hadimg.io.opencv import load_opencv; "
    program += "assert load_opencv().getNumThreads() == 2"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    program = "from hadimg.io.opencv import load_opencv; assert load_opencv().getNumThreads() == 1"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
