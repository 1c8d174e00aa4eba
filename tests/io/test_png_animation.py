"""Animated PNG: frames composed as viewers show them, timing kept, every broken order refused."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from hadimg.errors import FormatError, LimitError, UnsupportedError
from hadimg.io import png
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Animation, Image, Page
from hadimg.io.limits import Limits
from hadimg.io.png_chunks import Layout, assemble, chunk, walk

WHOLE = (6, 4, 0, 0)
NONE, BACKGROUND, PREVIOUS = 0, 1, 2


def read(data: bytes, limits: Limits | None = None) -> Image:
    """Return the picture in the bytes of a file."""
    options = ReadOptions(limits or Limits())
    return png.decode(data, png.probe(data, options), options)


def animated(pages: list[np.ndarray], animation: Animation) -> Image:
    """Return an animation in memory."""
    white = float(np.iinfo(pages[0].dtype).max)
    alpha = pages[0].ndim == 3 and pages[0].shape[2] in (2, 4)
    return Image(tuple(Page(page, alpha=alpha, white=white) for page in pages), "png", animation=animation)


def stream(color: tuple[int, ...], size: tuple[int, ...]) -> bytes:
    """Return the compressed data of one color."""
    return zlib.compress((b"\0" + bytes(color) * size[0]) * size[1])


def control(number: int, region: tuple[int, ...], dispose: int = NONE, blend: int = 0, delay=(1, 10)) -> bytes:
    """Return the chunk that opens a frame."""
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, *region, *delay, dispose, blend))


def part(number: int, data: bytes) -> bytes:
    """Return a chunk with data of a frame."""
    return chunk(b"fdAT", struct.pack(">I", number) + data)


def announce(frames: int, plays: int = 0) -> bytes:
    """Return the chunk that announces an animation."""
    return chunk(b"acTL", struct.pack(">II", frames, plays))


def file_of(*chunks: bytes, color: int = 6) -> bytes:
    """Return an 8-bit file of 6 x 4 pixels."""
    return assemble(Layout(6, 4, 8, color, interlaced=False), chunks)


RED = stream((255, 0, 0, 255), WHOLE)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (2,), (3,), (4,)])
@pytest.mark.parametrize("cover", [False, True])
def test_animations_come_back_exactly(dtype, channels, cover, rng):
    """Frames of every kind, the cover, durations and plays are the same after writing and reading."""
    pages = [rng.integers(0, np.iinfo(dtype).max, (12, 17, *channels), dtype, endpoint=True) for _ in range(3)]
    pages.append(pages[-1].copy())
    pages[-1][5:7, 3:9] = 0
    pages.append(pages[-1])
    durations = (0.0 if cover else 1000 / 3, 40.0, 65_535_000.0, 0.0, 12.5)
    image = animated(pages, Animation(durations, plays=3, cover=cover))
    again = read(png.encode(image, WriteOptions()).data)
    assert again.animation == replace(image.animation, durations=pytest.approx(durations, rel=1e-12))
    for page, source in zip(again.pages, image.pages, strict=True):
        np.testing.assert_array_equal(page.pixels, source.pixels)
        assert page.alpha == source.alpha


def test_pillow_sees_the_frames_that_were_written(rng):
    """An independent reader composes the same frames, in the same time."""
    pages = [rng.integers(0, 256, (12, 17, 4), np.uint8) for _ in range(3)]
    data = png.encode(animated(pages, Animation((30.0, 50.0, 70.0), plays=2)), WriteOptions()).data
    with Pillow.open(io.BytesIO(data)) as seen:
        assert seen.info["loop"] == 2
        for frame, page, duration in zip(ImageSequence.Iterator(seen), pages, (30, 50, 70), strict=True):
            np.testing.assert_array_equal(np.asarray(frame.convert("RGBA")), page)
            assert frame.info["duration"] == duration


def test_unchanged_regions_are_not_stored_again(rng):
    """A frame that differs in a corner costs a corner."""
    still = rng.integers(0, 256, (200, 200, 3), np.uint8)
    pages = [still.copy() for _ in range(8)]
    for number, page in enumerate(pages):
        page[number, number] = 255
    alone = len(png.encode(Image.from_pixels(still), WriteOptions()).data)
    assert len(png.encode(animated(pages, Animation((40.0,) * 8)), WriteOptions()).data) < alone + 8 * 150


def test_disposal_and_blending_are_as_specified():
    """Frames lie over what the ones before have left: kept, cleared, or taken back."""
    half = stream((0, 0, 255, 128), (2, 2))
    corner = (2, 2, 1, 1)
    data = file_of(
        announce(4),
        *(control(0, WHOLE), chunk(b"IDAT", RED)),
        *(control(1, corner, PREVIOUS, blend=1), part(2, half)),
        *(control(3, corner, BACKGROUND, blend=0), part(4, half)),
        *(control(5, (1, 1, 5, 3)), part(6, stream((9, 9, 9, 9), (1, 1)))),
    )
    frames = [page.pixels for page in read(data).pages]
    inside, outside = (1, 1), (0, 0)
    assert [frame[outside].tolist() for frame in frames] == [[255, 0, 0, 255]] * 4
    assert frames[1][inside].tolist() == [127, 0, 128, 255]  # 128 / 255 of blue over red
    assert frames[2][inside].tolist() == [0, 0, 255, 128]
    assert frames[3][inside].tolist() == [0, 0, 0, 0]
    assert frames[3][3, 5].tolist() == [9, 9, 9, 9]


def test_frames_that_leave_holes_gain_opacity():
    """RGB frames that are cleared or do not fill the canvas are read with the transparency that viewers show."""
    red = stream((255, 0, 0), WHOLE)
    blue = stream((0, 0, 255), (1, 1))
    cleared = file_of(
        announce(2),
        control(0, WHOLE, BACKGROUND),
        chunk(b"IDAT", red),
        control(1, (1, 1, 0, 0)),
        part(2, blue),
        color=2,
    )
    small = file_of(announce(1), chunk(b"IDAT", red), control(0, (1, 1, 2, 2)), part(1, blue), color=2)
    for data in (cleared, small):
        image = read(data)
        assert [page.alpha for page in image.pages] == [True, True]
        assert image.pages[0].pixels[0, 0].tolist() == [255, 0, 0, 255]
        assert np.count_nonzero(image.pages[1].pixels[..., 3]) == 1
    assert image.animation.cover


def test_stray_frames_without_an_announcement_are_no_animation():
    """Without acTL the file is a still picture; the stray chunks are left out and named."""
    data = file_of(chunk(b"IDAT", RED), control(0, WHOLE), part(1, RED))
    image = read(data)
    assert image.animation is None
    encoded = png.encode(image, WriteOptions())
    assert "fcTL, fdAT" in encoded.notes[0]
    assert [one.kind for one in walk(encoded.data, ReadOptions(), [])] == [b"IDAT"]


GOOD = [announce(2), control(0, WHOLE), chunk(b"IDAT", RED), control(1, WHOLE), part(2, RED)]


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([*GOOD[:4]], id="frame without data"),
        pytest.param([*GOOD[:3], GOOD[4]], id="frame without control"),
        pytest.param([GOOD[0], *GOOD], id="announced twice"),
        pytest.param([*GOOD[1:], GOOD[0]], id="announced behind the data"),
        pytest.param([announce(3), *GOOD[1:]], id="too few frames"),
        pytest.param([announce(1), *GOOD[1:]], id="too many frames"),
        pytest.param([announce(0), GOOD[2]], id="no frames"),
        pytest.param([chunk(b"acTL", b"123"), *GOOD[1:]], id="short announcement"),
        pytest.param([*GOOD[:3], control(2, WHOLE), part(3, RED)], id="number left out"),
        pytest.param([*GOOD[:3], control(1, WHOLE), part(1, RED)], id="number doubled"),
        pytest.param([*GOOD[:3], part(1, RED), control(2, WHOLE)], id="order changed"),
        pytest.param([*GOOD[:3], chunk(b"fcTL", b"\0\0\0\1"), part(2, RED)], id="short control"),
        pytest.param([*GOOD[:3], control(1, (6, 4, 1, 0)), part(2, RED)], id="out of the canvas"),
        pytest.param([*GOOD[:3], control(1, (0, 4, 0, 0)), part(2, RED)], id="empty"),
        pytest.param([*GOOD[:3], control(1, WHOLE, dispose=3), part(2, RED)], id="unknown disposal"),
        pytest.param([*GOOD[:3], control(1, WHOLE, blend=2), part(2, RED)], id="unknown blending"),
        pytest.param([GOOD[0], control(0, (5, 4, 0, 0)), *GOOD[2:]], id="first frame too small"),
        pytest.param([*GOOD[:4], part(2, RED[:-6])], id="cut data"),
        pytest.param([*GOOD[:4], part(2, stream((0, 0, 0, 0), (5, 4)))], id="too little data"),
        pytest.param([*GOOD[:4], chunk(b"fdAT", b"")], id="short data"),
    ],
)
def test_broken_animations_are_refused(chunks):
    """A missing, doubled, misplaced or impossible part is damage, not a shorter animation."""
    assert len(read(file_of(*GOOD)).pages) == 2
    with pytest.raises(FormatError):
        read(file_of(*chunks))


def test_the_number_of_frames_is_limited_before_any_is_decoded():
    """A claim of many frames is refused by the limits of pages and of all their pixels."""
    with pytest.raises(LimitError, match="pages"):
        png.probe(file_of(announce(10**9), *GOOD[1:]), ReadOptions())
    with pytest.raises(LimitError, match="total_pixels"):
        png.probe(file_of(*GOOD), ReadOptions(Limits(total_pixels=47)))


def test_animations_that_png_cannot_hold_are_refused():
    """An animation has one size, one duration a page, and none that is too long."""
    page = np.zeros((2, 2), np.uint8)
    for pages, durations in (([page, page[:1]], (1.0, 1.0)), ([page] * 2, (1.0,)), ([page], (7e7,)), ([page], (-1.0,))):
        with pytest.raises(UnsupportedError):
            png.encode(animated(pages, Animation(durations)), WriteOptions())


def test_side_chunks_of_animations_are_carried():
    """Text before and behind the frames stays where it was."""
    text = chunk(b"tEXt", b"a\0b"), chunk(b"tEXt", b"c\0d")
    image = read(file_of(GOOD[0], text[0], *GOOD[1:], text[1]))
    encoded = png.encode(image, WriteOptions())
    kinds = [one.kind for one in walk(encoded.data, ReadOptions(), [])]
    assert kinds == [b"acTL", b"tEXt", b"fcTL", b"IDAT", b"fcTL", b"fdAT", b"tEXt"]
    assert encoded.notes == ()


def test_real_animations_have_the_frames_that_others_see(shared_data):
    """Pillow composes the same frames; blending by whole numbers may differ by one level."""
    for name in ("dispose_op_previous", "issue_202", "single_frame_default"):
        data = (shared_data / "badimages" / "png" / f"{name}.png").read_bytes()
        image = read(data)
        for number, page in enumerate(image.pages):
            with Pillow.open(io.BytesIO(data)) as seen:  # Pillow takes a disposal back wrongly after loading a frame
                seen.seek(number)
                theirs = np.asarray(seen.convert("RGBA")).astype(int)
            shown = (theirs[..., 3] > 0) | (page.pixels[..., 3] > 0)
            assert np.abs(theirs - page.pixels)[shown].max(initial=0) <= 1
