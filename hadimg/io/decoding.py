"""What every decoder does around a library: its exceptions become ours, and its picture is held against the header."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, HadimgError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.io.header import Header

__all__ = ["checked_pixels", "decoding", "first_words", "readable"]


def first_words(error: BaseException) -> str:
    r"""Return the first line of what a library says, short enough for a message.

    Examples
    --------
    >>> first_words(ValueError("broken\nin many ways"))
    'broken'
    """
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__


@contextmanager
def decoding(title: str) -> Iterator[None]:
    """Turn whatever a library raises into FormatError, and a lack of memory into LimitError.

    Parameters
    ----------
    title : str
        What people call the format.

    Raises
    ------
    FormatError, LimitError
        In place of the library's own exceptions, which are chained.

    Examples
    --------
    >>> with decoding("WebP"):
    ...     raise OSError("bad stream")
    Traceback (most recent call last):
    ...
    hadimg.errors.FormatError: the WebP data are broken: bad stream
    """
    try:
        yield
    except HadimgError:
        raise
    except MemoryError as error:
        raise LimitError(
            f"the memory does not suffice to decode the {title} data", remedy="run with one job, or free some memory"
        ) from error
    except Exception as error:
        if type(error).__name__ == "DecompressionBombError":  # Pillow's own limit, which is one for the whole process
            raise LimitError(f"Pillow refuses to decode so large a {title} picture") from error
        # the decoders raise a dozen types of their own for broken data
        raise FormatError(f"the {title} data are broken: {first_words(error)}") from error


def checked_pixels(pixels: NDArray[Any], header: Header, page: int = 0) -> NDArray[Any]:
    """Return decoded ``pixels`` in C order, or refuse them when they are not what the header declares.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        What a library decoded. A single channel may have an axis of its own, which is dropped.
    header : Header
        What the file declares.
    page : int
        Which page it is.

    Raises
    ------
    FormatError
        When size, channels or bytes per value differ.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    expected = header.shapes[page] if header.channels == 1 else (*header.shapes[page], header.channels)
    if pixels.shape != expected or pixels.dtype.itemsize != header.itemsize:
        raise FormatError(
            f"the header declares {expected} values of {header.itemsize} bytes,"
            f" the data hold {pixels.shape} of {pixels.dtype.itemsize}"
        )
    return np.ascontiguousarray(pixels)


def readable(raw: bytes) -> str:
    r"""Return the text of a comment: UTF-8 where it is that, else Latin-1, which any bytes are.

    Examples
    --------
    >>> readable(b"caf\xe9"), readable("café".encode())
    ('café', 'café')
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
