"""Masks in files: a JSON document, with long arrays in an npz file beside it; never a pickle."""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, HadimgError, LimitError, ReadError
from hadimg.io.atomic import write_bytes
from hadimg.masks.serial import from_dict, mask_to_dict

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

__all__ = ["load", "save"]

FORMAT = "hadimg-mask"
VERSION = 1
JSON_BYTES = 1 << 20
ARRAY_BYTES = 1 << 31
INLINE_VALUES = 4096


def save(mask: Mask, path: str | os.PathLike[str]) -> None:
    """Write a mask to a JSON file; see `Mask.save`."""
    data = mask_to_dict(mask)
    arrays: dict[str, NDArray[Any]] = {}
    data = _without_long_arrays(data, arrays)
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION, "mask": data}
    if arrays:
        stream = io.BytesIO()
        np.savez(stream, **arrays)  # type: ignore[arg-type]
        beside = Path(path).with_suffix(".npz")
        document["arrays"] = {"file": beside.name, "sha256": hashlib.sha256(stream.getbuffer()).hexdigest()}
        write_bytes(beside, stream.getvalue(), overwrite=True)
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    write_bytes(path, text.encode("ascii"), overwrite=True)


def load(path: str | os.PathLike[str]) -> Mask:
    """Read a mask from a JSON file that `Mask.save` wrote.

    Parameters
    ----------
    path : str or path
        The JSON file; an ``.npz`` file that it names must lie beside it.

    Returns
    -------
    Mask
        Equal to the one that was saved.

    Raises
    ------
    ReadError, LimitError, FormatError
        When the file cannot be read, is larger than 1 MiB, or is no mask file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from hadimg import masks
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "lens.json"
    ...     masks.Cos4(half_field_angle=35).save(path)
    ...     masks.load(path)
    Cos4(center_row=0.5, center_col=0.5, half_field_angle=35.0)
    """
    try:
        document = parse_json(_read(path, JSON_BYTES))
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise FormatError(f"this is no mask file: its 'format' is not {FORMAT!r}")
        if document.get("version") != VERSION:
            raise FormatError(
                f"the mask file has version {document.get('version')!r:.20}, this program reads version {VERSION}",
                remedy="use a newer hadimg",
            )
        data = document.get("mask")
        return from_dict(_with_arrays(data, _arrays_beside(path, document["arrays"])) if "arrays" in document else data)
    except HadimgError as error:
        raise error.at(path) from error


def _read(path: str | os.PathLike[str], limit: int) -> bytes:
    try:
        if not Path(path).is_file():
            raise ReadError("this is no file" if Path(path).exists() else "there is no such file", path=path)
        size = Path(path).stat().st_size
        if size > limit:
            raise LimitError(f"the file has {size} bytes, the limit is {limit}", path=path)
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, HadimgError):
            raise
        raise ReadError(f"the file cannot be read: {getattr(error, 'strerror', None) or error}", path=path) from error


def parse_json(data: bytes) -> Any:
    """Return the value of strict JSON: no NaN, no infinities, no key twice, no endless nesting."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise FormatError("a key stands twice in one JSON object")
        return result

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise FormatError(f"the number {text[:32]} is not finite")
        return number

    try:
        return json.loads(data, object_pairs_hook=once, parse_float=finite, parse_constant=finite)
    except (ValueError, RecursionError) as error:
        if isinstance(error, HadimgError):
            raise
        raise FormatError(f"the file is not valid JSON: {error!s:.100}") from error


def _without_long_arrays(data: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return the plain data with long values replaced by names of arrays, which are added to ``arrays``."""
    if isinstance(data, list):
        return [_without_long_arrays(item, arrays) for item in data]
    if not isinstance(data, dict):
        return data
    if "values" in data and len(data["values"]) * len(data["values"][0]) > INLINE_VALUES:
        name = f"array{len(arrays)}"
        arrays[name] = np.array(data["values"], dtype=data["dtype"])
        return data | {"values": name}
    return {key: _without_long_arrays(item, arrays) for key, item in data.items()}


def _with_arrays(data: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(data, list):
        return [_with_arrays(item, arrays) for item in data]
    if not isinstance(data, dict):
        return data
    if isinstance(data.get("values"), str):
        if data["values"] not in arrays:
            raise FormatError(f"the array {data['values'][:40]!r} is missing in the file beside")
        return data | {"values": arrays[data["values"]]}
    return {key: _with_arrays(item, arrays) for key, item in data.items()}


def _arrays_beside(path: str | os.PathLike[str], entry: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of the npz file that the document names, checked by its digest."""
    name = entry.get("file") if isinstance(entry, dict) else None
    if not isinstance(name, str) or name != Path(name).name or name in ("", ".", ".."):
        raise FormatError("'arrays' must name a file beside this one")
    packed = _read(Path(path).parent / name, ARRAY_BYTES)
    if hashlib.sha256(packed).hexdigest() != entry.get("sha256"):
        raise FormatError(f"the file {name!r} beside is not the one that was saved: its checksum differs")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as members:
            if sum(member.file_size for member in members.infolist()) > ARRAY_BYTES:
                raise LimitError(f"the arrays in {name!r} need more than {ARRAY_BYTES} bytes")
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, HadimgError):
            raise
        raise FormatError(f"the arrays in {name!r} cannot be read: {error!s:.100}") from error
