"""The specification is complete: a second decoder, written from it in plain Python, reads the same pixels.

Each function is one section of ``specification.txt``; nothing of the package is used but that text's own file of
weights. It is slow, and so it reads small files.
"""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from hadimg.codec import decode, describe, encode

TEXT = resources.files("hadimg.codec").joinpath("specification.txt").read_text("utf-8")


def rounded(value: float) -> int:
    """Return the nearest whole number."""
    return math.floor(value + 0.5)


def clip(value: int, low: int, high: int) -> int:
    """Return a value held within bounds."""
    return min(max(value, low), high)


# Section 7
STRETCH = [rounded(256 * math.log((i + 0.5) / (4095.5 - i))) for i in range(4096)]
SQUASH = [clip(rounded(65536 / (1 + math.exp((2048 - i) / 256))), 24, 65512) for i in range(4096)]
RATES = [rounded(65536 / (n + 1.5)) for n in range(101)]


def mean_of_bucket(bucket: int) -> float:
    """Return the mean size that a bucket stands for."""
    return 1 / 64 if bucket == 0 else 2 ** ((bucket - 0.5) / 3) / 32


def first_chance(mean: float, slot: int) -> int:
    """Return the chance that a state of A or B begins with."""
    shift = max(math.floor(math.log2(mean)), 0)
    ones = max(mean - (1 if shift > 0 else 0), 0.5) / 2**shift
    chance = mean / (mean + 1) if slot == 0 else ones / (ones + 1) if slot <= 12 else 0.5
    return rounded(chance * (1 << 22))


class Model:
    """The chances of a tile, made where they are first asked for."""

    def __init__(self) -> None:
        self.states: dict[tuple, list[int]] = {}
        self.weights: dict[tuple, list[int]] = {}

    def state(self, table: str, first: int, second: int, slot: int) -> list[int]:
        """Return a state: chance and count."""
        name = (table, first, second, slot)
        if name not in self.states:
            if table == "C":
                self.states[name] = [1 << 21, 0]
            else:
                means = mean_of_bucket(second)
                if table == "B":
                    means = sum(mean_of_bucket(min(2 * half, 63)) for half in divmod(second, 16))
                self.states[name] = [first_chance(means, slot), 2]
        return self.states[name]


class Bits:
    """Section 6 and the rest of section 7: the bits of a segment."""

    def __init__(self, data: bytes, model: Model) -> None:
        self.data, self.model = data, model
        self.range, self.code, self.place = (1 << 32) - 1, 0, 0
        for _ in range(4):
            self.take()

    def take(self) -> None:
        """Take one byte more."""
        self.code = self.code << 8 | (self.data[self.place] if self.place < len(self.data) else 0)
        self.place += 1

    def refill(self) -> None:
        """Make the range large again."""
        while self.range < 1 << 24:
            self.range <<= 8
            self.take()

    def end(self) -> None:
        """Check the length."""
        assert len(self.data) <= self.place <= max(len(self.data), 4) + 8

    def bit(self, contexts: tuple, slot: int) -> int:
        """Return a bit in its contexts: places in A, B, C and W."""
        (a, b, c, w) = contexts
        states = [self.model.state("A", *a, slot), self.model.state("B", *b, slot), self.model.state("C", *c, slot)]
        return self.known(states, self.model.weights.setdefault((w, slot), [WEIGHT] * 3))

    def known(self, states: list[list[int]], weights: list[int]) -> int:
        """Return a bit by its states and weights, and let them learn."""
        x = [STRETCH[p >> 10] for p, _ in states]
        t = sum(weight * one for weight, one in zip(weights, x, strict=True)) >> 16
        chance = SQUASH[clip(t, -2047, 2047) + 2048]
        bound = (self.range >> 16) * chance
        bit = int(self.code < bound)
        if bit:
            self.range = bound
        else:
            self.code -= bound
            self.range -= bound
        self.refill()
        error = (bit << 16) - chance
        weights[:] = [weight + ((one * error + 8192) >> 14) for weight, one in zip(weights, x, strict=True)]
        for state in {id(state): state for state in states}.values():
            state[:] = [
                state[0] + (((4194303 * bit - state[0]) * RATES[state[1]]) >> 16),
                min(state[1] + 1, 100),
            ]
        return bit

    def plain(self, count: int) -> int:
        """Return a plain number."""
        value = 0
        for _ in range(count):
            self.range >>= 1
            bit = int(self.code >= self.range)
            self.code -= self.range * bit
            value = 2 * value + bit
            self.refill()
        return value

    def gamma(self) -> int:
        """Return a number from 1 on in Elias's gamma code."""
        count = 0
        while count < 32 and self.plain(1) == 0:
            count += 1
        return 1 << count | self.plain(count)

    def integer(self) -> int:
        """Return a plain integer."""
        k = self.gamma() - 1
        return -(k >> 1) if k & 1 else k >> 1

    def number(self, contexts: tuple, shift: int) -> int:
        """Section 8: return a number in its contexts."""
        if not self.bit(contexts, 0):
            return 0
        negative = self.plain(1)
        high = 0
        while high < 12 and self.bit(contexts, high + 1):
            high += 1
        if high == 12:
            high += self.gamma() - 1
        if shift:
            high = (2 * high + self.bit(contexts, 13)) << (shift - 1) | self.plain(shift - 1)
        size = min(high + 1, 1 << 30)
        return -size if negative else size


