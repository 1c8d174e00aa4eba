"""dim, apply and remove over files and folders: what is written, what is said, and the exit code."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from hadimg import masks

KEYS_OF_A_RUN = {
    "dry_run", "output", "done", "failed", "skipped", "left", "seconds", "failures", "skips", "notes", "saturated",
    "values", "interrupted", "journal", "exit_code",
}  # fmt: skip
KEYS_OF_A_DRY_RUN = {"dry_run", "output", "pictures", "settled", "input_bytes"}
KEYS_OF_A_FAILURE = {"source", "target", "status", "kind", "reason", "remedy"}


def pixels_of(path) -> np.ndarray:
    """Return what Pillow reads."""
    with Image.open(path) as picture:
        return np.asarray(picture)


def files_of(folder) -> list[str]:
    """Return the names of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_dim_folder(call, photos, tmp_path):
    """The main job: every picture of the folder, dimmed by the mask, and one summary line."""
    out = tmp_path / "dimmed"
    code, said, err = call("dim", photos, "-o", f"{out}/", "--rate", 1.2, "--strength", 0.6)
    assert code == 0
    assert said.startswith(f"3 pictures dimmed into {out}/ in ")
    assert said.count("\n") == 1
    assert "followed only with --recursive" in err
    assert files_of(out) == ["a.jpg", "b.png", "c.tif"]
    weights = masks.ExponentialDecay(rate=1.2).strength(0.6).weights((40, 60))
    expected = np.rint(pixels_of(photos / "b.png") * weights[..., None])
    np.testing.assert_array_equal(pixels_of(out / "b.png"), expected)


def test_center_and_power(call, photos, tmp_path):
    """``--center ROW COL`` and ``--power`` reach the mask."""
    options = ("--center", 0.25, 0.75, "--power", 2)
    assert call("dim", photos / "b.png", "-o", tmp_path / "b.png", *options).code == 0
    weights = masks.ExponentialDecay(rate=1.0, power=2.0, center_row=0.25, center_col=0.75).weights((40, 60))
    expected = np.rint(pixels_of(photos / "b.png") * weights[..., None])
    np.testing.assert_array_equal(pixels_of(tmp_path / "b.png"), expected)


def test_apply_and_remove(call, photos, tmp_path):
    """What a mask did is undone by removing it, to the rounding of the dimmed picture."""
    mask = "linear_gradient(low=0.5, high=0.9)"
    assert call("apply", "--mask", mask, photos / "c.tif", "-o", tmp_path / "masked.tif").code == 0
    code, out, _ = call("remove", "--mask", mask, tmp_path / "masked.tif", "-o", tmp_path / "back.tif")
    assert code == 0
    assert out.startswith(f"1 picture corrected into {tmp_path / 'back.tif'} in ")
    change = pixels_of(tmp_path / "back.tif").astype(int) - pixels_of(photos / "c.tif")
    assert np.abs(change).max() <= math.ceil(0.5 / 0.5)  # half a level of the dimmed picture, at the darkest weight


def test_remove_reports_highlights(call, photos, tmp_path):
    """Values that would be brighter than white are counted."""
    code, _, err = call("remove", "--mask", "constant(0.5)", photos / "b.png", "-o", tmp_path / "b.png")
    share = 100 * (pixels_of(photos / "b.png") > 127).mean()
    assert code == 0
    assert f"note: {share:.2g} % of all values came out brighter than white and stopped there\n" in err


def test_mask_without_inverse(call, photos, tmp_path):
    """Removing a mask with zeros fails by name and names ``--max-gain``, which lets it pass."""
    arguments = ("remove", "--mask", "constant(0)", photos / "b.png", "-o", tmp_path / "b.png")
    code, _, err = call(*arguments)
    assert code == 1
    assert "no Hadamard inverse" in err
    assert "--max-gain" in err
    assert call(*arguments, "--max-gain", 4).code == 0


def test_recursive_mirrors_the_tree(call, photos, tmp_path):
    """With ``--recursive`` the folders of folders are followed and mirrored."""
    out = tmp_path / "out"
    assert call("dim", photos, "-o", out, "--recursive", "--quiet") == (0, "", "")
    assert files_of(out) == ["a.jpg", "b.png", "c.tif", "more/d.png"]


def test_suffix_chooses_the_format(call, photos, tmp_path):
    """``--suffix`` writes every picture in that format, with or without the dot."""
    out = tmp_path / "out"
    assert call("dim", photos / "a.jpg", photos / "c.tif", "-o", out, "--suffix", "png").code == 0
    assert files_of(out) == ["a.png", "c.png"]


