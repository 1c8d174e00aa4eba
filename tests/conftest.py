"""What all tests share: one seed, and the way to pictures that do not belong to the project."""

from __future__ import annotations

import gc
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Let programs that tests start be interrupted: a shell has those behind ``&`` ignore it, and they pass that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(20140506)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real tables and bad pictures; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the folder {SHARED_DATA}, which is not part of the project")
    return SHARED_DATA


@pytest.fixture
def clock() -> Iterator[Callable[[], float]]:
    """Give the processor time of this thread: neither other programs nor the garbage of other tests count."""
    gc.disable()
    yield time.thread_time
    gc.enable()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that every user may enter, for tests that give up their rights; pytest's own are private."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