WEIGHT = 26000


def octave(size: int) -> int:
    """Section 8."""
    return 0 if size < 2 else math.floor(math.log2(size**3 / 8) + 1e-9) + 1


def bucket(expected: int) -> int:
    """Section 8."""
    if expected < 2048:
        return octave(max(expected, 0))
    if expected < 65536:
        return octave(expected >> 5) + 15
    return min(octave(min(expected >> 10, 2047)) + 30, 63)


def shift_of(total: int) -> int:
    """Section 8."""
    return clip((total - 19) // 3, 0, 24)


def summary(same: int, other: int) -> tuple[int, int]:
    """Section 8: return total and pair."""
    halves = [min(bucket(one >> 4) // 2, 15) for one in (same, other)]
    return bucket((same + other) >> 4), 16 * halves[0] + halves[1]


@dataclass(frozen=True)
class Source:
    """One source of a sum."""

    back: int
    plane: str
    down: int
    right: int
    weight: int


def read_weights() -> dict[str, list[Source]]:
    """Section 8: return the lines of weights.txt."""
    table = {}
    for line in resources.files("hadimg.codec").joinpath("weights.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, items = line.split(": ", 1)
            table[name] = []
            for item in items.split(", "):
                plane, down, right, weight = item.split(" ")
                back, _, plain = plane.rpartition(":")
                table[name].append(Source(int(back or 0), plain, int(down), int(right), int(weight)))
    return table


TABLE = read_weights()
SORTS = ("luma", "first", "second")
Plane = dict[tuple[int, int], int]


@dataclass
class Tile:
    """What a decoder knows of the tile it is in."""

    height: int
    width: int
    channels: int
    depth: int
    lossless: bool
    color: int
    overlap: int
    step: int
    chroma: tuple[int, int]
    offsets: tuple[int, ...]
    segments: list[bytes]
    model: Model = field(default_factory=Model)

    def sort(self, channel: int) -> int:
        """Return the place of a channel's sort in SORTS."""
        return channel if self.color and channel in (1, 2) else 0


# Section 9
BANDS = ("across", "down", "diagonal")


def sizes_of_stages(height: int, width: int) -> list[tuple[int, int]]:
    """Return the sizes that the stages go through, the largest first."""
    sizes = [(height, width)]
    while sizes[-1] != (1, 1):
        sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
    return sizes


def repeated(plane: Plane, height: int, width: int) -> None:
    """Repeat a plane beyond its borders."""
    for y in range(height):
        plane[y, -1], plane[y, width] = plane[y, 0], plane[y, width - 1]
    for x in range(-1, width + 1):
        plane[-1, x], plane[height, x] = plane[0, x], plane[height - 1, x]


def changes(m: Plane, height: int, width: int) -> list[Plane]:
    """Return the four changes of means."""
    result: list[Plane] = [{}, {}, {}, {}]
    for y, x in itertools.product(range(height), range(width)):
        differences = (
            m[y, x - 1] - m[y, x + 1],
            m[y - 1, x] - m[y + 1, x],
            2 * m[y, x] - m[y, x - 1] - m[y, x + 1],
            2 * m[y, x] - m[y - 1, x] - m[y + 1, x],
        )
        for plane, difference in zip(result, differences, strict=True):
            plane[y, x] = min(abs(difference), 16384)
    return result


def sums(planes: list[dict], sizes: list[Source], own: tuple[int, str], y: int, x: int) -> tuple[int, int]:
    """Return the two sums of expected sizes."""
    channel, name = own
    totals = [0, 0]
    for source in sizes:
        value = planes[channel - source.back][source.plane].get((y + source.down, x + source.right), 0)
        totals[not (source.back == 0 and source.plane == name)] += source.weight * value
    return totals[0], totals[1]


def one_stage(tile: Tile, bits: Bits, means: list[Plane], stage: int, large: tuple[int, int]) -> list[Plane]:
    """Return the planes of ``large`` size that a stage leads to."""
    tall, wide = (-(-side // 2) for side in large)
    values: list[dict[str, Plane]] = [{} for _ in means]
    sizes: list[dict[str, Plane]] = [{} for _ in means]
    results = []
    for channel, mean in enumerate(means):
        sort = tile.sort(channel)
        repeated(mean, tall, wide)
        values[channel] = {"mean": mean, **{name: {} for name in BANDS}}
        sizes[channel] = {f"change-{k}": plane for k, plane in enumerate(changes(mean, tall, wide))}
        sizes[channel] |= {name: {} for name in BANDS}
        for band, name in enumerate(BANDS):
            d = 3 * int(sort > 0) + band
            rows = tall if band == 0 else large[0] // 2
            columns = wide if band == 1 else large[1] // 2
            for y, x in itertools.product(range(rows), range(columns)):
                predicted = 2048
                for source in TABLE[f"detail {SORTS[sort]} {name}"]:
                    value = values[channel - source.back][source.plane].get((y + source.down, x + source.right), 0)
                    predicted += source.weight * (value - (mean[y, x] if source.plane == "mean" else 0))
                same, other = sums(sizes, TABLE[f"error {SORTS[sort]} {name}"], (channel, name), y, x)
                total, pair = summary(same, other)
                place = (128 + 4 * d + min(stage, 3), min(total // 2, 15))
                error = bits.number(((8 + d, total), (8 + d, pair), place, 8 + d), shift_of(total))
                values[channel][name][y, x] = error + (predicted >> 12)
                sizes[channel][name][y, x] = min(abs(error), 16384)
        results.append(joined(values[channel], large))
    return results


def joined(planes: dict[str, Plane], size: tuple[int, int]) -> Plane:
    """Return what means and details came from."""
    height, width = size
    result: Plane = {}
    for y, x in itertools.product(range(-(-height // 2)), range(-(-width // 2))):
        mean = planes["mean"][y, x]
        across, down, diagonal = (planes[name].get((y, x), 0) for name in BANDS)
        a, b = mean + diagonal, down - across
        t = (a - b) >> 1
        x11, x10 = t - across, t - diagonal
        bottom, right = min(2 * y + 1, height - 1), min(2 * x + 1, width - 1)
        result[bottom, right], result[bottom, 2 * x] = x11, x10
        result[2 * y, right], result[2 * y, 2 * x] = b + x10, a - x11
    return result


# Section 10
def lossless_tile(tile: Tile, reduce: int) -> np.ndarray:
    """Return the levels of a lossless tile."""
    sizes = sizes_of_stages(tile.height, tile.width)
    planes: list[Plane] = []
    for number in range(4 - reduce):
        bits = Bits(tile.segments[number], tile.model)
        if number == 0:
            planes = [{(0, 0): bits.integer()} for _ in range(tile.channels)]
        stages = range(len(sizes) - 2, 2, -1) if number == 0 else [3 - number] if 3 - number < len(sizes) - 1 else []
        for stage in stages:
            planes = one_stage(tile, bits, planes, stage, sizes[stage])
        bits.end()
    scale = min(reduce, len(sizes) - 1)
    height, width = sizes[scale]
    top = (1 << tile.depth) - 1
    levels = np.zeros((height, width, tile.channels), int)
    for y, x in itertools.product(range(height), range(width)):
        values = [(plane[y, x] + (1 << scale >> 1)) >> scale for plane in planes]
        if tile.color:
            t = values[0] - (values[2] >> 1)
            blue = t - (values[1] >> 1)
            values[:3] = [blue + values[1], values[2] + t, blue]
        levels[y, x] = [clip(value, 0, top) for value in values]
    return levels


# Section 11
def matrix_of(name: str) -> list[list[int]]:
    """Return the numbers that stand in the text below some words, as rows."""
    lines = TEXT[TEXT.index(name) :].splitlines()[1:]
    return [[int(one) for one in line.split()] for line in itertools.takewhile(lambda line: line[:8].isspace(), lines)]


STEPS = matrix_of("STEPS by rows")
FINE = [[int(one) for one in part.split()] for part in TEXT.split("FINE: ")[1].split("\n")[0].split(";")]
FILTERS = matrix_of("depth up to 8, n = 12")
COLORS = matrix_of("M for YCoCg:")
NATURAL = [0, 4, 6, 2, 3, 7, 5, 1]


def step_of(tile: Tile, channel: int, u: int, v: int) -> int:
    """Return the step of a band."""
    step, f = tile.step, STEPS[u // 2][v // 2]
    if tile.sort(channel):
        step = (step * tile.chroma[channel - 1] + 8) // 16
        if u < 2 and v < 2:
            f = f * FINE[u][v] // 16
    return max((f * step + 32) // 64, 1)


def bands_of(segment: int) -> list[tuple[int, int]]:
    """Return the bands of a segment in order."""
    bands = [(u, v) for u, v in itertools.product(range(8), repeat=2) if max(u, v).bit_length() == segment]
    return sorted(bands, key=lambda band: (sum(band), abs(band[0] - band[1]), band[0]))


def lossy_tile(tile: Tile, reduce: int) -> np.ndarray:
    """Return the levels of a lossy tile."""
    rows, columns = -(-tile.height // 8), -(-tile.width // 8)
    bound = 1 << (tile.depth + 8)
    sizes = sizes_of_stages(rows, columns)
    bits = Bits(tile.segments[0], tile.model)
    means = [{(0, 0): bits.integer()} for _ in range(tile.channels)]
    for stage in reversed(range(len(sizes) - 1)):
        means = one_stage(tile, bits, means, stage, sizes[stage])
    bits.end()
    known: list[dict[str, Plane]] = []
    for channel, mean in enumerate(means):
        step = step_of(tile, channel, 0, 0)
        plane = {
            (y, x): clip((mean[y, x] * step + 32) >> 6, -bound, bound)
            for y, x in itertools.product(range(rows), range(columns))
        }
        repeated(plane, rows, columns)
        known.append({"0,0": plane})
    levels: list[dict[str, Plane]] = [{"so-far": {}} for _ in means]
    for segment in (1, 2, 3):
        present = segment < 4 - reduce
        bits = Bits(tile.segments[segment] if present else b"", tile.model)
        for one in levels:
            one["before"] = dict(one["so-far"])
        for channel in range(tile.channels):
            for band in bands_of(segment):
                code_band(tile, bits if present else None, (channel, *band, segment), known, levels, (rows, columns))
        if present:
            bits.end()
    return from_coefficients(tile, known, reduce)


def predict_band(known: dict[str, Plane], name: str, shape: tuple[int, int]) -> Plane:
    """Return the predictions of a band's coefficients."""
    target: Plane = {}
    for y, x in itertools.product(*map(range, shape)):
        total = 2048
        for source in TABLE.get(f"coefficient {name}", ()):
            total += source.weight * known[source.plane].get((y + source.down, x + source.right), 0)
        target[y, x] = total >> 12
    return target


def code_band(tile, bits, band, known, levels, shape) -> None:
    """Decode one band of a channel."""
    channel, u, v, segment = band
    rows, columns = shape
    sort, name, color = tile.sort(channel), f"{u},{v}", int(tile.sort(channel) > 0)
    kind, place = 4 * color + segment, 64 * color + 8 * u + v
    step, bound = step_of(tile, channel, u, v), 1 << (tile.depth + 8)
    target, mine = predict_band(known[channel], name, shape), {}
    known[channel][name], levels[channel][name] = target, mine
    if bits is None:
        return
    state = tile.model.state("C", place, 15, 0)
    if not bits.known([state] * 3, tile.model.weights.setdefault((kind, 15), [WEIGHT] * 3)):
        return
    offsets = tile.offsets[3 * color : 3 * color + 3]
    sizes = TABLE[f"level {SORTS[sort]} {name}"]
    beside = [source for source in sizes if (source.back, source.plane, source.down) == (0, name, 0)]
    others = [source for source in sizes if source not in beside]
    for y in range(rows):
        for x in range(columns):
            if x % 8 == 0:
                parts = [sums(levels, others, (channel, name), y, i) for i in range(x, min(x + 8, columns))]
                parts.append(sums(levels, beside, (channel, name), y, x))
                same, other = (sum(part) for part in zip(*parts, strict=True))
                total, pair = summary(same, other)
                used, silent = kind, False
                if same + other < 400:
                    third = (place, 9 + min(total // 4, 5))
                    silent = not bits.bit(((kind, total), (kind, pair), third, kind), 14)
                    used = 14 + color
            if silent:
                continue
            total, pair = summary(*sums(levels, sizes, (channel, name), y, x))
            third = (place, 3 * min(mine.get((y, x - 1), 0), 2) + min(mine.get((y - 1, x), 0), 2))
            value = bits.number(((used, total), (used, pair), third, used), shift_of(total))
            if value:
                size = abs(value)
                change = ((64 * min(size, 1 << 26) - offsets[min(size, 3) - 1]) * step + 2048) >> 12
                target[y, x] = clip(target[y, x] + (change if value > 0 else -change), -bound, bound)
                mine[y, x] = min(size, 2047)
                sofar = levels[channel]["so-far"]
                sofar[y, x] = sofar.get((y, x), 0) + mine[y, x]


# Section 12
def from_coefficients(tile: Tile, known: list[dict[str, Plane]], reduce: int) -> np.ndarray:
    """Return levels from coefficients."""
    rows, columns = -(-tile.height // 8), -(-tile.width // 8)
    hadamard = np.array([[(-1) ** (i & j).bit_count() for j in range(8)] for i in range(8)])
    planes = []
    for bands in known:
        plane = np.zeros((8 * rows, 8 * columns), np.int64)
        for y, x in itertools.product(range(rows), range(columns)):
            block = np.zeros((8, 8), np.int64)
            for u, v in itertools.product(range(8), repeat=2):
                block[NATURAL[u], NATURAL[v]] = bands[f"{u},{v}"][y, x]
            samples = (hadamard @ block @ hadamard + 4) >> 3
            bound = 1 << (tile.depth + 7)
            plane[8 * y : 8 * y + 8, 8 * x : 8 * x + 8] = np.clip(samples, -bound, bound)
        if tile.overlap:
            unfilter(plane, tile.depth)
            unfilter(plane.T, tile.depth)
        planes.append(plane[: tile.height, : tile.width])
    return to_levels(tile, [means_of(plane, 1 << reduce) for plane in planes])


def unfilter(plane: np.ndarray, depth: int) -> None:
    """Filter across all borders between rows of blocks."""
    n = 12 if depth <= 8 else 24
    numbers = np.array(FILTERS)[:, :4] if depth <= 8 else np.array(FILTERS)[:, 4:]
    for border in range(8, len(plane), 8):
        a, b = [border - 1 - j for j in range(4)], [border + j for j in range(4)]
        moved = (numbers @ (plane[a] - plane[b]) + (1 << (n - 1))) >> n
        plane[a] -= moved
        plane[b] += moved


def means_of(plane: np.ndarray, scale: int) -> np.ndarray:
    """Return the means of squares."""
    height, width = (-(-side // scale) for side in plane.shape)
    result = np.zeros((height, width), np.int64)
    for y, x in itertools.product(range(height), range(width)):
        square = plane[scale * y : scale * (y + 1), scale * x : scale * (x + 1)]
        result[y, x] = (2 * int(square.sum()) + square.size) // (2 * square.size)
    return result


def to_levels(tile: Tile, planes: list[np.ndarray]) -> np.ndarray:
    """Return the levels of samples."""
    middle, top = 1 << tile.depth >> 1, (1 << tile.depth) - 1
    values = [((plane + 8) >> 4) + middle for plane in planes]
    if tile.color:
        numbers = np.array(COLORS)[:, :3] if tile.color == 1 else np.array(COLORS)[:, 3:]
        mixed = np.tensordot(numbers, np.stack(planes[:3]), 1)
        values[:3] = (mixed + (1 << 23) + (middle << 24)) >> 24
    return np.clip(np.stack(values, axis=-1), 0, top)


# Sections 1 to 5
def second_decoder(data: bytes, reduce: int = 0) -> np.ndarray:
    """Return the pixels of a file."""
    assert data[:8] == bytes.fromhex("894841 44490d0a 1a")
    length, width, height = struct.unpack_from("<HII", data, 10)
    kind, segments, side, axis = struct.unpack_from("<BBHB", data, 20)
    metadata, unit, origin = struct.unpack_from("<Idq", data, 28)
    planes, depth, _, mode, color, transform, _, _, step = struct.unpack_from("<8BI", data, 48)
    chroma, offsets = struct.unpack_from("<2H", data, 60), struct.unpack_from("<6B", data, 64)
    assert zlib.crc32(data[: length - 4]) == struct.unpack_from("<I", data, length - 4)[0]
    across, down = -(-width // side), -(-height // side)
    place = length + metadata
    lengths = struct.unpack_from(f"<{segments * across * down}I", data, place)
    place += 4 * len(lengths) + 4
    parts: list[list[bytes]] = [[] for _ in range(across * down)]
    for number, size in enumerate(lengths):
        parts[number % (across * down)].append(data[place : place + size])
        assert zlib.crc32(data[place : place + size]) == struct.unpack_from("<I", data, place + size)[0]
        place += size + 4
    assert place == len(data)
    bands = []
    for row in range(down):
        tiles = []
        for column in range(across):
            size = (min(side, height - row * side), min(side, width - column * side))
            coding = (planes, depth, bool(mode), color, 8 * (transform >> 4), step, chroma, offsets)
            tile = Tile(*size, *coding, parts[row * across + column])
            tiles.append(lossless_tile(tile, reduce) if mode else lossy_tile(tile, reduce))
        bands.append(np.hstack(tiles))
    pixels = from_levels(np.vstack(bands), kind, unit, origin)
    return pixels if pixels.shape[2] > 1 or axis else pixels[:, :, 0]


def from_levels(levels: np.ndarray, kind: int, unit: float, origin: int) -> np.ndarray:
    """Section 5: return what levels stand for."""
    if kind < 2:
        return levels.astype([np.uint8, np.uint16][kind])
    if kind == 2:
        return ((levels + origin) * unit).astype(np.float32)
    half = levels.shape[2] // 2
    bits = levels[:, :, :half] << 16 | levels[:, :, half:]
    bits = np.where(bits >> 31, bits ^ 0x80000000, bits ^ 0xFFFFFFFF)
    return bits.astype(np.uint32).view(np.float32)


CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.hadi"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_second_decoder(path):
    """The decoder of the specification and ours make the same pixels, whole and reduced."""
    data = path.read_bytes()
    for reduce in (0, 3):
        ours = decode(data, reduce=reduce)
        theirs = second_decoder(data, reduce)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_array_equal(ours.view(np.uint8), theirs.view(np.uint8))


@pytest.mark.parametrize("options", [{"quality": 30}, {"quality": 92, "tuning": "rgb"}, {"lossless": True}])
def test_second_decoder_of_a_scene(options, scene):
    """A picture with all that a photograph has is read alike."""
    data = encode(scene(33, 45), **options)
    np.testing.assert_array_equal(decode(data), second_decoder(data))


def test_large_numbers(rng):
    """Noise of 16 bits, with its long numbers, is read alike."""
    pixels = rng.integers(0, 65536, (17, 10, 3), np.uint16)
    for options in ({"lossless": True}, {"step": 1 / 64}, {"step": 3000.0}):
        data = encode(pixels, **options)
        np.testing.assert_array_equal(decode(data), second_decoder(data))


def test_text_is_in_the_package():
    """The specification is packaged, in lines that fit on paper, and names the version that is written."""
    version = describe(encode(np.zeros((1, 1), np.uint8)))["version"]
    assert TEXT.splitlines()[0].endswith(f"version {version}")
    assert max(map(len, TEXT.splitlines())) <= 125
    assert TEXT.isascii()
