"""The vignetting that MicaSense cameras state in the XMP metadata of each picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.errors import FormatError, HadimgError, LimitError
from hadimg.io import read_image
from hadimg.masks.micasense import Micasense
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


def read_micasense(path: Path) -> Micasense:
    """Return the mask that the metadata of a picture describe.

    Parameters
    ----------
    path : str, bytes or path
        A picture of a MicaSense camera. Coefficients and center are in pixels of this picture.

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


def parse_micasense(xmp: bytes, shape: Shape) -> Micasense:
    """Return the mask that an XMP packet describes.

    Parameters
    ----------
    xmp : bytes
        The packet, at most 4 MiB. Entities and DTDs are refused.
    shape : (int, int)
        Height and width in pixels of the picture that it belongs to.

    Returns
    -------
    Micasense
        Coefficients converted from pixels to half diagonals, the center from pixel indices to fractions.

    Raises
    ------
    FormatError
        When the packet is broken, or does not state the center as two and the polynomial as six numbers, once.
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
    center, polynomial = (_numbers(elements, name, count) for name, count in ((CENTER, 2), (POLYNOMIAL, 6)))
    return Micasense.for_picture(shape, polynomial, (center[0], center[1]))


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _walk(child)


def _numbers(elements: list[Element], name: str, count: int) -> list[float]:
    """Return the numbers of the sequence under a name of the camera's namespace, whatever its prefix is."""
    prefixes = {
        key.removeprefix("xmlns:")
        for element in elements
        for key, value in element.attributes.items()
        if key.startswith("xmlns:") and value.rstrip("/") == NAMESPACE
    }
    found = [element for element in elements if element.name in {f"{prefix}:{name}" for prefix in prefixes}]
    if len(found) != 1:
        raise FormatError(f"the XMP metadata must state {name} once, got it {len(found)} times")
    texts = [item.text for sequence in found[0].all("rdf:Seq") for item in sequence.all("rdf:li")]
    if len(texts) != count:
        raise FormatError(f"{name} must hold {count} numbers, got {len(texts)}")
    values = [plain_number(text) for text in texts]
    for text, value in zip(texts, values, strict=True):
        if value is None:
            raise FormatError(f"{name} must hold numbers, got {text[:40]!r}")
    return [value for value in values if value is not None]
