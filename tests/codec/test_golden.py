"""Files of every version of the format are read for ever, and an encoder's bytes stay what they are within a version.

The files in ``golden/`` are never written again; a missing one fails. When the format gets a new version, its files are
added beside the old ones by

    python tests/codec/test_golden.py

which writes those that are missing, for the version that the encoder writes, and touches none that is there.
"""

from __future__ import annotations

import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hadimg.codec import decode, describe, encode
from hadimg.codec.container import VERSION
from hadimg.codec.picture import encode_volume
from hadimg.codec.planning import Choices, make_plan
from hadimg.io.image import Metadata

GOLDEN = Path(__file__).parent / "golden"
TABLE = "pixels.txt"


def picture(height: int, width: int, channels: int, bits: int = 8) -> np.ndarray:
    """Return a picture of ramps, edges and a texture, made of whole numbers only, so that it is the same everywhere."""
    rows, cols, planes = np.meshgrid(*map(np.arange, (height, width, channels)), indexing="ij")
    texture = (rows * 7919 + cols * 104729 + planes * 31) * 2654435761 >> 12 & 15
    edges = 60 * ((rows * rows + cols * cols) // 700 % 2) + 50 * (cols * 3 // (width + 1))
    values = 3 * rows // 2 + 2 * cols + edges + texture + 20 * planes
    return ((values << bits >> 8) % (1 << bits)).astype(np.uint8 if bits <= 8 else np.uint16)


def floats() -> np.ndarray:
    """Return floats, negative ones, zeros of both signs, infinities and a NaN among them."""
    values = (picture(9, 12, 3, 16).astype(np.float32) - 9000) / 4096
    values[0, :5, 0] = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    return values


def plain_blocks() -> bytes:
    """Return a file without overlap, which no option of the encoder asks for."""
    pixels = picture(40, 50, 3)
    plan = make_plan(pixels.shape, pixels.dtype, None, None, Choices(("step", 8.0)))
    settings = replace(plan.header.settings, overlap=0, offsets=(1, 2, 3, 4, 5, 6), chroma=(20, 30))
    return encode_volume(pixels, replace(plan, header=replace(plan.header, settings=settings)), 1)


METADATA = Metadata(b"II*\0exif", b"<x/>", bytes(range(60)), b"\x1c\2", (300.0, 72.5), (("Title", "Dünen"),))

FILES = {
    "grey": lambda: encode(picture(40, 50, 1)[:, :, 0], step=6),
    "grey-axis": lambda: encode(picture(20, 30, 1), quality=40),
    "grey-alpha": lambda: encode(picture(33, 41, 2), step=5),
    "rgb": lambda: encode(picture(64, 72, 3), quality=75),
    "rgb-coarse": lambda: encode(picture(64, 72, 3), step=60),
    "rgb-fine": lambda: encode(picture(24, 24, 3), step=1 / 64),
    "rgba": lambda: encode(picture(31, 45, 4), quality=60),
    "tuned-rgb": lambda: encode(picture(40, 50, 3), step=9, tuning="rgb"),
    "tuned-ycbcr": lambda: encode(picture(40, 50, 3), step=9, tuning="ycbcr"),
    "plain-blocks": plain_blocks,
    "tiles": lambda: encode(picture(130, 150, 3), step=20, tile=64),
    "bits-16": lambda: encode(picture(33, 29, 3, 16), quality=70),
    "bits-12": lambda: encode(picture(33, 29, 1, 12), depth=12, step=9),
    "bits-1": lambda: encode(picture(30, 30, 1, 1), depth=1, quality=90),
    "one-pixel": lambda: encode(picture(1, 1, 3), quality=80),
    "one-row": lambda: encode(picture(1, 70, 3), quality=80),
    "one-column": lambda: encode(picture(70, 1, 3), quality=80),
    "size-7": lambda: encode(picture(7, 7, 3), quality=90),
    "size-9x17": lambda: encode(picture(9, 17, 3), quality=90),
    "metadata": lambda: encode(picture(8, 8, 3), metadata=METADATA),
    "lossless-grey": lambda: encode(picture(40, 50, 1)[:, :, 0], lossless=True),
    "lossless-rgb": lambda: encode(picture(40, 50, 3), lossless=True),
    "lossless-rgba": lambda: encode(picture(31, 45, 4), lossless=True),
    "lossless-tiles": lambda: encode(picture(70, 90, 3), lossless=True, tile=64),
    "lossless-16": lambda: encode(picture(23, 29, 3, 16), lossless=True),
    "lossless-10": lambda: encode(picture(23, 29, 2, 10), depth=10, lossless=True),
    "lossless-one-pixel": lambda: encode(picture(1, 1, 1), lossless=True),
    "lossless-size-17x15": lambda: encode(picture(17, 15, 3), lossless=True),
    "floats": lambda: encode(floats(), lossless=True),
    "floats-in-units": lambda: encode(floats()[1:], unit=1 / 256, step=2),
    "floats-of-units": lambda: encode(np.rint(floats()[1:] * 64) / np.float32(64), unit=1 / 64, lossless=True),
}
"""What is kept, and how the encoder of this version makes it."""


def checksums(data: bytes) -> str:
    """Return what the pixels of a file are, whole and at 1/8, in one line."""
    parts = []
    for reduce in (0, 3):
        pixels = decode(data, reduce=reduce)
        little = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<")))
        shape = "x".join(map(str, pixels.shape))
        parts.append(f"{pixels.dtype} {shape} {zlib.crc32(little.tobytes()):08x}")
    return " ".join(parts)


def table(version: Path) -> dict[str, str]:
    """Return the checksums of a version's files by their names."""
    lines = (version / TABLE).read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ") for line in lines)


VERSIONS = sorted(path for path in GOLDEN.iterdir() if path.is_dir()) if GOLDEN.is_dir() else []
KEPT = [(version, name) for version in VERSIONS for name in table(version)]
OURS = GOLDEN / ".".join(map(str, VERSION))


def test_all_versions_are_there():
    """Versions and files are those that were ever released: what is missing fails here or below."""
    assert [version.name for version in VERSIONS] == ["1.0"]
    assert set(table(OURS)) == set(FILES)
    assert {path.stem for path in OURS.glob("*.hadi")} == set(FILES)


@pytest.mark.parametrize(("version", "name"), KEPT, ids=lambda value: getattr(value, "name", value))
def test_files_of_all_versions_are_read(version, name):
    """A file decodes to the very pixels that it decoded to when it was new."""
    data = (version / f"{name}.hadi").read_bytes()
    assert checksums(data) == table(version)[name]
    assert describe(data)["version"] == version.name


@pytest.mark.parametrize("name", FILES)
def test_encoder_stays_the_same(name):
    """Within a version the encoder makes the same bytes, on every machine."""
    assert FILES[name]() == (OURS / f"{name}.hadi").read_bytes()


def main() -> None:
    """Write the files of this version that are missing, and their checksums."""
    OURS.mkdir(parents=True, exist_ok=True)
    lines = dict(table(OURS)) if (OURS / TABLE).exists() else {}
    for name, make in FILES.items():
        path = OURS / f"{name}.hadi"
        if path.exists() or name in lines:
            continue
        data = make()
        with path.open("xb") as file:
            file.write(data)
        lines[name] = checksums(data)
        sys.stdout.write(f"{path}: {len(data)} bytes\n")
    text = "".join(f"{name}: {line}\n" for name, line in lines.items())
    (OURS / TABLE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
