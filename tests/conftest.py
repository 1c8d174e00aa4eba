"""What all tests share: one seed, and the way to pictures that do not belong to the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(20140506)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real tables and bad pictures; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the folder {SHARED_DATA}, which is not part of the project")
    return SHARED_DATA
