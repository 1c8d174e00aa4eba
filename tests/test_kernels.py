"""Compiled loops against their plain twins, called directly and from many threads at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hadimg.gains import Gains
from hadimg.kernels import linear_light, product
from hadimg.kernels.compiling import room_stamp
from hadimg.light import code_tables
from hadimg.masks import Aperture, ExponentialDecay, Polynomial
from hadimg.multiplying import ENGINES
from hadimg.radial_forms import Series, Table, short_form

DOUBT = np.int32(400)


def twin8(pixels, weights, color, doubt):
    """Return what `multiply8` returns, in plain NumPy: pixels, saturated count, suspects."""
    exact = pixels[..., :color] * weights[..., np.newaxis].astype(float)
    parts = np.floor(exact * 65536 + 32768).astype(np.int64)
    level = parts >> 16
    suspect = ((parts + doubt) & 0xFFFF) < 2 * doubt
    suspect &= level <= 256
    out = pixels.copy()
    out[..., :color] = np.minimum(level, 255)
    return out, level, suspect


@pytest.mark.parametrize(("channels", "color"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5)])
@pytest.mark.parametrize("width", [1, 7, 511, 1025])
@pytest.mark.parametrize("falling", [False, True])
def test_multiply8_and_its_twin(rng, channels, color, width, falling):
    """Pixels, saturated values and suspects are those of float64, but within a float32 rounding of the bounds."""
    pixels = rng.integers(0, 256, (5, width, channels), dtype=np.uint8)
    weights = rng.uniform(0, 1 if falling else 1.5, (5, width)).astype(np.float32)
    out, suspects = np.empty_like(pixels), np.empty(pixels.size, np.int64)
    saturated, found = product.multiply8(pixels, weights, out, color, DOUBT, falling, suspects)
    places, values = suspects[:found] >> 8, suspects[:found] & 255
    np.testing.assert_array_equal(values, pixels.reshape(-1)[places])
    np.testing.assert_array_equal(out[..., color:], pixels[..., color:])
    listed = np.zeros(pixels.size, bool)
    listed[places] = True
    listed = listed.reshape(pixels.shape)[..., :color]
    twin, level, surely = twin8(pixels, weights, color, DOUBT - 4)
    _, _, perhaps = twin8(pixels, weights, color, DOUBT + 4)
    np.testing.assert_array_equal(out[..., :color][~listed], twin[..., :color][~listed])
    assert (listed >= (surely & (level < 256))).all()
    assert (listed <= perhaps).all()
    assert saturated == ((level > 255) & ~listed).sum()


@pytest.mark.parametrize("width", [1, 15, 16, 17])
def test_where_all_is_in_doubt_every_value_is_listed_once(rng, width):
    """With a doubt beyond all bounds each value of a row is a suspect, and nothing behind the row is."""
    pixels = rng.integers(0, 256, (3, width, 3), dtype=np.uint8)
    suspects = np.full(2 * pixels.size, -1)
    weights = np.full((3, width), 0.5, np.float32)
    saturated, found = product.multiply8(pixels, weights, pixels.copy(), 3, np.int32(40_000), False, suspects)
    assert (saturated, found) == (0, pixels.size)
    np.testing.assert_array_equal(suspects[:found], np.arange(pixels.size) << 8 | pixels.reshape(-1))
    assert (suspects[found:] == -1).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("band", [0.0, 0.01])
def test_multiply16_and_its_twin(rng, dtype, band):
    """Pixels, saturated count and suspects of the float64 loop are those of plain NumPy, also below the type's top."""
    top = {"uint8": 255.0, "uint16": 4095.0}[dtype]
    pixels = rng.integers(0, int(top), (9, 33, 4), dtype=dtype, endpoint=True)
    weights = rng.uniform(-0.1, 2, (9, 33))
    out, suspects = np.empty_like(pixels), np.empty(pixels.size, np.int64)
    saturated, found = product.multiply16(pixels, weights, out, 3, top, band, suspects)
    exact = np.maximum(pixels[..., :3] * weights[..., np.newaxis], 0)
    levels = np.rint(exact)
    np.testing.assert_array_equal(out[..., :3], np.clip(levels, 0, top))
    np.testing.assert_array_equal(out[..., 3], pixels[..., 3])
    doubtful = 0.5 - np.abs(exact - levels) < band
    assert saturated == ((levels > top) & ~doubtful).sum()
    assert found == doubtful.sum()
    listed = np.zeros(pixels.shape, bool)
    listed[..., :3] = doubtful
    np.testing.assert_array_equal(suspects[:found] >> 16, np.flatnonzero(listed))
    np.testing.assert_array_equal(suspects[:found] & 0xFFFF, pixels[listed])


