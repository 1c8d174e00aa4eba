"""``hadimg measure``, ``reconstruct`` and ``patterns``: the words of the command line, files in and out, refusals."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image

from hadimg.cli import measuring, patterns, reconstruct
from hadimg.singlepixel import FORMATS, METHODS, MODES, PATTERN_ORDERS, Camera, load


@pytest.fixture
def scene(tmp_path):
    """Write a small picture with edges; return its path and its pixels."""
    rows, cols = np.mgrid[0:32, 0:48]
    pixels = (120 * (np.hypot(rows - 12, cols - 20) < 9) + 60 + rows).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    return tmp_path / "scene.png", pixels


def test_words_are_those_of_the_tables():
    """The help needs no library, and still knows every order, mode, method and format."""
    names = [tuple(map(measuring.name_of, words)) for words in (measuring.ORDERS, measuring.MODES, patterns.FORMATS)]
    assert names == [tuple(PATTERN_ORDERS), tuple(MODES), tuple(FORMATS)]
    assert [*map(measuring.name_of, reconstruct.METHODS), "plug_in"] == list(METHODS)


def test_there_and_back(scene, call, tmp_path):
    """A quarter of the patterns gives a picture much like the scene; the measurements are the library's own."""
    path, pixels = scene
    made = tmp_path / "y.npz"
    code, out, err = call("measure", path, "--ratio", "0.25", "--order", "cake-cutting", "-o", made)
    assert (code, err) == (0, "")
    assert out == f"384 patterns shown, 768 readings written to {made}\n"
    measured = load(made)
    assert measured.camera == Camera((32, 48), ratio=0.25, order="cake_cutting")
    np.testing.assert_array_equal(measured.readings, measured.camera.measure(pixels).readings)
    code, out, err = call("reconstruct", made, "-o", tmp_path / "found.png")
    assert (code, err) == (0, "")
    assert out.startswith("48x32 from 384 patterns to ")
    with Image.open(tmp_path / "found.png") as picture:
        assert picture.mode == "L"
        found = np.asarray(picture)
    assert np.abs(found.astype(float) - pixels).mean() < 6
    assert call("reconstruct", made, "-o", tmp_path / "found.npy", "-q") == (0, "", "")
    expected = measured.reconstruct()
    np.testing.assert_array_equal(np.load(tmp_path / "found.npy"), expected)
    np.testing.assert_array_equal(found, np.clip(np.rint(expected), 0, 255))


def test_colors_and_depth(call, tmp_path, rng):
    """A color picture of 16 bits comes back as one."""
    import hadimg

    pixels = rng.integers(0, 65536, (16, 16, 3), dtype=np.uint16)
    hadimg.write_image(tmp_path / "deep.png", pixels)
    assert call("measure", tmp_path / "deep.png", "-o", tmp_path / "y.npz", "-q").code == 0
    command = ["reconstruct", tmp_path / "y.npz", "--method", "zero-filling", "-o"]
    assert call(*command, tmp_path / "again.png", "-q").code == 0
    np.testing.assert_array_equal(hadimg.read_image(tmp_path / "again.png").pixels, pixels)
    code, out, _ = call(*command, tmp_path / "again.jpg", "--json")
    assert (code, json.loads(out)["channels"]) == (0, 3)
    with Image.open(tmp_path / "again.jpg") as picture:
        assert np.abs(np.asarray(picture).astype(float).mean() - pixels.mean() / 257) < 2


