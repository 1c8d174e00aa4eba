"""One file of lensfun's database: cameras, lenses with their vignetting, and mounts.

A hole in a lens (a number that is missing or no number) is kept as that lens's fault, so that it fails the pictures
that need it and no others. A camera or a mount without its few fields fails the file.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from hadimg.errors import FormatError, UnsupportedError
from hadimg.profiles.lensfun_data import CalibrationSet, Camera, Lens, Vignetting, folded
from hadimg.profiles.safe_xml import parse_xml

if TYPE_CHECKING:
    from hadimg.profiles.safe_xml import Element

__all__ = ["read_document"]

ROOT = "lensdatabase"
VERSIONS = ("0", "1", "2")

_WITH_FOCAL_LENGTH = ("distortion", "tca", "vignetting", "crop", "field_of_view")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ENGRAVED = re.compile(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?\s*mm", re.ASCII)
_ATTACHED = re.compile(r"adapter|reducer|booster|extender|converter|magnifier|\dx", re.ASCII)
_LARGEST = {"focal": 1e5, "aperture": 1e4, "distance": 1e9, "cropfactor": 1e3}
_LARGEST_OTHER = 1e6
_SMALLEST = 1e-6


def read_document(data: bytes, file: str) -> tuple[list[Camera], list[Lens], dict[str, set[str]]]:
    """Return the cameras, the lenses, and the compatible mounts by the folded name of a mount.

    Parameters
    ----------
    data : bytes
        The content of the file.
    file : str
        Its name, for the places of lenses.

    Raises
    ------
    FormatError, UnsupportedError, LimitError
        When it is no database of lensfun, carries a DTD or entities, or is too large; see `parse_xml`.
    """
    root = parse_xml(data, ROOT)
    version = root.attributes.get("version", "0")
    if version not in VERSIONS:
        raise UnsupportedError(
            f"the version of the database is {version[:20]!r}, known are {', '.join(VERSIONS)}",
            remedy="use the files of an older release of lensfun",
        )
    cameras: list[Camera] = []
    lenses: list[Lens] = []
    mounts: dict[str, set[str]] = {}
    for element in root.children:
        if element.name == "camera":
            cameras.append(_camera(element))
        elif element.name == "lens":
            lenses.append(_lens(element, file))
        elif element.name == "mount":
            mounts.setdefault(folded(_text(element, "name")), set()).update(map(folded, element.texts("compat")))
        else:
            raise FormatError(f"line {element.line}: unknown element <{element.name[:40]}>")
    return cameras, lenses, mounts


def _camera(element: Element) -> Camera:
    _text(element, "maker"), _text(element, "model")
    crop_factor = _number(element, "cropfactor", _text(element, "cropfactor"))
    return Camera(element.texts("maker"), element.texts("model"), _text(element, "mount"), crop_factor)


def _lens(element: Element, file: str) -> Lens:
    _text(element, "model")
    models, mounts = element.texts("model"), element.texts("mount")
    place = f"{file}, line {element.line}"
    try:
        return Lens(models, mounts, _focal_range(element, models[0]), _calibrations(element), place)
    except (FormatError, UnsupportedError) as error:
        return Lens(models, mounts, place=place, fault=error.reason)


def _calibrations(lens: Element) -> tuple[CalibrationSet, ...]:
    """Return the sets that have vignetting; a crop factor of a set stands above that of the lens."""
    sets = []
    for calibration in lens.all("calibration"):
        measured = [one for one in calibration.all("vignetting") if one.attributes.get("model") != "none"]
        if not measured:
            continue
        if any(shift != 0 for center in lens.all("center") for shift in _shifts(center)):
            raise UnsupportedError(f"line {lens.line}: a lens with a shifted center, whose unit lensfun changed")
        own = calibration.attributes.get("cropfactor")
        crop_factor = _number(calibration, "cropfactor", own if own is not None else _text(lens, "cropfactor"))
        sets.append(CalibrationSet(crop_factor, tuple(map(_vignetting, measured))))
    return tuple(sets)


def _shifts(center: Element) -> list[float]:
    return [_number(center, axis, center.attributes.get(axis, "0"), positive=False) for axis in ("x", "y")]


def _vignetting(element: Element) -> Vignetting:
    model = _attribute(element, "model")
    if model != "pa":
        raise UnsupportedError(f"line {element.line}: the vignetting model must be 'pa', got {model[:20]!r}")
    focal, aperture, distance = (
        _number(element, name, _attribute(element, name)) for name in ("focal", "aperture", "distance")
    )
    k1, k2, k3 = (_number(element, name, _attribute(element, name), positive=False) for name in ("k1", "k2", "k3"))
    return Vignetting(focal, aperture, distance, (k1, k2, k3))


def _focal_range(lens: Element, model: str) -> tuple[float, float]:
    """Return what the element ``focal`` says, or else the range of the name and all calibrations, as lensfun does."""
    for focal in lens.all("focal"):
        ends = [focal.attributes.get(name, focal.attributes.get("value", "")) for name in ("min", "max")]
        shortest, longest = (_number(focal, "focal", end) for end in ends)
        if shortest > longest:
            raise FormatError(f"line {focal.line}: the shortest focal length is {shortest:g}, the longest {longest:g}")
        return shortest, longest
    engraved = None if _ATTACHED.search(model) else _ENGRAVED.search(model)  # with an extender, the name says less
    lengths = [float(end) for end in engraved.groups() if end] if engraved else []
    for calibration in lens.all("calibration"):
        measured = (one for one in calibration.children if one.name in _WITH_FOCAL_LENGTH)
        lengths.extend(_number(one, "focal", _attribute(one, "focal")) for one in measured)
    return (min(lengths), max(lengths)) if lengths else (0.0, 0.0)


def _text(element: Element, name: str) -> str:
    texts = element.texts(name)
    if not texts:
        raise FormatError(f"line {element.line}: <{element.name}> has no <{name}>")
    return texts[0]


def _attribute(element: Element, name: str) -> str:
    if name not in element.attributes:
        raise FormatError(f"line {element.line}: <{element.name}> has no attribute {name}")
    return element.attributes[name]


def _number(element: Element, name: str, text: str, *, positive: bool = True) -> float:
    """Return a number of a size that the field can have."""
    text = text.strip()
    value = float(text) if len(text) <= 40 and _NUMBER.fullmatch(text) else math.nan
    largest = _LARGEST.get(name, _LARGEST_OTHER)
    smallest = _SMALLEST if positive else -largest
    if not smallest <= value <= largest:
        rule = f"a number from {smallest:g} to {largest:g}"
        raise FormatError(f"line {element.line}: {name} must be {rule}, got {text[:40]!r}")
    return value
