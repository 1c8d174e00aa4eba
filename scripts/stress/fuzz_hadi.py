"""Feed the decoder of .hadi files with broken ones and see that it answers each with a picture or with one error.

Files of a small corpus are cut, flipped, spliced and told lies. Half of them get the right checksums again, so that
what lies behind the checksums is reached. Each is decoded whole, reduced, in a window, row by row, and as far as it is
whole. Anything but a picture or an error of hadimg's own family, an answer that takes longer than ``--timeout``, and
memory beyond ``--memory`` is a find: its bytes are kept under their hash, and the program ends with 1.

    python scripts/stress/fuzz_hadi.py --seconds 60
    python scripts/stress/fuzz_hadi.py --seconds 3600 --seed 1 --checked   # loops compiled with checks of every index
    python scripts/stress/fuzz_hadi.py --only crash-0123abcd               # one file again
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import resource
import struct
import sys
import tempfile
import threading
import time
import warnings
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "codec" / "corpus"
LONGEST = 1 << 16
PLACES_OF_NUMBERS = range(8, 96)
TELLING = (0, 1, 2, 7, 8, 63, 64, 127, 128, 254, 255)


def main() -> int:
    """Read the options, fuzz, print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument("--seed", type=int, default=20140506, help="of the chances")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds one file may take (default 5)")
    parser.add_argument("--memory", type=int, default=512, help="MiB the process may grow by (default 512)")
    parser.add_argument("--checked", action="store_true", help="compile the loops with checks of every index")
    parser.add_argument("--finds", type=Path, default=Path(), help="where finds are kept (default: here)")
    parser.add_argument("--only", type=Path, help="feed this one file and stop")
    options = parser.parse_args()
    if options.checked:
        # compiled loops of two kinds cannot share a cache
        os.environ["NUMBA_BOUNDSCHECK"] = "1"
        os.environ["NUMBA_CACHE_DIR"] = str(Path(tempfile.gettempdir()) / "hadimg-checked")
    if options.only is not None:
        print(feed(options.only.read_bytes()))
        return 0
    files = [path.read_bytes() for path in sorted(CORPUS.glob("*.hadi"))]
    if not files:
        sys.exit(f"there is no corpus in {CORPUS}")
    for data in files:  # compiles, and says what whole files give
        if feed(data) != "picture":
            sys.exit("the corpus does not decode")
    return run(files, options)


def run(files: list[bytes], options: argparse.Namespace) -> int:
    """Feed mutants until the time is over or one is a find."""
    chance = random.Random(options.seed)  # noqa: S311 (nothing secret)
    seen: Counter[str] = Counter()
    slowest = 0.0
    start_memory = peak_memory()
    end = time.monotonic() + options.seconds
    watch = Watch(options.timeout, options.finds)
    while time.monotonic() < end:
        data = mutant(files, chance)
        begun = time.monotonic()
        watch.start(data)
        try:
            seen[feed(data)] += 1
            if peak_memory() - start_memory > options.memory << 20:
                raise MemoryError(f"grew by {(peak_memory() - start_memory) >> 20} MiB")  # noqa: TRY301 (a find like others)
        except Exception as error:  # noqa: BLE001 (this is what is looked for)
            keep(data, options.finds, f"{type(error).__name__}: {error}")
            return 1
        slowest = max(slowest, time.monotonic() - begun)
    counts = ", ".join(f"{count} {what}" for what, count in sorted(seen.items()))
    grown = (peak_memory() - start_memory) >> 20
    print(f"{seen.total()} files: {counts}; the slowest took {slowest:.2f} s, the process grew by {grown} MiB")
    return 0


def keep(data: bytes, folder: Path, what: str) -> None:
    """Write a find under its hash, and say what it does."""
    name = folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
    name.write_bytes(data)
    print(f"{what}; kept as {name}", flush=True)


class Watch:
    """A thread that ends the program when a file takes too long, even inside a compiled loop.

    Parameters
    ----------
    timeout : float
        Seconds that one file may take.
    folder : Path
        Where the file is kept then.
    """

    def __init__(self, timeout: float, folder: Path) -> None:
        self._timeout = timeout
        self._folder = folder
        self._now: tuple[float, bytes] = (time.monotonic(), b"")
        threading.Thread(target=self._look, daemon=True).start()

    def start(self, data: bytes) -> None:
        """Begin the time of one file."""
        self._now = (time.monotonic(), data)

    def _look(self) -> None:
        while True:
            time.sleep(self._timeout / 10)
            begun, data = self._now
            if time.monotonic() - begun > self._timeout:
                keep(data, self._folder, f"no answer in {self._timeout:g} s")
                os._exit(1)


