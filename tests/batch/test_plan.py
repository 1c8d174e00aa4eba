"""A plan decides every name, and refuses what would lose or collide with something."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest

from hadimg.batch import make_plan
from hadimg.errors import PlanError
from hadimg.io.limits import Limits

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")


def names(plan):
    """Return the names of all targets below the output folder."""
    return [os.path.relpath(job.target, plan.output) for job in plan.jobs]


def snapshot(folder):
    """Return what lies below a folder."""
    return sorted(str(entry) for entry in folder.rglob("*"))


def test_a_folder_is_mirrored(photos, out):
    """Every picture of a tree gets its own name below the output folder, which is not made yet."""
    plan = make_plan([photos], out, recursive=True)
    assert names(plan) == ["a.png", "b.jpg", "c.ppm", "deep/d.png"]
    assert [job.source for job in plan.jobs] == [str(photos / name) for name in names(plan)]
    assert plan.input_bytes == sum((photos / name).stat().st_size for name in names(plan))
    assert plan.settled == ()
    assert not out.exists()


def test_folders_below_are_followed_only_when_asked(photos, out):
    """Without ``recursive`` a folder below is left alone, and the plan says so."""
    plan = make_plan(photos, out)
    assert names(plan) == ["a.png", "b.jpg", "c.ppm"]
    assert [entry.source for entry in plan.ignored] == [str(photos / "deep")]
    assert plan.notes == ("folders in folders are followed only with --recursive: 1 left alone",)


def test_only_pictures_are_taken_from_folders(photos, out):
    """What has no picture's suffix is ignored by name; hidden files are not even named."""
    for name in ("notes.txt", "README", ".hidden.png", "a.png~", "jpg"):
        (photos / name).write_bytes(b"x")
    plan = make_plan(photos, out)
    assert names(plan) == ["a.png", "b.jpg", "c.ppm"]
    assert {Path(entry.source).name for entry in plan.ignored} == {
        "notes.txt",
        "README",
        "a.png~",
        "jpg",
        "deep",
    }


def test_formats_that_are_never_read_are_skipped_by_name(photos, out):
    """A raw file beside its JPEG does not make the batch fail, and is named with the way out."""
    (photos / "a.CR2").write_bytes(b"II*\0")
    (skipped,) = make_plan(photos, out).settled
    assert (skipped.status, skipped.reason) == ("skipped", "A camera's raw file is not read")
    assert "16-bit TIFF" in skipped.remedy


def test_formats_that_are_never_written_fail_in_the_plan(photos, out):
    """A GIF has no target in its own format; another suffix is the way out."""
    (photos / "a.gif").write_bytes(b"GIF89a")
    (failed,) = make_plan(photos, out).settled
    assert (failed.status, failed.kind, failed.reason) == ("failed", "UnsupportedError", "GIF is not written")
    assert failed.remedy == "--suffix .png writes PNG"
    with pytest.raises(PlanError, match=r"a\.gif and .*a\.png|a\.png and .*a\.gif"):
        make_plan(photos, out, suffix=".png")


def test_named_files_are_always_taken(photos, out):
    """A file that is named is read whatever its suffix; only its result needs one."""
    (photos / "scan").write_bytes(b"x")
    plan = make_plan([photos / "scan", photos / "b.jpg"], out)
    assert names(plan) == ["b.jpg"]
    assert plan.settled[0].reason == "the name has no suffix"
    assert names(make_plan([photos / "scan", photos / "b.jpg"], out, suffix=".tif")) == ["scan.tif", "b.tif"]


@pytest.mark.parametrize("suffix", ["png", ".xyz", ".gif", "./a.png", ""])
def test_impossible_suffixes(photos, out, suffix):
    """A suffix has a dot and stands for a format that is written."""
    with pytest.raises(PlanError):
        make_plan(photos, out, suffix=suffix)


def test_one_file_to_one_name(photos, tmp_path):
    """One input and an output with a picture's suffix mean that name, not a folder."""
    plan = make_plan(photos / "a.png", tmp_path / "new" / "result.tif")
    assert names(plan) == ["result.tif"]
    assert not plan.exclusive
    assert make_plan([photos / "a.png"], tmp_path / "folder").exclusive
    (tmp_path / "odd.png").mkdir()
    assert names(make_plan(photos / "a.png", tmp_path / "odd.png")) == ["a.png"]
    with pytest.raises(PlanError, match="give one of them"):
        make_plan(photos / "a.png", tmp_path / "result.tif", suffix=".png")


