"""Patterns in files: every format read back by other means, the placing on the mirrors, and what is refused."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from hadimg.errors import ArgumentError, ArgumentTypeError, WriteError
from hadimg.singlepixel import FORMATS, Camera, export_patterns
from hadimg.singlepixel.mirrors import frames, place

DMD = (20, 27)


def enlarged(camera, number, zoom=2, top=2, left=5):
    """Return what the mirrors should show for a reading, by a Kronecker product."""
    shown = np.zeros(DMD, np.uint8)
    pattern = np.kron(camera.patterns(number).weights(camera.shape), np.ones((zoom, zoom)))
    shown[top : top + pattern.shape[0], left : left + pattern.shape[1]] = pattern
    return shown


def read_all(folder, name):
    """Return all frames of a folder, read by Pillow or as plain bytes."""
    result = []
    for path in sorted(folder.glob("frame_*")):
        if name == "packed":
            rows = np.frombuffer(path.read_bytes(), np.uint8).reshape(DMD[0], -1)
            result.append(np.unpackbits(rows, axis=1)[:, : DMD[1]])
        elif name == "alp":
            result.append(np.frombuffer(path.read_bytes(), np.uint8).reshape(DMD) // 255)
        else:
            with Image.open(path) as picture:
                pixels = np.asarray(picture)
            if name == "png":
                assert set(np.unique(pixels)) <= {0, 255}
                result.append(pixels // 255)
            else:
                for channel in {"rgb24_4500": (1, 0, 2), "rgb24_dlpc300": (2, 0, 1)}[name]:
                    result += [pixels[..., channel] >> bit & 1 for bit in range(8)]
    return result


@pytest.mark.parametrize("name", FORMATS)
def test_frames_are_the_patterns(name, tmp_path):
    """Every format gives the patterns back, pair by pair, enlarged and centered; the rest of the mirrors is dark."""
    camera = Camera((8, 8), measurements=14, order="cake_cutting")
    document = export_patterns(camera, tmp_path / "new" / "frames", format=name, dmd=DMD)
    found = read_all(document.parent, name)
    for number in range(28):
        np.testing.assert_array_equal(found[number], enlarged(camera, number))
    assert all(not frame.any() for frame in found[28:])  # what is left of 24 at a time
    about = json.loads(document.read_text())
    assert Camera.from_dict(about["camera"]) == camera
    assert (about["frames"], about["zoom"], about["offset"], about["dmd"]) == (28, 2, [2, 5], list(DMD))
    assert about["files"]["count"] == len(list(document.parent.glob("frame_*")))
    assert about["patterns"] == [[int(k) // 8, int(k) % 8] for k in camera.indices]
    assert {"height", "width", "bitorder", "version", "layout"} <= set(about)


def test_zoom_and_offset(tmp_path):
    """The pattern stands where it is told to."""
    camera = Camera((8, 8), measurements=2)
    document = export_patterns(camera, tmp_path, dmd=DMD, zoom=1, offset=(0, 19), format="alp")
    np.testing.assert_array_equal(read_all(tmp_path, "alp")[3], enlarged(camera, 3, 1, 0, 19))
    assert json.loads(document.read_text())["offset"] == [0, 19]


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        ({"mode": "complementary"}, [0, 2, 4]),
        ({"mode": "plus_only", "flux_exposures": 2}, [0, 0, 1, 2]),
        ({"mode": "s_matrix"}, [0, 1, 2]),
        ({"mode": "raster"}, [0, 1, 2]),
    ],
)
def test_what_each_mode_shows(settings, numbers):
    """One frame an exposure: no second frame where both arms are read at once, the flux as often as it is read."""
    camera = Camera((4, 4), measurements=3, **settings)
    shown = list(frames(camera, place((4, 4), (4, 4))))
    assert len(shown) == camera.exposures
    for frame, number in zip(shown, numbers, strict=True):
        np.testing.assert_array_equal(frame, camera.patterns(number).weights((4, 4)))


def test_patterns_of_an_embedded_scene_are_cropped():
    """The mirrors show the part of a pattern that the scene sees, in the scene's shape."""
    camera = Camera((5, 6), measurements=7)
    assert next(frames(camera, place((5, 6), (10, 12)))).all()
    assert all(frame.shape == (10, 12) for frame in frames(camera, place((5, 6), (10, 12))))


def test_one_frame_in_memory_at_a_time():
    """Frames are made when they are asked for: thousands take the memory of a few."""
    camera = Camera((64, 64))
    tracemalloc.start()
    for count, _ in enumerate(frames(camera, place((64, 64), (128, 128)))):
        if count == 500:
            break
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * 128 * 128


def test_refusals(tmp_path):
    """Mirrors too few, zooms and offsets too large, modes and formats that cannot be shown, folders in use."""
    camera = Camera((8, 8), measurements=2)
    with pytest.raises(ArgumentError, match="8 x 8 pixels do not fit 4 x 9 mirrors"):
        export_patterns(camera, tmp_path, dmd=(4, 9))
    with pytest.raises(ArgumentError, match="zoom must be at most 2 for 20 x 27 mirrors, got 3"):
        export_patterns(camera, tmp_path, dmd=DMD, zoom=3)
    with pytest.raises(ArgumentError, match=r"offset must be at most \(4, 11\)"):
        export_patterns(camera, tmp_path, dmd=DMD, offset=(5, 0))
    with pytest.raises(ArgumentError, match="zoom must be a whole number or 'max'"):
        export_patterns(camera, tmp_path, dmd=DMD, zoom="most")
    with pytest.raises(ArgumentTypeError, match="dmd must be two whole numbers"):
        export_patterns(camera, tmp_path, dmd=5)
    with pytest.raises(ArgumentError, match="format must be one of 'png'"):
        export_patterns(camera, tmp_path, format="gif")
    with pytest.raises(ArgumentError, match="mirrors show 0 and 1, not the"):
        export_patterns(Camera((8, 8), mode="plus_minus"), tmp_path, dmd=DMD)
    with pytest.raises(ArgumentTypeError, match="camera must be a Camera"):
        export_patterns((8, 8), tmp_path)
    assert list(tmp_path.iterdir()) == []
    export_patterns(camera, tmp_path, dmd=DMD)
    with pytest.raises(WriteError, match="the file exists"):
        export_patterns(camera, tmp_path, dmd=DMD)
    export_patterns(camera, tmp_path, dmd=DMD, overwrite=True)
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="the folder cannot be made"):
        export_patterns(camera, tmp_path / "file" / "frames", dmd=DMD)
