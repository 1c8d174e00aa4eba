"""The pyramid of reversible Hadamard transforms of 2 x 2 samples, stage by stage, as bytes.

It carries lossless pictures, and the means of the blocks of others, as a second stage of their transform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.coding import DETAIL_KIND, DETAIL_PLACE, Reader, Writer, kinds_of
from hadimg.codec.weights import details, errors
from hadimg.kernels.codec_pyramid import PLANES, SIZES, decode_stage, encode_stage, join, measure_changes, split
from hadimg.kernels.codec_values import decode_number, encode_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Decomposition", "decode_stages", "decode_tops", "encode_stages", "encode_tops", "stages_of"]

Shape = tuple[int, int]


def stages_of(shape: Shape) -> list[Shape]:
    """Return the shapes of all stages, the finest first: halved, rounded up, until one sample is left.

    Examples
    --------
    >>> stages_of((5, 3))
    [(5, 3), (3, 2), (2, 1), (1, 1)]
    """
    shapes = [shape]
    while shapes[-1] != (1, 1):
        height, width = shapes[-1]
        shapes.append((-(-height // 2), -(-width // 2)))
    return shapes


def _room(shape: Shape, planes: int, kind: Any) -> NDArray[Any]:
    height, width = shape
    return np.zeros((height + 3, planes, width + 4), kind)


def _counts(shape: Shape) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of each band (across, down, diagonal) that may be other than zero."""
    height, width = shape
    tall, wide = -(-height // 2), -(-width // 2)
    return np.array([tall, height // 2, height // 2]), np.array([width // 2, wide, width // 2])


def _kinds(kind: int, stage: int) -> NDArray[np.int64]:
    """Return by band the kind of its errors and their place in the third contexts."""
    bands = np.arange(3) + 3 * int(kind > 0)
    return np.stack([DETAIL_KIND + bands, DETAIL_PLACE + 4 * bands + min(stage, 3)], axis=1)


class Decomposition:
    """All stages of a tile's planes, which are (C, H, W) whole numbers."""

    def __init__(self, planes: NDArray[Any]) -> None:
        channels = len(planes)
        self.shapes = stages_of(planes.shape[1:])
        self.stages = []
        for shape in self.shapes[1:]:
            room = _room(shape, PLANES * channels, planes.dtype)
            for channel in range(channels):
                split(planes[channel], room[:, PLANES * channel :])
            self.stages.append(room)
            height, width = shape
            planes = np.ascontiguousarray(room[2 : height + 2, ::PLANES, 2 : width + 2].transpose(1, 0, 2))
        self.tops = planes[:, 0, 0]


def encode_tops(tops: Iterable[int], writer: Writer) -> None:
    """Encode what is left of each channel at the top."""
    for top in tops:
        encode_number(int(top), writer.coder, writer.out)


def decode_tops(channels: int, kind: Any, reader: Reader) -> NDArray[Any]:
    """Return the (C, 1, 1) planes at the top."""
    tops = [decode_number(reader.coder, reader.data) if reader.present else 0 for _ in range(channels)]
    return np.array(tops, np.int64).astype(kind).reshape(channels, 1, 1)


def encode_stages(parts: Decomposition, numbers: Iterable[int], color: str, writer: Writer) -> None:
    """Encode stages, the coarsest first; stage 0 leads to the samples themselves."""
    for number in numbers:
        room = parts.stages[number]
        channels = room.shape[1] // PLANES
        sizes = _room(parts.shapes[number + 1], SIZES * channels, np.int16)
        for channel, kind in kinds_of(color, channels):
            measure_changes(room[:, PLANES * channel :], *parts.shapes[number + 1], sizes[:, SIZES * channel :])
            rows, columns = _counts(parts.shapes[number])
            encode_stage(
                room,
                sizes,
                channel,
                rows,
                columns,
                details(channel, kind),
                errors(channel, kind),
                _kinds(kind, number),
                *writer.arguments,
            )


def decode_stages(
    means: NDArray[Any], shapes: list[Shape], numbers: Iterable[int], color: str, reader: Reader
) -> NDArray[Any]:
    """Return the (C, H, W) planes that the stages lead to from their ``means``; ``shapes`` are those of all stages."""
    channels = len(means)
    for number in numbers:
        height, width = shapes[number + 1]
        room = _room(shapes[number + 1], PLANES * channels, means.dtype)
        room[2 : height + 2, ::PLANES, 2 : width + 2] = means.transpose(1, 0, 2)
        sizes = _room(shapes[number + 1], SIZES * channels, np.int16)
        means = np.empty((channels, *shapes[number]), means.dtype)
        for channel, kind in kinds_of(color, channels):
            own = room[:, PLANES * channel :]
            measure_changes(own, height, width, sizes[:, SIZES * channel :])
            rows, columns = _counts(shapes[number])
            decode_stage(
                room,
                sizes,
                channel,
                rows,
                columns,
                details(channel, kind),
                errors(channel, kind),
                _kinds(kind, number),
                *reader.arguments,
            )
            join(own, means[channel])
    return means
