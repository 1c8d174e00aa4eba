"""Pictures from files and to files, through the table of formats, with the checks that no format can forget."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hadimg.errors import (
    DependencyError,
    FormatError,
    HadimgError,
    HadimgWarning,
    LimitError,
    WriteError,
)
from hadimg.io.atomic import write_bytes
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image
from hadimg.io.limits import NO_LIMITS, Limits
from hadimg.io.naming import format_of_file, note_on_name, writable_format
from hadimg.io.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.errors import Path
    from hadimg.io.formats import Codec, Format
    from hadimg.io.header import Encoded, Header

__all__ = ["decode_image", "encode_image", "probe_image", "read_header", "read_image", "write_image"]


def read_image(path: Path, *, limits: Limits | None = None, allow_damaged: bool = False) -> Image:
    """Read a picture: every page at full depth with its metadata, or refuse and say why.

    The data decide what the file is, not its name.

    Parameters
    ----------
    path : str, bytes or path
        The file.
    limits : Limits, optional
        The largest picture that is read.
    allow_damaged : bool
        Whether a picture whose data are damaged is read as far as it goes, with a note, instead of refused.

    Returns
    -------
    Image
        The pages as stored, the metadata, and in ``notes`` what was odd.

    Raises
    ------
    ReadError
        When the file cannot be opened or read, or holds no picture.
    FormatError
        When its data are broken.
    LimitError
        When it is larger than a limit, or than memory.
    UnsupportedError
        When it is whole and of a kind that cannot be kept without loss.

    Examples
    --------
    >>> read_image("no-such-file.jpg")
    Traceback (most recent call last):
    ...
    hadimg.errors.ReadError: no-such-file.jpg: no such file or folder (check the name)
    """
    options = ReadOptions(limits or Limits(), allow_damaged)
    return decode_image(read_bytes(path, options.limits), path, options)


def read_header(path: Path, *, limits: Limits | None = None, allow_damaged: bool = False) -> Header:
    """Return what the header of a picture declares, without decoding a pixel.

    The parameters and exceptions are those of `read_image`.

    Examples
    --------
    >>> read_header("no-such-file.jpg")
    Traceback (most recent call last):
    ...
    hadimg.errors.ReadError: no-such-file.jpg: no such file or folder (check the name)
    """
    options = ReadOptions(limits or Limits(), allow_damaged)
    return probe_image(read_bytes(path, options.limits), path, options)


def probe_image(data: bytes, name: Path, options: ReadOptions) -> Header:
    """Return what the header of a picture declares, or refuse what is over a limit.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str, bytes or path
        Its name: said in errors, and asked for the format where the data have no signature.
    options : ReadOptions
        How to read.
    """
    with _naming(name, FormatError, "decoding"):
        return _probe(format_of_file(data, name), data, options)


def decode_image(data: bytes, name: Path, options: ReadOptions, header: Header | None = None) -> Image:
    """Return the picture that the data of a file hold; the parameters are those of `probe_image`.

    Parameters
    ----------
    data, name, options
        As in `probe_image`.
    header : Header, optional
        What `probe_image` returned for the same data, where it was called before.
    """
    with _naming(name, FormatError, "decoding"):
        row = format_of_file(data, name)
        header = header or _probe(row, data, options)
        image = row.codec().decode(data, header, options)
        shapes = tuple(page.shape for page in image.pages)
        if shapes != header.shapes and not options.allow_damaged:
            raise FormatError(f"the header declares {_sizes(header.shapes)}, the data hold {_sizes(shapes)}")
        note = note_on_name(row, name)
        return image if note is None else replace(image, notes=(note, *image.notes))


def encode_image(image: Image, name: Path, options: WriteOptions) -> Encoded:
    """Return the finished file for a picture, in the format that the suffix of ``name`` stands for.

    Parameters
    ----------
    image : Image
        The picture.
    name : str, bytes or path
        The name that the file will get; nothing is written to it.
    options : WriteOptions
        Quality, subsampling, metadata.

    Returns
    -------
    Encoded
        The bytes, and a note on every part that the format could not hold.

    Raises
    ------
    UnsupportedError
        When the format cannot hold the picture without loss, or is not written.
    WriteError
        When the encoder fails.
    """
    with _naming(name, WriteError, "encoding"):
        row = writable_format(name)
        codec = row.codec()
        encoded = codec.encode(image, options)
        _check_encoded(codec, encoded.data, image)
        return encoded


def write_image(
    path: Path,
    image: Image | NDArray[Any],
    *,
    quality: int | None = None,
    subsampling: str | None = None,
    strip: bool = False,
    overwrite: bool = True,
) -> None:
    """Write a picture whole or not at all, in the format that the suffix of ``path`` stands for.

    What the format cannot hold without loss is refused before anything is written. Metadata that it cannot hold are
    named in a `HadimgWarning`.

    Parameters
    ----------
    path : str, bytes or path
        The file. What stands there is replaced in one step.
    image : Image or ndarray, shape (H, W) or (H, W, 1 to 4)
        The picture. An array is taken as it is, without metadata; see `Image.from_pixels`.
    quality : int, optional
        1 to 100 for lossy formats; without it JPEG keeps the quality of the file that the picture came from, and
        others use 90.
    subsampling : {'444', '422', '440', '420', '411'}, optional
        Of JPEG; without it that of the file that the picture came from.
    strip : bool
        Whether all metadata are left out but those that change how the picture is seen.
    overwrite : bool
        Whether a file that stands there is replaced.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the array or an option is none of those above.
    UnsupportedError
        When the format cannot hold the picture.
    WriteError
        When the file cannot be written; what stood there is untouched.

    Examples
    --------
    >>> import numpy as np
    >>> write_image("picture.xyz", np.zeros((4, 6, 3), np.uint8))
    Traceback (most recent call last):
    ...
    hadimg.errors.UnsupportedError: picture.xyz: the suffix .xyz stands for no format that is written (use one of \
.jpg, .png, .tif, ...)
    """
    picture = image if isinstance(image, Image) else Image.from_pixels(image)
    encoded = encode_image(picture, path, WriteOptions(quality, subsampling, strip))
    for note in encoded.notes:
        warnings.warn(note, HadimgWarning, stacklevel=2)
    write_bytes(path, encoded.data, overwrite=overwrite)


def _probe(row: Format, data: bytes, options: ReadOptions) -> Header:
    header = row.codec().probe(data, options)
    options.limits.check_header(header)
    return header


def _check_encoded(codec: Codec, data: bytes, image: Image) -> None:
    try:
        header = codec.probe(data, ReadOptions(NO_LIMITS))
    except HadimgError as error:
        raise WriteError(f"the encoder made a broken file: {error.reason}") from error
    shapes = tuple(page.shape for page in image.pages)
    upright = tuple(page.seen_shape for page in image.pages)  # formats without orientation get the pixels turned
    if header.shapes not in (shapes, upright):
        raise WriteError(f"the encoder was given {_sizes(shapes)} and made {_sizes(header.shapes)}")


def _sizes(shapes: tuple[tuple[int, int], ...]) -> str:
    first = " x ".join(str(size) for size in reversed(shapes[0])) if shapes else "nothing"
    return first if len(shapes) <= 1 else f"{len(shapes)} pages, the first {first}"


@contextmanager
def _naming(name: Path, foreign: type[HadimgError], doing: str) -> Iterator[None]:
    """Name the file in every error, and turn what a library raises into ``foreign``."""
    try:
        yield
    except HadimgError as error:
        raise error.at(name) from error.__cause__
    except MemoryError as error:
        raise LimitError(f"{doing} needs more memory than there is", path=name, remedy="use fewer jobs") from error
    except ImportError as error:
        raise DependencyError(f"a library is missing: {error}", path=name, remedy="run hadimg doctor") from error
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise foreign(f"{doing} failed: {said}", path=name) from error
