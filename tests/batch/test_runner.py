"""A run changes every picture it can, names every one it cannot, and leaves only whole files."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import PIL.Image
import pytest

from hadimg import multiplying
from hadimg.batch import Recipe, lock, make_plan, run, runner, worker
from hadimg.batch.entries import Job
from hadimg.batch.gate import Budget, Dropped, Gate
from hadimg.batch.memory import memory_bytes
from hadimg.batch.worker import Conditions, process
from hadimg.errors import ArgumentError, PlanError
from hadimg.io.files import read_image
from hadimg.io.limits import Limits
from hadimg.masks import Array, Constant
from hadimg.threads import core_count


def content(folder):
    """Return the bytes of every file below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sha256(path):
    """Return the hash of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_picture_is_changed_and_no_original(photos, out, recipe):
    """Halving the light halves the lossless pictures exactly; the originals stay as they are."""
    before = content(photos)
    heard = []
    plan = make_plan(photos, out, recursive=True)
    summary = run(plan, recipe, jobs=2, on_outcome=heard.append)
    assert (summary.done, summary.failed, summary.skipped, summary.left, summary.total) == (4, 0, 0, 0, 4)
    assert summary.interrupted is None
    assert summary.seconds > 0
    assert sorted(content(out)) == ["a.png", "b.jpg", "c.ppm", "deep/d.png"]
    for name in ("a.png", "c.ppm", "deep/d.png"):
        halved = np.rint(read_image(photos / name).pixels * 0.5)
        assert np.array_equal(read_image(out / name).pixels, halved)
    assert content(photos) == before
    assert {outcome.source for outcome in heard} == {job.source for job in plan.jobs}
    for outcome in heard:
        assert outcome.input_sha256 == sha256(photos / os.path.relpath(outcome.source, photos))
        assert outcome.output_sha256 == sha256(out / os.path.relpath(outcome.target, out))


def test_any_number_of_threads_gives_the_same_bytes(photos, tmp_path, recipe):
    """One thread and many write the same files."""
    for jobs in (1, 5):
        run(make_plan(photos, tmp_path / str(jobs), recursive=True), recipe, jobs=jobs)
    assert content(tmp_path / "1") == content(tmp_path / "5")


def test_one_bad_picture_never_stops_the_others(photos, out, recipe):
    """Broken, empty and vanished pictures are named with their reasons, and leave no file."""
    (photos / "cut.png").write_bytes((photos / "a.png").read_bytes()[:-20])
    (photos / "empty.jpg").touch()
    (photos / "gone.png").write_bytes(b"x")
    plan = make_plan(photos, out, recursive=True)
    (photos / "gone.png").unlink()
    summary = run(plan, recipe, jobs=2)
    assert (summary.done, summary.failed) == (4, 3)
    reasons = {os.path.relpath(failure.source, photos): (failure.kind, failure.reason) for failure in summary.failures}
    assert reasons["cut.png"][0] == "FormatError"
    assert reasons["empty.jpg"] == ("ReadError", "the file is empty")
    assert reasons["gone.png"] == ("ReadError", "no such file or folder")
    assert all("\n" not in failure.message for failure in summary.failures)
    assert sorted(path.name for path in out.iterdir()) == [".hadimg-journal.jsonl", "a.png", "b.jpg", "c.ppm", "deep"]


def test_failing_fast(photos, out, recipe):
    """With ``fail_fast`` nothing starts after the first failure, and what is left is counted."""
    (photos / "a.png").write_bytes(b"x")
    summary = run(make_plan(photos, out), recipe, jobs=1, fail_fast=True)
    assert (summary.done, summary.failed, summary.left) == (0, 1, 2)
    (photos / "a.png").rename(photos / "a.gif")  # fails in the plan already
    summary = run(make_plan(photos, out), recipe, jobs=1, fail_fast=True)
    assert (summary.done, summary.failed, summary.left) == (0, 1, 2)


def test_a_defect_of_ours_fails_one_picture(photos, out, recipe, monkeypatch):
    """Even an exception that nobody expects is named for its picture, and the others go on."""

    def operation(image, recipe):
        if image.format == "jpeg":
            raise ZeroDivisionError("oops\nagain")
        return image, 0, 0

    monkeypatch.setattr(runner, "mask_picture", operation)
    summary = run(make_plan(photos, out), recipe)
    assert summary.done == 2
    (failure,) = summary.failures
    assert failure.message.endswith("a defect of hadimg: ZeroDivisionError: oops again (please report it)")


@pytest.mark.parametrize("place", ["read_bytes", "decode_image", "encode_image", "operation"])
def test_memory_that_runs_out_fails_one_picture(photos, out, recipe, monkeypatch, place):
    """A picture that needs too much memory fails; from then on pictures are let in one at a time."""

    def fail(*_arguments):
        raise MemoryError

    conditions = Conditions(operation=fail) if place == "operation" else Conditions()
    if place != "operation":
        monkeypatch.setattr(worker, place, fail)
    outcome = process(Job(str(photos / "a.png"), str(out / "a.png")), recipe, conditions)
    assert (outcome.status, outcome.kind) == ("failed", "LimitError")
    assert conditions.budget._capacity == 0
    assert not out.exists()


def test_memory_is_shared_by_those_who_work_at_the_same_time():
    """Pictures inside the budget are never more, nor hold more, than it allows; a larger one goes in alone."""
    budget, gate = Budget(100, pictures=2), Gate()
    inside = []
    most = []

    def work(amount):
        with budget.reserve(amount, gate):
            inside.append(amount)
            most.append(list(inside))
            time.sleep(0.005)
            inside.remove(amount)

    threads = [threading.Thread(target=work, args=(amount,)) for amount in (60, 30, 300, 50, 10, 100, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(most) == 7
    assert all(sum(amounts) <= 100 or amounts == [300] for amounts in most)
    assert max(len(amounts) for amounts in most) <= 2
    assert memory_bytes() > 1 << 20
    assert core_count() >= 1


def test_who_waits_for_memory_is_dropped_when_the_run_ends():
    """A picture that waits for its turn gives up when the gate is shut."""
    budget, gate = Budget(100, pictures=1), Gate()
    with budget.reserve(60, gate):
        gate.shut()
        with pytest.raises(Dropped), budget.reserve(10, gate):
            pass


def test_large_files_take_turns(monkeypatch):
    """No more of them are in memory than pictures are worked on, small ones never wait, and the end lets all go."""
    monkeypatch.setattr("hadimg.batch.gate.LARGE_FILE", 10)
    budget, gate, dropped = Budget(100, pictures=2), Gate(), []

    def third():
        with pytest.raises(Dropped), budget.file(10, gate):
            pass
        dropped.append(True)

    with budget.file(10, gate), budget.file(99, gate), budget.file(9, gate):
        waiting = threading.Thread(target=third)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        gate.shut()
        waiting.join(10)
    assert dropped == [True]
    with budget.file(10, Gate()), budget.file(10, Gate()):  # all that was held is given back
        pass


def test_a_shut_gate_lets_nothing_out(photos, out, recipe):
    """When the run has ended, a picture that is still being worked on writes nothing any more."""
    gate = Gate()

    def operation(image, recipe):
        gate.shut()
        return image, 0, 0

    with pytest.raises(Dropped):
        process(Job(str(photos / "a.png"), str(out / "a.png")), recipe, Conditions(gate=gate, operation=operation))
    assert not out.exists()


def test_never_more_pictures_at_a_time_than_asked_for(tmp_path, out, recipe, monkeypatch):
    """However long the folder, at most ``jobs`` pictures are in memory."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        PIL.Image.new("L", (4, 4), number).save(folder / f"{number}.png")
    count = threading.Semaphore(3)
    crowded = []

    def operation(image, recipe):
        crowded.append(not count.acquire(blocking=False))
        time.sleep(0.001)
        count.release()
        return image, 0, 0

    monkeypatch.setattr(runner, "mask_picture", operation)
    assert run(make_plan(folder, out), recipe, jobs=3).done == 40
    assert not any(crowded)


