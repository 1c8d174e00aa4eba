"""The vignetting that MicaSense and Sequoia cameras state in the XMP metadata of each picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.errors import ArgumentError, FormatError, HadimgError, LimitError
from hadimg.io import read_image
from hadimg.masks.micasense import Micasense
from hadimg.masks.polynomial_surface import PolynomialSurface
from hadimg.profiles.numbers import plain_number
from hadimg.profiles.safe_xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.errors import Path
    from hadimg.grid import Shape
    from hadimg.profiles.safe_xml import Element

__all__ = ["parse_micasense", "read_micasense"]

XMP_BYTES = 1 << 22
NAMESPACE = "http://pix4d.com/camera/1.0"
CENTER, POLYNOMIAL = "VignettingCenter", "VignettingPolynomial"
EXPONENTS, SURFACE = "VignettingPolynomial2DName", "VignettingPolynomial2D"
MOST_NUMBERS = 200


def read_micasense(path: Path) -> Micasense | PolynomialSurface:
    """Return the mask that the metadata of a picture describe.

    Parameters
    ----------
    path : str, bytes or path
        A picture of a MicaSense or Sequoia camera. Coefficients and center are in pixels of this picture.

    Raises
    ------
    ReadError, LimitError, UnsupportedError
        When the picture cannot be read.
    FormatError
        When it has no XMP metadata, or as `parse_micasense`.
    """
    image = read_image(path)
    try:
        if image.metadata.xmp is None:
            raise FormatError("the picture has no XMP metadata")
        return parse_micasense(image.metadata.xmp, image.pages[0].shape)
    except HadimgError as error:
        raise error.at(path) from error


def parse_micasense(xmp: bytes, shape: Shape) -> Micasense | PolynomialSurface:
    """Return the mask that an XMP packet describes.

    Parameters
    ----------
    xmp : bytes
        The packet, at most 4 MiB. Entities and DTDs are refused.
    shape : (int, int)
        Height and width in pixels of the picture that it belongs to.

    Returns
    -------
    Micasense or PolynomialSurface
        Radial: coefficients converted from pixels to half diagonals, the center from pixel indices to fractions. A
        packet that states no radial polynomial, as those of Sequoia, RedEdge-P and Altum-PT, gives the polynomial of
        column and row, its positions converted from pixel indices to fractions.

    Raises
    ------
    FormatError
        When the packet is broken, states neither polynomial, or one of them in other than the numbers that it needs,
        once: two for the center and six coefficients, or two exponents for each coefficient, their sum at most 8.
    UnsupportedError
        When it carries a DTD or entities.
    LimitError
        When it is larger than such a packet can be.

    Examples
    --------
    >>> parse_micasense(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", (960, 1280))
    Traceback (most recent call last):
    ...
    hadimg.errors.FormatError: the XMP metadata must state VignettingCenter once, got it 0 times
    """
    if len(xmp) > XMP_BYTES:
        raise LimitError(f"the XMP packet has {len(xmp)} bytes, the limit is {XMP_BYTES}")
    packet = xmp.rstrip(b"\0 \t\r\n")
    root = "rdf:RDF" if b"<x:xmpmeta" not in packet else "x:xmpmeta"
    elements = list(_walk(parse_xml(packet, root)))
    stated = _stated(elements)
    if not {CENTER, POLYNOMIAL} & stated.keys() and {EXPONENTS, SURFACE} & stated.keys():
        return _surface(stated, shape)
    center, polynomial = (_numbers(stated, name, count) for name, count in ((CENTER, 2), (POLYNOMIAL, 6)))
    return Micasense.for_picture(shape, polynomial, (center[0], center[1]))


def _surface(stated: dict[str, list[list[str]]], shape: Shape) -> PolynomialSurface:
    factors = _numbers(stated, SURFACE)
    exponents = _numbers(stated, EXPONENTS, 2 * len(factors))
    try:
        return PolynomialSurface.for_picture(shape, exponents, factors)
    except ArgumentError as error:
        raise FormatError(f"{EXPONENTS}: {error.reason}") from error


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _walk(child)


def _stated(elements: list[Element]) -> dict[str, list[list[str]]]:
    """Return the texts under each name of the camera's namespace, whatever its prefix is, as often as it stands.

    XMP writes a property as an element that holds a sequence, or its text, or as an attribute of its description.
    """
    prefixes = {
        key.removeprefix("xmlns:")
        for element in elements
        for key, value in element.attributes.items()
        if key.startswith("xmlns:") and value.rstrip("/") == NAMESPACE
    }
    found: dict[str, list[list[str]]] = {}
    for element in elements:
        listed = [item.text for sequence in element.all("rdf:Seq") for item in sequence.all("rdf:li")]
        whole = {element.name: listed or element.text.split(",")}
        for key, texts in (whole | {key: value.split(",") for key, value in element.attributes.items()}).items():
            prefix, _, name = key.partition(":")
            if prefix in prefixes:
                found.setdefault(name, []).append([text.strip() for text in texts])
    return found


def _numbers(stated: dict[str, list[list[str]]], name: str, count: int | None = None) -> list[float]:
    """Return the numbers that stand under a name: as many as wanted, or else some."""
    found = stated.get(name, [])
    if len(found) != 1:
        raise FormatError(f"the XMP metadata must state {name} once, got it {len(found)} times")
    (texts,) = found
    if len(texts) > MOST_NUMBERS or (count is not None and len(texts) != count):
        raise FormatError(f"{name} must hold {count or f'at most {MOST_NUMBERS}'} numbers, got {len(texts)}")
    values = [plain_number(text) for text in texts]
    for text, value in zip(texts, values, strict=True):
        if value is None:
            raise FormatError(f"{name} must hold numbers, got {text[:40]!r}")
    return [value for value in values if value is not None]
