"""The plugin through which ``imageio.v3`` reads and writes .hadi files; `hadimg.registration` tells imageio of it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from imageio.core.request import InitializationError, IOMode
from imageio.core.v3_plugin_api import ImageProperties

from hadimg.codec import Reader, decode, encode
from hadimg.codec.container import MAGIC
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.io.image import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import EllipsisType, TracebackType
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

__all__ = ["HadiPlugin"]


class HadiPlugin:
    """One .hadi file as imageio sees it: a single picture.

    Parameters
    ----------
    request : imageio.core.Request
        The file.

    Examples
    --------
    >>> import imageio.v3 as iio
    >>> import hadimg
    >>> data = iio.imwrite("<bytes>", np.zeros((4, 6, 3), np.uint8), extension=".hadi", lossless=True)
    >>> iio.imread(data, extension=".hadi").shape, iio.improps(data, extension=".hadi").dtype
    ((4, 6, 3), dtype('uint8'))
    """

    def __init__(self, request: Any) -> None:
        self.request = request
        if request.mode.io_mode == IOMode.write:
            if request.extension != ".hadi":
                raise InitializationError("hadimg writes .hadi files only")
        elif request.get_file().read(len(MAGIC)) != MAGIC:
            raise InitializationError("no HADI file")
        else:
            request.get_file().seek(0)

    def read(self, *, index: int | EllipsisType | None = 0, **options: Any) -> NDArray[Any]:
        """Return the picture.

        Parameters
        ----------
        index : int or ..., optional
            0 or None; ``...`` puts an axis in front.
        **options
            As for `hadimg.codec.decode`: window, reduce, partial, limits, workers.
        """
        _check_index(index)
        self.request.get_file().seek(0)
        pixels = decode(self.request.get_file().read(), **options)
        return pixels[np.newaxis] if index is ... else pixels

    def iter(self, **options: Any) -> Iterator[NDArray[Any]]:
        """Return the one picture in an iterator."""
        yield self.read(**options)

    def write(self, ndimage: ArrayLike | list[ArrayLike], *, is_batch: bool = False, **options: Any) -> bytes | None:
        """Write one picture; return its bytes where imageio asks for them.

        Parameters
        ----------
        ndimage : array_like
            The pixels; a list or a batch of one is taken, too.
        is_batch : bool
            Whether the first axis counts pictures.
        **options
            As for `hadimg.codec.encode`.
        """
        if is_batch or isinstance(ndimage, (list, tuple)):
            pictures = list(ndimage)  # type: ignore[arg-type]  # a batch is a sequence
            if len(pictures) != 1:
                raise ArgumentError(f"a HADI file holds one picture, got {len(pictures)}")
            ndimage = pictures[0]
        data = encode(np.asarray(ndimage), **options)
        self.request.get_file().write(data)
        return data if self.request.raw_uri == "<bytes>" else None

    def properties(self, index: int | EllipsisType | None = 0) -> ImageProperties:
        """Return shape and type, without decoding a pixel."""
        _check_index(index)
        reader = self._reader()
        if index is ...:
            return ImageProperties(shape=(1, *reader.shape), dtype=reader.dtype, n_images=1, is_batch=True)
        return ImageProperties(shape=reader.shape, dtype=reader.dtype)

    def metadata(self, index: int | EllipsisType | None = 0, exclude_applied: bool = True) -> dict[str, Any]:  # noqa: FBT002, ARG002 (imageio's signature; nothing is applied)
        """Return the parts of the metadata that are there, under the names of `hadimg.io.Metadata`."""
        _check_index(index)
        known = self._reader().metadata()
        return {part.name: getattr(known, part.name) for part in fields(Metadata) if getattr(known, part.name)}

    def _reader(self) -> Reader:
        self.request.get_file().seek(0)
        return Reader(self.request.get_file())

    def close(self) -> None:
        """Let imageio close the file."""
        self.request.finish()

    def __enter__(self) -> Self:
        """Start with the file open."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


def _check_index(index: object) -> None:
    if index is None or index is ...:
        return
    if not isinstance(index, int):
        raise ArgumentTypeError(f"index must be a whole number, got {type(index).__name__}")
    if index != 0:
        raise ArgumentError(f"index must be 0, for a HADI file holds one picture, got {index}")
