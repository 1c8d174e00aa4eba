"""Pixels to a bare JPEG stream and back: which library does it, and what it must not do in silence."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hadimg.errors import ArgumentError, FormatError, UnsupportedError
from hadimg.io.decoding import first_words
from hadimg.io.jpeg_tables import SAMPLINGS
from hadimg.io.libraries import load_library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.jpeg_segments import Layout
    from hadimg.io.jpeg_tables import Coding

__all__ = ["choose_writable", "decode_stream", "encode_stream"]

_PILLOW_SAMPLINGS = {"444": 0, "422": 1, "420": 2}
_COPY_AGAIN = "copy the file again, or allow damaged files"


def decode_stream(data: bytes, layout: Layout, *, allow_damaged: bool = False) -> tuple[NDArray[Any], str | None]:
    """Decode a JPEG, and notice damage.

    Parameters
    ----------
    data : bytes
        The file.
    layout : Layout
        Its segments.
    allow_damaged : bool
        Whether a damaged picture is read as far as it goes.

    Returns
    -------
    pixels : ndarray, shape (H, W) or (H, W, 3)
        uint8; writable, C-ordered, grey or RGB, in stored order.
    note : str or None
        What was damaged, where that is allowed.

    Raises
    ------
    FormatError
        For damaged data.
    """
    frame = layout.frame
    # One bit a block is the least that any coding needs: a small file is no reason to ask for much memory.
    if len(data) * 8 < -(-frame.height // 8) * -(-frame.width // 8) and not allow_damaged:
        raise FormatError(
            f"the JPEG data end early: {len(data)} bytes cannot hold {frame.width} x {frame.height} pixels",
            remedy=_COPY_AGAIN,
        )
    space = "GRAY" if len(frame.components) == 1 else "RGB"
    note = None
    try:
        pixels = _decode_strictly(data, layout, space)
    except ValueError as error:
        reason = _damage(data, layout, first_words(error))
        if not allow_damaged:
            raise FormatError(reason, remedy=_COPY_AGAIN) from error
        pixels, note = _decode_damaged(data, layout, space), f"{reason}; read as far as it goes"
    return (pixels[:, :, 0] if pixels.shape[2:] == (1,) else pixels), note


def _decode_strictly(data: bytes, layout: Layout, space: str) -> NDArray[Any]:
    simplejpeg = load_library("simplejpeg")
    try:
        return cast("NDArray[Any]", simplejpeg.decode_jpeg(data, colorspace=space, strict=True))
    except ValueError as error:
        bare = layout.tables_only(data)
        if "subsampling level" in str(error):  # it refuses sampling that has no name
            return _decode_by_pillow(bare)
    # Strict also means metadata: a profile that is broken is no damage to the picture.
    return cast("NDArray[Any]", simplejpeg.decode_jpeg(bare, colorspace=space, strict=True))


def _decode_damaged(data: bytes, layout: Layout, space: str) -> NDArray[Any]:
    simplejpeg = load_library("simplejpeg")
    return cast("NDArray[Any]", simplejpeg.decode_jpeg(layout.tables_only(data), colorspace=space, strict=False))


def _decode_by_pillow(data: bytes) -> NDArray[Any]:
    plugin = load_library("PIL.JpegImagePlugin", package="pillow")
    with plugin.JpegImageFile(io.BytesIO(data)) as picture:
        return np.array(picture)


def _damage(data: bytes, layout: Layout, words: str) -> str:
    """Return what is wrong with the data, and how many rows are missing where that can be known."""
    if "remature end of JPEG file" not in words:
        return f"the JPEG data are damaged: {words}"
    if layout.has_many_scans(data):
        return "the JPEG data end early: detail is missing everywhere"
    # What is missing comes out as mid-grey, block by block: a row is whole when its last block is not.
    last_column = _decode_damaged(data, layout, "GRAY")[:, -1, 0]
    height, block = len(last_column), 8 * max(component.vertical for component in layout.frame.components)
    decoded = np.flatnonzero(last_column != 128)
    whole = min((int(decoded[-1]) // block + 1) * block, height) if decoded.size else 0
    missing = height - whole
    rows = f"{missing} of {height} rows are missing" if missing else "the end marker is missing"
    return f"the JPEG data end early: {rows}"


def choose_writable(coding: Coding, *, asked_sampling: str | None = None) -> tuple[Coding, tuple[str, ...]]:
    """Return the coding nearest to ``coding`` that some encoder here can write, never a coarser one.

    Parameters
    ----------
    coding : Coding
        What is wanted.
    asked_sampling : str, optional
        The sampling that the user asks for instead.

    Returns
    -------
    coding : Coding
        What can be written.
    notes : tuple of str
        What differs.

    Raises
    ------
    ArgumentError, UnsupportedError
        When the sampling asked for has no name, or cannot be written with these tables.
    """
    if coding.model == "grey":
        return replace(coding, sampling="444"), ()
    if asked_sampling is not None:
        if asked_sampling not in SAMPLINGS.values():
            names = ", ".join(repr(name) for name in SAMPLINGS.values())
            raise ArgumentError(f"subsampling must be one of {names}, got {asked_sampling!r}")
        coding = replace(coding, sampling=asked_sampling)
    by_quality_only = coding.sampling in SAMPLINGS.values() and coding.sampling not in _PILLOW_SAMPLINGS
    if coding.model == "rgb":
        possible = coding.sampling == "444"
    else:
        possible = coding.sampling in _PILLOW_SAMPLINGS or (by_quality_only and coding.quality is not None)
    if not possible and asked_sampling is not None:
        rgb = coding.model == "rgb"
        why = "a JPEG that codes RGB" if rgb else "the quantization tables of the source"
        raise UnsupportedError(
            f"subsampling {asked_sampling} is not possible with {why}",
            remedy="take subsampling 444" if rgb else "give a quality as well, or take subsampling 444",
        )
    if not possible:
        note = f"the chroma sampling {coding.sampling} is written as 444, which is finer"
        return replace(coding, sampling="444"), (note,)
    if by_quality_only and coding.progressive:
        return replace(coding, progressive=False), (f"with sampling {coding.sampling} it is not written progressive",)
    return coding, ()


def encode_stream(pixels: NDArray[Any], coding: Coding, *, smallest: bool = False) -> tuple[bytes, str | None]:
    """Encode pixels as a bare JPEG.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, 3)
        uint8.
    coding : Coding
        One that `choose_writable` lets pass.
    smallest : bool
        Whether to look for the shortest code, which takes three times as long.

    Returns
    -------
    stream : bytes
        A whole JPEG, with segments of the encoder's own in front.
    note : str or None
        What could not be done as wanted.
    """
    pixels = np.ascontiguousarray(pixels)
    if coding.quality is not None and not coding.progressive and not smallest:
        return _encode_by_quality(pixels, coding), None
    if coding.progressive:
        try:
            return _encode_by_pillow(pixels, coding, progressive=True), None
        except OSError:  # its buffer of two bytes a pixel is too short for so much detail
            note = "too much detail to be written progressive: written baseline"
            return encode_stream(pixels, replace(coding, progressive=False))[0], note
    return _encode_by_pillow(pixels, coding, optimize=smallest), None


def _encode_by_quality(pixels: NDArray[Any], coding: Coding) -> bytes:
    # As fast as simplejpeg, which takes the coarse DCT below quality 96: up to 20 dB lost when a JPEG is encoded anew.
    imagecodecs = load_library("imagecodecs")
    sampling = None if coding.model == "grey" else coding.sampling
    return cast("bytes", imagecodecs.jpeg8_encode(pixels, level=coding.quality, subsampling=sampling))


def _encode_by_pillow(pixels: NDArray[Any], coding: Coding, **options: bool) -> bytes:
    pillow = load_library("PIL.Image", package="pillow")
    stream = io.BytesIO()
    pillow.fromarray(pixels).save(
        stream,
        "JPEG",
        qtables=[list(table) for table in coding.tables],
        subsampling=_PILLOW_SAMPLINGS[coding.sampling],
        keep_rgb=coding.model == "rgb",
        **options,
    )
    return stream.getvalue()