def test_a_typing_error_gets_the_name_that_was_meant(photos, out):
    """A named input that is missing is refused at once, with the nearest name."""
    with pytest.raises(PlanError, match=r"photo: no such file or folder \(did you mean .*photos\?\)"):
        make_plan(photos.parent / "photo", out)
    with pytest.raises(PlanError, match=r"no such file or folder \(check the name\)"):
        make_plan([photos, photos / "zzzzzz"], out)
    with pytest.raises(PlanError, match="no input was named"):
        make_plan([], out)
    with pytest.raises(PlanError, match="null byte"):
        make_plan("a\0b", out)
    with pytest.raises(PlanError, match="null byte"):
        make_plan("a\0b/c", out)
    (photos / "d\x1bd.png").write_bytes(b"x")
    with pytest.raises(PlanError, match=r"did you mean .*/d\\x1bd\.png\?"):
        make_plan(photos / "dd.png", out)


@needs_posix
def test_what_is_no_readable_file_fails_alone(photos, out):
    """Pipes, links to nowhere and files over the limit are named as failures, and the others go on."""
    os.mkfifo(photos / "pipe.png")
    (photos / "lost.png").symlink_to(photos / "nowhere")
    with (photos / "vast.png").open("wb") as stream:
        stream.truncate(1 << 40)
    plan = make_plan(photos, out)
    assert names(plan) == ["a.png", "b.jpg", "c.ppm"]
    kinds = {Path(entry.source).name: (entry.kind, entry.reason) for entry in plan.settled}
    assert kinds["pipe.png"] == ("ReadError", "not a file but a named pipe")
    assert kinds["vast.png"][0] == "LimitError"
    assert "lost.png" in kinds
    named = make_plan([photos / "pipe.png", photos / "lost.png", photos / "a.png"], out)
    assert names(named) == ["a.png"]
    assert [entry.reason for entry in named.settled] == ["not a file but a named pipe", "no such file or folder"]


def test_larger_limits_let_larger_files_in(photos, out):
    """The limit of the size of a file can be changed both ways."""
    sizes = {name: (photos / name).stat().st_size for name in ("a.png", "b.jpg", "c.ppm")}
    largest = max(sizes, key=lambda name: sizes[name])
    left = names(make_plan(photos, out, limits=Limits(file_bytes=sizes[largest] - 1)))
    assert left == [name for name in sizes if name != largest]