def test_pictures_are_decoded_while_the_loops_load(photos, out, recipe, monkeypatch):
    """Loading goes on until as many pictures are decoded as there are threads, and no more are worked on after it."""
    decoded, free = threading.Semaphore(0), threading.Semaphore(1)
    found, at_work = [], []

    def load():
        found.extend(decoded.acquire(timeout=60) for _ in range(2))

    def decode(*arguments):
        image = decode_one(*arguments)
        decoded.release()
        return image

    def operation(image, recipe):
        at_work.append(free.acquire(blocking=False))
        time.sleep(0.01)
        free.release()
        return image, 0, 0

    decode_one = worker.decode_image
    monkeypatch.setattr(runner, "MANY_BYTES", 1)
    monkeypatch.setattr(multiplying, "load_loops", load)
    monkeypatch.setattr(worker, "decode_image", decode)
    monkeypatch.setattr(runner, "mask_picture", operation)
    assert run(make_plan(photos, out, recursive=True), recipe, jobs=1).done == 4
    assert found == [True, True]
    assert at_work == [True] * 4


def test_who_waits_for_the_loops_is_dropped_when_the_run_ends():
    """A picture that is decoded gives its place away while it waits, and comes to an end when the gate is shut."""
    budget, gate, ready, dropped = Budget(100, pictures=1), Gate(), threading.Event(), []
    with budget.reserve(10, gate) as first:

        def wait():
            with pytest.raises(Dropped):
                budget.wait(first, ready, gate)
            dropped.append(True)

        waiting = threading.Thread(target=wait)
        waiting.start()
        with budget.reserve(10, gate):  # there is but one place
            gate.shut()
            waiting.join(10)
    assert dropped == [True]
    gate = Gate()
    with budget.reserve(100, gate):  # all that was held is given back
        pass


