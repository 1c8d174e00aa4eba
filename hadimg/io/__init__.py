"""Pictures and their metadata, from files and to files; the only room that opens picture files.

The names below are looked up when they are first used, so that importing a table of this room costs no library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hadimg.io.atomic import write_bytes
    from hadimg.io.files import decode_image, encode_image, probe_image, read_header, read_image, write_image
    from hadimg.io.header import Encoded, Header, ReadOptions, WriteOptions
    from hadimg.io.image import Image, Metadata, Page
    from hadimg.io.limits import Limits

__all__ = [
    "Encoded",
    "Header",
    "Image",
    "Limits",
    "Metadata",
    "Page",
    "ReadOptions",
    "WriteOptions",
    "decode_image",
    "encode_image",
    "probe_image",
    "read_header",
    "read_image",
    "write_bytes",
    "write_image",
]

_MODULES = {
    "atomic": ("write_bytes",),
    "files": ("decode_image", "encode_image", "probe_image", "read_header", "read_image", "write_image"),
    "header": ("Encoded", "Header", "ReadOptions", "WriteOptions"),
    "image": ("Image", "Metadata", "Page"),
    "limits": ("Limits",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"hadimg.io.{module}"), name)
    raise AttributeError(f"module 'hadimg.io' has no attribute {name!r}")
