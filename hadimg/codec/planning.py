"""From the options of an encoder to the header that its file will have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.chunks import pack_metadata
from hadimg.codec.container import LARGEST_SIDE, TILES, Header
from hadimg.codec.grid import Grid
from hadimg.codec.rate import checked_step, step_of_quality
from hadimg.codec.samples import Samples, samples_in_units
from hadimg.codec.settings import TUNINGS, Settings
from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.codec.rate import Wanted
    from hadimg.codec.settings import Color, Tuning
    from hadimg.io.image import Metadata

__all__ = ["Choices", "Plan", "check_shape", "extremes_of", "make_plan"]

TUNED: dict[Tuning, tuple[Color, tuple[int, int]]] = {
    "balanced": ("ycbcr", (32, 32)),
    "rgb": ("ycocg", (32, 32)),
    "ycbcr": ("ycbcr", (40, 40)),
}
"""The color transform, and the steps of its two chroma planes in 1/16 of that of luma, that serve each tuning best."""

REVERSIBLE: tuple[Color, tuple[int, int]] = ("ycocg", (16, 16))
"""The same for pictures without loss, which have no steps."""


@dataclass(frozen=True)
class Choices:
    """What an encoder was asked for beside the pixels.

    Parameters
    ----------
    wanted : tuple
        Quality, step, size or no loss; see `hadimg.codec.rate`.
    depth : int, optional
        Bits of a value.
    unit : float, optional
        The value of one level, for floats.
    tuning : str
        What errors are measured in.
    tile : int
        Side length of tiles.
    """

    wanted: Wanted
    depth: int | None = None
    unit: float | None = None
    tuning: Tuning = "balanced"
    tile: int = 512


@dataclass(frozen=True)
class Plan:
    """A header and the chunks that follow it.

    Parameters
    ----------
    header : Header
        Complete but for the step where a size is asked for.
    chunks : bytes
        The metadata.
    """

    header: Header
    chunks: bytes

    @property
    def grid(self) -> Grid:
        """The tiles."""
        return Grid(self.header.height, self.header.width, self.header.tile)

    def with_step(self, step: int) -> Plan:
        """Return the same plan with another step."""
        return replace(self, header=replace(self.header, settings=replace(self.header.settings, step=step)))


def make_plan(
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    extremes: tuple[float, float] | None,
    metadata: Metadata | None,
    choices: Choices,
) -> Plan:
    """Return what the file of a picture will say about it.

    Parameters
    ----------
    shape : tuple of int
        (H, W) or (H, W, C).
    dtype : dtype
        uint8, uint16 or float32.
    extremes : tuple of float, optional
        The lowest and the highest value; needed for floats in units.
    metadata : Metadata, optional
        What is carried with the picture.
    choices : Choices
        What the encoder was asked for.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When a picture or a choice breaks its rule.
    """
    height, width, channels = check_shape(shape)
    if choices.tile not in TILES:
        raise ArgumentError(f"tile must be one of {', '.join(map(str, TILES))}, got {choices.tile!r}")
    if choices.tuning not in TUNINGS:
        raise ArgumentError(f"tuning must be one of {', '.join(map(repr, TUNINGS))}, got {choices.tuning!r}")
    samples, depth = _samples(dtype, extremes, choices)
    settings = _settings(channels, samples, depth, choices)
    chunks = b"" if metadata is None else pack_metadata(metadata)
    axis = len(shape) == 3 and channels == 1
    return Plan(Header(height, width, samples, settings, choices.tile, axis, len(chunks)), chunks)


def check_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return height, width and channels, or refuse what is no picture."""
    if len(shape) not in (2, 3) or 0 in shape or (len(shape) == 3 and shape[2] > 4):
        raise ArgumentError(f"pixels must have shape (H, W) or (H, W, 1 to 4), none of them 0, got {shape}")
    if max(shape[:2]) > LARGEST_SIDE:
        raise ArgumentError(f"pixels must have at most {LARGEST_SIDE} rows and columns, got {shape[0]} x {shape[1]}")
    return shape[0], shape[1], 1 if len(shape) == 2 else shape[2]


def _samples(dtype: np.dtype[Any], extremes: tuple[float, float] | None, choices: Choices) -> tuple[Samples, int]:
    """Return what levels stand for, and their bits."""
    if dtype.name in ("uint8", "uint16"):
        bits = 8 * dtype.itemsize
        if choices.unit is not None:
            raise ArgumentError("unit is for float32 pixels", remedy="use step for whole numbers")
        depth = bits if choices.depth is None else choices.depth
        if depth not in range(1, bits + 1):
            raise ArgumentError(f"depth must be a whole number from 1 to {bits} for {dtype.name}, got {depth!r}")
        return Samples("uint8" if bits == 8 else "uint16"), int(depth)
    if dtype.name != "float32":
        raise ArgumentTypeError(
            f"pixels must be uint8, uint16 or float32, got {dtype}", remedy="convert with pixels.astype"
        )
    if choices.depth is not None:
        raise ArgumentError("depth is for whole numbers", remedy="use unit for float32 pixels")
    if choices.unit is None:
        if choices.wanted[0] != "lossless":
            raise ArgumentError(
                "float32 pixels need unit, the value of one level", remedy="unit=1/4096, or lossless=True"
            )
        return Samples("float32 in halves"), 16
    if extremes is None:
        raise ArgumentError("float32 pixels in units need their extremes", remedy="extremes=(0.0, 1.0)")
    return samples_in_units(float(choices.unit), *extremes)


def _settings(channels: int, samples: Samples, depth: int, choices: Choices) -> Settings:
    name, value = choices.wanted
    step = 64
    if name == "quality":
        step = step_of_quality(value, depth)
    elif name == "step":
        step = checked_step(value)
    lossless = name == "lossless"
    color, chroma = REVERSIBLE if lossless else TUNED[choices.tuning]
    colored = channels >= 3 and samples.planes == 1
    return Settings(
        channels=channels * samples.planes,
        depth=depth,
        alpha=channels in (2, 4),
        mode="lossless" if lossless else "lossy",
        step=step,
        color=color if colored else "none",
        chroma=chroma if colored else (16, 16),
        tuning=choices.tuning,
    )


def extremes_of(pixels: NDArray[Any]) -> tuple[float, float] | None:
    """Return the lowest and the highest value of floats, None for whole numbers."""
    return (float(pixels.min()), float(pixels.max())) if pixels.dtype == np.float32 else None
