"""What is known of a level before it is coded: its prediction, the contexts of its bits, where it will be put back."""

from __future__ import annotations

from typing import Any

from hadimg.kernels.codec_values import FIRST_PAIR, FIRST_THIRD, add_sources, bucket, lowest_bits, pair_of
from hadimg.kernels.compiling import borrowing_kernel, inlined, kernel

__all__ = [
    "BANDS",
    "BEFORE",
    "GROUP",
    "MOST",
    "QUIET",
    "QUIET_KIND",
    "SO_FAR",
    "add_sizes",
    "band_contexts",
    "group_contexts",
    "level_contexts",
    "predict_row",
    "rebuilt",
]

BANDS, BEFORE, SO_FAR = 66, 64, 65
"""Planes of sizes of a channel: 64 bands, and the sums of the block in earlier segments, and so far."""
MOST = 2047
"""Where sizes are cut before they are added up."""
GROUP, QUIET, QUIET_KIND = 8, 400, 14
"""Levels of which one bit says whether any is not zero, where their expected sizes add up to less, in 1/1024."""
THIRDS_OF_GROUPS, THIRD_OF_BANDS = 9, 15
SLOT_OF_GROUPS = 14


@kernel
def predict_row(target: Any, known: Any, row: int, sources: Any) -> None:
    """Predict a band's row from coarser bands; weights have 12 bits."""
    target[:] = 1 << 11
    add_sources(target, known, row, 1, sources, 0)
    for x in range(target.size):
        target[x] >>= 12


@kernel
def add_sizes(total: Any, sizes: Any, row: int, sources: Any) -> None:
    """Add up what is expected of a band's row but for the levels to the left: from its own band, from others."""
    total[:] = 0
    add_sources(total[0], sizes, row + 2, 2, sources, 0)
    add_sources(total[1], sizes, row + 2, 2, sources, 1)


@inlined
def level_contexts(same: int, other: int, left: int, up: int, kind: int, place: int) -> tuple[int, int, int, int, int]:
    """Return the contexts of a level, where its weights begin, and how many lowest bits it has."""
    total = bucket((same + other) >> 4)
    a = (kind * 64 + total) * 16
    b = FIRST_PAIR + (kind * 256 + pair_of(same, other)) * 16
    c = FIRST_THIRD + (place * 16 + min(left, 2) * 3 + min(up, 2)) * 16
    return a, b, c, kind * 64, lowest_bits(total)


@borrowing_kernel
def group_contexts(
    total: Any, first: int, last: int, left: int, kind: int, place: int
) -> tuple[bool, int, int, int, int]:
    """Return whether a group of levels is expected to be quiet, then the contexts of the bit that says so."""
    same, other = left, 0
    for x in range(first, last):
        same += total[0, x]
        other += total[1, x]
    expected = bucket((same + other) >> 4)
    a = (kind * 64 + expected) * 16 + SLOT_OF_GROUPS
    b = FIRST_PAIR + (kind * 256 + pair_of(same, other)) * 16
    c = FIRST_THIRD + (place * 16 + THIRDS_OF_GROUPS + min(expected // 4, 5)) * 16
    return same + other < QUIET, a, b + SLOT_OF_GROUPS, c + SLOT_OF_GROUPS, kind * 64 + 4 * SLOT_OF_GROUPS


@inlined
def band_contexts(kind: int, place: int) -> tuple[int, int]:
    """Return the only context of the bit that says whether a band has levels at all, and where its weights begin."""
    return FIRST_THIRD + (place * 16 + THIRD_OF_BANDS) * 16, kind * 64 + 60


@kernel
def rebuilt(level: int, step: int, offset: int) -> int:
    """Return the coefficient that a level stands for, its size less by ``offset`` in 1/64 of a step."""
    size = (min(abs(level), 1 << 26) * 64 - offset) * step
    size = (size + (1 << 11)) >> 12
    return -size if level < 0 else size
