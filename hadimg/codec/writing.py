"""The two steps of every encoder: tiles to segments, segments to a file."""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.grid import CHECKSUM, pack_table
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hadimg.codec.container import Header
    from hadimg.codec.planning import Plan

__all__ = ["assemble", "beginning", "checksum", "code_tile"]


def code_tile(pixels: NDArray[Any], header: Header) -> tuple[bytes, ...]:
    """Return the segments of one tile.

    Parameters
    ----------
    pixels : ndarray, shape (h, w, C)
        The part of the picture that the tile shows.
    header : Header
        How it is coded.

    Raises
    ------
    ArgumentError
        When a value does not fit.
    """
    from hadimg.codec.tile import encode_tile

    levels = header.samples.to_levels(pixels, header.settings.depth)
    in_units = header.samples.kind == "float32 in units"
    if in_units and header.settings.lossless and not np.array_equal(header.samples.from_levels(levels), pixels):
        raise ArgumentError(
            f"pixels must be whole multiples of unit {header.samples.unit:g} to be kept without loss",
            remedy="leave unit out",
        )
    return encode_tile(levels, header.settings)


def checksum(segment: bytes) -> bytes:
    """Return what stands behind a segment."""
    return zlib.crc32(segment).to_bytes(CHECKSUM, "little")


def beginning(plan: Plan, lengths: Sequence[Sequence[int]]) -> bytes:
    """Return everything that stands before the segments.

    Parameters
    ----------
    plan : Plan
        Header and metadata.
    lengths : sequence of sequences of int
        As for `pack_table`.
    """
    return plan.header.pack() + plan.chunks + pack_table(lengths)


def assemble(plan: Plan, tiles: Sequence[tuple[bytes, ...]]) -> bytes:
    """Return the whole file: the coarsest segments of all tiles first.

    Parameters
    ----------
    plan : Plan
        Header and metadata.
    tiles : sequence of tuples of bytes
        The segments of each tile.
    """
    levels = list(zip(*tiles, strict=True))
    lengths = [[len(segment) for segment in level] for level in levels]
    parts = ((segment, checksum(segment)) for level in levels for segment in level)
    return b"".join([beginning(plan, lengths), *chain.from_iterable(parts)])
