"""Measurements in files: our own, an instrument's, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from hadimg.errors import (
    ArgumentError,
    ArgumentTypeError,
    FormatError,
    LimitError,
    ReadError,
    UnsupportedError,
    WriteError,
)
from hadimg.singlepixel import (
    Camera,
    Detector,
    Measurements,
    export_patterns,
    files,
    load,
    load_readings,
    poisson_gauss,
)


def archive(path, **arrays):
    """Write an npz file with these arrays."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    path.write_bytes(stream.getvalue())
    return path


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("chosen", [40, [5, 0, 7, 63]])
def test_measurements_come_back(chosen, channels, tmp_path, rng):
    """Everything survives a file: readings bit for bit, camera, detector, saturation and white."""
    camera = Camera((8, 8), measurements=chosen, mode="plus_only", order="random", seed=9, flux_exposures=2)
    noise = poisson_gauss(50.0, 2.0, offset=7.0).quantized(10, 3000.0)
    measured = camera.measure(rng.uniform(0, 1, (8, 8, *channels)), noise=noise, rng=1)
    measured = Measurements(camera, measured.readings, detector=noise, saturated=measured.saturated, white=255.0)
    measured.save(tmp_path / "y.npz")
    again = load(tmp_path / "y.npz")
    np.testing.assert_array_equal(again.readings, measured.readings)
    assert (again.camera, again.detector) == (camera, noise)
    assert (again.saturated, again.white) == (measured.saturated, 255.0)
    with pytest.raises(WriteError, match="the file exists"):
        measured.save(tmp_path / "y.npz")
    measured.save(tmp_path / "y.npz", overwrite=True)


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".txt"])
@pytest.mark.parametrize("columns", [1, 2])
def test_an_instrument_in_one_call(suffix, columns, tmp_path, rng):
    """Readings in the order of the exported frames, and the JSON file beside them, give the scene back."""
    scene = rng.uniform(0, 9, (8, 8))
    camera = Camera((8, 8), order="cake_cutting")
    document = export_patterns(camera, tmp_path / "frames", dmd=(8, 8), format="packed")
    values = camera.measure(scene).readings.reshape(-1, columns)
    path = tmp_path / f"values{suffix}"
    if suffix == ".npy":
        np.save(path, values if columns == 2 else values[:, 0])
    else:
        delimiter = {".csv": ",", ".txt": "\t"}[suffix]
        np.savetxt(path, values, delimiter=delimiter, header="volts", fmt="%.17g")
    np.testing.assert_allclose(load_readings(path, document).reconstruct("zero_filling"), scene, atol=1e-11)
    path.with_suffix(".json").write_bytes(document.read_bytes())
    np.testing.assert_allclose(load_readings(path).reconstruct("zero_filling"), scene, atol=1e-11)


def test_one_line_of_readings(tmp_path):
    """A file with all readings on one line is a list of them."""
    path = tmp_path / "values.csv"
    path.write_text("\ufeff4; 0; 3; 1 # two patterns\n\n", encoding="utf-8")
    np.testing.assert_array_equal(load_readings(path, Camera((2, 2), measurements=2)).readings, [[4, 0], [3, 1]])


