"""A picture in memory: its pages as stored, and everything its file said about them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Animation", "Image", "Metadata", "Page", "Source"]

PIXEL_TYPES = ("uint8", "uint16", "float32", "float64")


@dataclass(frozen=True)
class Metadata:
    """What a file says about its picture, in forms that belong to no file format.

    Parameters
    ----------
    exif : bytes, optional
        The EXIF block: a bare TIFF structure that begins with ``II`` or ``MM``.
    xmp : bytes, optional
        The XMP packet, without any container's prefix.
    icc : bytes, optional
        The color profile.
    iptc : bytes, optional
        The IPTC-IIM records.
    resolution : tuple of float, optional
        Pixels per inch, horizontally and vertically.
    text : tuple of (str, str)
        Keyword and text of each comment, in file order.

    Examples
    --------
    >>> Metadata(resolution=(300.0, 300.0)).parts()
    ('resolution',)
    """

    exif: bytes | None = field(default=None, repr=False)
    xmp: bytes | None = field(default=None, repr=False)
    icc: bytes | None = field(default=None, repr=False)
    iptc: bytes | None = field(default=None, repr=False)
    resolution: tuple[float, float] | None = None
    text: tuple[tuple[str, str], ...] = ()

    def parts(self) -> tuple[str, ...]:
        """Return the names of the parts that are present."""
        return tuple(name for name in ("exif", "xmp", "icc", "iptc", "resolution", "text") if getattr(self, name))


@dataclass(frozen=True)
class Source:
    """The file that a picture came from, kept so that writing the same format can carry its bytes over.

    Parameters
    ----------
    format : str
        A name of the table of formats.
    data : bytes
        The file, or as much of it as the format's `encode` looks at.
    """

    format: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, eq=False)
class Page:
    """One picture of a file, as stored.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        uint8, uint16, float32 or float64, C-ordered, in stored order (never turned).
    alpha : bool
        Whether the last channel is opacity, which no mask touches.
    orientation : int
        EXIF orientation, 1 to 8: how the stored pixels have to be turned to be seen.
    white : float
        The level of white: 255, 65535, a smaller one that the file declares, or 1.0 for floats.
    inverted : bool
        Whether stored values count darkness: ``white`` means black (TIFF's MinIsWhite).

    Examples
    --------
    >>> page = Page(np.zeros((4, 6, 3), np.uint8), orientation=6)
    >>> page.shape, page.seen_shape
    ((4, 6), (6, 4))
    """

    pixels: NDArray[Any] = field(repr=False)
    alpha: bool = False
    orientation: int = 1
    white: float = 255.0
    inverted: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width as stored."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def seen_shape(self) -> tuple[int, int]:
        """Height and width as seen, after turning by the orientation."""
        height, width = self.shape
        return (width, height) if self.orientation >= 5 else (height, width)

    @property
    def channels(self) -> int:
        """Number of channels, opacity included."""
        return 1 if self.pixels.ndim == 2 else self.pixels.shape[2]


@dataclass(frozen=True)
class Animation:
    """How the pages of an animated picture follow each other; every page is a whole frame, composed as it is seen.

    Parameters
    ----------
    durations : tuple of float
        Milliseconds that each page is shown, one a page; 0 for the cover.
    plays : int
        How often the animation is played; 0 for ever.
    cover : bool
        Whether the first page is no frame, but what viewers show that do not animate (only PNG has it).

    Examples
    --------
    >>> Animation(durations=(40.0, 40.0)).plays
    0
    """

    durations: tuple[float, ...]
    plays: int = 0
    cover: bool = False


@dataclass(frozen=True, eq=False)
class Image:
    """A picture file in memory.

    Parameters
    ----------
    pages : tuple of Page
        One for most pictures; several for stacks and animations.
    format : str
        The name in the table of formats, for example ``"jpeg"``.
    metadata : Metadata
        What the file says about the picture.
    thumbnail : Page, optional
        The small picture inside the EXIF block, which has to change with the large one.
    source : Source, optional
        The file itself, from which the same format carries over what it does not understand; None for formats that
        hold nothing of that kind.
    notes : tuple of str
        What the reader had to say: a wrong suffix, a broken orientation tag.
    animation : Animation, optional
        The timing, where the pages are the frames of an animation.

    Examples
    --------
    >>> image = Image.from_pixels(np.zeros((4, 6, 3), np.uint8))
    >>> image.pixels.shape
    (4, 6, 3)
    """

    pages: tuple[Page, ...]
    format: str
    metadata: Metadata = Metadata()
    thumbnail: Page | None = None
    source: Source | None = None
    notes: tuple[str, ...] = ()
    animation: Animation | None = None

    @classmethod
    def from_pixels(cls, pixels: NDArray[Any], *, format: str = "array", metadata: Metadata | None = None) -> Image:  # noqa: A002 (the attribute's name)
        """Return the picture that an array holds.

        Parameters
        ----------
        pixels : ndarray, shape (H, W), (H, W, 1 to 4)
            uint8, uint16, float32 or float64. Two channels are grey and opacity, four are RGB and opacity.
        format : str
            The name in the table of formats, where it is known.
        metadata : Metadata, optional
            What to write with the picture.

        Returns
        -------
        Image
            One page that shares memory with ``pixels``.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            For any other shape or type.

        Examples
        --------
        >>> Image.from_pixels(np.zeros((4, 6, 2), np.uint16)).pages[0].alpha
        True
        """
        if not isinstance(pixels, np.ndarray):
            raise ArgumentTypeError(f"pixels must be a NumPy array, got {type(pixels).__name__}")
        if pixels.dtype.name not in PIXEL_TYPES:
            raise ArgumentTypeError(
                f"pixels must be {', '.join(PIXEL_TYPES)}, got {pixels.dtype}", remedy="convert with pixels.astype"
            )
        if pixels.ndim not in (2, 3) or pixels.size == 0 or (pixels.ndim == 3 and pixels.shape[2] > 4):
            raise ArgumentError(f"pixels must have shape (H, W) or (H, W, 1 to 4), none of them 0, got {pixels.shape}")
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        white = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
        page = Page(pixels, alpha=channels in (2, 4), white=white)
        return cls((page,), format, metadata or Metadata())

    @property
    def pixels(self) -> NDArray[Any]:
        """The pixels of a picture that has one page."""
        if len(self.pages) != 1:
            raise ArgumentError(
                f"pixels belongs to pictures of one page, this one has {len(self.pages)}",
                remedy="use pages[k].pixels",
            )
        return self.pages[0].pixels

    @property
    def orientation(self) -> int:
        """The orientation of the first page."""
        return self.pages[0].orientation

    def with_pixels(self, *pixels: NDArray[Any]) -> Image:
        """Return the same picture with other pixels, one array a page, everything else kept."""
        if len(pixels) != len(self.pages):
            raise ArgumentError(f"pixels must be one array a page: expected {len(self.pages)}, got {len(pixels)}")
        pages = tuple(replace(page, pixels=values) for page, values in zip(self.pages, pixels, strict=True))
        return replace(self, pages=pages)

    def map(self, function: Callable[[Page], NDArray[Any]]) -> Image:
        """Return the picture whose every page, thumbnail included, has the pixels that ``function`` returns."""
        pages = tuple(replace(page, pixels=function(page)) for page in self.pages)
        small = None if self.thumbnail is None else replace(self.thumbnail, pixels=function(self.thumbnail))
        return replace(self, pages=pages, thumbnail=small)
