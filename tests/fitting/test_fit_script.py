"""The small program that fits a flat and corrects a folder, to read and change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

import hadimg
from hadimg import masks

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "fit_mask.py"


def test_fit_mask_corrects_a_folder(tmp_path, rng):
    """A flat and a folder in, a report and corrected pictures out."""
    truth = masks.Polynomial(k1=-0.4, k2=0.1, center_row=0.47)
    flat = 40000.0 * truth.weights((60, 90)) + rng.normal(0.0, 50.0, (60, 90))
    hadimg.write_image(tmp_path / "flat.tif", np.rint(flat).astype(np.uint16))
    (tmp_path / "photos").mkdir()
    hadimg.write_image(tmp_path / "photos" / "wall.tif", np.rint(flat).astype(np.uint16))
    words = [str(tmp_path / name) for name in ("flat.tif", "photos", "corrected")]
    done = subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "converged" in done.stdout
    corrected = hadimg.read_image(tmp_path / "corrected" / "wall.tif").pixels
    assert corrected.dtype == np.uint16
    assert corrected.std() < 0.05 * flat.std()