@pytest.mark.parametrize("top", [255, 1023, 65535])
@pytest.mark.parametrize("band", [0.0, 1e-6])
def test_multiply_codes_and_its_twin(rng, top, band):
    """The search from a guess finds the same codes as a search through all thresholds; suspects lie next to one."""
    tables = code_tables(top)
    pixels = rng.integers(0, top, (11, 40, 2), dtype=np.uint16, endpoint=True)
    weights = rng.uniform(0, 1.5, (11, 40))
    weights[0, :20] = 1.0
    pixels[0, :20] = top
    out, suspects = np.empty_like(pixels), np.empty(pixels.size, np.int64)
    saturated, found = linear_light.multiply_codes(pixels, weights, out, 1, *tables, band, suspects)
    light = tables.light[pixels[..., :1]] * weights[..., np.newaxis]
    codes = np.searchsorted(tables.thresholds, light, side="right")
    np.testing.assert_array_equal(out[..., :1], codes)
    np.testing.assert_array_equal(out[..., 1], pixels[..., 1])
    edges = np.concatenate([[-1.0], tables.thresholds, [1.0]])
    doubtful = np.minimum(light - edges[codes], edges[codes + 1] - light) < band
    doubtful &= light < 1 + band
    assert found == doubtful.sum()
    assert found >= 20 * (band > 0)
    assert saturated == ((light > 1) & ~doubtful).sum()
    listed = np.concatenate([doubtful, np.zeros_like(doubtful)], axis=2)
    np.testing.assert_array_equal(suspects[:found] >> 16, np.flatnonzero(listed))
    np.testing.assert_array_equal(suspects[:found] & 0xFFFF, pixels[listed])


@pytest.mark.parametrize(
    ("mask", "kind"),
    [
        (ExponentialDecay(rate=1.2), Series),
        (ExponentialDecay(rate=1.2, power=1.3), Table),
        (Aperture(low=0.2, softness=0.05), Table),
        (Polynomial(k1=-0.3), Series),
        (Aperture(softness=1e-5), type(None)),
    ],
)
@pytest.mark.parametrize("shape", [(1500, 2000), (1, 900), (33, 1)])
def test_short_forms_keep_their_promise(mask, kind, shape):
    """Whatever the compiled evaluation of a radial profile does not list as doubtful is right, on every pixel."""
    radial = Gains(mask, shape).radial()
    form = short_form(radial, product.DEGREE)
    if kind is not type(None) or form is None:
        assert shape[0] == 1 or shape[1] == 1 or type(form) is kind
    if form is None:
        return
    down, across = ((x * form.unit).astype(np.float32) for x in (radial.down, radial.across))
    bright = np.full((*shape, 1), 255, np.uint8)
    out, suspects = np.empty_like(bright), np.empty(bright.size, np.int64)
    doubt = np.int32(np.ceil(65536 * 255 * form.error) + 1)
    rows = np.argsort(np.abs(down), kind="stable")
    last = (out, 1, doubt, True, suspects)
    if isinstance(form, Series):
        _, found = product.multiply8_polynomial(bright, rows, down, across, np.float32(-1), form.coefficients, *last)
    else:
        _, found = product.multiply8_table(bright, rows, down, across, form.levels, form.slopes, *last)
    sure = np.ones(bright.size, bool)
    sure[suspects[:found] >> 8] = False
    assert sure.mean() > 0.99
    np.testing.assert_array_equal(out.reshape(-1)[sure], np.rint(255 * mask.weights(shape)).reshape(-1)[sure])


def test_kernels_from_many_threads_at_once(rng):
    """Forty calls from eight threads give what one call gives: kernels share nothing."""
    pixels = rng.integers(0, 256, (64, 200, 3), dtype=np.uint8)
    weights = rng.random((64, 200), dtype=np.float32)

    def run(_: int) -> np.ndarray:
        out = np.empty_like(pixels)
        product.multiply8(pixels, weights, out, 3, DOUBT, True, np.empty(pixels.size, np.int64))
        return out

    truth = run(0)

    with ThreadPoolExecutor(8) as pool:
        for out in pool.map(run, range(40)):
            np.testing.assert_array_equal(out, truth)


def test_any_change_of_the_room_makes_the_cache_stale():
    """The cached code of each loop belongs to all files of the room, whose loops and lanes it has taken in."""
    names = [name for name, _, _ in room_stamp()]
    assert {"compiling.py", "lanes.py", "product.py"} <= set(names)
    for loop in (product.multiply8, linear_light.multiply_codes):
        assert loop._cache._cache_file._source_stamp == room_stamp()


def test_every_engine_is_in_the_table():
    """The table of engines names what messages and documentation name."""
    assert list(ENGINES) == ["numpy", "compiled"]


def test_compiled_loops_are_loaded_once_they_pay():
    """One small picture is multiplied without numba; many small ones, or a large one, load the compiled loops."""
    program = (
        "import sys, numpy as np, hadimg\n"
        "from hadimg import masks\n"
        "small = np.zeros((500, 1000, 3), np.uint8)\n"
        "hadimg.apply_mask(small, masks.Cos4())\n"
        "print('numba' in sys.modules)\n"
        "for _ in range(5): hadimg.apply_mask(small, masks.Cos4())\n"
        "print('numba' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]
