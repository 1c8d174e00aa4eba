"""Pictures larger than memory: rows of tiles go to a file and come back, a few at a time."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.chunks import unpack_metadata
from hadimg.codec.grid import Box
from hadimg.codec.planning import Choices, make_plan
from hadimg.codec.rate import wanted_of
from hadimg.codec.reading import checked_reduce, checked_window, open_layout, read_pixels
from hadimg.codec.settings import SEGMENTS
from hadimg.codec.source import FileSource
from hadimg.codec.threads import in_order, workers_for
from hadimg.codec.writing import beginning, checksum, code_tile
from hadimg.errors import ArgumentError, ArgumentTypeError, WriteError
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import BinaryIO, Self

    from numpy.typing import DTypeLike, NDArray

    from hadimg.codec.settings import Tuning
    from hadimg.io.image import Metadata

__all__ = ["Reader", "Writer"]

IN_MEMORY = 1 << 20
"""Bytes of each resolution that wait in memory; more go to temporary files."""


class Writer:
    """Encode a picture row by row, into the same bytes as `encode`.

    The coarse parts of all tiles stand first in a file, so that finer ones wait in temporary files until the last row
    is there. Memory holds one row of tiles, whatever the height.

    Parameters
    ----------
    file : binary file
        Written to when the last row has come; it needs not seek.
    shape : tuple of int
        (H, W) or (H, W, 1 to 4).
    dtype : dtype
        uint8, uint16 or float32.
    quality, step, lossless, depth, unit, metadata, tuning, tile, workers
        As for `encode`; a size in bits per pixel needs the whole picture.
    extremes : tuple of float, optional
        The lowest and the highest value of floats with a unit.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an option breaks its rule.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with Writer(file, (100, 60), np.uint8, lossless=True) as writer:
    ...     for row in range(100):
    ...         writer.write(np.full((1, 60), row, np.uint8))
    >>> with Reader(io.BytesIO(file.getvalue())) as reader:
    ...     reader.shape, [int(rows.max()) for _, rows in reader.rows()]
    ((100, 60), [99])
    """

    def __init__(  # noqa: PLR0913 (the options of a picture stand in one place)
        self,
        file: BinaryIO,
        shape: tuple[int, ...],
        dtype: DTypeLike,
        *,
        quality: float | None = None,
        step: float | None = None,
        lossless: bool = False,
        depth: int | None = None,
        unit: float | None = None,
        extremes: tuple[float, float] | None = None,
        metadata: Metadata | None = None,
        tuning: Tuning = "balanced",
        tile: int = 512,
        workers: int | None = None,
    ) -> None:
        wanted = wanted_of(quality, step, None, lossless=lossless)
        self._plan = make_plan(shape, np.dtype(dtype), extremes, metadata, Choices(wanted, depth, unit, tuning, tile))
        header = self._plan.header
        self._file = file
        self._workers = workers_for(workers, self._plan.grid.columns)
        self._shape = shape[1:]
        self._waiting = np.empty((min(tile, header.height), header.width, header.channels), header.samples.dtype)
        self._filled = 0
        self._done = 0
        self._lengths: list[list[int]] = [[] for _ in range(SEGMENTS)]
        self._parts = [tempfile.SpooledTemporaryFile(IN_MEMORY) for _ in range(SEGMENTS)]  # noqa: SIM115 (closed below)

    def __enter__(self) -> Self:
        """Start before the first row."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        """Write the file, unless something went wrong."""
        try:
            if kind is None:
                self.close()
        finally:
            self._discard()

    def write(self, rows: NDArray[Any]) -> None:
        """Take the next rows, as many as there are.

        Parameters
        ----------
        rows : ndarray, shape (h, W) or (h, W, C)
            Of the declared width, channels and type.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            When they are something else, or too many.
        """
        header = self._plan.header
        if getattr(rows, "dtype", None) != header.samples.dtype:
            raise ArgumentTypeError(f"rows must be an array of {header.samples.dtype}")
        if rows.shape[1:] != self._shape:
            raise ArgumentError(f"rows must have shape (h, {', '.join(map(str, self._shape))}), got {rows.shape}")
        if self._done + self._filled + len(rows) > header.height:
            raise ArgumentError(f"rows must be {header.height} in all, more came")
        rest = rows.reshape(len(rows), header.width, header.channels)
        while len(rest):
            count = min(len(rest), len(self._waiting) - self._filled)
            self._waiting[self._filled : self._filled + count] = rest[:count]
            self._filled += count
            rest = rest[count:]
            if self._filled == len(self._waiting) or self._done + self._filled == header.height:
                self._flush()

    def _flush(self) -> None:
        """Code one row of tiles."""
        header = self._plan.header
        rows = self._waiting[: self._filled]
        parts = (rows[:, left : left + header.tile] for left in range(0, header.width, header.tile))
        for segments in in_order(lambda part: code_tile(part, header), parts, self._workers):
            with _writing():
                for lengths, part, segment in zip(self._lengths, self._parts, segments, strict=True):
                    lengths.append(len(segment))
                    part.write(segment)
                    part.write(checksum(segment))
        self._done += self._filled
        self._filled = 0

    def close(self) -> None:
        """Write the file.

        Raises
        ------
        ArgumentError
            When rows are missing.
        WriteError
            When the file takes no more.
        """
        missing = self._plan.header.height - self._done - self._filled
        if missing:
            raise ArgumentError(f"rows must be {self._plan.header.height} in all, {missing} are missing")
        try:
            with _writing():
                self._file.write(beginning(self._plan, self._lengths))
                for part in self._parts:
                    part.seek(0)
                    shutil.copyfileobj(part, self._file, IN_MEMORY)
        finally:
            self._discard()

    def _discard(self) -> None:
        for part in self._parts:
            part.close()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(f"the picture cannot be written: {error.strerror or error}") from error


class Reader:
    """Decode a picture row by row, or parts of it, from a file that can seek.

    Parameters
    ----------
    file : binary file
        The whole file, from where it stands now.
    partial : bool
        Whether a damaged file gives what is whole of it; see `decode`.
    limits : Limits, optional
        The largest picture that is decoded. Only what is asked for takes memory: raise ``page_pixels``,
        ``total_pixels`` and ``decoded_bytes`` for larger ones.
    workers : int, optional
        Threads; None takes all cores.

    Raises
    ------
    ReadError, FormatError, UnsupportedError, LimitError
        When it cannot be read, is broken, of a later version or over a limit.

    Examples
    --------
    >>> import io
    >>> from hadimg.codec import encode
    >>> file = io.BytesIO(encode(np.zeros((1200, 30, 3), np.uint8)))
    >>> with Reader(file) as reader:
    ...     [rows.shape for _, rows in reader.rows()]
    [(512, 30, 3), (512, 30, 3), (176, 30, 3)]
    """

    def __init__(
        self, file: BinaryIO, *, partial: bool = False, limits: Limits | None = None, workers: int | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._partial = partial
        self._workers = workers
        self._layout = open_layout(FileSource(file), self._limits, partial=partial)

    def __enter__(self) -> Self:
        """Start with the header read."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        """Leave the file open: whoever opened it closes it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the picture."""
        header = self._layout.header
        size = (header.height, header.width)
        return size if header.channels == 1 and not header.axis else (*size, header.channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its values."""
        return self._layout.header.samples.dtype

    def metadata(self) -> Metadata:
        """Return what the file says about the picture."""
        return unpack_metadata(self._layout.metadata(), self._limits)

    def rows(self, *, reduce: int = 0) -> Iterator[tuple[int, NDArray[Any]]]:
        """Return the picture in order: where each row of tiles begins, and its pixels.

        Parameters
        ----------
        reduce : int
            As for `decode`; tiles begin at ``row / 2**reduce`` of the reduced picture.
        """
        header = self._layout.header
        for top in range(0, header.height, header.tile):
            box = Box(top, 0, min(header.tile, header.height - top), header.width)
            yield top >> reduce, self._read(box, checked_reduce(reduce))

    def window(self, window: tuple[int, int, int, int], *, reduce: int = 0) -> NDArray[Any]:
        """Return a part of the picture; see `decode`."""
        return self._read(checked_window(window, self._layout.header), checked_reduce(reduce))

    def _read(self, box: Box, reduce: int) -> NDArray[Any]:
        return read_pixels(self._layout, box, reduce, partial=self._partial, workers=self._workers)[0]
