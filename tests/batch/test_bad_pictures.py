"""A folder of broken, hostile and odd pictures goes through a batch: nothing stops it, every file is named."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
import textwrap

import pytest

from hadimg.io.files import read_image

PROGRAM = r"""
    import re, sys
    from pathlib import Path
    import numpy as np
    from hadimg.batch import Recipe, make_plan, run
    from hadimg.masking import apply_mask
    from hadimg.masks import Constant
    for kind in ("uint8", "uint16"):  # compiles the loops, once per installation, before any picture is timed
        apply_mask(np.zeros((3000, 3000), kind), Constant(0.5))
    run(make_plan(sys.argv[1], sys.argv[2], recursive=True), Recipe(Constant(0.5)), journal=sys.argv[3], jobs=2)
    # Not getrusage, which also counts the program that started this one.
    print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture(scope="module")
def pictures(shared_data):
    """Find the folder, and what is expected of each file."""
    folder = shared_data / "badimages"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as table:
        return folder, {row["file"]: row for row in csv.DictReader(table)}


@pytest.fixture(scope="module")
def told(pictures, tmp_path_factory):
    """Run the batch once; return what the journal says of each file, the output folder, and the memory it took."""
    folder, _ = pictures
    out = tmp_path_factory.mktemp("bad") / "out"
    journal = out.parent / "journal.jsonl"
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), folder, out, journal]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    events = ("done", "failed", "skipped", "ignored")
    by_name = {line["input"].removeprefix(f"{folder}/"): line for line in lines if line["event"] in events}
    return by_name, out, int(done.stdout) * 1024


def test_every_file_is_named_with_its_reason(pictures, told):
    """The journal knows each file, and why each one that gave nothing did so, on one line."""
    _, expected = pictures
    by_name, _, _ = told
    assert expected.keys() <= by_name.keys()
    for name, line in by_name.items():
        assert line["event"] == "done" or line["reason"], name
        assert "\n" not in line.get("reason", ""), name


def test_broken_files_are_refused_and_whole_ones_read(pictures, told):
    """What has to be refused is, by one of our errors; what is whole is read, or refused for its kind."""
    _, expected = pictures
    by_name, _, _ = told
    for name, row in expected.items():
        line = by_name[name]
        if row["expect"] == "refuse":
            assert line["event"] != "done", name
        if row["expect"] == "read" and line["event"] == "failed":
            assert line["type"] == "UnsupportedError", f"{name}: {line['reason']}"
        if line["event"] == "failed":
            assert line["type"] in ("FormatError", "LimitError", "ReadError", "UnsupportedError"), name


def test_time_and_memory_are_bounded(told):
    """No file takes two seconds, and all together take no 512 MiB."""
    by_name, _, memory = told
    assert max(line.get("seconds", 0.0) for line in by_name.values()) < 2.0
    assert memory < 512 << 20


def test_only_whole_files_are_left(told):
    """Each file that is done is there, as the journal has it, and can be read; no other file is."""
    by_name, out, _ = told
    done = {name: line for name, line in by_name.items() if line["event"] == "done"}
    assert {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} == done.keys()
    for name, line in done.items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == line["output_sha256"]
        assert len(read_image(out / name).pages) >= 1


def test_no_original_is_touched(pictures, told):
    """Every file of the folder still has the hash of the manifest."""
    folder, expected = pictures
    assert told
    for name, row in expected.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == row["sha256"], name
