"""libcamera's tuning files: cell middles against edge nodes, strength, color tables, polynomials, clamping, faults."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import FormatError, HadimgError, UnsupportedError
from hadimg.profiles import parse_rockchip, parse_rpi, read_rockchip, read_rpi

SIZES = "[ 0.0625, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625 ]"
PLANES = ("r", "gr", "gb", "b")


def rpi(**changes):
    """Return a tuning file of VC4 with a luminance table, and whatever else is given; None leaves an entry out."""
    rows, cols = np.mgrid[:12, :16]
    luminance = 1 + 0.02 * ((rows - 5) ** 2 + (cols - 8) ** 2)
    entry = {"omega": 1.3, "luminance_lut": luminance.ravel().tolist(), "luminance_strength": 0.8} | changes
    entry = {key: value for key, value in entry.items() if value is not None}
    return json.dumps({"version": 2.0, "algorithms": [{"rpi.awb": {}}, {"rpi.alsc": entry}]}).encode(), luminance


def rockchip(tables, *, kelvin=2856, sizes=SIZES):
    """Return a tuning file as published: comments, one long line a table, a comma before the bracket closes."""
    planes = "".join(f"          {name}: [{', '.join(map(str, table))}, ]\n" for name, table in tables.items())
    return (
        "# SPDX-License-Identifier: CC0-1.0\n%YAML 1.1\n---\nversion: 1\nalgorithms:\n  - Agc:\n  - Awb:\n"
        f"  - LensShadingCorrection:\n      x-size: {sizes}\n      y-size: {SIZES}\n      sets:\n"
        f"        #800x600_A_70 - A\n        - ct: {kelvin}\n          resolution: 800x600\n{planes}  - Dpf:\n...\n"
    ).encode()


def integers(first=1024):
    """Return a table of 17 x 17 integers that differ at every node."""
    return list(range(first, first + 289))


# ---- Raspberry Pi


def test_rpi_values_lie_at_cell_middles_and_strength_is_applied():
    """A picture of 12 x 16 pixels samples the table itself: 1/(1 + 0.8 (gain - 1)), or 1/gain at strength 1."""
    data, luminance = rpi()
    shading = parse_rpi(data)
    np.testing.assert_allclose(shading.luminance_mask().weights((12, 16)), 1 / (1 + 0.8 * (luminance - 1)), rtol=1e-14)
    np.testing.assert_allclose(shading.luminance_mask(strength=1).weights((12, 16)), 1 / luminance, rtol=1e-14)


def test_rpi_color_tables_are_interpolated_over_temperature():
    """Between two temperatures linearly, held beyond, each divided by its smallest gain; green has the luminance."""
    _, luminance = rpi()
    warm, cold = np.linspace(1.2, 2.0, 192), np.linspace(1.0, 1.5, 192)[::-1]
    tables = [{"ct": 3000, "table": warm.tolist()}, {"ct": 5000, "table": cold.tolist()}]
    shading = parse_rpi(rpi(calibrations_Cr=tables, calibrations_Cb=tables[:1])[0])
    gain = 1 + 0.8 * (luminance - 1)
    color = 0.25 * warm + 0.75 * cold
    mask = shading.color_mask(4500)
    assert mask.channels == 3
    red, green, blue = np.moveaxis(mask.weights((12, 16)), 2, 0)
    np.testing.assert_allclose(1 / red, gain * (color / color.min()).reshape(12, 16), rtol=1e-13)
    np.testing.assert_allclose(1 / green, gain, rtol=1e-13)
    np.testing.assert_allclose(1 / blue, gain * (warm / 1.2).reshape(12, 16), rtol=1e-13)
    held = shading.color_mask(9000).weights((12, 16))[..., 0]
    np.testing.assert_allclose(1 / held, gain * cold.reshape(12, 16), rtol=1e-13)


@pytest.mark.parametrize("side", [None, 192, 1024])
def test_rpi_corner_strength_is_the_law_of_libcamera(side):
    """Gain 1 in the middle and the strength at radius 1, counted in cells; the tuning's strength is applied to it."""
    table = {} if side is None else {"calibrations_Cr": [{"ct": 3000, "table": [1.0] * side}]}
    changes = {"luminance_lut": None, "corner_strength": 3.0, "asymmetry": 1.2, "luminance_strength": 0.7} | table
    shading = parse_rpi(rpi(**changes)[0])
    height, width = (32, 32) if side == 1024 else (12, 16)
    first, second = 3.0 - 1, 1 + np.sqrt(3.0)  # as libcamera writes it
    for row, col in ((0, 0), (height // 2, width // 2), (3, 5)):
        y, x = row - height // 2 + 0.5, (col - width // 2 + 0.5) * 1.2
        r2 = (x * x + y * y) / (width * height // 4 * (1 + 1.2 * 1.2))
        gain = (first * r2 + second) ** 2 / second**2
        assert shading.luminance[row, col] == pytest.approx(gain, rel=1e-14)
    weights = shading.luminance_mask().weights((height, width))
    np.testing.assert_allclose(weights, 1 / (1 + 0.7 * (shading.luminance - 1)), rtol=1e-14)
    square = parse_rpi(rpi(luminance_lut=[1.0] * 1024, corner_strength=3.0)[0])  # the law goes before the table
    radius = np.hypot(15.5, 15.5) / np.hypot(16, 16)
    assert square.luminance[0, 0] == pytest.approx((1 + (np.sqrt(3) - 1) * radius**2) ** 2, rel=1e-14)


def test_rpi_files_of_the_older_form_are_read(tmp_path):
    """Version 1 has the steps at the top level."""
    data, luminance = rpi()
    entry = json.loads(data)["algorithms"][1]
    path = tmp_path / "imx.json"
    path.write_text(json.dumps(entry | {"rpi.awb": {}}))
    np.testing.assert_array_equal(read_rpi(path).luminance, luminance)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        (
            {"luminance_lut": [1.0] * 191},
            FormatError,
            "luminance_lut must hold 12 x 16 or 32 x 32 values, got 191 values",
        ),
        ({"luminance_lut": [1.0] * 191 + [0]}, FormatError, "positive gains, got 0.0 at row 11, column 15"),
        ({"luminance_lut": [1.0] * 191 + ["1"]}, FormatError, "luminance_lut must hold numbers only"),
        ({"luminance_lut": [1.0] * 191 + [True]}, FormatError, "numbers only"),
        ({"luminance_lut": {"a": 1}}, FormatError, "got {'a': 1}"),
        ({"luminance_lut": None}, FormatError, "neither 'luminance_lut' nor 'corner_strength'"),
        ({"luminance_strength": -1}, FormatError, "luminance_strength must be a number from 0 to 10"),
        ({"corner_strength": 0.9}, FormatError, "corner_strength must be a number from 1 to 1e[+]06, got 0.9"),
        ({"corner_strength": 1}, FormatError, "corner_strength must be above 1, got 1"),
        ({"corner_strength": 2, "asymmetry": -1}, FormatError, "asymmetry must be a number from 0 to 1000, got -1"),
        ({"corner_strength": "exp(9)"}, FormatError, r"got 'exp\(9\)'"),
        ({"calibrations_Cr": [{"ct": 3000, "table": [1.0] * 1024}]}, FormatError, r"shape \(32, 32\)"),
        ({"calibrations_Cr": [{"table": [1.0] * 192}]}, FormatError, "must have a color temperature 'ct'"),
        ({"calibrations_Cr": [{"ct": 3000, "table": [1.0] * 192}] * 2}, FormatError, "two tables for 3000 K"),
        ({"calibrations_Cr": [1] * 101}, FormatError, "at most 100 tables"),
    ],
)
def test_broken_rpi_files_are_refused_by_name(changes, error, words):
    """Each fault names the entry and the rule."""
    with pytest.raises(error, match=words):
        parse_rpi(rpi(**changes)[0])


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"1", b'{"algorithms": 3}', b'{"algorithms": [{"rpi.alsc": 1}]}', b"[" * 5000, b"\xff{"]
)
def test_other_documents_are_no_tuning_files(data):
    """JSON of another kind, broken JSON and endless nesting are refused."""
    for parse in (parse_rpi, parse_rockchip):
        with pytest.raises(HadimgError):
            parse(data)


