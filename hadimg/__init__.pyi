from hadimg import errors as errors
from hadimg import masks as masks
from hadimg.filling import fill_weights as fill_weights
from hadimg.io.files import read_image as read_image
from hadimg.io.files import write_image as write_image
from hadimg.io.image import Image as Image
from hadimg.masking import Saturation as Saturation
from hadimg.masking import apply_mask as apply_mask
from hadimg.masking import mask_image as mask_image
from hadimg.masking import remove_mask as remove_mask
from hadimg.products import hadamard as hadamard
from hadimg.version import __version__ as __version__

__all__ = [
    "Image",
    "Saturation",
    "__version__",
    "apply_mask",
    "errors",
    "fill_weights",
    "hadamard",
    "mask_image",
    "masks",
    "read_image",
    "remove_mask",
    "write_image",
]
