"""Masks in files: exact, whole, and hostile files refused by name."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, FormatError, HadimgError, LimitError, ReadError

GOOD = {"format": "hadimg-mask", "version": 1, "mask": {"family": "constant", "parameters": {"value": 0.5}}}


def test_the_file_of_the_first_version_reads_for_ever(tmp_path):
    """A file written by version 1 gives the mask it was written for."""
    text = (
        '{"format": "hadimg-mask", "version": 1, "mask": {"family": "product", "factors": ['
        '{"family": "exponential_decay", "parameters": {"rate": 1.2, "power": 1.0, "center_row": 0.5, '
        '"center_col": 0.5}}, '
        '{"family": "strength", "mask": {"family": "constant", "parameters": {"value": 0.5}}, '
        '"parameters": {"amount": 0.25}}, '
        '{"family": "array", "values": [[1.0]], "dtype": "float32", "resample": true}]}}'
    )
    path = tmp_path / "old.json"
    path.write_text(text)
    expected = masks.product(
        masks.ExponentialDecay(rate=1.2),
        masks.Constant(0.5).strength(0.25),
        masks.Array(np.ones((1, 1), np.float32), resample=True),
    )
    assert masks.load(path) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_long_arrays_lie_beside(tmp_path, rng, dtype):
    """An array of a picture's size goes into an npz file beside the JSON, and comes back bit for bit."""
    mask = masks.Array(rng.random((80, 90)).astype(dtype)) * masks.Cos4(20)
    path = tmp_path / "flat.json"
    mask.save(path)
    assert path.stat().st_size < 2000
    assert masks.load(path) == mask
    (tmp_path / "flat.npz").write_bytes(b"PK")
    with pytest.raises(FormatError, match=r"flat.json: the file 'flat.npz' beside is not the one that was saved"):
        masks.load(path)
    (tmp_path / "flat.npz").unlink()
    with pytest.raises(ReadError, match=r"flat\.npz: there is no such file"):
        masks.load(path)


def _with(**changes):
    return json.dumps(GOOD | changes)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", FormatError, "not valid JSON"),
        ("[" * 100_000, FormatError, "not valid JSON"),
        ("[]", FormatError, "this is no mask file"),
        ('{"format": "hadimg-mask", "format": "x"}', FormatError, "a key stands twice"),
        (_with(format="other"), FormatError, "this is no mask file: its 'format' is not 'hadimg-mask'"),
        (_with(version=99), FormatError, r"has version 99, this program reads version 1 \(use a newer hadimg\)"),
        (_with(mask=None), FormatError, "a mask must be an object with a 'family', got None"),
        (_with(mask={"family": "xyz"}), ArgumentError, "there is no mask family 'xyz'"),
        (_with(mask={"family": "constant", "parameters": 3}), FormatError, "'parameters' must be an object"),
        (_with(mask={"family": "constant", "parameters": {"v": 3}}), ArgumentError, "constant has no parameter 'v'"),
        (
            _with(mask={"family": "constant", "parameters": {"value": "1"}}),
            HadimgError,
            "value must be a number, got str",
        ),
        (
            _with(mask={"family": "constant", "parameters": {"value": -1}}),
            ArgumentError,
            r"value must lie in \[0, inf\)",
        ),
        (_with(mask={"family": "constant", "code": "x"}), FormatError, "of the family 'constant' has no entry 'code'"),
        (
            _with(mask={"family": "normalised", "mask": GOOD["mask"], "parameters": {"by": "sum"}}),
            ArgumentError,
            "normalised: by must be one of 'center', 'max', 'mean', got 'sum'",
        ),
        (
            _with(mask={"family": "normalised", "mask": GOOD["mask"], "parameters": {"by": ["max"]}}),
            HadimgError,
            "normalised: by must be a word, got list",
        ),
        (_with(mask={"family": "product"}), FormatError, "a product must have a list 'factors'"),
        (_with(mask={"family": "product", "factors": []}), FormatError, "a product must have a list 'factors'"),
        (_with(mask={"family": "reciprocal"}), FormatError, "a mask must be an object with a 'family', got None"),
        (_with(mask={"family": "array"}), FormatError, "the 'values' of an array mask must be rows of numbers"),
        (_with(mask={"family": "array", "values": [[1], [1, 2]]}), FormatError, "all of one length"),
        (
            _with(mask={"family": "array", "values": [[1]], "dtype": "object"}),
            FormatError,
            "must be float32 or float64",
        ),
        (_with(mask={"family": "array", "values": "array0"}), FormatError, "rows of numbers, got 'array0'"),
        (_with(arrays={"file": "../x.npz", "sha256": ""}), FormatError, "'arrays' must name a file beside this one"),
        (_with(arrays=7), FormatError, "'arrays' must name a file beside this one"),
        (_with().replace("0.5", "NaN"), FormatError, "the number NaN is not finite"),
        (_with().replace("0.5", "1e999"), FormatError, "the number 1e999 is not finite"),
        (_with().replace("0.5", "9" * 5000), FormatError, "not valid JSON"),
    ],
)
def test_hostile_files_are_refused_by_name(tmp_path, text, error, message):
    """Whatever the file holds, the error names the file, the rule and the value."""
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(error, match=message) as caught:
        masks.load(path)
    assert "bad.json" in str(caught.value)


def test_nesting_without_end_is_refused():
    """Plain data nested deeper than 20 masks is refused before it can exhaust anything."""
    data = GOOD["mask"]
    for _ in range(30):
        data = {"family": "reciprocal", "mask": data}
    with pytest.raises(FormatError, match="nested more than 20 deep"):
        masks.from_dict(data)


def test_missing_large_and_odd_files(tmp_path):
    """No file, a folder, a file over the limit and a name that no system takes are each refused by name."""
    with pytest.raises(ReadError, match=r"none\.json: there is no such file"):
        masks.load(tmp_path / "none.json")
    with pytest.raises(ReadError, match="this is no file"):
        masks.load(tmp_path)
    with pytest.raises(ReadError):
        masks.load("a\0b.json")
    big = tmp_path / "big.json"
    big.write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(LimitError, match="the file has 1048577 bytes, the limit is 1048576"):
        masks.load(big)


def test_nothing_is_half_written(tmp_path):
    """A folder that does not exist is an error that leaves nothing behind."""
    with pytest.raises(HadimgError):
        masks.Cos4().save(tmp_path / "missing" / "lens.json")
    assert list(tmp_path.iterdir()) == []