@needs_posix
def test_files_and_folders_without_permission(open_folder):
    """What this user may not read is named; the rest is planned."""
    for name in ("in", "in/closed"):
        (open_folder / name).mkdir(mode=0o755)
    for name in ("in/a.png", "in/b.png", "in/closed/c.png"):
        (open_folder / name).write_bytes(b"x")
    (open_folder / "in/b.png").chmod(0)
    (open_folder / "in/closed").chmod(0)
    code = """
        import os, sys
        from hadimg.batch import make_plan
        from hadimg.errors import PlanError
        os.chdir(sys.argv[1])
        make_plan("in/a.png", "out")  # nobody may import from root's Python
        if os.geteuid() == 0:
            os.setegid(65534)
            os.seteuid(65534)
        try:
            make_plan("in", "out", recursive=True)
        except PlanError as error:
            print(error.reason)
        plan = make_plan("in", "/tmp/hadimg-no-such-folder", recursive=True)
        print([job.source for job in plan.jobs])
        print([(entry.source, entry.reason) for entry in plan.settled])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), open_folder],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    reason = "no permission to read"
    assert done.stdout.splitlines() == [
        "no permission to write into the folder",
        "['in/a.png']",
        str([("in/b.png", reason), ("in/closed", reason)]),
    ]


@pytest.mark.parametrize("flags", [{}, {"overwrite": True}, {"resume": True}])
def test_the_output_is_never_an_input(photos, flags):
    """Writing into the input folder, or over an input by any of its names, is refused before anything happens."""
    before = snapshot(photos)
    with pytest.raises(PlanError, match="the output folder is an input folder"):
        make_plan(photos, photos, **flags)
    with pytest.raises(PlanError, match="the output folder is an input folder"):
        make_plan(photos, photos / "deep" / "..", **flags)
    with pytest.raises(PlanError, match=r"a\.png: this output is the input"):
        make_plan([photos / "a.png"], photos, **flags)
    with pytest.raises(PlanError, match="this output is the input"):
        make_plan(photos / "a.png", photos / "a.png", **flags)
    assert snapshot(photos) == before


@needs_posix
@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_the_output_is_never_an_input_through_links(photos, out, link):
    """A hard or symbolic link at a target that leads to any input is found by the file behind it."""
    out.mkdir()
    link(photos / "b.jpg", out / "a.png")
    with pytest.raises(PlanError, match=r"a\.png: this output is the input .*b\.jpg"):
        make_plan([photos / "a.png", photos / "b.jpg"], out, overwrite=True)


@needs_posix
def test_a_linked_output_folder_is_seen_through(photos, tmp_path):
    """An output folder that is a link to the input folder is the input folder."""
    (tmp_path / "alias").symlink_to(photos)
    with pytest.raises(PlanError, match="the output folder is an input folder"):
        make_plan(photos, tmp_path / "alias")


def test_an_output_folder_inside_the_input_is_not_read(photos):
    """Results of an earlier run are no inputs of the next."""
    inner = photos / "deep" / "dimmed"
    inner.mkdir()
    shutil.copy(photos / "a.png", inner / "x.png")
    assert names(make_plan(photos, inner, recursive=True)) == ["a.png", "b.jpg", "c.ppm", "deep/d.png"]


@pytest.mark.parametrize(
    ("one", "two"), [("A.JPG", "a.jpg"), ("cafe\u0301.png", "caf\u00e9.png"), ("stra\u00dfe.png", "STRASSE.png")]
)
def test_names_that_one_disk_tells_apart_and_another_does_not(tmp_path, one, two):
    """Two inputs whose results would be one file on a disk that ignores case or spelling are named."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (one, two):
        (folder / name).write_bytes(name.encode())
    if len(list(folder.iterdir())) < 2:
        pytest.skip("this disk does not tell them apart")
    with pytest.raises(PlanError, match="two inputs have one output") as caught:
        make_plan(folder, tmp_path / "out")
    assert one in str(caught.value)
    assert two in str(caught.value)


def test_two_folders_with_one_name(photos, tmp_path, out):
    """Files of one name from two folders collide; the same file named twice does not."""
    shutil.copytree(photos, tmp_path / "more")
    with pytest.raises(PlanError, match="two inputs have one output"):
        make_plan([photos, tmp_path / "more"], out)
    assert names(make_plan([photos, photos / "a.png", photos], out)) == ["a.png", "b.jpg", "c.ppm"]


def test_existing_outputs_are_skipped(photos, out):
    """What stands at a target is skipped with its reason, kept as a job to overwrite, or to look up."""
    out.mkdir()
    (out / "b.jpg").write_bytes(b"precious")
    plan = make_plan(photos, out)
    assert names(plan) == ["a.png", "c.ppm"]
    (skipped,) = plan.settled
    assert (skipped.status, skipped.reason, skipped.remedy) == (
        "skipped",
        "the output exists",
        "--overwrite replaces it",
    )
    assert names(make_plan(photos, out, overwrite=True)) == ["a.png", "b.jpg", "c.ppm"]
    assert names(make_plan(photos, out, resume=True)) == ["a.png", "b.jpg", "c.ppm"]


@needs_posix
def test_outputs_that_may_not_be_replaced(photos, out):
    """Links and folders at a target fail alone; other names of a file are mentioned."""
    (out / "a.png").mkdir(parents=True)
    (out / "b.jpg").symlink_to("elsewhere")
    (out / "c.ppm").write_bytes(b"x")
    os.link(out / "c.ppm", out / "other")
    plan = make_plan(photos, out, overwrite=True)
    assert names(plan) == ["c.ppm"]
    assert [entry.kind for entry in plan.settled] == ["WriteError", "WriteError"]
    assert any("1 outputs have other names" in note for note in plan.notes)


