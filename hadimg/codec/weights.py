"""What the format foresees of coefficients, levels and details: the numbers of ``weights.txt``, as arrays."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.codec.lapped import NATURAL
from hadimg.kernels.codec_contexts import BANDS, BEFORE, SO_FAR
from hadimg.kernels.codec_pyramid import CHANGES, PLANES, SIZES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BAND_ORDER", "KINDS_OF_PLANE", "details", "errors", "levels", "predictors", "segment_of"]

KINDS_OF_PLANE = ("luma", "first", "second")
"""Planes that differ in how they are foreseen: brightness (and anything alone), the two planes of color."""
DETAILS = ("across", "down", "diagonal")
LONGEST = 28
"""Room for the sources of one number."""


class Source(NamedTuple):
    """One neighbor: the channels back, its plane's name, rows below, columns to the right, weight."""

    back: int
    plane: str
    down: int
    right: int
    weight: int


def segment_of(u: int, v: int) -> int:
    """Return the segment of a band: by its higher sequency, 0 | 1 | 2, 3 | 4 to 7.

    Examples
    --------
    >>> [segment_of(0, v) for v in range(8)]
    [0, 1, 2, 2, 3, 3, 3, 3]
    """
    return max(u, v).bit_length()


BAND_ORDER = tuple(
    sorted(
        ((u, v) for u in range(8) for v in range(8) if u + v),
        key=lambda band: (segment_of(*band), sum(band), abs(band[0] - band[1]), band[0]),
    )
)
"""Bands in the order of the file."""


@functools.cache
def _table() -> dict[str, tuple[Source, ...]]:
    text = resources.files(__package__).joinpath("weights.txt").read_text("utf-8")
    rows = (line.split(": ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: tuple(_source(item) for item in items.split(", ")) for name, items in rows}


def _source(item: str) -> Source:
    plane, down, right, weight = item.split(" ")
    back, _, name = plane.rpartition(":")
    return Source(int(back or 0), name, int(down), int(right), int(weight))


def _rows(entries: list[tuple[int, int, int, int, int]]) -> NDArray[np.int32]:
    array = np.zeros((LONGEST, 5), np.int32)
    kept = [entry for entry in entries if entry[3]]
    if kept:
        array[: len(kept)] = kept
    return array


def _band(name: str) -> int:
    u, v = name.split(",")
    return int(u) * 8 + int(v)


@functools.cache
def predictors() -> NDArray[np.int32]:
    """Return by band what coefficients are predicted from, in planes of blocks in natural order."""
    array = np.zeros((64, LONGEST, 5), np.int32)
    for u, v in BAND_ORDER:
        sources = _table().get(f"coefficient {u},{v}", ())
        places = [divmod(_band(source.plane), 8) for source in sources]
        array[u * 8 + v] = _rows(
            [
                (NATURAL[row] * 8 + NATURAL[column], source.down, source.right, source.weight, 0)
                for source, (row, column) in zip(sources, places, strict=True)
            ]
        )
    return array


@functools.cache
def levels(channel: int, kind: int) -> NDArray[np.int32]:
    """Return by band what the sizes of a channel's levels are expected from; the last row holds those to the left."""
    array = np.zeros((64, LONGEST, 5), np.int32)
    sums = {"before": BEFORE, "so-far": SO_FAR}
    for u, v in BAND_ORDER:
        entries, left = [], [0, 0]
        for source in _table()[f"level {KINDS_OF_PLANE[kind]} {u},{v}"]:
            plane = sums[source.plane] if source.plane in sums else _band(source.plane)
            same = plane == u * 8 + v and source.back == 0
            if same and source.down == 0:
                left[-source.right - 1] = source.weight
            else:
                place = (channel - source.back) * BANDS + plane
                entries.append((place, source.down, source.right, source.weight, 0 if same else 1))
        array[u * 8 + v] = _rows(entries)
        array[u * 8 + v, -1, :2] = left
    return array


@functools.cache
def details(channel: int, kind: int) -> NDArray[np.int32]:
    """Return by band of the pyramid what a channel's details are predicted from; the last row: from the left."""
    array = np.zeros((3, LONGEST, 5), np.int32)
    names = ("mean", *DETAILS)
    for band, name in enumerate(DETAILS):
        entries, left, center = [], 0, 0
        for source in _table()[f"detail {KINDS_OF_PLANE[kind]} {name}"]:
            plane = names.index(source.plane)
            if plane == band + 1 and source.back == source.down == 0:
                left = source.weight
                continue
            center -= source.weight if plane == 0 else 0
            entries.append(((channel - source.back) * PLANES + plane, source.down, source.right, source.weight, 0))
        array[band] = _rows([*entries, (channel * PLANES, 0, 0, center, 0)])
        array[band, -1, 0] = left
    return array


@functools.cache
def errors(channel: int, kind: int) -> NDArray[np.int32]:
    """Return by band of the pyramid what the sizes of a channel's errors are expected from; the last row: the left."""
    array = np.zeros((3, LONGEST, 5), np.int32)
    names = [f"change-{k}" for k in range(CHANGES)] + list(DETAILS)
    for band, name in enumerate(DETAILS):
        entries, left = [], [0, 0]
        for source in _table()[f"error {KINDS_OF_PLANE[kind]} {name}"]:
            plane = names.index(source.plane)
            same = plane == CHANGES + band and source.back == 0
            if same and source.down == 0:
                left[-source.right - 1] = source.weight
            else:
                place = (channel - source.back) * SIZES + plane
                entries.append((place, source.down, source.right, source.weight, 0 if same else 1))
        array[band] = _rows(entries)
        array[band, -1, :2] = left
    return array
