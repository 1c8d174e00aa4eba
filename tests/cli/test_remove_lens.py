"""``hadimg remove --lens auto``: the EXIF block of each picture chooses its profile, and the journal says which."""

from __future__ import annotations

import json

import numpy as np
import PIL.Image
import pytest
from PIL.TiffImagePlugin import IFDRational

from hadimg import masks
from hadimg.profiles import Camera, Setting, write_lensfun

LIGHT = 180
FAST = masks.Polynomial(-0.5, 0.1, -0.05)
SLOW = masks.Polynomial(-0.2)


def exif(*, lens="EF50mm f/2", f_number=2):
    """Return EXIF of the test camera."""
    tags = PIL.Image.Exif()
    tags[0x010F], tags[0x0110] = "Acme", "One"
    more = {0x829D: IFDRational(f_number, 1), 0x920A: IFDRational(50, 1), 0x9206: IFDRational(10, 1)}
    tags.get_ifd(0x8769).update({**more, 0xA434: lens} if lens else more)
    return tags.tobytes()


def photograph(path, mask, tags=None):
    """Write an evenly lit picture, seen through a mask."""
    values = np.rint(LIGHT * mask.weights((60, 90))).astype(np.uint8)
    picture = PIL.Image.fromarray(np.repeat(values[..., None], 3, axis=2))
    picture.save(path, **({} if tags is None else {"exif": tags}))


@pytest.fixture
def database(tmp_path):
    """Write a database with one lens, at two apertures."""
    folder = tmp_path / "db"
    folder.mkdir()
    fitted = {Setting(50.0, 2.0, 10.0): FAST, Setting(50.0, 8.0, 10.0): SLOW}
    write_lensfun(fitted, folder / "acme.xml", camera=Camera(("Acme",), ("One",), "EF", 1.5), lens="Acme EF 50mm f/2")
    return folder


@pytest.fixture
def pictures(tmp_path):
    """Make a folder of pictures: two that can be corrected, and three that cannot."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    photograph(folder / "fast.png", FAST, exif())
    photograph(folder / "slow.tif", SLOW, exif(f_number=8))
    photograph(folder / "bare.png", FAST)
    photograph(folder / "other.png", FAST, exif(lens="EF85mm f/1.2"))
    photograph(folder / "unnamed.png", FAST, exif(lens=None))
    return folder


def test_each_picture_gets_its_own_mask_or_a_reason(call, database, pictures, tmp_path):
    """Two come out even to one level; three fail by name; the journal has profile or reason of every one."""
    out, journal = tmp_path / "out", tmp_path / "journal.jsonl"
    code, said, err = call(
        "remove", "--lens", "auto", "--lens-database", database, pictures, "-o", out, "--journal", journal
    )
    assert code == 1
    assert "2 pictures corrected" in said
    for name in ("fast.png", "slow.tif"):
        # rounding to a level before the division by 0.55 or more leaves less than one level, so at most one after it
        assert np.abs(np.asarray(PIL.Image.open(out / name), int) - LIGHT).max() <= 1
    assert sorted(path.name for path in out.glob("[!.]*")) == ["fast.png", "slow.tif"]
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    done = {event["input"].rpartition("/")[2]: event["notes"] for event in events if event["event"] == "done"}
    assert any("'Acme EF 50mm f/2' (acme.xml, line 11) for 50 mm f/2 at 10 m" in note for note in done["fast.png"])
    assert any("f/8 at 10 m" in note for note in done["slow.tif"])
    failed = {event["input"].rpartition("/")[2]: event for event in events if event["event"] == "failed"}
    assert {event["type"] for event in failed.values()} == {"ProfileError"}
    assert "no EXIF block" in failed["bare.png"]["reason"]
    assert "does not know the lens 'EF85mm f/1.2'" in failed["other.png"]["reason"]
    assert "names no lens" in failed["unnamed.png"]["reason"]
    for word in ("bare.png: the picture has no EXIF", "note: lens profile 'Acme EF 50mm f/2'", "need --linear-light"):
        assert word in err


def test_another_database_is_another_recipe(call, database, pictures, tmp_path):
    """With --resume, a picture is kept as long as the database is the same, and made again when it changed."""
    arguments = (
        "remove",
        "--lens",
        "auto",
        "--lens-database",
        database,
        pictures / "fast.png",
        "-o",
        tmp_path / "out/",
    )
    assert call(*arguments, "--resume").code == 0
    assert "1 skipped" in call(*arguments, "--resume").out
    (database / "more.xml").write_text("<lensdatabase/>")
    assert "1 picture corrected" in call(*arguments, "--resume", "--overwrite").out


def test_through_a_pipe(spawn, database, pictures, tmp_path):
    """The note goes to stderr, the picture to stdout."""
    with (pictures / "fast.png").open("rb") as source:
        done = spawn(
            "remove", "--lens", "auto", "--lens-database", database, "--linear-light", "-", "-o", "-",
            stdin=source, text=False,
        )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith(b"\x89PNG")
    assert b"lens profile 'Acme EF 50mm f/2'" in done.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("", "what to take off must be said by one of --mask MASK and --lens auto"),
        ("--mask constant(0.5) --lens auto --lens-database db", "one of --mask MASK and --lens auto"),
        ("--lens auto", "--lens and --lens-database belong together"),
        ("--mask constant(0.5) --lens-database db", "--lens and --lens-database belong together"),
        ("--lens 50mm --lens-database db", "invalid choice: '50mm'"),
    ],
)
def test_command_lines_that_do_not_say_what_to_take_off(call, options, reason):
    """One line on stderr, exit code 2."""
    code, out, err = call("remove", *options.split(), "photos", "-o", "out")
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1


def test_a_database_that_cannot_be_read_stops_before_the_first_picture(call, pictures, tmp_path):
    """Nothing is written."""
    out = tmp_path / "out"
    code, _, err = call("remove", "--lens", "auto", "--lens-database", tmp_path / "none", pictures, "-o", out, "-q")
    assert code != 0
    assert "the folder of lens profiles cannot be read" in err
    assert not out.exists()