def test_outputs_are_never_replaced_without_consent(photos, out, recipe):
    """A file that appeared after the plan was made is kept, and its picture fails."""
    plan = make_plan(photos, out)
    out.mkdir()
    (out / "a.png").write_bytes(b"precious")
    summary = run(plan, recipe)
    assert (out / "a.png").read_bytes() == b"precious"
    assert [failure.reason for failure in summary.failures] == ["the file exists"]
    assert run(make_plan(photos, out, overwrite=True), recipe).done == 3
    assert (out / "a.png").read_bytes() != b"precious"


def test_resuming_does_only_what_is_left(photos, out, recipe):
    """What is proven stays, what changed is named, and only with consent made again."""
    journal = out / ".hadimg-journal.jsonl"
    first = run(make_plan(photos, out, resume=True), recipe)
    assert first.done == 3
    assert journal.exists()
    again = run(make_plan(photos, out, resume=True), recipe)
    assert (again.done, again.skipped) == (0, 3)
    (out / "a.png").unlink()
    assert run(make_plan(photos, out, resume=True), recipe).done == 1
    PIL.Image.new("RGB", (9, 9)).save(photos / "a.png")
    (out / "c.ppm").write_bytes(b"P6 1 1 255 abc")
    os.utime(photos / "b.jpg", (2**31, 2**31))
    heard = {}
    run(make_plan(photos, out, resume=True), recipe, on_outcome=lambda one: heard.update({one.source[-5:]: one.reason}))
    assert heard == {
        "a.png": "the output exists, and its input has changed since",
        "b.jpg": "already done",
        "c.ppm": "the output exists, and was changed after it was made",
    }
    both = run(make_plan(photos, out, resume=True, overwrite=True), recipe)
    assert (both.done, both.skipped) == (2, 1)
    (out / "b.jpg").write_bytes(b"")
    empty = run(
        make_plan(photos, out, resume=True), recipe, on_outcome=lambda one: heard.update({one.source[-5:]: one.reason})
    )
    assert (empty.done, empty.failed, empty.skipped) == (0, 0, 3)
    assert heard["b.jpg"] == "the output exists, and was changed after it was made"
    darker = run(make_plan(photos, out, resume=True), Recipe(Constant(0.25)))
    assert (darker.done, darker.skipped) == (0, 3)
    assert run(make_plan(photos, out, resume=True, overwrite=True), Recipe(Constant(0.25))).done == 3


def test_saturation_and_notes_are_summed(photos, out, tmp_path):
    """What happened to many pictures is said once, with their number."""
    (photos / "a.png").rename(photos / "a.ppm")
    (photos / "deep" / "d.png").rename(photos / "d.ppm")
    summary = run(make_plan(photos, out), Recipe(Constant(0.5), "remove"))
    assert summary.done == 4
    assert dict(summary.notes)["the name says PNM, the data are PNG"] == 2
    values = 4 * 12 * 16 * 3
    assert summary.values == values
    assert 0.3 * values < summary.saturated < 0.7 * values


def test_what_the_recipe_refuses_fails_picture_by_picture(photos, out):
    """A mask without inverse, or of another size, fails every picture by name and writes nothing."""
    for mask, verb in ((Constant(0.0), "remove"), (Array([[1.0, 0.5]]), "apply")):
        summary = run(make_plan(photos, out), Recipe(mask, verb))
        assert (summary.done, summary.failed) == (0, 3)
    assert list(content(out)) == [".hadimg-journal.jsonl"]


@pytest.mark.parametrize("jobs", [0, -1])
def test_impossible_numbers_of_jobs(photos, out, recipe, jobs):
    """At least one picture has to be worked on at a time."""
    with pytest.raises(ArgumentError, match="jobs must be 1 or more"):
        run(make_plan(photos, out), recipe, jobs=jobs)
    assert not out.exists()