def test_json_with_holes_is_refused():
    """NaN is no number of JSON."""
    with pytest.raises(FormatError, match="NaN is not finite"):
        parse_rpi(rpi()[0].replace(b"1.0,", b"NaN,", 1))


# ---- Rockchip


def test_rockchip_nodes_lie_on_the_edges():
    """Node k of 17 lies at k/16: a picture of 16 x 16 pixels samples the middles between nodes, bilinear in gain."""
    (shading,) = parse_rockchip(rockchip(dict.fromkeys(PLANES, integers())))
    gains = np.array(integers()).reshape(17, 17) / 1024
    middles = (gains[1:, 1:] + gains[1:, :-1] + gains[:-1, 1:] + gains[:-1, :-1]) / 4
    assert (shading.temperature, shading.resolution, shading.clamped) == (2856, "800x600", ())
    assert list(shading.masks) == list(PLANES)
    np.testing.assert_allclose(shading.masks["gb"].weights((16, 16)), 1 / middles, rtol=1e-14)


def test_gains_below_one_are_kept_as_published():
    """A table of the maker is not clamped: 800 stands for 800/1024."""
    (shading,) = parse_rockchip(rockchip(dict.fromkeys(PLANES, [800] * 289)))
    np.testing.assert_allclose(shading.masks["r"].weights((3, 5)), 1.28, rtol=1e-15)


def polynomial(k0, *, cx=0.6, cy=0.4):
    """Return a tuning file with a polynomial, in both notations of YAML."""
    flow = f"{{cx: {cx}, cy: {cy}, k0: {k0}, k1: 0.2, k2: 0, k3: 0.0, k4: 0.5}}"
    block = "\n".join(
        f"            {key}: {value}"
        for key, value in zip(("cx", "cy", "k0", "k1", "k2", "k3", "k4"), (cx, cy, k0, 0.2, 0, 0.0, 0.5), strict=True)
    )
    return (
        "algorithms:\n  - LensShadingCorrection:\n      type: polynomial\n      sets:\n        - ct: 5000\n"
        f"          r: {flow}\n          gr: {flow}\n          gb:\n{block}\n          b: {flow}\n"
    ).encode()


