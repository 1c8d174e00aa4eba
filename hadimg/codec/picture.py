"""A picture to bytes and back."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.planning import Choices, extremes_of, make_plan
from hadimg.codec.rate import likely_step, step_of_size, wanted_of
from hadimg.codec.reading import checked_reduce, checked_window, open_layout, read_pixels
from hadimg.codec.source import MemorySource
from hadimg.codec.threads import in_order, workers_for
from hadimg.codec.writing import assemble, code_tile
from hadimg.errors import ArgumentTypeError, HadimgWarning
from hadimg.io.limits import Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.codec.planning import Plan
    from hadimg.codec.settings import Tuning
    from hadimg.io.image import Metadata

__all__ = ["decode", "encode", "encode_volume"]


def encode(  # noqa: PLR0913 (the options of a picture stand in one place)
    pixels: NDArray[Any],
    *,
    quality: float | None = None,
    step: float | None = None,
    lossless: bool = False,
    bits_per_pixel: float | None = None,
    depth: int | None = None,
    unit: float | None = None,
    metadata: Metadata | None = None,
    tuning: Tuning = "balanced",
    tile: int = 512,
    workers: int | None = None,
) -> bytes:
    r"""Return a picture as the bytes of a .hadi file; the same bytes on every machine and for any number of threads.

    At most one of ``quality``, ``step``, ``lossless`` and ``bits_per_pixel`` says how much may be lost.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, 1 to 4)
        uint8, uint16 or float32. Of two and of four channels the last is opacity; of three and four the first three
        are red, green and blue.
    quality : float, optional
        From 1 to 100; 75 where nothing else is said.
    step : float, optional
        The step of the quantizer in levels, a multiple of 1/64.
    lossless : bool
        Whether every value comes back exactly.
    bits_per_pixel : float, optional
        8 times the length of the file, divided by H W; met within 3 %. A picture that is coded almost without loss in
        less than that makes a shorter file.
    depth : int, optional
        Bits of a value, such as 12 for a sensor's values in uint16. By default those of the type.
    unit : float, optional
        The value of one level: needed for float32 that is not lossless, and rounded to. Where it is given for a
        lossless file, all values have to be whole multiples of it.
    metadata : Metadata, optional
        EXIF, XMP, ICC, IPTC, resolution and text, carried as they are.
    tuning : {'balanced', 'rgb', 'ycbcr'}
        Where errors count: in red, green and blue; in brightness and color as JPEG has them, weighted 6 to 1 to 1; or
        between the two.
    tile : {64, 128, 256, 512}
        Side length of the squares that are coded each on its own.
    workers : int, optional
        Threads; None takes all cores, as far as a few bytes of memory for each pixel allow.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the pixels or an option break their rule.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)
    >>> data = encode(ramp, lossless=True)
    >>> data[:8]
    b'\x89HADI\r\n\x1a'
    >>> bool((decode(data) == ramp).all())
    True
    """
    if not isinstance(pixels, np.ndarray):
        raise ArgumentTypeError(f"pixels must be a NumPy array, got {type(pixels).__name__}")
    wanted = wanted_of(quality, step, bits_per_pixel, lossless=lossless)
    choices = Choices(wanted, depth, unit, tuning, tile)
    extremes = extremes_of(pixels) if unit is not None and pixels.size else None
    plan = make_plan(pixels.shape, pixels.dtype, extremes, metadata, choices)
    threads = workers_for(workers, plan.grid.count)
    volume = pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels
    if wanted[0] != "bits_per_pixel":
        return encode_volume(volume, plan, threads)
    made: dict[int, bytes] = {}

    def size_of(one: int) -> int:
        made[one] = encode_volume(volume, plan.with_step(one), threads)
        return len(made[one])

    size = round(wanted[1] * volume.shape[0] * volume.shape[1] / 8)
    coded_depth = plan.header.settings.depth
    return made[step_of_size(size_of, size, coded_depth, likely_step(wanted[1], coded_depth))]


def encode_volume(volume: NDArray[Any], plan: Plan, workers: int) -> bytes:
    """Return the file of pixels of shape (H, W, C) under a finished plan.

    Parameters
    ----------
    volume : ndarray, shape (H, W, C)
        The pixels.
    plan : Plan
        The header to write and the metadata.
    workers : int
        Threads.
    """
    boxes = [plan.grid.box(index) for index in range(plan.grid.count)]
    parts = (volume[box.top : box.top + box.height, box.left : box.left + box.width] for box in boxes)
    return assemble(plan, list(in_order(lambda part: code_tile(part, plan.header), parts, workers)))


def decode(
    data: bytes | bytearray | memoryview,
    *,
    window: tuple[int, int, int, int] | None = None,
    reduce: int = 0,
    partial: bool = False,
    limits: Limits | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the pixels of a .hadi file, or of a part of it; the same on every machine.

    Parameters
    ----------
    data : bytes-like
        The whole file; with ``partial`` also the beginning of one.
    window : tuple of int, optional
        Top, left, height and width of the part to decode, in pixels of the whole picture; other tiles are not touched.
    reduce : int
        0 to 3: decode the picture reduced by ``2**reduce``, from the beginning of the file alone.
    partial : bool
        Whether a damaged or cut file gives what is whole of it, with a `HadimgWarning`: tiles whose fine parts are
        missing are shown coarsely, and those that are missing altogether are 0.
    limits : Limits, optional
        The largest picture that is decoded; checked before any memory is asked for.
    workers : int, optional
        Threads; None takes all cores, as far as a few bytes of memory for each pixel allow.

    Returns
    -------
    ndarray
        Of the type and the number of axes that were encoded. A reduced picture has ``ceil(H / 2**reduce)`` rows.

    Raises
    ------
    FormatError
        When the data are broken.
    LimitError
        When they declare more than the limits allow.
    UnsupportedError
        When a later version of the format wrote them.
    ArgumentError, ArgumentTypeError
        When an option breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> data = encode(np.full((40, 60, 3), 200, np.uint8), quality=90)
    >>> decode(data, window=(8, 16, 4, 6)).shape, decode(data, reduce=3).shape
    ((4, 6, 3), (5, 8, 3))
    """
    source = MemorySource(data)
    layout = open_layout(source, limits or Limits(), partial=partial)
    box = checked_window(window, layout.header)
    pixels, damage = read_pixels(layout, box, checked_reduce(reduce), partial=partial, workers=workers)
    if damage:
        warnings.warn(f"the HADI data are damaged: {damage}", HadimgWarning, stacklevel=2)
    return pixels