def test_nothing_to_do(tmp_path, out, recipe):
    """An empty folder is no failure and makes no output folder."""
    (tmp_path / "empty").mkdir()
    assert run(make_plan(tmp_path / "empty", out), recipe).total == 0
    assert not out.exists()


def test_limits_are_passed_on(photos, out, recipe):
    """A limit that the caller sets holds for every picture."""
    plan = make_plan(photos, out)
    summary = run(plan, recipe, limits=Limits(page_pixels=100))
    assert [failure.kind for failure in summary.failures] == ["LimitError"] * 3


def test_two_runs_in_one_folder(photos, out, recipe):
    """The second of two runs in one output folder is refused, and the first one is named."""
    plan = make_plan(photos, out)
    out.mkdir()
    with lock.locked(str(out)), pytest.raises(PlanError, match=f"another run, process {os.getpid()}, is writing"):
        run(plan, recipe)
    assert content(out) == {}
    assert run(plan, recipe).done == 3
    assert sorted(content(out)) == ["a.png", "b.jpg", "c.ppm"]


def test_single_results_need_no_lock(photos, out, recipe):
    """Programs that make many single results in one folder at the same time do not stand in each other's way."""
    out.mkdir()
    plan = make_plan(photos / "a.png", out / "result.png")
    with lock.locked(str(out)):
        assert run(plan, recipe).done == 1


def test_leftovers_of_killed_runs_are_removed(photos, out, recipe):
    """Temporaries of dead processes go from every folder that the run writes into."""
    name = ".hadimg-4194999-0123456789abcdef.part"
    (out / "deep").mkdir(parents=True)
    for folder in (out, out / "deep"):
        (folder / name).touch()
    run(make_plan(photos, out, recursive=True), recipe)
    assert sorted(content(out)) == ["a.png", "b.jpg", "c.ppm", "deep/d.png"]


def test_a_callback_that_raises_leaves_whole_files(photos, out, recipe):
    """When the caller's own function fails, the error is theirs, and nothing is left half done."""

    def stop(_outcome):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        run(make_plan(photos, out, recursive=True), recipe, jobs=2, on_outcome=stop)
    left = content(out)
    assert not [name for name in left if "part" in name or "lock" in name]
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("hadimg-batch")]
    for thread in threads:
        thread.join(10)
    assert content(out) == left


RUN = """
    import os, resource, sys
    from hadimg.batch import Recipe, make_plan, run
    from hadimg.masks import Constant
    recipe = Recipe(Constant(0.5))
    run(make_plan(sys.argv[1], sys.argv[2] + "-first", recursive=True), recipe)  # nobody may import from root's Python
    exec(sys.argv[3])
    summary = run(make_plan(sys.argv[1], sys.argv[2], recursive=True), recipe, jobs=2)
    print(summary.done, [failure.message for failure in summary.failures])
"""


def run_child(*arguments):
    """Run a batch in a process of its own, after it has done what the last argument says."""
    command = [sys.executable, "-c", textwrap.dedent(RUN), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is one of POSIX")
def test_a_file_size_limit_fails_what_is_too_large(photos, out, rng):
    """When the system allows no large files, the small ones are written and the large one is named."""
    pixels = rng.integers(0, 256, (100, 100, 3), np.uint8)
    PIL.Image.fromarray(pixels).save(photos / "large.ppm")
    said = run_child(photos, out, "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))")
    assert said.startswith(f"4 ['{photos}/large.ppm: cannot write: File too large (raise the limit")
    assert sorted(content(out)) == [".hadimg-journal.jsonl", "a.png", "b.jpg", "c.ppm", "deep/d.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs users")
def test_a_folder_without_permission_fails_what_belongs_there(open_folder, photos):
    """When one folder of the output tree may not be written to, its pictures are named and the others are made."""
    inputs = shutil.copytree(photos, open_folder / "in")
    out = open_folder / "out"
    (out / "deep").mkdir(parents=True)
    (out / "deep").chmod(0o555)
    out.chmod(0o777)
    said = run_child(inputs, out, "os.geteuid() or (os.setegid(65534), os.seteuid(65534))")
    assert said == f"3 ['{inputs}/deep/d.png: cannot write: Permission denied (choose another folder)']\n"
    assert sorted(content(out)) == [".hadimg-journal.jsonl", "a.png", "b.jpg", "c.ppm"]