def test_the_detector_of_an_instrument(tmp_path):
    """Units come from the call or from the JSON file; readings at full scale are counted."""
    np.save(tmp_path / "y.npy", np.array([30, 10, 255, 10], np.uint8))
    about = {"camera": {"shape": [2, 2], "measurements": 2}, "detector": {"offset": 10, "bits": 8, "full_scale": 255}}
    (tmp_path / "y.json").write_text(json.dumps(about))
    found = load_readings(tmp_path / "y.npy")
    assert found.saturated == 1
    np.testing.assert_array_equal(found.flux, [20.0, 245.0])
    given = load_readings(tmp_path / "y.npy", found.camera, detector=Detector(gain=2.0), white=5.0)
    np.testing.assert_array_equal(given.flux, [20.0, 132.5])
    assert given.white == 5.0


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("y.csv", b"1\n2\n3\n", ArgumentError, "takes 2 measurements, .*got \\(3,\\)"),
        ("y.csv", b"1\nnan\n", ArgumentError, "finite, got nan at"),
        ("y.csv", b"time,volts\n1,2\n", FormatError, "line 1 must hold numbers, got 'time,volts'.*comment with #"),
        ("y.csv", b"1,2\n3\n", FormatError, "line 2 has 1 numbers, the first 2"),
        ("y.csv", b"# nothing\n", ArgumentError, "takes 2 measurements"),
        ("y.csv", b"", ReadError, "empty"),
        ("y.npy", b"not an array", FormatError, "no .npy file"),
        ("y.mat", b"1", UnsupportedError, ".npy, .csv or .txt, not .mat"),
    ],
)
def test_readings_that_break_a_rule(name, content, error, message, tmp_path):
    """Wrong counts, NaN, words, ragged lines and other formats are named, with the file."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error, match=message) as caught:
        load_readings(path, Camera((2, 2), measurements=2, mode="plus_only"))
    assert str(caught.value).startswith(str(path))


def test_arrays_of_other_kinds(tmp_path):
    """Complex numbers, objects and archives are refused, and nothing is unpickled."""
    camera = Camera((2, 2), measurements=2, mode="plus_only")
    np.save(tmp_path / "y.npy", np.ones(2, complex))
    with pytest.raises(FormatError, match="real numbers, got complex128"):
        load_readings(tmp_path / "y.npy", camera)
    np.save(tmp_path / "o.npy", np.array([{}, {}]), allow_pickle=True)
    with pytest.raises(FormatError, match=r"no \.npy file of numbers"):
        load_readings(tmp_path / "o.npy", camera)
    archive(tmp_path / "a.npz", x=np.ones(2)).rename(tmp_path / "a.npy")
    with pytest.raises(FormatError, match="an archive"):
        load_readings(tmp_path / "a.npy", camera)
    huge = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776000,), }"
    (tmp_path / "h.npy").write_bytes(huge.ljust(127) + b"\n")
    with pytest.raises((LimitError, FormatError)):
        load_readings(tmp_path / "h.npy", camera)


def test_files_that_are_no_measurements(tmp_path, monkeypatch):
    """Other archives, other versions and settings that break a rule are broken files, named."""
    with pytest.raises(ReadError, match="no such file"):
        load(tmp_path / "missing.npz")
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(FormatError, match=r"no \.npz file"):
        load(tmp_path / "a.npz")
    with pytest.raises(FormatError, match="no 'readings'"):
        load(archive(tmp_path / "b.npz", x=np.ones(2)))
    about = {"format": "hadimg-measurements", "version": 1, "camera": {"shape": [2, 2]}}
    for change, message in [
        ({"format": "other"}, "'format' is not"),
        ({"version": 2}, "version 2, this program reads version 1"),
        ({"camera": {"shape": [2, 2], "order": "walsh"}}, "order must be one of"),
        ({"camera": {"measurements": 3}}, "described by its 'shape'"),
        ({"camera": {"shape": [2, 2], "ratio": 1}}, "described by its 'shape'"),
        ({"detector": {"sigma": -1}}, "sigma must be at least 0"),
        ({"saturated": "many"}, "'saturated' must be a count"),
        ({"white": -1}, "a level above 0"),
        ({}, "takes 4 measurements"),
    ]:
        text = np.array(json.dumps(about | change))
        with pytest.raises(FormatError, match=message) as caught:
            load(archive(tmp_path / "c.npz", readings=np.ones(3), about=text))
        assert str(caught.value).startswith(str(tmp_path / "c.npz"))
    with zipfile.ZipFile(tmp_path / "d.npz", "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("about.npy", bytes(1 << 20))
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 19)
    with pytest.raises(LimitError, match="the limit is"):
        load(tmp_path / "d.npz")


def test_descriptions_that_are_none(tmp_path):
    """A JSON file without a camera, or none at all, is named."""
    np.save(tmp_path / "y.npy", np.ones(4))
    with pytest.raises(ReadError, match=r"y\.json: no such file"):
        load_readings(tmp_path / "y.npy")
    (tmp_path / "y.json").write_text('{"version": 1}')
    with pytest.raises(FormatError, match="no 'camera'"):
        load_readings(tmp_path / "y.npy")
    (tmp_path / "y.json").write_text("{")
    with pytest.raises(FormatError, match="not valid JSON"):
        load_readings(tmp_path / "y.npy")
    with pytest.raises(ArgumentTypeError, match="detector must be"):
        load_readings(tmp_path / "y.npy", Camera((2, 2)), detector=3)


def test_readings_in_memory_that_break_a_rule():
    """Shape, type and finiteness are checked wherever readings come from."""
    camera = Camera((2, 2), measurements=3)
    assert Measurements(camera, np.ones(6)).readings.shape == (3, 2)
    with pytest.raises(ArgumentError, match=r"takes 3 measurements, readings of the shape \(3, 2\)"):
        Measurements(camera, np.ones((4, 2)))
    with pytest.raises(ArgumentError, match="as many measurements as there are readings of"):
        Measurements(camera, np.ones((3, 2, 0)))
    with pytest.raises(ArgumentTypeError, match="real"):
        Measurements(camera, np.ones(6, complex))
    with pytest.raises(ArgumentTypeError, match="Detector"):
        Measurements(camera, np.ones(6), detector=None)
