"""How much memory a folder of pictures takes, as the system counts it: in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import hadimg

SIDE = 3000
SLACK = 12 << 20
"""What each worker takes besides: bands of rows, codecs, a thread's stack and tables."""

PROGRAM = """
import sys
from pathlib import Path

from hadimg.batch import make_plan, run
from hadimg.batch.memory import return_free_memory
from hadimg.batch.recipe import Recipe
from hadimg.masks import ExponentialDecay
from hadimg.multiplying import load_loops


def told(name):
    return 1024 * int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0])


return_free_memory()
small, large, out, jobs = *sys.argv[1:4], int(sys.argv[4])
recipe = Recipe(ExponentialDecay())
load_loops()
assert run(make_plan(small, out + "/small"), recipe).done == 1
before = told("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
assert run(make_plan(large, out + "/large"), recipe, jobs=jobs).done == 5
print(told("VmHWM") - before)
"""


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the system does not tell peaks of memory")
@pytest.mark.parametrize(("suffix", "jobs"), [("png", 1), ("png", 2), ("tif", 2), ("bmp", 1), ("ppm", 1)])
def test_at_most_three_pictures_a_worker(tmp_path, suffix, jobs):
    """However long the folder, and although such files are as large as their pictures: noise cannot be compressed."""
    noise = np.random.default_rng(5).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    for name, pixels, count in (("small", noise[:64, :64], 1), ("large", noise, 5)):
        folder = tmp_path / name
        folder.mkdir()
        hadimg.write_image(folder / f"0.{suffix}", pixels)
        for number in range(1, count):
            shutil.copy(folder / f"0.{suffix}", folder / f"{number}.{suffix}")
    command = [sys.executable, "-c", PROGRAM, *(str(tmp_path / name) for name in ("small", "large", "out")), str(jobs)]
    peak = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert 0 < peak <= jobs * (3 * noise.nbytes + SLACK)