@needs_posix
def test_links_are_not_followed_out_of_the_tree(photos, tmp_path, out):
    """Loops end, folders behind links stay, files behind links are read only from inside the tree."""
    (photos / "loop").symlink_to(".")
    (photos / "deep" / "up").symlink_to("..")
    (photos / "elsewhere").symlink_to(tmp_path)
    (photos / "inside.png").symlink_to("deep/d.png")
    shutil.copy(photos / "a.png", tmp_path / "x.png")
    (photos / "outside.png").symlink_to(tmp_path / "x.png")
    plan = make_plan(photos, out, recursive=True)
    assert names(plan) == ["a.png", "b.jpg", "c.ppm", "inside.png", "deep/d.png"]
    assert [entry.reason for entry in plan.settled] == ["a link that leads out of the folder"]
    assert len(plan.ignored) == 3
    assert names(make_plan(photos / "outside.png", out)) == ["outside.png"]
    assert names(make_plan(photos / "loop", out)) == ["a.png", "b.jpg", "c.ppm", "inside.png"]


@needs_posix
@pytest.mark.parametrize(
    "name", [b"a\nb.png", b"\x1b[31m.png", b"\xff\xfe.png", b"-o.png", b"%s'\".png", b"x" * 251 + b".png"]
)
def test_odd_names(tmp_path, name):
    """Every name that the file system takes is planned as it is."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / os.fsdecode(name)).write_bytes(b"x")
    (job,) = make_plan(os.fsencode(folder), os.fsencode(tmp_path / "out")).jobs
    assert os.fsencode(job.target) == os.fsencode(tmp_path / "out") + b"/" + name


@pytest.mark.parametrize("place", ["", "photos/a.png", "photos/a.png/out", "missing-link"])
def test_outputs_that_can_be_no_folder(photos, tmp_path, monkeypatch, place):
    """An output that cannot be a folder is refused before anything is made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "missing-link").symlink_to("nowhere")
    with pytest.raises(PlanError):
        make_plan(photos, place)


def test_a_full_disk_is_foreseen(photos, out, monkeypatch):
    """When the results are likely not to fit, nothing is begun; what is replaced counts as free."""
    size = make_plan(photos, out).input_bytes
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=size - 1))
    with pytest.raises(
        PlanError, match=rf"need about {size / 1000:.0f} kB, the disk has {(size - 1) / 1000:.0f} kB left"
    ):
        make_plan(photos, out)
    out.mkdir()
    (out / "a.png").write_bytes(bytes(10))
    assert len(make_plan(photos, out, overwrite=True).jobs) == 3


def test_the_same_plan_has_the_same_hash(photos, out):
    """The hash depends on the names alone."""
    plan = make_plan(photos, out)
    assert plan.digest() == make_plan(photos, out, overwrite=True).digest()
    assert plan.digest() != make_plan(photos, out, suffix=".tif").digest()


def test_a_folder_that_vanishes(photos, out, monkeypatch):
    """A folder that cannot be listed fails by name, and the others are planned."""
    real = os.listdir

    def listdir(folder):
        if os.fspath(folder).endswith("deep"):
            raise OSError(errno.EIO, "Input/output error")
        return real(folder)

    monkeypatch.setattr(os, "listdir", listdir)
    plan = make_plan(photos, out, recursive=True)
    assert names(plan) == ["a.png", "b.jpg", "c.ppm"]
    assert plan.settled[0].reason == "cannot read: Input/output error"


def test_deep_trees(tmp_path, out):
    """A tree deeper than Python's stack is walked to its end."""
    folders = [tmp_path / "in"]
    while len(folders) < 1050:
        folders.append(folders[-1] / "d")
    for folder in folders:
        folder.mkdir()
    picture = folders[-1] / "a.png"
    picture.write_bytes(b"x")
    (job,) = make_plan(folders[0], out, recursive=True).jobs
    assert job.source == str(picture)
    picture.unlink()
    for folder in reversed(folders):
        folder.rmdir()


def test_ten_thousand_files_cost_little_memory(tmp_path, out):
    """A plan takes less than 200 bytes a file beside the names themselves, and while it is made not much more."""
    folder = tmp_path / "in"
    folder.mkdir()
    count = 10_000
    for number in range(count):
        os.close(os.open(folder / f"{number:06}.jpg", os.O_CREAT))
    make_plan(folder / "000000.jpg", out)  # imports
    tracemalloc.start()
    plan = make_plan(folder, out)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    characters = sum(len(job.source) + len(job.target) for job in plan.jobs)
    assert len(plan.jobs) == count
    assert (kept - characters) / count < 200
    assert (peak - characters) / count < 300
