"""Whenever a run is ended, only whole files are left, and the next run does the rest."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from hadimg.batch import make_plan, run
from hadimg.batch.journal import default_journal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the signals are those of POSIX")

PICTURES = 40
SOON = 3.0  # seconds; two are promised, one is for a machine that has other things to do

PROGRAM = """
    import os, sys, threading, time
    from hadimg.batch import Recipe, make_plan, run, runner
    from hadimg.masks import Constant
    real = runner.mask_picture

    told = threading.Lock()

    def slow(image, recipe):
        if told.acquire(blocking=False):
            print("ready", flush=True)
        time.sleep(float(sys.argv[3]))
        return real(image, recipe)

    runner.mask_picture = slow
    plan = make_plan(sys.argv[1], sys.argv[2])
    summary = run(plan, Recipe(Constant(0.5)), jobs=2)
    print(summary.done, summary.left, summary.abandoned, flush=True)
    code = 0 if summary.interrupted is None else 128 + summary.interrupted
    os._exit(code) if summary.abandoned else sys.exit(code)
"""


@pytest.fixture
def many(tmp_path, rng):
    """Make a folder of pictures that take a moment together."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(PICTURES):
        PIL.Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(folder / f"{number:02}.ppm")
    return folder


@pytest.fixture
def whole(many, tmp_path, recipe):
    """Tell what a run that nobody disturbs writes."""
    run(make_plan(many, tmp_path / "whole"), recipe)
    return {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}


def begin(many, out, seconds=0.01, **keywords):
    """Start a run in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), many, out, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True, **keywords)


def start(many, out, seconds=0.01):
    """Start a run in a process of its own, and return when its first picture is worked on."""
    child = begin(many, out, seconds)
    assert child.stdout.readline() == "ready\n"
    return child


def left_over(out):
    """Return the names of all hidden files."""
    return sorted(path.name for path in out.iterdir() if path.name.startswith("."))


def pictures(out):
    """Return the bytes of all results."""
    return {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("attempt", range(3))
def test_a_signal_ends_the_run_softly(many, whole, out, recipe, rng, number, attempt):
    """After SIGINT or SIGTERM at a random moment all files are whole, all is told, and the rest can be done later."""
    with start(many, out) as child:
        time.sleep(rng.uniform(0.0, 0.2, 3)[attempt])
        begun = time.monotonic()
        child.send_signal(number)
        assert child.wait(20) == 128 + number
        assert time.monotonic() - begun < SOON
        done, left, abandoned = map(int, child.stdout.read().split())
    made = pictures(out)
    assert done + left == PICTURES
    assert abandoned == 0
    assert made.items() <= whole.items()
    assert len(made) == done
    assert left_over(out) == [".hadimg-journal.jsonl"]
    events = [json.loads(line) for line in Path(default_journal(out)).read_bytes().splitlines()]
    assert (events[-1]["event"], events[-1]["signal"], events[-1]["left"]) == ("end", number, left)
    assert sum(event["event"] == "done" for event in events) == done
    assert run(make_plan(many, out, resume=True), recipe).done == left
    assert pictures(out) == whole


@pytest.mark.parametrize("attempt", range(4))
def test_a_kill_leaves_whole_files(many, whole, out, recipe, rng, attempt):
    """After SIGKILL at a random moment nothing at a final name is torn, and the next run cleans up and finishes."""
    with start(many, out) as child:
        time.sleep(rng.uniform(0.0, 0.2, 4)[attempt])
        child.kill()
        child.wait(20)
    made = pictures(out)
    assert made.items() <= whole.items()
    summary = run(make_plan(many, out, resume=True), recipe)
    assert summary.done == PICTURES - len(made)
    assert pictures(out) == whole
    assert left_over(out) == [".hadimg-journal.jsonl"]


def test_a_decoder_that_does_not_come_back_is_left_behind(many, out):
    """A picture that takes minutes does not keep the program from ending within two seconds."""
    with start(many, out, seconds=60) as child:
        time.sleep(0.2)
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130
        assert time.monotonic() - begun < SOON
        assert child.stdout.read() == f"0 {PICTURES} 2\n"
    assert left_over(out) == [".hadimg-journal.jsonl"]


def test_a_second_signal_kills_at_once(many, out):
    """Who presses Ctrl-C twice does not wait at all."""
    with start(many, out, seconds=60) as child:
        time.sleep(0.2)
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == -signal.SIGINT
        assert time.monotonic() - begun < SOON


def test_a_signal_that_is_ignored_stays_ignored(many, whole, out):
    """Programs that were started in the background of a script ignore SIGINT, and so does a run in them."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = start(many, out)
    finally:
        signal.signal(signal.SIGINT, old)
    with child:
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0
    assert pictures(out) == whole


def test_two_processes_in_one_folder(many, out):
    """Of two programs that write into one folder, the second is told about the first and ends."""
    with start(many, out, seconds=0.2) as first:
        second = begin(many, out, stderr=subprocess.PIPE)
        _, said = second.communicate(timeout=20)
        assert second.returncode == 1
        assert f"another run, process {first.pid}, is writing into this folder" in said
        first.kill()


def test_handlers_are_put_back(many, out, recipe):
    """A run leaves the signal handlers of its caller as they were, and needs none in other threads."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run(make_plan(many, out), recipe)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    results = []
    thread = threading.Thread(target=lambda: results.append(run(make_plan(many, out, overwrite=True), recipe).done))
    thread.start()
    thread.join(20)
    assert results == [PICTURES]
