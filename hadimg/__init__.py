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

from hadimg.registration import register
from hadimg.version import __version__

_HOMES = {
    "Image": "hadimg.io.image",
    "Saturation": "hadimg.masking",
    "apply_mask": "hadimg.masking",
    "apply_mask_jvp": "hadimg.masking_derivatives",
    "apply_mask_vjp": "hadimg.masking_derivatives",
    "decode": "hadimg.codec.picture",
    "encode": "hadimg.codec.picture",
    "fill_weights": "hadimg.filling",
    "fit": "hadimg.fitting.pair",
    "fit_flat": "hadimg.fitting.flat",
    "fwht": "hadimg.walsh.transform",
    "fwht2": "hadimg.walsh.transform",
    "fwhtn": "hadimg.walsh.transform",
    "hadamard": "hadimg.products",
    "hadamard_identity": "hadimg.products",
    "hadamard_inverse": "hadimg.products",
    "hadamard_matrix": "hadimg.walsh.matrices",
    "ifwht": "hadimg.walsh.transform",
    "ifwht2": "hadimg.walsh.transform",
    "ifwhtn": "hadimg.walsh.transform",
    "kronecker": "hadimg.products",
    "mask_image": "hadimg.masking",
    "masking_gradient": "hadimg.fitting.gradient",
    "read_image": "hadimg.io.files",
    "remove_mask": "hadimg.masking",
    "write_image": "hadimg.io.files",
}
"""Where each public name lives; nothing is imported before it is asked for."""
_ROOMS = ("codec", "derivatives", "errors", "fitting", "masks", "profiles", "singlepixel", "walsh")

__all__ = ["__version__", *_ROOMS, *_HOMES]  # noqa: PLE0604 (the tables hold names)


register()


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"hadimg.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'hadimg' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
