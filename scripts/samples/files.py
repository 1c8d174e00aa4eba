"""Pictures as the bytes of files, with the metadata that cameras and microscopes write."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms

from samples.exif import camera_block

if TYPE_CHECKING:
    from samples.noise import Field

TURNED = 6  # a viewer turns the stored picture by a quarter to the right
QUALITY = 90
DATE = struct.pack(">6H", 2014, 5, 6, 5, 48, 0)


def srgb_profile() -> bytes:
    """Return the ICC profile of sRGB, with a date that does not change from run to run."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + DATE + profile[36:]


def jpeg_bytes(picture: Field, **options: object) -> bytes:
    """Return a picture as a JPEG."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", **options)
    return stream.getvalue()


def turned_photograph(upright: Field) -> bytes:
    """Return an upright picture as the JPEG of a camera that was held on its side."""
    stored = np.ascontiguousarray(np.rot90(upright))
    small = np.asarray(Image.fromarray(stored).resize((160, 160 * stored.shape[0] // stored.shape[1])))
    exif = camera_block(TURNED, jpeg_bytes(small, quality=75))
    return jpeg_bytes(
        stored, quality=QUALITY, subsampling=0, exif=b"Exif\0\0" + exif, icc_profile=srgb_profile(), dpi=(300, 300)
    )


def deep_png(picture: Field) -> bytes:
    """Return a picture of 16 bits as a PNG that says: sRGB, 300 dots per inch."""
    plain = bytes(imagecodecs.png_encode(picture, level=9))
    resolution = struct.pack(">IIB", 11811, 11811, 1)
    after_header = 8 + 25
    return plain[:after_header] + chunk(b"sRGB", b"\0") + chunk(b"pHYs", resolution) + plain[after_header:]


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(picture: Field) -> bytes:
    """Return a picture of 8 bits as a PNG; colors carry the profile of sRGB."""
    stream = io.BytesIO()
    profile = srgb_profile() if picture.ndim == 3 else None
    Image.fromarray(picture).save(stream, "PNG", optimize=True, dpi=(300, 300), icc_profile=profile)
    return stream.getvalue()


def tiff(pages: Field, description: str) -> bytes:
    """Return a picture or a stack of 16 bits as a deflated TIFF."""
    stream = io.BytesIO()
    tifffile.imwrite(
        stream,
        pages,
        photometric="minisblack",
        compression="zlib",
        predictor=True,
        description=description,
        software="hadimg render_samples",
        metadata=None,
        resolution=(300, 300),
        resolutionunit="INCH",
    )
    return stream.getvalue()


def imagej_tiff(picture: Field) -> bytes:
    """Return a picture of float32 as a TIFF that ImageJ reads."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, picture, imagej=True, software="hadimg render_samples")
    return stream.getvalue()