def test_rockchip_polynomials_are_those_of_dng():
    """The radius is 1 at the farthest outer corner, the center (column first) a fraction of the picture."""
    (shading,) = parse_rockchip(polynomial(1.5))
    expected = masks.DngVignette(1.5, 0.2, 0, 0, 0.5, center_row=0.4, center_col=0.6)
    assert all(mask == expected for mask in shading.masks.values())
    assert shading.clamped == ()


@pytest.mark.parametrize(
    ("k0", "clamped"), [(-0.1, True), (-1e-4, True), (0.0, False), (2.2989, False), (2.2991, True)]
)
def test_what_the_hardware_clamps_is_named_and_not_done(k0, clamped):
    """The chip's gains lie in 1..4095/1024: a polynomial that leaves them is kept whole, and its planes are named."""
    (shading,) = parse_rockchip(polynomial(k0))
    assert shading.clamped == (PLANES if clamped else ())
    corner = shading.masks["r"].weights((2000, 3000))[-1, 0]
    assert 1 / corner == pytest.approx(1 + k0 + 0.7, rel=2e-3)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (rockchip(dict.fromkeys(PLANES, integers()[:-1])), FormatError, "r of set 0 must hold 17 x 17 values, got 288"),
        (rockchip({"r": integers()}), FormatError, "set 0 has no gr"),
        (rockchip(dict.fromkeys(PLANES, [0] * 289)), FormatError, "positive gains, got 0.0"),
        (rockchip(dict.fromkeys(PLANES, ["nan"] * 289)), FormatError, "numbers only"),
        (rockchip(dict.fromkeys(PLANES, integers()), kelvin="*x"), UnsupportedError, "aliases"),
        (
            rockchip(dict.fromkeys(PLANES, integers()), kelvin=-3),
            FormatError,
            "color temperature 'ct' in kelvin, got -3",
        ),
        (
            rockchip(dict.fromkeys(PLANES, integers()), sizes=SIZES.replace("0.0625", "0.05", 1)),
            UnsupportedError,
            "equal cells of 0.0625",
        ),
        (rockchip(dict.fromkeys(PLANES, integers()), sizes="[0.5]"), FormatError, "x-size must hold 8 numbers"),
        (polynomial(1.0, cx=1.5), FormatError, r"r of set 0: the center must lie in \[0, 1\], got x 1.5"),
        (polynomial("nan"), FormatError, "must give numbers for cx, cy, k0"),
        (polynomial(1.0).replace(b"polynomial", b"spiral"), UnsupportedError, "type 'spiral' is not known"),
        (b"algorithms:\n  - LensShadingCorrection:\n", FormatError, "once, got it 1 times|must hold"),
        (b"\xff\xfe", FormatError, "no text in UTF-8"),
    ],
)
def test_broken_rockchip_files_are_refused_by_name(data, error, words):
    """Each fault names the set, the plane and the rule."""
    with pytest.raises(error, match=words):
        parse_rockchip(data)


def test_two_sets_for_one_temperature_are_refused(tmp_path):
    """Nothing says which of them holds; the file is named."""
    path = tmp_path / "ov.yaml"
    data = rockchip(dict.fromkeys(PLANES, integers())).decode()
    start, stop = data.index("        - ct:"), data.index("  - Dpf:")
    path.write_text(data[:stop] + data[start:stop] + data[stop:])
    with pytest.raises(FormatError, match=r"ov\.yaml: there are two sets for 2856 K"):
        read_rockchip(path)


# ---- published tables


def test_published_tables_come_through_their_files(shared_data):
    """All 60 tables, written in the form of their files, are read as masks that undo them at their own nodes."""
    tables = json.loads((shared_data / "shading" / "shading_tables.json").read_text())
    for entry in (entry for entry in tables if entry["channel"] == "luminance"):
        gains = np.array(entry["gain"])
        lut = gains.ravel().tolist()
        shading = parse_rpi(rpi(luminance_lut=lut, luminance_strength=entry["strength"])[0])
        np.testing.assert_allclose(shading.luminance_mask(strength=1).weights(gains.shape), 1 / gains, rtol=1e-14)
    rest = [entry for entry in tables if entry["channel"] != "luminance"]
    for sensor, kelvin in sorted({(entry["sensor"], entry["colour_temperature"]) for entry in rest}):
        planes = {
            e["channel"]: np.array(e["gain"])
            for e in rest
            if (e["sensor"], e["colour_temperature"]) == (sensor, kelvin)
        }
        text = {name: np.rint(gains * 1024).astype(int).ravel() for name, gains in planes.items()}
        (shading,) = parse_rockchip(rockchip({name: text[name] for name in PLANES}, kelvin=kelvin))
        for name, gains in planes.items():
            nodes = np.array(shading.masks[name].mask.nodes)
            np.testing.assert_array_equal(nodes, gains)
