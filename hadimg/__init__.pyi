from hadimg import codec as codec
from hadimg import derivatives as derivatives
from hadimg import errors as errors
from hadimg import fitting as fitting
from hadimg import masks as masks
from hadimg import profiles as profiles
from hadimg import singlepixel as singlepixel
from hadimg import walsh as walsh
from hadimg.codec.picture import decode as decode
from hadimg.codec.picture import encode as encode
from hadimg.filling import fill_weights as fill_weights
from hadimg.fitting.flat import fit_flat as fit_flat
from hadimg.fitting.gradient import masking_gradient as masking_gradient
from hadimg.fitting.pair import fit as fit
from hadimg.io.files import read_image as read_image
from hadimg.io.files import write_image as write_image
from hadimg.io.image import Image as Image
from hadimg.masking import Saturation as Saturation
from hadimg.masking import apply_mask as apply_mask
from hadimg.masking import mask_image as mask_image
from hadimg.masking import remove_mask as remove_mask
from hadimg.masking_derivatives import apply_mask_jvp as apply_mask_jvp
from hadimg.masking_derivatives import apply_mask_vjp as apply_mask_vjp
from hadimg.products import hadamard as hadamard
from hadimg.products import hadamard_identity as hadamard_identity
from hadimg.products import hadamard_inverse as hadamard_inverse
from hadimg.products import kronecker as kronecker
from hadimg.version import __version__ as __version__
from hadimg.walsh.matrices import hadamard_matrix as hadamard_matrix
from hadimg.walsh.transform import fwht as fwht
from hadimg.walsh.transform import fwht2 as fwht2
from hadimg.walsh.transform import fwhtn as fwhtn
from hadimg.walsh.transform import ifwht as ifwht
from hadimg.walsh.transform import ifwht2 as ifwht2
from hadimg.walsh.transform import ifwhtn as ifwhtn

__all__ = [
    "Image",
    "Saturation",
    "__version__",
    "apply_mask",
    "apply_mask_jvp",
    "apply_mask_vjp",
    "codec",
    "decode",
    "derivatives",
    "encode",
    "errors",
    "fill_weights",
    "fit",
    "fit_flat",
    "fitting",
    "fwht",
    "fwht2",
    "fwhtn",
    "hadamard",
    "hadamard_identity",
    "hadamard_inverse",
    "hadamard_matrix",
    "ifwht",
    "ifwht2",
    "ifwhtn",
    "kronecker",
    "mask_image",
    "masking_gradient",
    "masks",
    "profiles",
    "read_image",
    "remove_mask",
    "singlepixel",
    "walsh",
    "write_image",
]
