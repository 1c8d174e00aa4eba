"""encode, decode, info and test: whole pictures through files and pipes, nothing overwritten, codes to rely on."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from hadimg.codec import describe
from hadimg.io import read_image


@pytest.fixture
def picture(tmp_path, rng):
    """Make a PNG file."""
    path = tmp_path / "a.png"
    Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)).save(path, dpi=(300, 300))
    return path


def test_there_and_back(call, picture, tmp_path):
    """A lossless file decodes to the same pixels and resolution; sources stay; what was made is said."""
    before = picture.read_bytes()
    code, out, err = call("encode", picture, "-o", tmp_path / "a.hadi", "--lossless")
    assert (code, err) == (0, "")
    size = (tmp_path / "a.hadi").stat().st_size
    assert f"{len(before)} -> {size} bytes, {8 * size / 2400:.3g} bits per pixel" in out
    code, out, err = call("decode", tmp_path / "a.hadi", "-o", tmp_path / "b.png")
    assert (code, err) == (0, "")
    assert "60x40" in out
    assert picture.read_bytes() == before
    with Image.open(picture) as one, Image.open(tmp_path / "b.png") as other:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
        assert other.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_options_of_encode(call, picture, tmp_path):
    """Each option reaches the file."""
    target = tmp_path / "a.hadi"

    def told(*options):
        assert call("encode", picture, "-o", target, "--overwrite", *options).code == 0
        return describe(target.read_bytes())

    assert told("--step", "2.5")["step"] == 2.5
    assert told("--quality", "30")["step"] > told("--quality", "90")["step"]
    assert told()["step"] == told("--quality", "75")["step"]
    assert told("--bits-per-pixel", "3")["bits_per_pixel"] == pytest.approx(3, rel=0.03)
    assert told("--tile", "64")["tile"] == 64
    assert told("--tuning", "rgb")["tuning"] == "rgb"
    assert told("--strip")["metadata"] == []
    assert told("--jobs", "1", "--lossless")["mode"] == "lossless"


def test_options_of_decode(call, picture, tmp_path):
    """A window and a reduced picture come out alone."""
    source = tmp_path / "a.hadi"
    assert call("encode", picture, "-o", source, "--lossless", "-q") == (0, "", "")
    assert call("decode", source, "-o", tmp_path / "w.png", "--window", "8,16,5,7").code == 0
    whole = read_image(picture).pixels
    np.testing.assert_array_equal(read_image(tmp_path / "w.png").pixels, whole[8:13, 16:23])
    assert call("decode", source, "-o", tmp_path / "r.png", "--reduce", "2").code == 0
    assert read_image(tmp_path / "r.png").pixels.shape == (10, 15, 3)
    assert call("decode", source, "-o", tmp_path / "r.jpg", "--reduce", "3", "--quality", "50").code == 0


def test_nothing_is_overwritten(call, picture, tmp_path):
    """A file that exists is kept unless asked; the input is never the output."""
    target = tmp_path / "a.hadi"
    target.write_bytes(b"mine")
    code, _, err = call("encode", picture, "-o", target)
    assert code == 2
    assert "the file exists (use --overwrite" in err
    assert target.read_bytes() == b"mine"
    assert call("encode", picture, "-o", target, "--overwrite").code == 0
    before = target.read_bytes()
    for verb in ("encode", "decode"):
        code, _, err = call(verb, target, "-o", target, "--overwrite")
        assert code == 2
        assert "the input itself" in err
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("encode", "a.png", "-o", "b.jpg"), "OUT must end in .hadi"),
        (("encode", "a.png", "-o", "b.hadi", "--quality", "50", "--lossless"), "contradict each other"),
        (("encode", "a.png", "-o", "b.hadi", "--quality", "0"), "--quality must be a number from 1 to 100"),
        (("decode", "a.png", "-o", "b.png"), "not HADI"),
        (("decode", "a.hadi", "-o", "b.png", "--window", "1,2,3"), "--window must be TOP,LEFT,HEIGHT,WIDTH"),
        (("decode", "a.hadi", "-o", "b.png", "--window", "0,0,41,60"), "inside 40 x 60"),
        (("decode", "a.hadi", "-o", "b.xyz"), "stands for no format"),
    ],
)
def test_refusals(arguments, message, call, picture, tmp_path, monkeypatch):
    """A command line that cannot work says why in one line, writes nothing and ends with 2."""
    monkeypatch.chdir(tmp_path)
    assert call("encode", picture, "-o", "a.hadi").code == 0
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.hadi", "a.png"]


def test_damaged_file(call, picture, tmp_path):
    """A damaged file fails, is told apart by test and info, and gives what is whole when asked."""
    source = tmp_path / "a.hadi"
    call("encode", picture, "-o", source)
    whole = source.read_bytes()
    source.write_bytes(whole[:-7])
    code, _, err = call("decode", source, "-o", tmp_path / "b.png")
    assert code == 1
    assert "7 of" in err
    assert "use --allow-damaged" in err
    code, out, err = call("test", source, picture)
    assert code == 1
    assert f"{picture}: whole" in out
    assert str(source) in err
    code, out, _ = call("info", source)
    assert code == 0
    assert "damage           7 bytes are missing" in out
    code, _, err = call("decode", source, "-o", tmp_path / "b.png", "--allow-damaged")
    assert code == 0
    assert "of 1 tiles 1 is coarse" in err
    source.write_bytes(whole + b"x")
    assert "1 bytes follow the picture" in call("info", source).out
    assert call("test", source).code == 1


def test_missing_picture(call, tmp_path):
    """A picture that cannot be read ends with 1, as in a batch."""
    for verb, target in (("encode", "b.hadi"), ("decode", "b.png")):
        code, _, err = call(verb, tmp_path / "none.png", "-o", tmp_path / target)
        assert code == 1
        assert "none.png: no such file" in err
    assert not list(tmp_path.iterdir())


def test_info(call, picture, tmp_path):
    """Every fact of the header is told, as text and as JSON; other formats tell what they have."""
    source = tmp_path / "a.hadi"
    call("encode", picture, "-o", source)
    code, out, err = call("info", source, picture)
    assert (code, err) == (0, "")
    assert "  transform        lapped Walsh-Hadamard, 8 x 8, overlap 8\n" in out
    assert "  format           PNG\n" in out
    told = json.loads(call("info", source, picture, "--json").out)["files"]
    assert told[0] == {"file": str(source), "format": "HADI", **describe(source.read_bytes())}
    assert (told[1]["width"], told[1]["height"], told[1]["channels"]) == (60, 40, 3)
    code, out, err = call("info", tmp_path / "none.hadi", picture)
    assert code == 1
    assert "no such file" in err
    assert "PNG" in out


def test_pipes(picture):
    """Each verb reads standard input and writes standard output, so that they chain."""
    program = [sys.executable, "-m", "hadimg"]

    def piped(data: bytes, *arguments: str) -> bytes:
        return subprocess.run([*program, *arguments], input=data, capture_output=True, check=True, timeout=120).stdout

    data = piped(picture.read_bytes(), "encode", "-", "-o", "-", "--lossless")
    assert describe(data)["mode"] == "lossless"
    assert piped(data, "test", "-") == b"-: whole\n"
    back = piped(data, "decode", "-", "-o", "-", "--suffix", ".ppm")
    assert back.startswith(b"P6\n60 40\n255\n")
    assert back[13:] == read_image(picture).pixels.tobytes()
