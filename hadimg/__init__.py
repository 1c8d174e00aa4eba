"""Per-pixel gains as matrices: putting a mask on a picture is a Hadamard product.

>>> import numpy as np
>>> import hadimg
>>> from hadimg import masks
>>> mask = masks.ExponentialDecay(rate=1.2) * masks.LinearGradient(angle=-90.0, low=0.4)
>>> picture = np.full((400, 600, 3), 200, np.uint8)
>>> dimmed = hadimg.apply_mask(picture, mask)
>>> restored = hadimg.remove_mask(dimmed, mask)
>>> int(np.abs(restored.astype(int) - picture).max())  # levels: dark corners were rounded
3
"""

from importlib import import_module
from typing import Any

from hadimg.version import __version__

_HOMES = {
    "Image": "hadimg.io.image",
    "Saturation": "hadimg.masking",
    "apply_mask": "hadimg.masking",
    "fill_weights": "hadimg.filling",
    "hadamard": "hadimg.products",
    "mask_image": "hadimg.masking",
    "read_image": "hadimg.io.files",
    "remove_mask": "hadimg.masking",
    "write_image": "hadimg.io.files",
}
"""Where each public name lives; nothing is imported before it is asked for."""

__all__ = ["__version__", "errors", "masks", *_HOMES]  # noqa: PLE0604 (the table holds names)


def __getattr__(name: str) -> Any:
    if name in ("errors", "masks"):
        return import_module(f"hadimg.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'hadimg' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
