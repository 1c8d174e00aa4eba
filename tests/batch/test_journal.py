"""The journal tells everything that happened, and what is left of it is enough to go on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from hadimg.batch import Recipe, make_plan, run
from hadimg.batch.entries import Job
from hadimg.batch.history import History, Record, read_history
from hadimg.batch.journal import Journal, default_journal, program_version
from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError, PlanError, ReadError
from hadimg.masks import Array, Constant


@pytest.fixture
def journal(tmp_path):
    """Name a journal in a folder that does not exist yet."""
    return tmp_path / "log" / "journal.jsonl"


def lines(path):
    """Return the lines of a journal as objects."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_every_file_is_named(photos, out, recipe, journal):
    """Every entry of the input folder has its line, with the keys that are promised."""
    (photos / "notes.txt").write_text("x")
    (photos / "a.cr2").write_bytes(b"x")
    (photos / "z.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    run(make_plan(photos, out, recursive=True), recipe, journal=journal, jobs=1)
    told = lines(journal)
    plan, end = told[0], told[-1]
    assert (plan["event"], plan["format"], plan["version"]) == ("plan", "hadimg journal", 1)
    assert plan["program"] == program_version()
    assert plan["recipe"] == recipe.digest()
    assert plan["settings"]["mask"] == {"family": "constant", "parameters": {"value": 0.5}}
    assert plan["pictures"] == 6
    counts = {key: end[key] for key in ("event", "done", "failed", "skipped", "left", "signal")}
    assert counts == {"event": "end", "done": 4, "failed": 1, "skipped": 1, "left": 0, "signal": None}
    by_event = {event: [line for line in told if line["event"] == event] for event in ("done", "failed", "skipped")}
    assert {line["input"] for line in by_event["done"]} == {
        str(photos / n) for n in ("a.png", "b.jpg", "c.ppm", "deep/d.png")
    }
    for line in by_event["done"]:
        assert line["output"].startswith(str(out))
        assert len(line["input_sha256"]) == len(line["output_sha256"]) == 64
        assert line["seconds"] > 0
        assert line["values"] > 0
    (failed,) = by_event["failed"]
    assert (failed["input"], failed["type"]) == (str(photos / "z.png"), "FormatError")
    assert failed["reason"]
    assert by_event["skipped"][0]["input"] == str(photos / "a.cr2")
    assert [line["input"] for line in told if line["event"] == "ignored"] == [str(photos / "notes.txt")]
    assert len([line for line in told if line["event"] == "start"]) == 5


def test_names_of_any_bytes_survive(photos, out, recipe, journal):
    """A journal is ASCII, one line an event, and gives back names that are no UTF-8."""
    name = os.fsdecode(b"\xff\n\x1b.png")
    (photos / "a.png").rename(photos / name)
    run(make_plan(photos / name, out), recipe, journal=journal)
    assert journal.read_bytes().isascii()
    (done,) = (line for line in lines(journal) if line["event"] == "done")
    assert os.fsencode(done["input"]) == os.fsencode(photos) + b"/\xff\n\x1b.png"


def test_a_line_is_one_write(photos, out, recipe, journal, monkeypatch):
    """Each line reaches the file by one call, so that it is never mixed with another's."""
    real = os.write
    written = []

    def write(handle, data):
        if os.path.samestat(os.fstat(handle), journal.stat()):
            written.append(bytes(data))
        return real(handle, data)

    monkeypatch.setattr(os, "write", write)
    run(make_plan(photos, out), recipe, journal=journal)
    assert written == journal.read_bytes().splitlines(keepends=True)


def test_runs_add_to_the_end(photos, out, recipe, journal):
    """A second run goes on where the first one ended, also after a line that was cut."""
    run(make_plan(photos, out), recipe, journal=journal)
    first = journal.read_bytes()
    journal.write_bytes(first[:-20])
    run(make_plan(photos, out, resume=True), recipe, journal=journal)
    assert journal.read_bytes().startswith(first[:-20] + b"\n")
    assert len(read_history(str(journal)).done) == 3


@pytest.mark.parametrize("content", [b"my diary\n", b"{}\n", b'{"event": "plan"}\n', b"[1, 2]\n"])
def test_other_files_are_never_added_to(photos, out, recipe, journal, content):
    """A file that is no journal is refused before anything is written, and stays as it is."""
    journal.parent.mkdir()
    journal.write_bytes(content)
    with pytest.raises(PlanError, match="the file is no journal"):
        run(make_plan(photos, out), recipe, journal=journal)
    with pytest.raises(FormatError, match="the file is no journal"):
        read_history(str(journal))
    assert journal.read_bytes() == content
    assert list(out.iterdir()) == []


def test_a_journal_that_cannot_be_written(photos, out, recipe, tmp_path):
    """A folder or an impossible name is refused; a disk that fills up later is a note, and the pictures go on."""
    with pytest.raises(PlanError, match="the journal cannot be written"):
        run(make_plan(photos, out), recipe, journal=tmp_path)
    with pytest.raises(PlanError, match="the file is no journal"):
        run(make_plan(photos, out), recipe, journal="/dev/full")


def test_a_full_disk_ends_the_journal_not_the_run(photos, out, recipe, journal, monkeypatch):
    """When a line does not fit any more, the journal ends there and the summary says so."""
    real = Journal._add

    def add(self, event, **fields):
        if event == "done" and self._handle is not None:
            os.dup2(os.open("/dev/full", os.O_WRONLY), self._handle)
        real(self, event, **fields)

    monkeypatch.setattr(Journal, "_add", add)
    summary = run(make_plan(photos, out), recipe, journal=journal, jobs=1)
    assert summary.done == 3
    assert ("the journal is incomplete: No space left on device", 1) in summary.notes
    assert [line["event"] for line in lines(journal)] == ["plan", "ignored", "start", "start"]


def test_any_prefix_of_a_journal_is_understood(photos, out, recipe, journal):
    """However a journal was cut, what is whole in it counts."""
    run(make_plan(photos, out), recipe, journal=journal, jobs=1)
    data = journal.read_bytes()
    first_line = data.index(b"\n") + 1
    for length in range(first_line, len(data), 7):
        journal.write_bytes(data[:length])
        whole = data[:length].count(b'"event": "done"')
        assert whole - 1 <= len(read_history(str(journal)).done) <= whole


@pytest.mark.parametrize(
    "line",
    [b"[" * 100_000, b'{"event": "done"}', b'{"event": "done", "input": 3}', b'{"event": "start"}', b"x" * (1 << 20)],
    ids=["nested", "bare", "number", "start", "long"],
)
def test_hostile_lines(photos, out, recipe, journal, line):
    """A line that says nothing is ignored or refused as one of ours, within bounded memory."""
    run(make_plan(photos, out), recipe, journal=journal)
    with journal.open("ab") as stream:
        stream.write(line + b"\n")
    try:
        known = len(read_history(str(journal)).done)
    except FormatError:
        known = None
    assert known in (3, None)


def test_reading_what_is_not_there(tmp_path):
    """No journal is an empty one; a folder is none."""
    assert read_history(str(tmp_path / "missing")).done == {}
    with pytest.raises(ReadError, match="cannot read the journal"):
        read_history(str(tmp_path))


def test_only_certain_results_are_trusted():
    """Each thing that could make a difference is named."""
    job = Job("in/a.png", "out/a.png")
    made = Record("input", "output", "recipe", "1.0")
    history = History({f"{Path.cwd()}/out/a.png": made})
    assert history.doubt(job, made) is None
    assert "input has changed" in history.doubt(job, made._replace(input_sha256="x"))
    assert "was changed after" in history.doubt(job, made._replace(output_sha256="x"))
    assert "other settings" in history.doubt(job, made._replace(recipe="x"))
    assert "another version" in history.doubt(job, made._replace(program="x"))
    assert "no journal" in History().doubt(job, made)


def test_a_picture_that_was_running_when_two_runs_died_is_suspected(photos, out, recipe, journal):
    """A picture with a beginning and no end in two runs comes last in the third."""
    plan = make_plan(photos, out)
    for _ in range(2):
        book = Journal(str(journal))
        book.plan(plan, recipe)
        book.start(plan.jobs[0].source, plan.jobs[0].target)
        book.close()
    history = read_history(str(journal))
    assert [history.suspicious(job) for job in plan.jobs] == [True, False, False]
    run(make_plan(photos, out, resume=True), recipe, journal=journal, jobs=1)
    started = [line["input"] for line in lines(journal) if line["event"] == "start"][2:]
    assert started == [plan.jobs[1].source, plan.jobs[2].source, plan.jobs[0].source]


def test_the_journal_of_an_unfinished_run_stays(photos, out, recipe):
    """Without a name, a journal is kept in the output folder exactly while it is needed."""
    broken = photos / "broken.png"
    broken.write_bytes(b"x")
    run(make_plan(photos, out), recipe)
    assert (out / ".hadimg-journal.jsonl").exists()
    assert default_journal(str(out)) == str(out / ".hadimg-journal.jsonl")
    broken.unlink()
    assert run(make_plan(photos, out), recipe).skipped == 3
    run(make_plan(photos, out, recursive=True), recipe)
    assert not (out / ".hadimg-journal.jsonl").exists()


def test_recipes(photos):
    """A recipe is what decides the bytes: every part of it changes its hash, and long arrays count by their own."""
    recipe = Recipe(Constant(0.5))
    others = [
        Recipe(Constant(0.6)),
        Recipe(Constant(0.5), "remove"),
        Recipe(Constant(0.5), "remove", max_gain=2.0),
        Recipe(Constant(0.5), linear_light=True),
        Recipe(Constant(0.5), quality=80),
        Recipe(Constant(0.5), subsampling="444"),
        Recipe(Constant(0.5), strip=True),
        Recipe(Constant(0.5), allow_damaged=True),
        Recipe(Array(np.full((100, 100), 0.5))),
        Recipe(Array(np.full((100, 101), 0.5))),
    ]
    assert len({one.digest() for one in [recipe, *others]}) == 11
    assert Recipe(Constant(0.5)).digest() == recipe.digest()
    assert len(json.dumps(others[-1].to_dict())) < 500
    with pytest.raises(ArgumentError, match="verb must be"):
        Recipe(Constant(0.5), "burn")
    with pytest.raises(ArgumentError, match="max_gain belongs to"):
        Recipe(Constant(0.5), max_gain=3.0)
    with pytest.raises(ArgumentError, match="max_gain must be above 0"):
        Recipe(Constant(0.5), "remove", max_gain=float("nan"))
    with pytest.raises(ArgumentError, match="quality must be"):
        Recipe(Constant(0.5), quality=101)
    with pytest.raises(ArgumentError, match="subsampling must be one of 444, "):
        Recipe(Constant(0.5), subsampling="4:2:0")
    with pytest.raises(ArgumentTypeError, match="mask must be a mask"):
        Recipe("gaussian")