def peak_memory() -> int:
    """Return the most memory that the process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def feed(data: bytes) -> str:
    """Decode a file in every way, and return what came of it: a picture, or the name of the error."""
    from hadimg.codec import Reader, decode, describe
    from hadimg.errors import HadimgError
    from hadimg.io.limits import Limits

    small = Limits(page_pixels=1 << 18, total_pixels=1 << 18, decoded_bytes=1 << 22, metadata_bytes=1 << 16)

    def rows() -> None:
        for _ in Reader(io.BytesIO(data), limits=small, workers=1).rows(reduce=1):
            pass

    ways: tuple[Callable[[], object], ...] = (
        lambda: describe(data, limits=small),
        lambda: decode(data, limits=small, partial=True, workers=1),
        lambda: decode(data, limits=small, reduce=3, partial=True, workers=1),
        lambda: decode(data, limits=small, window=(0, 0, 1, 1), workers=1),
        rows,
        lambda: decode(data, limits=small, workers=1),
    )
    outcome = ""
    with warnings.catch_warnings(action="ignore"):
        for way in ways:
            try:
                way()
                outcome = "picture"
            except HadimgError as error:
                outcome = type(error).__name__
    return outcome


def mutant(files: list[bytes], chance: random.Random) -> bytes:
    """Return a broken file."""
    data = bytearray(chance.choice(files))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        chance.choice(MUTATIONS)(data, chance, files)
    del data[LONGEST:]
    return resealed(bytes(data)) if chance.random() < 0.7 else bytes(data)


def _flip(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice(TELLING)


def _lie(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    """Change a number of the header or the table."""
    place = chance.choice(PLACES_OF_NUMBERS)
    if place < len(data):
        data[place] = chance.choice(TELLING)


def _cut(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _drop(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    del data[start : start + chance.randrange(1, 20)]


def _repeat(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    data[start:start] = data[start : start + chance.randrange(1, 40)]


def _noise(data: bytearray, chance: random.Random, _: list[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    length = min(chance.randrange(1, 60), len(data) - start)
    data[start : start + length] = chance.randbytes(length)


def _splice(data: bytearray, chance: random.Random, files: list[bytes]) -> None:
    other = chance.choice(files)
    place = chance.randrange(min(len(data), len(other)) + 1)
    data[place:] = other[place:]


MUTATIONS: tuple[Callable[[bytearray, random.Random, list[bytes]], None], ...] = (
    _flip,
    _set,
    _lie,
    _cut,
    _drop,
    _repeat,
    _noise,
    _splice,
)


def resealed(data: bytes) -> bytes:
    """Return a file whose checksums, and the length of its last segment, are right as far as its parts can be found.

    The places are those of the specification; nothing of the decoder is used.
    """
    file = bytearray(data)
    if len(file) < 48:
        return bytes(file)
    (header,) = struct.unpack_from("<H", file, 10)
    width, height = struct.unpack_from("<II", file, 12)
    (tile,) = struct.unpack_from("<H", file, 22)
    (metadata,) = struct.unpack_from("<I", file, 28)
    if 16 <= header <= len(file):
        _seal(file, 0, header - 4)
    if 0 in (tile, width, height):
        return bytes(file)
    count = 4 * -(-width // tile) * -(-height // tile)
    table = header + metadata
    place = table + 4 * count + 4
    if place > len(file):
        return bytes(file)
    lengths = struct.unpack_from(f"<{count}I", file, table)
    for length in lengths[:-1]:
        if place + length + 4 > len(file):
            break
        _seal(file, place, length)
        place += length + 4
    else:
        last = max(len(file) - place - 4, 0)
        struct.pack_into("<I", file, table + 4 * count - 4, last)
        _seal(file, place, last)
    _seal(file, table, 4 * count)
    return bytes(file)


def _seal(file: bytearray, start: int, length: int) -> None:
    """Put the checksum of some bytes behind them."""
    if start + length + 4 <= len(file):
        struct.pack_into("<I", file, start + length, zlib.crc32(file[start : start + length]))


if __name__ == "__main__":
    sys.exit(main())
