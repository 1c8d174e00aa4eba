"""What the tests of the formats share: a picture written and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hadimg.io.formats import FORMATS
from hadimg.io.header import Encoded, ReadOptions, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from hadimg.io.image import Image


@pytest.fixture
def written() -> Callable[..., tuple[Encoded, Image]]:
    """Write a picture in a format of the table, and read the result."""

    def write_and_read(name: str, image: Image, **options: Any) -> tuple[Encoded, Image]:
        codec = FORMATS[name].codec()
        encoded = codec.encode(image, WriteOptions(**options))
        header = codec.probe(encoded.data, ReadOptions())
        return encoded, codec.decode(encoded.data, header, ReadOptions())

    return write_and_read


@pytest.fixture
def read() -> Callable[[str, bytes], Image]:
    """Read bytes as a format of the table."""

    def decode(name: str, data: bytes) -> Image:
        codec = FORMATS[name].codec()
        return codec.decode(data, codec.probe(data, ReadOptions()), ReadOptions())

    return decode


@pytest.fixture
def opencv() -> ModuleType:
    """OpenCV as an independent reader; tests that ask it are skipped where the system lacks its libraries."""
    return pytest.importorskip("cv2", exc_type=ImportError)
