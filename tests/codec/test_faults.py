"""Whatever is broken about a file, the answer is one error, or the part that is whole, soon and in little memory."""

from __future__ import annotations

import importlib.util
import struct
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest

from hadimg.codec import decode, describe, encode
from hadimg.codec.container import HEADER_BYTES
from hadimg.errors import FormatError, HadimgError, HadimgWarning, LimitError
from hadimg.io.image import Metadata

ROOT = Path(__file__).resolve().parents[2]
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*"))


@pytest.fixture(scope="module")
def fuzz():
    """Return the program that fuzzes the decoder by hand, as a module."""
    spec = importlib.util.spec_from_file_location("fuzz_hadi", ROOT / "scripts" / "stress" / "fuzz_hadi.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["lossy", "lossless"])
def small(request, scene) -> bytes:
    """Make a small file with metadata."""
    metadata = Metadata(xmp=b"<x/>")
    return encode(
        scene(9, 11), metadata=metadata, **({"step": 6.0} if request.param == "lossy" else {"lossless": True})
    )


def test_every_prefix(small):
    """A file cut at any byte is refused as broken; with ``partial`` it gives a picture as soon as one can be seen."""
    whole = decode(small)
    first = describe(small)["prefix_bytes"]["8"]
    for length in range(len(small)):
        with pytest.raises(FormatError):
            decode(small[:length])
        with warnings.catch_warnings(action="ignore"):
            if length < first:
                with pytest.raises(FormatError):
                    decode(small[:length], partial=True)
            else:
                assert decode(small[:length], partial=True).shape == whole.shape


def test_every_flipped_bit(small):
    """Every flipped bit is noticed; with ``partial`` the rest is shown or the file is refused."""
    shape = decode(small).shape
    for bit in range(8 * len(small)):
        broken = bytearray(small)
        broken[bit >> 3] ^= 1 << (bit & 7)
        with pytest.raises(FormatError):
            decode(bytes(broken))
        if bit % 7 == 0:
            with warnings.catch_warnings(action="ignore"):
                try:
                    assert decode(bytes(broken), partial=True).shape == shape
                except FormatError:
                    assert bit >> 3 < describe(small)["prefix_bytes"]["8"]


def test_flipped_bits_behind_right_checksums(small, fuzz):
    """Under right checksums every flipped bit gives a picture of the declared size, or one error."""
    for bit in range(8 * HEADER_BYTES, 8 * len(small)):
        broken = bytearray(small)
        broken[bit >> 3] ^= 1 << (bit & 7)
        try:
            assert decode(fuzz.resealed(bytes(broken))).shape == (9, 11, 3)
        except HadimgError:
            continue


@pytest.mark.parametrize("lossless", [False, True])
def test_segments_of_nonsense(lossless, scene, fuzz, rng):
    """Segments that are empty, cut, too long or noise give a picture or one error, however few bytes they are."""
    data = encode(scene(70, 70), lossless=lossless, quality=None if lossless else 50, tile=64)
    layout = describe(data)
    start = layout["prefix_bytes"]["1"]
    assert start == len(data)
    table = HEADER_BYTES
    for trial in range(60):
        lengths = rng.integers(0, 9 if trial % 2 else 300, 16).astype("<u4")
        body = b"".join(rng.bytes(int(length)) + bytes(4) for length in lengths)
        broken = data[:table] + lengths.tobytes() + bytes(4) + body
        try:
            assert decode(fuzz.resealed(broken)).shape == (70, 70, 3)
        except FormatError:
            continue


def test_partial_shows_what_is_whole(scene):
    """A tile whose last segment is broken is coarse, one without any is black, others are exact; a warning says so."""
    pixels = scene(128, 192)
    data = encode(pixels, lossless=True, tile=64)
    from hadimg.codec.grid import read_layout
    from hadimg.codec.source import MemorySource
    from hadimg.io.limits import Limits

    layout = read_layout(MemorySource(data), Limits())
    broken = bytearray(data)
    broken[int(layout.starts[3, 1])] ^= 1
    broken[int(layout.starts[0, 5])] ^= 1
    with pytest.warns(HadimgWarning, match="of 6 tiles 1 is missing and 1 is coarse"):
        shown = decode(bytes(broken), partial=True)
    np.testing.assert_array_equal(shown[:64, :64], pixels[:64, :64])
    np.testing.assert_array_equal(shown[64:, :128], pixels[64:, :128])
    assert (shown[64:, 128:] == 0).all()
    coarse, exact = shown[:64, 64:128].astype(int), pixels[:64, 64:128]
    assert 0 < np.abs(coarse - exact).mean() < 12  # of 255 levels: the noise of the scene is lost, and the finest edges
    with warnings.catch_warnings(action="error"):  # the damage lies outside
        decode(bytes(broken), window=(64, 0, 64, 128))


def test_trailing_bytes(small):
    """Bytes behind the end are refused, described and, with ``partial``, passed over."""
    with pytest.raises(FormatError, match="2 bytes follow"):
        decode(small + b"ab")
    np.testing.assert_array_equal(decode(small + b"ab", partial=True), decode(small))
    told = describe(small + b"ab")
    assert told["bytes"] - told["declared_bytes"] == 2


def hostile(fuzz) -> list[bytes]:
    """Return files of a few bytes that declare a great deal."""
    data = encode(np.zeros((5, 7, 3), np.uint8))
    files = []
    for width, height in ((1 << 20, 256), (1 << 14, 1 << 14), (1024, 1024)):
        claim = bytearray(data)
        struct.pack_into("<II", claim, 12, width, height)
        for metadata in (0, 1 << 25, 0xFFFFFFFF):
            struct.pack_into("<I", claim, 28, metadata)
            files.append(fuzz.resealed(bytes(claim)))
    lengths = bytearray(data)
    struct.pack_into("<4I", lengths, HEADER_BYTES, *[0xFFFFFFFF] * 4)
    return [*files, fuzz.resealed(bytes(lengths))]


def test_hostile_headers_cost_nothing(fuzz, clock):
    """A file of a few bytes takes a few kilobytes and no time, whatever it declares."""
    for data in hostile(fuzz):
        for partial in (False, True):
            tracemalloc.start()
            began = clock()
            with pytest.raises((FormatError, LimitError)):
                decode(data, partial=partial)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert clock() - began < 0.25
            assert peak < 32_000


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_corpus(path, fuzz):
    """Every file of the corpus, and every find of the fuzzer that was added to it, gets an answer."""
    outcome = fuzz.feed(path.read_bytes())
    assert (outcome == "picture") == (path.suffix == ".hadi")


def test_some_mutants(fuzz):
    """The fuzzer finds nothing in its first mutants."""
    import random

    chance = random.Random(5)
    files = [path.read_bytes() for path in CORPUS if path.suffix == ".hadi"]
    assert len(files) >= 10
    assert sum(len(data) for data in files) < 60_000
    outcomes = {fuzz.feed(fuzz.mutant(files, chance)) for _ in range(150)}
    assert {"picture", "FormatError"} <= outcomes
