"""What a file says about itself, without decoding a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.codec.chunks import unpack_metadata
from hadimg.codec.grid import read_layout
from hadimg.codec.settings import SEGMENTS, STEP_UNIT
from hadimg.codec.source import MemorySource
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from hadimg.codec.settings import Settings

__all__ = ["describe"]


def describe(data: bytes, *, limits: Limits | None = None) -> dict[str, Any]:
    """Return everything that header, table and metadata say, as plain values.

    A file that is cut behind its table, or that something follows, is described, too: compare ``declared_bytes`` with
    ``bytes``.

    Parameters
    ----------
    data : bytes-like
        The file or its beginning.
    limits : Limits, optional
        The largest picture that is described.

    Raises
    ------
    FormatError, UnsupportedError, LimitError
        When header, table or metadata are broken, of a later version, or over a limit.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg.codec import encode
    >>> told = describe(encode(np.zeros((480, 640), np.uint16), depth=12, step=2.5))
    >>> told["width"], told["depth"], told["step"], told["transform"]
    (640, 12, 2.5, 'lapped Walsh-Hadamard, 8 x 8, overlap 8')
    """
    known = limits or Limits()
    layout = read_layout(MemorySource(data), known, partial=True)
    header, settings = layout.header, layout.header.settings
    metadata = unpack_metadata(layout.metadata(), known)
    return {
        "version": ".".join(map(str, header.version)),
        "width": header.width,
        "height": header.height,
        "channels": header.channels,
        "opacity": settings.alpha,
        "samples": header.samples.kind,
        "depth": settings.depth,
        "unit": header.samples.unit or None,
        "mode": settings.mode,
        "step": None if settings.lossless else settings.step / STEP_UNIT,
        "color": settings.color,
        "transform": _transform(settings),
        "tuning": settings.tuning,
        "tile": header.tile,
        "tiles": layout.grid.count,
        "metadata": list(metadata.parts()),
        "bytes": layout.source.size,
        "declared_bytes": layout.end,
        "bits_per_pixel": 8 * layout.end / (header.width * header.height),
        "prefix_bytes": {str(1 << reduce): layout.prefix(reduce) for reduce in reversed(range(SEGMENTS))},
    }


def _transform(settings: Settings) -> str:
    """Return what the transform is made of, in the words of the specification."""
    size = f"{settings.block} x {settings.block}"
    if settings.lossless:
        return "reversible Hadamard pyramid"
    if settings.overlap == 0:
        return f"Walsh-Hadamard, {size}"
    return f"lapped Walsh-Hadamard, {size}, overlap {settings.overlap}"
