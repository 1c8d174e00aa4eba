"""Pictures in Hadamard matrices: pixels to the bytes of a .hadi file and back.

>>> import numpy as np
>>> from hadimg import codec
>>> picture = np.add.outer(np.arange(64), np.arange(96)).astype(np.uint8)
>>> data = codec.encode(picture, quality=90)
>>> codec.decode(data).shape
(64, 96)

The format is specified in ``specification.txt`` beside this file.
"""

from hadimg.codec.description import describe
from hadimg.codec.picture import decode, encode
from hadimg.codec.stream import Reader, Writer

__all__ = ["Reader", "Writer", "decode", "describe", "encode"]