def test_dry_run_writes_nothing(call, photos, tmp_path):
    """A dry run prints every name and leaves no trace."""
    out = tmp_path / "out"
    journal = tmp_path / "journal.jsonl"
    before = files_of(tmp_path)
    code, said, _ = call("dim", photos, "-o", out, "--dry-run", "--recursive", "--journal", journal)
    assert code == 0
    assert f"{photos}/more/d.png -> {out}/more/d.png\n" in said
    assert said.endswith(f"4 pictures would be dimmed into {out}; nothing was written (--dry-run)\n")
    assert files_of(tmp_path) == before
    assert not out.exists()


def test_json_of_a_dry_run(call, photos, tmp_path):
    """The plan as one JSON object with stable keys."""
    code, said, _ = call("dim", photos, "-o", tmp_path / "out", "-n", "--json")
    plan = json.loads(said)
    assert code == 0
    assert set(plan) == KEYS_OF_A_DRY_RUN
    assert plan["pictures"][0] == {"source": f"{photos}/a.jpg", "target": f"{tmp_path}/out/a.jpg"}


def test_json_of_a_run(call, photos, tmp_path):
    """The summary as one JSON object with stable keys; nothing else is on stdout."""
    (photos / "bad.jpg").write_bytes((photos / "a.jpg").read_bytes()[:300])
    code, said, _ = call("dim", photos, "-o", tmp_path / "out", "--json")
    told = json.loads(said)
    assert code == told["exit_code"] == 1
    assert set(told) == KEYS_OF_A_RUN
    assert (told["done"], told["failed"], told["skipped"], told["left"]) == (3, 1, 0, 0)
    assert set(told["failures"][0]) == KEYS_OF_A_FAILURE
    assert told["failures"][0]["source"] == f"{photos}/bad.jpg"


