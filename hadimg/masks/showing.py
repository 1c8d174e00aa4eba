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

if TYPE_CHECKING:
    from hadimg.grid import Shape
    from hadimg.masks.base import Mask

__all__ = ["html_card", "thumbnail"]

PREVIEW = (96, 144)
MOST_ROWS = 24


def thumbnail(mask: Mask, shape: Shape = PREVIEW) -> bytes:
    """Return the weights as a small PNG: white is weight 1, or the highest weight if that is more.

    Parameters
    ----------
    mask : Mask
        What is shown. A mask for each channel is shown in color when it has three.
    shape : (int, int)
        Height and width in pixels.

    Examples
    --------
    >>> from hadimg import masks
    >>> thumbnail(masks.Cos4(30))[1:4]
    b'PNG'
    """
    weights = np.nan_to_num(mask.weights(shape), nan=0.0, posinf=0.0, neginf=0.0)
    if weights.ndim == 3 and weights.shape[2] != 3:
        weights = weights.mean(axis=2)
    levels = np.clip(weights / max(1.0, float(weights.max())), 0.0, 1.0)
    pixels = np.rint(255 * levels).astype(np.uint8)
    return encode_image(Image.from_pixels(pixels), "thumbnail.png", WriteOptions()).data


def html_card(mask: Mask) -> str:
    """Return a mask as HTML without scripts or links: a table of its parameters, and its thumbnail where it has one.

    Parameters
    ----------
    mask : Mask
        What is shown. A mask that insists on its own size, as arrays do, is shown in its parameters only.

    Examples
    --------
    >>> from hadimg import masks
    >>> "half_field_angle" in html_card(masks.Cos4(30))
    True
    """
    title = escape(repr(mask) if len(str(mask)) > 200 else str(mask), quote=True)
    rows = [
        f"<tr><td>{escape(name)}</td><td>{value:.6g}</td><td>{escape(unit)}</td></tr>"
        for name, value, unit in zip(mask.names[:MOST_ROWS], mask.vector, mask.units, strict=False)
    ]
    if len(mask.names) > MOST_ROWS:
        rows.append(f"<tr><td colspan=3>and {len(mask.names) - MOST_ROWS} more</td></tr>")
    return (
        f"<figure><figcaption><code>{title[:400]}</code></figcaption>{_picture(mask)}"
        f"<table><tr><th>parameter</th><th>value</th><th>unit</th></tr>{''.join(rows)}</table></figure>"
    )


def _picture(mask: Mask) -> str:
    try:
        data = b64encode(thumbnail(mask)).decode("ascii")
    except ArgumentError:  # an array of another size than the thumbnail's
        return ""
    height, width = PREVIEW
    return f'<img width="{width}" height="{height}" alt="the weights" src="data:image/png;base64,{data}">'