def test_noise_and_saturation_are_told(scene, call, tmp_path):
    """The seed makes noise repeatable; saturated readings are counted in a warning and in the JSON object."""
    path, _ = scene
    detector = ["--photons", "2", "--sigma", "30", "--bits", "12", "--full-scale", "100000", "--seed", "7"]
    code, out, err = call("measure", path, *detector, "-o", tmp_path / "a.npz", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["detector"] == {"photons": 2.0, "sigma": 30.0, "bits": 12, "full_scale": 100000.0}
    assert (told["patterns"], told["exposures"], told["size"]) == (2048, 4096, [48, 32])
    assert told["saturated"] >= 1
    assert err == f"hadimg: warning: {told['saturated']} readings saturated\n"
    assert call("measure", path, *detector, "-o", tmp_path / "b.npz", "-q").code == 0
    np.testing.assert_array_equal(load(tmp_path / "a.npz").readings, load(tmp_path / "b.npz").readings)


def test_an_instrument(scene, call, tmp_path):
    """Frames go out, readings come in: with the JSON file beside the frames, or with the same options again."""
    _, pixels = scene
    options = ["--size", "48x32", "--count", "120", "--order", "zig-zag"]
    frames = tmp_path / "frames"
    code, out, _ = call("patterns", *options, "--format", "packed", "--dmd", "96x64", "-o", frames)
    assert (code, out) == (0, f"240 frames written to {frames}\n")
    assert len(list(frames.glob("*.bin"))) == 240
    bits = [
        np.unpackbits(np.frombuffer(file.read_bytes(), np.uint8)).reshape(64, 96)
        for file in sorted(frames.glob("*.bin"))
    ]
    readings = [np.sum(frame[::2, ::2] * pixels.astype(float)) for frame in bits]
    np.savetxt(tmp_path / "values.csv", readings)
    for i, said in enumerate((["--camera", frames / "patterns.json"], options)):
        name = tmp_path / f"found{i}.npy"
        assert call("reconstruct", tmp_path / "values.csv", *said, "--method", "fdri", "-o", name, "-q").code == 0
    first, second = np.load(tmp_path / "found0.npy"), np.load(tmp_path / "found1.npy")
    np.testing.assert_array_equal(first, second)
    expected = Camera((32, 48), measurements=120, order="zig_zag").measure(pixels).reconstruct("fdri")
    np.testing.assert_allclose(first, expected, atol=1e-6)
    code, _, _ = call("reconstruct", tmp_path / "values.csv", *options, "--white", "200", "-o", tmp_path / "w.png")
    assert code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--order", "cake-cuting"], "--order must be one of natural, .*did you mean cake-cutting?"),
        (["--mode", "double"], "--mode must be one of raster"),
        (["--ratio", "1.5"], "--ratio must be a number from 0 to 1"),
        (["--count", "-3"], "--count must be a whole number of at least 0"),
        (["--count", "99999"], "measurements must be a whole number from 0 to 2048, got 99999"),
        (["--ratio", "0.5", "--count", "3"], "--ratio and --count say the same thing"),
        (["--sigma", "-1"], "--sigma must be a number of at least 0"),
        (["--photons", "0"], "--photons must be a number greater than 0"),
        (["--bits", "8"], "bits and full_scale belong together"),
        (["--mode", "plus-minus", "--photons", "3"], "photons cannot be fewer than none"),
        (["--exact", "--order", "xy", "--mode", "split", "--count", "9999"], "from 0 to 1536"),
    ],
)
def test_measure_refuses(words, message, scene, call, tmp_path):
    """What is wrong is one line, and nothing is written."""
    code, out, err = call("measure", scene[0], *words, "-o", tmp_path / "y.npz")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert re.search(message, err), err
    assert not (tmp_path / "y.npz").exists()


def test_files_in_the_way(scene, call, tmp_path):
    """What exists is replaced only when asked; files that are something else are named."""
    path, _ = scene
    made = tmp_path / "y.npz"
    assert call("measure", path, "-o", made, "-q").code == 0
    assert "the file exists" in call("measure", path, "-o", made).err
    assert call("measure", path, "-o", made, "-q", "--overwrite").code == 0
    assert "no such file" in call("measure", tmp_path / "none.png", "-o", tmp_path / "z.npz").err
    assert "no .npz file" in call("reconstruct", _as(path, tmp_path / "p.npz"), "-o", tmp_path / "z.png").err
    assert "an .npz file says itself" in call("reconstruct", made, "--size", "4x4", "-o", tmp_path / "z.png").err
    assert "is said with --size only" in call("reconstruct", made, "--order", "naive", "-o", tmp_path / "z.png").err
    assert ".npy, .csv or .txt" in call("reconstruct", path, "--size", "4x4", "-o", tmp_path / "z.png").err
    assert "y.json: no such file" in call("reconstruct", _as(made, tmp_path / "y.npy"), "-o", tmp_path / "z.png").err
    Image.new("RGBA", (8, 8)).save(tmp_path / "clear.png")
    told = call("measure", tmp_path / "clear.png", "-o", tmp_path / "z.npz").err
    assert "without opacity, this has an opacity channel (save the picture without it, on a background)" in told
    done = call("patterns", "--size", "8x8", "--mode", "plus-minus", "-o", tmp_path / "frames")
    assert "mirrors show 0 and 1" in done.err
    assert "do not fit" in call("patterns", "--size", "9x8", "--dmd", "8x8", "-o", tmp_path / "frames").err
    assert "must be ROW,COLUMN" in call("patterns", "--size", "8x8", "--offset", "3", "-o", tmp_path / "frames").err


def _as(source, target):
    """Copy a file to another name."""
    target.write_bytes(source.read_bytes())
    return target
