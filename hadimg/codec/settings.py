"""What a tile's decoder has to know beside the segments: one frozen object, and its bytes in the header."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from hadimg.errors import FormatError

__all__ = [
    "COLORS",
    "LARGEST_STEP",
    "MODES",
    "OVERLAPS",
    "SEGMENTS",
    "SETTINGS_BYTES",
    "STEP_UNIT",
    "TUNINGS",
    "Settings",
]

Mode = Literal["lossy", "lossless"]
Color = Literal["none", "ycocg", "ycbcr"]
Tuning = Literal["balanced", "rgb", "ycbcr"]

MODES: tuple[Mode, ...] = ("lossy", "lossless")
COLORS: tuple[Color, ...] = ("none", "ycocg", "ycbcr")
OVERLAPS = (0, 8)
TUNINGS: tuple[Tuning, ...] = ("balanced", "rgb", "ycbcr")
"""What each byte of the header stands for: the place in its table."""

SEGMENTS = 4
"""Pieces of a tile in the file, the coarsest first: the first k give the picture reduced by ``2**(SEGMENTS - k)``."""
STEP_UNIT = 64
"""Steps are counted in this part of a level."""
LARGEST_STEP = (1 << 26) - 1
OFFSETS = 6

_LAYOUT = struct.Struct(f"<BBBBBBBBI2H{OFFSETS}B2x")
SETTINGS_BYTES = _LAYOUT.size


@dataclass(frozen=True)
class Settings:
    """How the tiles of a picture are coded; the same for all of them.

    Parameters
    ----------
    channels : int
        Planes of a tile, opacity included: 1 to 8.
    depth : int
        Bits of a value, 1 to 16: values are whole numbers from 0 to ``2**depth - 1``.
    alpha : bool
        Whether the last channel is opacity.
    mode : {'lossy', 'lossless'}
        Whether levels are quantized.
    step : int
        The step of the quantizer in 1/64 of a level, for luma; without meaning in lossless mode.
    color : {'ycocg', 'ycbcr', 'none'}
        The transform of the first three channels: YCoCg, which is reversible in lossless mode, or JPEG's YCbCr, which
        is not and serves lossy pictures only.
    chroma : tuple of int
        The steps of Co and Cg relative to that of Y, in 1/16.
    block : int
        Length of the Walsh-Hadamard blocks.
    overlap : {8, 0}
        Samples that the filter across a block border reaches over; 0 for plain blocks.
    tuning : {'balanced', 'rgb', 'ycbcr'}
        What the encoder measured errors in; the decoder does not look at it.
    offsets : tuple of int
        Where in its interval a level is reconstructed, for each group of bands: in 1/64 of a step towards zero.

    Examples
    --------
    >>> settings = Settings(channels=1, depth=12, step=100, color="none")
    >>> Settings.unpack(settings.pack()) == settings
    True
    """

    channels: int = 3
    depth: int = 8
    alpha: bool = False
    mode: Mode = "lossy"
    step: int = 4 * STEP_UNIT
    color: Color = "ycocg"
    chroma: tuple[int, int] = (32, 32)
    block: int = 8
    overlap: int = 8
    tuning: Tuning = "balanced"
    offsets: tuple[int, ...] = (0,) * OFFSETS

    @property
    def lossless(self) -> bool:
        """Whether nothing is lost."""
        return self.mode == "lossless"

    def pack(self) -> bytes:
        """Return the bytes of the header that say all this."""
        return _LAYOUT.pack(
            self.channels,
            self.depth,
            self.alpha,
            MODES.index(self.mode),
            COLORS.index(self.color),
            (self.block.bit_length() - 1) | OVERLAPS.index(self.overlap) << 4,
            TUNINGS.index(self.tuning),
            0,
            self.step,
            *self.chroma,
            *self.offsets,
        )

    @classmethod
    def unpack(cls, data: bytes) -> Settings:
        """Return what `pack` wrote, or refuse values that no encoder writes.

        Parameters
        ----------
        data : bytes
            `SETTINGS_BYTES` of them.

        Raises
        ------
        FormatError
            When a value breaks its rule.
        """
        numbers = _LAYOUT.unpack(data)
        channels, depth, alpha, mode, color, transform, tuning, reserved, step, co, cg = numbers[:11]
        overlap = transform >> 4
        rules = (
            ("channels", channels, 1 <= channels <= 8),
            ("bit depth", depth, 1 <= depth <= 16),
            ("alpha", alpha, alpha < (2 if channels > 1 else 1)),
            ("mode", mode, mode < len(MODES)),
            ("color", color, color < len(COLORS) - mode and (color == 0 or channels in (3, 4))),
            ("transform", transform, transform & 15 == 3 and overlap < len(OVERLAPS)),
            ("tuning", tuning, tuning < len(TUNINGS)),
            ("step", step, 1 <= step <= LARGEST_STEP),
            ("chroma ratios", min(co, cg), min(co, cg) >= 1),
            ("offsets", max(numbers[11:]), max(numbers[11:]) <= 32),
            ("reserved byte", reserved, reserved == 0),
        )
        for name, value, fits in rules:
            if not fits:
                raise FormatError(f"the HADI header declares {name} {value}, which no version of the format has")
        return cls(
            channels,
            depth,
            bool(alpha),
            MODES[mode],
            step,
            COLORS[color],
            (co, cg),
            1 << (transform & 15),
            OVERLAPS[overlap],
            TUNINGS[tuning],
            tuple(numbers[11:]),
        )
