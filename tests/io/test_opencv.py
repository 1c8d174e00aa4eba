"""What keeps OpenCV from working is said in one line that names the way out."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from hadimg.io import opencv

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Every test asks anew, and leaves nothing behind."""
    opencv.opencv_problem.cache_clear()
    yield
    opencv.opencv_problem.cache_clear()


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the import of cv2 end in ``error``."""

    def failing(name: str) -> ModuleType:
        raise error

    monkeypatch.setattr(opencv, "import_module", failing)


def test_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenCV the message says how to install it."""
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert str(opencv.opencv_problem()).startswith("OpenCV is not installed (pip install opencv-python")


def test_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that a second package emptied is recognized."""
    monkeypatch.setitem(sys.modules, "cv2", ModuleType("cv2"))
    assert "empty: two of its packages overwrote each other (pip uninstall" in str(opencv.opencv_problem())


def test_system_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that the system lacks is named, with both ways out, in one line."""
    fail_with(monkeypatch, ImportError("libGL.so.1: cannot open shared object file: No such file or directory"))
    problem = str(opencv.opencv_problem())
    assert "libGL.so.1 is missing (apt install libgl1 libglib2.0-0, or pip uninstall" in problem
    assert "\n" not in problem


def test_other_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other failed import is told in one line, and asked for only once."""
    fail_with(monkeypatch, ImportError("numpy.core.multiarray\nfailed to import"))
    first = opencv.opencv_problem()
    monkeypatch.undo()
    assert first is not None
    assert "numpy.core.multiarray failed to import" in first
    assert opencv.opencv_problem() == first
