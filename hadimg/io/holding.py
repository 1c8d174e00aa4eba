"""What a format can hold, and how a picture is made ready for it: refused by name, turned, or its losses named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import UnsupportedError
from hadimg.io.header import ReadOptions
from hadimg.io.image import Metadata, Page
from hadimg.io.limits import NO_LIMITS
from hadimg.io.orientation import turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.io.header import Header, WriteOptions
    from hadimg.io.image import Image

__all__ = ["Capacity", "Prepared", "prepare", "source_details"]

DEEP = "write TIFF or PNG instead"


@dataclass(frozen=True)
class Capacity:
    """What a format can hold.

    Parameters
    ----------
    title : str
        What people call the format.
    whites : tuple of float
        The levels of white that it can declare; empty for all.
    channels : tuple of int
        Numbers of channels, opacity included.
    types : tuple of str
        Names of the types of its values.
    metadata : tuple of str
        The parts of `Metadata` that it carries.
    orientation : bool
        Whether it can say that the picture has to be turned to be seen.
    pages : bool
        Whether it holds more than one.
    """

    title: str
    whites: tuple[float, ...] = (255.0,)
    channels: tuple[int, ...] = (1, 3)
    types: tuple[str, ...] = ("uint8",)
    metadata: tuple[str, ...] = ()
    orientation: bool = False
    pages: bool = False


@dataclass(frozen=True)
class Prepared:
    """A picture that a format can hold.

    Parameters
    ----------
    pages : tuple of Page
        With pixels of a type and number of channels that the format has, counted from black, turned where needed.
    metadata : Metadata
        The parts that the format carries.
    notes : tuple of str
        What is lost or was changed on the way, each in a few words.
    """

    pages: tuple[Page, ...]
    metadata: Metadata
    notes: tuple[str, ...]

    @property
    def page(self) -> Page:
        """The only page."""
        return self.pages[0]


def prepare(image: Image, capacity: Capacity, options: WriteOptions) -> Prepared:
    """Return ``image`` as a format with ``capacity`` holds it, or refuse it by name.

    Parameters
    ----------
    image : Image
        The picture to write.
    capacity : Capacity
        What the format can hold.
    options : WriteOptions
        With ``strip``, all metadata but the color profile are left out, and not counted as lost.

    Returns
    -------
    Prepared
        Values are never changed, except that darkness is counted as brightness; grey is repeated in three channels
        where the format has no grey.

    Raises
    ------
    UnsupportedError
        When pages, depth, level of white or channels do not fit.
    """
    if len(image.pages) > 1 and not capacity.pages:
        raise UnsupportedError(
            f"{capacity.title} holds one page, the picture has {len(image.pages)}", remedy="write TIFF instead"
        )
    notes: list[str] = []
    pages = tuple(_fitting(page, capacity, notes) for page in image.pages)
    metadata = Metadata(icc=image.metadata.icc) if options.strip else image.metadata
    lost = [name for name in metadata.parts() if name not in capacity.metadata]
    notes += [f"{capacity.title} cannot hold {_NAMES[name]}" for name in lost]
    kept = replace(metadata, **{name: getattr(Metadata(), name) for name in lost})
    return Prepared(pages, kept, tuple(dict.fromkeys(notes)))


def source_details(image: Image, name: str, probe: Callable[[bytes, ReadOptions], Header]) -> Any:
    """Return what the file that a picture came from said in its header, or None when it was of another format.

    Parameters
    ----------
    image : Image
        The picture to write.
    name : str
        The name of the format to write, in the table of formats.
    probe : callable
        Its function of that name; no limit is set, for the file was read before.
    """
    if image.source is None or image.source.format != name:
        return None
    return probe(image.source.data, ReadOptions(NO_LIMITS)).details


_NAMES = {
    "exif": "EXIF",
    "xmp": "XMP",
    "icc": "the ICC profile",
    "iptc": "IPTC",
    "resolution": "the resolution",
    "text": "text",
}


def _fitting(page: Page, capacity: Capacity, notes: list[str]) -> Page:
    title, pixels = capacity.title, page.pixels
    if pixels.dtype.name not in capacity.types:
        raise UnsupportedError(f"{title} holds {' or '.join(capacity.types)}, not {pixels.dtype.name}", remedy=DEEP)
    if pixels.dtype.kind == "u" and capacity.whites and page.white not in capacity.whites:
        levels = ", ".join(f"{white:.0f}" for white in capacity.whites)
        raise UnsupportedError(f"in {title} white is {levels}, in the picture {page.white:.0f}", remedy=DEEP)
    if page.inverted:
        top = np.array(page.white, pixels.dtype)
        pixels = top - pixels if not page.alpha else np.dstack([top - pixels[..., :-1], pixels[..., -1]])
        page = replace(page, pixels=pixels, inverted=False)
    if page.channels not in capacity.channels or page.alpha != (page.channels in (2, 4)):
        page = _colored(page, capacity, notes)
    if page.orientation != 1 and not capacity.orientation:
        pixels = np.ascontiguousarray(turn(page.pixels, page.orientation))
        page = replace(page, pixels=pixels, orientation=1)
        notes.append(f"{title} has no orientation: the pixels were turned upright")
    return page


def _colored(page: Page, capacity: Capacity, notes: list[str]) -> Page:
    """Return grey as three equal channels where the format has color only, or refuse."""
    fits = page.alpha == (page.channels in (2, 4)) and page.channels in (1, 2)
    if not fits or page.channels + 2 not in capacity.channels:
        counts = ", ".join(map(str, capacity.channels))
        kind = "with" if page.alpha else "without"
        raise UnsupportedError(
            f"{capacity.title} holds {counts} channels, the picture has {page.channels} {kind} opacity", remedy=DEEP
        )
    notes.append(f"{capacity.title} has no grey{' with opacity' if page.alpha else ''}: written as RGB")
    return replace(page, pixels=_gray_as_rgb(page.pixels))


def _gray_as_rgb(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    order = [0, 0, 0, 1] if pixels.shape[2] == 2 else [0, 0, 0]
    return np.ascontiguousarray(pixels[:, :, order])
