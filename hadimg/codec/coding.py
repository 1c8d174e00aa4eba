"""One sequence of bytes for each segment of a tile, and the model of probabilities that all of them share."""

from __future__ import annotations

import functools
import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError
from hadimg.kernels.codec_chances import ONE_HALF
from hadimg.kernels.codec_values import BUCKETS, FIRST_PAIR, KINDS, LOW_BIT, SLOTS, STATES, WEIGHTS
from hadimg.kernels.range_coder import (
    CODER_SIZE,
    MOST_CUT,
    PLACE,
    begin_decoder,
    begin_encoder,
    finish_encoder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["DETAIL_KIND", "DETAIL_PLACE", "LEVEL_PLACE", "Reader", "Writer", "first_states", "kinds_of"]

EQUAL_WEIGHT = 26000
"""Weight of each of three probabilities at the start, in 1/65536: a little more than a third, for they agree."""
CONFIDENCE = 2
"""How many bits the first beliefs count as."""
LONGEST_VALUE = 32
"""More bytes than any number takes."""
DETAIL_KIND, DETAIL_PLACE, LEVEL_PLACE = 8, 128, 64
"""Kinds and places of the pyramid's details come behind those of levels, 64 places for each kind of plane."""


@functools.cache
def first_states() -> NDArray[np.uint32]:
    """Return what the model believes before it has seen anything: that each size is rarer by the same factor.

    Where the mean size is m, a number goes on to the next size with a chance of ``m / (m + 1)``.
    """
    numbers = np.arange(BUCKETS)
    sizes = np.where(numbers == 0, 1.0, 2 * 2 ** ((numbers - 0.5) / 3)) / 64
    halves = sizes[np.minimum(2 * np.arange(16), BUCKETS - 1)]
    pairs = (halves[:, np.newaxis] + halves).reshape(-1)
    states = np.full(STATES, ONE_HALF, np.uint32)
    for start, count, means in ((0, KINDS, sizes), (FIRST_PAIR, KINDS, pairs)):
        shifts = np.clip(np.floor(np.log2(means)), 0, None)
        ones = np.maximum(means - (shifts > 0), 0.5) / 2**shifts
        chances = np.repeat((ones / (ones + 1))[:, np.newaxis], SLOTS, axis=1)
        chances[:, 0] = means / (means + 1)
        chances[:, LOW_BIT:] = 0.5
        values = np.rint(chances * (1 << 22)).astype(np.uint32) << 7 | CONFIDENCE
        states[start : start + count * values.size] = np.tile(values.reshape(-1), count)
    return states


class _Model:
    """What the coder has learned of a tile so far."""

    def __init__(self) -> None:
        self.coder = np.zeros(CODER_SIZE, np.int64)
        self.states = first_states().copy()
        self.weights = np.full(WEIGHTS, EQUAL_WEIGHT, np.int32)


class Writer(_Model):
    """Encodes segment after segment."""

    def __init__(self) -> None:
        super().__init__()
        self.out = np.empty(0, np.uint8)
        self.segments: list[bytes] = []

    def begin(self, numbers: int) -> None:
        """Begin a segment of at most so many numbers."""
        # A map of its own: only pages that are written take memory, and all of it goes back at the end.
        self.out = np.frombuffer(mmap.mmap(-1, LONGEST_VALUE * numbers + 64), np.uint8)
        begin_encoder(self.coder)

    def end(self) -> None:
        """End the segment."""
        size = finish_encoder(self.coder, self.out)
        self.segments.append(self.out[:size].tobytes())
        self.out = np.empty(0, np.uint8)

    @property
    def arguments(self) -> tuple[NDArray[Any], ...]:
        """What compiled encoders take in the end."""
        return self.coder, self.out, self.states, self.weights


class Reader(_Model):
    """Decodes segment after segment; those that are not there are foreseen only.

    Parameters
    ----------
    segments : sequence of bytes
        The first ones of a tile, the coarsest first.
    """

    def __init__(self, segments: Sequence[bytes]) -> None:
        super().__init__()
        self.segments = segments
        self.data = np.empty(0, np.uint8)
        self.present = True
        self.number = -1

    def begin(self) -> None:
        """Begin the next segment."""
        self.number += 1
        self.present = self.number < len(self.segments)
        if self.present:
            self.data = np.frombuffer(self.segments[self.number], np.uint8)
            begin_decoder(self.coder, self.data)

    def end(self) -> None:
        """End the segment, and refuse it when it was shorter or longer than what it told.

        Raises
        ------
        FormatError
            When bytes were missing or left.
        """
        if not self.present:
            return
        read, size = int(self.coder[PLACE]), self.data.size
        if read < size:
            raise FormatError(
                f"segment {self.number} of the tile has {size} bytes, of which only {read} have a meaning"
            )
        if read > max(size, 4) + MOST_CUT:
            raise FormatError(f"segment {self.number} of the tile ends early: it has {size} of {read} bytes")

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What compiled decoders take in the end."""
        return self.present, self.coder, self.data, self.states, self.weights


def kinds_of(settings_color: str, channels: int) -> Iterator[tuple[int, int]]:
    """Yield each channel with its kind of plane: 0 for brightness and anything alone, 1 and 2 for color."""
    for channel in range(channels):
        yield channel, channel if settings_color != "none" and channel < 3 else 0
