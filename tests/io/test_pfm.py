"""PFM: float32 bit for bit, with the scale and byte order of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io import pfm
from hadimg.io.header import Encoded, WriteOptions
from hadimg.io.image import Image, Page

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("channels", [1, 3])
def test_bit_for_bit(channels: int, rng: np.random.Generator, written: Callable[..., tuple[Encoded, Image]]) -> None:
    """All values come back with the same bits, not-a-number and infinity included."""
    pixels = rng.normal(size=(4, 5, channels)).astype(np.float32).squeeze()
    pixels[0, 0], pixels[1, 1], pixels[2, 2] = np.nan, np.inf, -0.0
    _, result = written("pfm", Image.from_pixels(pixels))
    np.testing.assert_array_equal(result.pixels.view(np.uint32), pixels.view(np.uint32))
    assert result.pages[0].white == 1.0


@pytest.mark.parametrize(("scale", "order"), [("-1.0", "<f4"), ("2.5", ">f4")])
def test_scale_and_byte_order_are_carried(scale: str, order: str, read: Callable[..., Image]) -> None:
    """Rows go from the bottom up; a file comes out as it went in, with a note when its scale is not applied."""
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    data = f"Pf\n3 2\n{scale}\n".encode() + values[::-1].astype(order).tobytes()
    image = read("pfm", data)
    np.testing.assert_array_equal(image.pixels, values)
    assert pfm.encode(image, WriteOptions()).data == data
    assert bool(image.notes) == (scale == "2.5")


@pytest.mark.parametrize(
    "data",
    [
        b"Pf\n",
        b"Pf\n0 1\n1.0\n",
        b"Pf\n1 1\n0.0\n" + bytes(4),
        b"Pf\n1 1\n1e999\n" + bytes(4),
        b"Pf\n1 1\n1.0.0\n" + bytes(4),
        b"Pf\n1 1\n1.0\n" + bytes(3),
        b"Pf\n1 1\n1.0\n" + bytes(5),
    ],
)
def test_broken_files(data: bytes, read: Callable[..., Image]) -> None:
    """Broken headers and data of another length are refused."""
    with pytest.raises(FormatError):
        read("pfm", data)


def test_float64_is_refused(written: Callable[..., tuple[Encoded, Image]]) -> None:
    """Double precision is never narrowed."""
    with pytest.raises(UnsupportedError, match="float64"):
        written("pfm", Image((Page(np.zeros((2, 2)), white=1.0),), "array"))
