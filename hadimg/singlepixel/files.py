"""Readings in files: our own ``.npz``, which says everything, and an instrument's ``.npy`` or ``.csv``."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError, HadimgError, LimitError, UnsupportedError
from hadimg.io.atomic import write_bytes
from hadimg.io.limits import Limits
from hadimg.io.paths import as_path
from hadimg.io.reading import read_bytes
from hadimg.masks.store import parse_json
from hadimg.singlepixel.camera import Camera
from hadimg.singlepixel.measurements import Measurements
from hadimg.singlepixel.noise import Detector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hadimg.errors import Path as Name

__all__ = ["load", "load_readings", "read_document", "save"]

FORMAT = "hadimg-measurements"
VERSION = 1
MOST_BYTES = 1 << 30
"""Of a file, and of the readings in it."""


def save(measurements: Measurements, path: Name, *, overwrite: bool) -> None:
    """Write measurements to a file; see `Measurements.save`."""
    about = {
        "format": FORMAT,
        "version": VERSION,
        "camera": measurements.camera.to_dict(),
        "detector": measurements.detector.to_dict(),
        "saturated": measurements.saturated,
        "white": measurements.white,
    }
    stream = io.BytesIO()
    np.savez(stream, readings=np.asarray(measurements.readings), about=np.array(json.dumps(about, allow_nan=False)))
    write_bytes(path, stream.getvalue(), overwrite=overwrite)


def load(path: Name) -> Measurements:
    """Read measurements from a file that `Measurements.save` wrote.

    Parameters
    ----------
    path : str or path
        The ``.npz`` file.

    Returns
    -------
    Measurements
        Equal to those that were saved.

    Raises
    ------
    ReadError, LimitError, FormatError
        When the file cannot be read, is too large, or holds no measurements.

    Examples
    --------
    >>> load("no-such-file.npz")
    Traceback (most recent call last):
    ...
    hadimg.errors.ReadError: no-such-file.npz: no such file or folder (check the name)
    """
    data = read_bytes(path, Limits(file_bytes=MOST_BYTES))
    try:
        arrays = _unpacked(data)
        if not {"readings", "about"}.issubset(arrays) or arrays["about"].dtype.kind != "U" or arrays["about"].ndim:
            raise FormatError("this is no file of measurements: it has no 'readings' with their 'about'")
        about = _checked_document(parse_json(arrays["about"].item().encode()), FORMAT)
        return _measurements(arrays["readings"], about)
    except HadimgError as error:
        raise _of_file(error, path) from error


def load_readings(
    path: Name, camera: Camera | Name | None = None, *, detector: Detector | None = None, white: float | None = None
) -> Measurements:
    r"""Read what an instrument wrote: one number a reading, in the order in which patterns were shown.

    Parameters
    ----------
    path : str or path
        A ``.npy`` file, or a text file of numbers separated by commas, semicolons or blanks (``.csv``, ``.txt``; lines
        that begin with ``#`` are comments). One column; or two where each pattern is read twice.
    camera : Camera, str or path, optional
        Which patterns were shown: a camera, or the JSON file that `export_patterns` wrote; by default the JSON file
        beside the readings, of the same name but for its suffix.
    detector : Detector, optional
        Units and noise; by default what the JSON file says, or an ideal detector.
    white : float, optional
        The level of white of pictures of the scene.

    Returns
    -------
    Measurements
        With readings at or beyond the detector's full scale counted.

    Raises
    ------
    ReadError, LimitError, FormatError, UnsupportedError
        When a file cannot be read, is too large, or holds something else.
    ArgumentError
        When there are more or fewer readings than patterns.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "values.csv")
    ...     _ = path.write_text("10, 0\n7, 3\n")
    ...     load_readings(path, Camera((2, 2), measurements=2)).flux
    array([10., 10.])
    """
    about: dict[str, Any] = {}
    if not isinstance(camera, Camera):
        beside = as_path(path).with_suffix(".json") if camera is None else camera
        about = dict(read_document(beside))
        try:
            camera = Camera.from_dict(about.get("camera"))
        except HadimgError as error:
            raise _of_file(error, beside) from error
    if detector is not None and not isinstance(detector, Detector):
        raise ArgumentTypeError(f"detector must be a Detector, got {type(detector).__name__}")
    readings = read_numbers(path)
    try:
        found = detector if detector is not None else Detector.from_dict(about.get("detector", {}))
        most = np.inf if found.full_scale is None else found.full_scale
        saturated = int(np.count_nonzero(readings >= most))
        return Measurements(camera, readings, detector=found, saturated=saturated, white=white)
    except HadimgError as error:
        raise error.at(path) from error


def read_document(path: Name) -> Mapping[str, Any]:
    """Return what a JSON file says of a camera: one that `export_patterns` wrote, or that somebody wrote by hand."""
    try:
        document = parse_json(read_bytes(path, Limits(file_bytes=MOST_BYTES)))
        if not isinstance(document, dict) or "camera" not in document:
            raise FormatError("this is no description of a camera: it has no 'camera'")
    except HadimgError as error:
        raise error.at(path) from error
    return document


def read_numbers(path: Name) -> NDArray[np.float64]:
    """Return the numbers of a ``.npy`` or text file: one axis, or two where lines have several columns."""
    suffix = as_path(path).suffix.lower()
    if suffix not in (".npy", ".csv", ".txt"):
        raise UnsupportedError(f"readings come from .npy, .csv or .txt, not {suffix or 'no suffix'}", path=path)
    data = read_bytes(path, Limits(file_bytes=MOST_BYTES))
    try:
        values = _npy(data) if suffix == ".npy" else _text(data)
    except HadimgError as error:
        raise error.at(path) from error
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _npy(data: bytes) -> NDArray[np.float64]:
    try:
        values = np.load(io.BytesIO(data), allow_pickle=False)
    except MemoryError as error:
        raise LimitError("the file declares more numbers than there is memory") from error
    except (OSError, ValueError, EOFError) as error:
        raise FormatError(f"the file is no .npy file of numbers: {error!s:.100}") from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "buif":
        raise FormatError(f"the file must hold real numbers, got {getattr(values, 'dtype', 'an archive')}")
    return values.astype(np.float64)


def _text(data: bytes) -> NDArray[np.float64]:
    rows: list[list[float]] = []
    for line, text in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        words = text.partition("#")[0].replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        try:
            rows.append([float(word) for word in words])
        except ValueError as error:
            raise FormatError(
                f"line {line} must hold numbers, got {text.strip()!r:.60}", remedy="begin lines of comment with #"
            ) from error
        if len(rows[-1]) != len(rows[0]):
            raise FormatError(f"line {line} has {len(rows[-1])} numbers, the first {len(rows[0])}")
    values = np.array(rows, np.float64)
    return values.reshape(-1) if len(values) == 1 else values


def _unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as members:
            size = sum(member.file_size for member in members.infolist())
        if size > MOST_BYTES:
            raise LimitError(f"the arrays in the file need {size} bytes, the limit is {MOST_BYTES}")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except MemoryError as error:
        raise LimitError("the file declares more numbers than there is memory") from error
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
        if isinstance(error, HadimgError):
            raise
        raise FormatError(f"the file is no .npz file of arrays: {error!s:.100}") from error


def _checked_document(document: Any, kind: str) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("format") != kind:
        raise FormatError(f"this is no file of measurements: its 'format' is not {kind!r}")
    if document.get("version") != VERSION:
        raise FormatError(
            f"the file has version {document.get('version')!r:.20}, this program reads version {VERSION}",
            remedy="use a newer hadimg",
        )
    return document


def _measurements(readings: NDArray[Any], about: dict[str, Any]) -> Measurements:
    saturated, white = about.get("saturated", 0), about.get("white")
    if not isinstance(saturated, int) or not (white is None or (isinstance(white, (int, float)) and white > 0)):
        raise FormatError("'saturated' must be a count, 'white' a level above 0 or null")
    detector = Detector.from_dict(about.get("detector", {}))
    return Measurements(
        Camera.from_dict(about.get("camera")), readings, detector=detector, saturated=saturated, white=white
    )


def _of_file(error: HadimgError, path: Name) -> HadimgError:
    """Return an error about a file's content as one of the file: what breaks a rule there is broken data."""
    if isinstance(error, (ArgumentError, ArgumentTypeError)):
        return FormatError(error.reason, path=path)
    return error.at(path)