def test_failures_are_named_and_the_others_go_on(call, photos, tmp_path):
    """One bad picture is one line on stderr, exit code 1, and all others are written."""
    (photos / "bad\n.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    code, said, err = call("dim", photos, "-o", tmp_path / "out", "--quiet")
    assert (code, said) == (1, "")
    assert err.startswith(f"hadimg: error: {photos}/bad\\n.jpg: ")
    assert err.count("\n") == 1
    assert files_of(tmp_path / "out")[-3:] == ["a.jpg", "b.png", "c.tif"]


def test_summary_counts_what_did_not_end_well(call, photos, tmp_path):
    """The summary line names how many failed and were skipped, and where to look."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.jpg").write_text("precious")
    (photos / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    journal = tmp_path / "journal.jsonl"
    code, said, err = call("dim", photos, "-o", out, "--journal", journal)
    assert code == 1
    assert said.startswith(f"2 pictures dimmed into {out} in ")
    assert said.endswith(f" s, 1 skipped, 1 failed (listed in {journal})\n")
    assert "note: skipped 1 file: the output exists (--overwrite replaces it)\n" in err
    assert (out / "a.jpg").read_text() == "precious"
    events = [json.loads(line)["event"] for line in journal.read_text().splitlines()]
    assert sorted(event for event in events if event in ("done", "failed", "skipped")) == [
        "done", "done", "failed", "skipped",
    ]  # fmt: skip


def test_overwrite(call, photos, tmp_path):
    """``--overwrite`` replaces what stands in the output folder."""
    out = tmp_path / "out"
    assert call("dim", photos, "-o", out, "--rate", 0).code == 0
    assert call("dim", photos, "-o", out, "--rate", 2, "--overwrite").code == 0
    assert pixels_of(out / "b.png").mean() < pixels_of(photos / "b.png").mean() / 2


def test_resume(call, photos, tmp_path):
    """``--resume`` keeps what is proved to be done and makes the rest."""
    out = tmp_path / "out"
    journal = ("--journal", tmp_path / "journal.jsonl")
    assert call("dim", photos, "-o", out, *journal).code == 0
    (out / "b.png").unlink()
    code, said, err = call("dim", photos, "-o", out, "--resume", *journal)
    assert code == 0
    assert said.startswith("1 picture dimmed")
    assert said.endswith(", 2 skipped\n")
    assert "note: skipped 2 files: already done\n" in err


def test_fail_fast(call, tmp_path, rng):
    """``--fail-fast`` starts nothing after the first failure, and says what is left."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    code, said, _ = call("dim", folder, "-o", tmp_path / "out", "--fail-fast", "--jobs", 1)
    assert code == 1
    assert said.endswith("1 failed (listed above), 5 left: stopped by --fail-fast, --resume goes on\n")


def test_quality_strip_and_linear_light(call, photos, tmp_path):
    """The options of writing reach the writer, and linear light gives another picture than coded values."""
    source = photos / "a.jpg"
    for name, options in {
        "small": ("--quality", 5),
        "large": ("--quality", 100),
        "linear": ("--quality", 100, "--linear-light"),
    }.items():
        assert call("dim", source, "-o", tmp_path / f"{name}.jpg", "--strip", *options).code == 0
    assert (tmp_path / "small.jpg").stat().st_size < (tmp_path / "large.jpg").stat().st_size / 2
    assert pixels_of(tmp_path / "linear.jpg").mean() > pixels_of(tmp_path / "large.jpg").mean() * 1.1


REFUSED = {
    "missing.jpg -o out": "missing.jpg: no such file or folder (check the name)",
    "photos -o photos": "photos: the output folder is an input folder (choose another folder for the results)",
    "photos -o out --suffix xyz": "the suffix .xyz stands for no format that is written",
    "photos -o out --limit pages": "--limit must be NAME=N with a whole number N, got 'pages'",
    "photos photos/a.jpg -o - ": "only one picture can go through a pipe (name one IN)",
    "- -o out.jpg --resume": "--resume is for files, not for a pipe (leave it out)",
}


@pytest.mark.parametrize("line", REFUSED)
def test_refused_plans(line, call, photos, tmp_path, monkeypatch):
    """What would lose or collide is refused in one line, exit code 2, before anything is written."""
    monkeypatch.chdir(tmp_path)
    before = files_of(tmp_path)
    code, out, err = call("dim", *line.split())
    assert (code, out) == (2, "")
    assert err.startswith(f"hadimg: error: {REFUSED[line]}")
    assert err.count("\n") == 1
    assert files_of(tmp_path) == before


def test_bad_environment(call, photos, tmp_path, monkeypatch):
    """A default that comes from the environment is checked like an option, and named."""
    monkeypatch.setenv("HADIMG_JOBS", "many")
    code, _, err = call("dim", photos, "-o", tmp_path / "out")
    assert code == 2
    assert err.startswith("hadimg: error: the environment variable HADIMG_JOBS must be a whole number of at least 1")
    assert call("dim", photos, "-o", tmp_path / "out", "--jobs", 1).code == 0


def test_limit(call, photos, tmp_path):
    """A picture over a limit is refused with the option that would let it pass."""
    arguments = ("dim", photos / "b.png", "-o", tmp_path / "b.png")
    code, _, err = call(*arguments, "--limit", "page_pixels=100")
    assert code == 1
    assert "(raise it if you trust the file: --limit page_pixels=2400)" in err
    assert call(*arguments, "--limit", "page_pixels=2400").code == 0


def test_pipe(photos, tmp_path):
    """``-`` reads from standard input and writes to standard output, the same bytes as with files."""
    command = [sys.executable, "-m", "hadimg", "dim", "--rate", "1.5"]
    subprocess.run([*command, photos / "b.png", "-o", tmp_path / "b.png", "-q"], check=True)
    source = (photos / "b.png").read_bytes()
    piped = subprocess.run([*command, "-", "-o", "-"], input=source, capture_output=True, check=True)
    assert piped.stdout == (tmp_path / "b.png").read_bytes()
    empty = subprocess.run([*command, "-", "-o", "-"], input=b"", capture_output=True, text=False, check=False)
    assert (empty.returncode, empty.stdout) == (1, b"")
    assert empty.stderr.startswith(b"hadimg: error: standard input: nothing came")


def test_picture_is_never_printed_on_a_terminal(call, photos, monkeypatch):
    """``-o -`` is refused where it would fill a terminal with bytes."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, _, err = call("dim", photos / "b.png", "-o", "-")
    assert code == 2
    assert "a picture would be printed on the terminal" in err


def test_names_of_any_bytes(call, photos, tmp_path):
    """File names that are not UTF-8 or begin with a dash work, and are printed as escapes."""
    for name in (b"-dash.png", b"\xff blank.png", b"100%.png"):
        (tmp_path / os.fsdecode(name)).write_bytes((photos / "b.png").read_bytes())
    names = [os.fsdecode(name) for name in (b"-dash.png", b"\xff blank.png", b"100%.png")]
    paths = [tmp_path / name for name in names]
    code, said, _ = call("dim", "-o", tmp_path / "out", "-n", "--", *paths)
    assert code == 0
    assert "\\udcff blank.png ->" in said
    assert call("dim", "-o", tmp_path / "out", "--quiet", "--", *paths) == (0, "", "")
    assert files_of(tmp_path / "out") == sorted(names)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(number, code, tmp_path, rng):
    """Ctrl-C ends a batch soon, with only whole files, a summary that says how to go on, and its exit code."""
    folder = tmp_path / "photos"
    folder.mkdir()
    first = folder / "00.png"
    Image.fromarray(rng.integers(0, 256, (600, 900, 3), np.uint8)).save(first, compress_level=1)
    for index in range(1, 40):
        os.link(first, folder / f"{index:02}.png")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "hadimg", "dim", str(folder), "-o", str(out), "--jobs", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(out.glob("*.png")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    said, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert "left: interrupted, --resume goes on" in said
    shapes = {pixels_of(path).shape for path in out.glob("*.png")}
    assert shapes == {(600, 900, 3)}
    assert not list(out.glob("*.part"))
