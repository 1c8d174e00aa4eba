"""How much memory pictures take beside themselves, as the system counts it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

ROWS, COLUMNS = 1500, 2000

PROGRAM = """
import sys
from pathlib import Path

import numpy as np

from hadimg.codec import decode, encode


def told(name):
    return 1024 * int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0])


lossless, picture, file = sys.argv[2] == "lossless", Path(sys.argv[3]), Path(sys.argv[4])
small = np.arange(60000, dtype=np.uint8).reshape(100, 200, 3)
decode(encode(small, lossless=lossless, workers=2, tile=64), workers=2)  # compiles
given = np.load(picture) if sys.argv[1] == "encode" else file.read_bytes()
before = told("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
if sys.argv[1] == "encode":
    file.write_bytes(encode(given, lossless=lossless, workers=2))
else:
    before += decode(given, workers=2).nbytes
print(told("VmHWM") - before)
"""


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the system does not tell peaks of memory")
@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_memory(mode, tmp_path):
    """Three megapixels take less than 12 bytes a pixel beside the picture, the file and both threads counted."""
    rows, columns, channels = np.ogrid[:ROWS, :COLUMNS, :3]
    noise = np.random.default_rng(3).integers(0, 9, (ROWS, COLUMNS, 3))
    picture, file = tmp_path / "picture.npy", tmp_path / "picture.hadi"
    np.save(picture, (rows // 20 + columns // 30 + 20 * channels + noise).astype(np.uint8))
    for task in ("encode", "decode"):
        command = [sys.executable, "-c", PROGRAM, task, mode, str(picture), str(file)]
        peak = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert 0 < peak < 12 * ROWS * COLUMNS, task
