"""Compiled loops against their plain twins, called directly and from many threads at once."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hadimg.kernels import linear_light, product, streaming, weights
from hadimg.kernels.compiling import room_stamp
from hadimg.light import code_tables
from hadimg.multiplying import ENGINES
from hadimg.profile_forms import stretch_error, stretch_table

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


@pytest.mark.parametrize("steps", [0, 64])
def test_the_fused_loops_are_those_over_given_weights(rng, steps):
    """A polynomial or a table of the distance, evaluated on the way, multiplies as the weights of a twin do."""
    v, u = np.linspace(-30, 25, 41).astype(np.float32), np.linspace(-28, 31, 700).astype(np.float32)
    distance = np.hypot(v[:, np.newaxis], u)
    if steps:
        table = rng.uniform(0.2, 0.9, (steps + 1, 2)).astype(np.float32) * [1, 0.1]
        node = distance.astype(int)
        factors = table[node, 0] + table[node, 1] * (distance - node)
    else:
        powers = 50.0 ** np.arange(product.DEGREE + 1)
        coefficients = (rng.uniform(-1, 1, powers.size) / powers).astype(np.float32)
        factors = np.polynomial.polynomial.polyval(distance - 1, coefficients)
    pixels = rng.integers(0, 256, (41, 700, 3), dtype=np.uint8)
    out, suspects = np.empty_like(pixels), np.empty(pixels.size, np.int64)
    first, last = (pixels, np.arange(41), v, u), (out, 3, np.int32(1000), False, suspects)
    if steps:
        _, found = product.multiply8_table(*first, table.astype(np.float32), *last)
    else:
        _, found = product.multiply8_polynomial(*first, np.float32(-1), coefficients, *last)
    sure = np.ones(pixels.size, bool)
    sure[suspects[:found] >> 8] = False
    assert sure.mean() > 0.95
    twin = np.clip(np.rint(pixels * factors[..., np.newaxis]), 0, 255)
    np.testing.assert_array_equal(out.reshape(-1)[sure], twin.reshape(-1)[sure])


def profile_twin(places, coefficients, table):
    """Return what a profile says of places, in plain NumPy."""
    if coefficients.size:
        return np.polynomial.polynomial.polyval(places, coefficients)
    if not table.size:
        return places
    place = np.clip(places, 0, len(table) - 1)
    node = place.astype(int)
    return sum(table[node, k] * (place - node) ** k for k in range(table.shape[1]))


def profiles(rng, dtype):
    """Return a polynomial, lines, cubics and nothing, for places from -3 to 12."""
    empty, none = np.zeros(0, dtype), np.zeros((0, 2), dtype)
    powers = 10.0 ** np.arange(weights.DEGREE + 1)
    yield (rng.uniform(-1, 1, powers.size) / powers).astype(dtype), none
    yield from ((empty, rng.uniform(0.5, 1, (11, degree)).astype(dtype)) for degree in (2, 4))
    yield empty, none


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("terms", [1, 2, 5, 9])
@pytest.mark.parametrize("streamed", [False, True])
def test_fill_surface_and_its_twin(rng, dtype, terms, streamed):
    """Heights are sums of products, zeros among them or all zero; profiles are those of NumPy; factors multiply."""
    down, across = rng.uniform(-1, 1, (7, terms)), rng.uniform(-1, 1, (terms, 37))
    down[rng.random(down.shape) < 0.3] = 0
    down[3] = 0
    down[5] = down[4]
    down, across, shift = down.astype(dtype), across.astype(dtype), dtype(4.5)
    for coefficients, table in profiles(rng, dtype):
        heights = down.astype(float) @ across
        shifted = heights + shift if coefficients.size or table.size else heights
        twin = profile_twin(shifted, coefficients, table)
        out = np.empty((7, 37), dtype)
        weights.fill_surface(down, across, shift, coefficients, table, True, streamed, out)
        # A step of a table is not continuous here: a place beside it may fall on either side.
        far = np.abs(shifted - np.rint(shifted)) > 1e-4
        tolerance = 40 * np.finfo(dtype).eps
        np.testing.assert_allclose(out[far], twin[far], rtol=0, atol=tolerance * np.abs(twin).max())
        again = out.copy()
        weights.fill_surface(down, across, shift, coefficients, table, False, False, again)
        np.testing.assert_array_equal(again, out * out)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("exponent", [1.0, 1.7, 2.0, 5.0, 64.0])
@pytest.mark.parametrize("streamed", [False, True])
def test_fill_distance_and_its_twin(rng, dtype, exponent, streamed):
    """Distances of every exponent are those of NumPy, to rounding and to the step of the table of ratios."""
    down, across = rng.uniform(-3, 3, (7, 2)).astype(dtype), rng.uniform(-3, 3, (2, 37)).astype(dtype)
    down[0], across[:, 0] = 0, 0
    sides = np.abs(down[:, np.newaxis].astype(float) + across.T)
    largest = np.maximum(sides.max(axis=-1), 1e-300)
    distance = largest * ((sides / largest[..., np.newaxis]) ** exponent).sum(axis=-1) ** (1 / exponent)
    stretch = stretch_table(exponent, dtype)
    for coefficients, table in profiles(rng, dtype):
        shifted = distance + 1.5 if coefficients.size or table.size else distance
        twin = profile_twin(shifted, coefficients, table)
        out = np.empty((7, 37), dtype)
        weights.fill_distance(down, across, stretch, dtype(1.5), coefficients, table, True, streamed, out)
        far = np.abs(shifted - np.rint(shifted)) > 1e-4
        tolerance = 40 * np.finfo(dtype).eps + 4 * stretch_error(exponent)
        np.testing.assert_allclose(out[far], twin[far], rtol=0, atol=tolerance * max(6.0, np.abs(twin).max()))
        again = out.copy()
        weights.fill_distance(down, across, stretch, dtype(1.5), coefficients, table, False, False, again)
        np.testing.assert_array_equal(again, out * out)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 7, 15, 16, 17, 100, 333])
@pytest.mark.parametrize("offset", [0, 1, 5, 15])
def test_streamed_rows_are_copies(rng, dtype, size, offset):
    """Whatever the address of the target, all numbers arrive, and none beside them changes."""
    values, room = rng.random((1, size)).astype(dtype), np.full(size + 40, -1, dtype)
    streaming.stream_rows(values, room[offset : offset + size].reshape(1, -1))
    np.testing.assert_array_equal(room[offset : offset + size], values[0])
    assert (room[:offset] == -1).all()
    assert (room[offset + size :] == -1).all()


def test_no_place_leads_out_of_a_table():
    """Places far beyond the table, infinite ones and those that are no number end at its ends."""
    table = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], np.float32)
    down = np.array([[1e30], [-1e30], [np.inf], [-np.inf], [np.nan]], np.float32)
    out = np.empty((5, 1), np.float32)
    nothing = np.zeros(0, np.float32)
    weights.fill_surface(down, np.ones((1, 1), np.float32), np.float32(0), nothing, table, True, False, out)
    assert out[:2, 0].tolist() == [3.0, 1.0]
    assert set(out[2:, 0].tolist()) <= {1.0, 3.0}


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


def test_a_first_compilation_is_told_of(tmp_path):
    """It is told of once, before the first kernel is compiled; the next process finds machine code and says nothing."""
    (tmp_path / "one.py").write_text(
        "from hadimg.kernels.compiling import kernel, tell_when_compiling\n"
        "tell_when_compiling(lambda: print('compiling'))\n"
        "@kernel\ndef double(x):\n    return 2 * x\n"
        "@kernel\ndef triple(x):\n    return 3 * x\n"
        "print(double(3), triple(3))\n"
    )
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, str(tmp_path / "one.py")]
    said = [subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said == ["compiling\n6 9\n", "6 9\n"]


def words_of(program):
    """Return what a program prints, run in a process of its own."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_loading_leaves_linear_algebra_to_those_who_use_it():
    """The loops load without SciPy's linear algebra, and a program's own numba functions have it all the same."""
    program = (
        "import sys, numba, numpy as np\n"
        "from hadimg.multiplying import load_loops\n"
        "load_loops()\n"
        "print('scipy.linalg' in sys.modules)\n"
        "print(numba.njit(lambda a: np.linalg.inv(a @ a)[0, 0])(np.diag([2.0, 1.0])))\n"
    )
    assert words_of(program) == ["False", "0.25"]


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
    assert words_of(program) == ["False", "True"]
