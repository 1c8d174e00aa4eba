"""How a notebook shows a mask: its parameters as a table, beside a small picture of its weights."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.io.files import encode_image
from hadimg.io.header import WriteOptions
from hadimg.io.image import Image
from hadimg.masks.array import Array

if TYPE_CHECKING:
    from hadimg.grid import Shape
    from hadimg.masks.base import Float, Mask

__all__ = ["caption", "html_card", "own_shape", "thumbnail"]

PREVIEW = (96, 144)
MOST_ROWS = 24
LONGEST = 400


def own_shape(mask: Mask) -> Shape | None:
    """Return the height and width that a mask insists on because it, or a part of it, was made from an array.

    Examples
    --------
    >>> from hadimg import masks
    >>> own_shape(masks.Array([[0.5, 1.0]]) * masks.Cos4()), own_shape(masks.Cos4())
    ((1, 2), None)
    """
    if isinstance(mask, Array):
        height, width = mask.values.shape
        return (height, width)
    return next((shape for part in getattr(mask, "parts", ()) if (shape := own_shape(part)) is not None), None)


def caption(mask: Mask, longest: int = LONGEST) -> str:
    """Return the text form of a mask, cut where it is too long; arrays are told by their size.

    Examples
    --------
    >>> from hadimg import masks
    >>> caption(masks.Array([[0.5, 1.0]])), caption(masks.Constant(0.5), longest=10)
    ('Array(<1 x 2 float64>, resample=False)', 'constant(v...')
    """
    text = str(mask) if own_shape(mask) is None else repr(mask)  # the text of an array may be millions of numbers
    return text if len(text) <= longest else f"{text[:longest]}..."


def thumbnail(mask: Mask, shape: Shape | None = None) -> bytes:
    """Return the weights as a small PNG: white is weight 1, or the highest weight if that is more.

    Parameters
    ----------
    mask : Mask
        What is shown. A mask for each channel is shown in color when it has three.
    shape : (int, int), optional
        Height and width in pixels; 96 x 144, or what fits into that of a mask that insists on a size of its own.

    Examples
    --------
    >>> from hadimg import masks
    >>> thumbnail(masks.Cos4(30))[1:4]
    b'PNG'
    """
    return _encoded(_preview(mask) if shape is None else mask.weights(shape))


def _preview(mask: Mask) -> Float:
    """Return the weights on a small picture, or at some pixels of the only size that the mask takes."""
    own = own_shape(mask)
    try:
        return mask.weights(PREVIEW)
    except ArgumentError:
        if own is None:
            raise
    share = min(1.0, PREVIEW[0] / own[0], PREVIEW[1] / own[1])
    down, across = (_middles(max(1, round(size * share)), size) for size in own)
    rows = [mask.weights(own, window=(slice(row, row + 1), slice(None)))[0, across] for row in down]
    return np.stack(rows)


def _middles(count: int, size: int) -> list[int]:
    """Return the pixels in the middles of equal parts of an axis."""
    return [(2 * k + 1) * size // (2 * count) for k in range(count)]


def _encoded(weights: Float) -> bytes:
    finite = np.nan_to_num(weights, nan=0.0, posinf=0.0, neginf=0.0)
    if finite.ndim == 3 and finite.shape[2] != 3:
        finite = finite.mean(axis=2)
    levels = np.clip(finite / max(1.0, float(finite.max())), 0.0, 1.0)
    pixels = np.rint(255 * levels).astype(np.uint8)
    return encode_image(Image.from_pixels(pixels), "thumbnail.png", WriteOptions()).data


def html_card(mask: Mask) -> str:
    """Return a mask as HTML without scripts or links: a table of its parameters beside its thumbnail.

    Parameters
    ----------
    mask : Mask
        What is shown. One that can be evaluated on no picture at all is shown in its parameters only.

    Examples
    --------
    >>> from hadimg import masks
    >>> "half_field_angle" in html_card(masks.Cos4(30))
    True
    """
    rows = [
        f"<tr><td>{escape(name)}</td><td>{value:.6g}</td><td>{escape(unit)}</td></tr>"
        for name, value, unit in zip(mask.names[:MOST_ROWS], mask.vector, mask.units, strict=False)
    ]
    if len(mask.names) > MOST_ROWS:
        rows.append(f"<tr><td colspan=3>and {len(mask.names) - MOST_ROWS} more</td></tr>")
    return (
        f"<figure><figcaption><code>{escape(caption(mask), quote=True)}</code></figcaption>{_picture(mask)}"
        f"<table><tr><th>parameter</th><th>value</th><th>unit</th></tr>{''.join(rows)}</table></figure>"
    )


def _picture(mask: Mask) -> str:
    try:
        weights = _preview(mask)
    except ArgumentError:  # parts that insist on different sizes, or a level of zero
        return ""
    rows, cols = weights.shape[:2]
    width = min(3 * PREVIEW[1], max(1, round(PREVIEW[0] * cols / rows)))
    data = b64encode(_encoded(weights)).decode("ascii")
    return f'<img width="{width}" height="{PREVIEW[0]}" alt="the weights" src="data:image/png;base64,{data}">'
