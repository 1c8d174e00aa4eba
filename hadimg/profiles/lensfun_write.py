"""A fitted mask as a file of lensfun's database."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from hadimg.errors import ArgumentError, ArgumentTypeError, UnsupportedError
from hadimg.io.atomic import write_bytes
from hadimg.masks.lensfun_pa import LensfunPa
from hadimg.masks.polynomial import Polynomial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hadimg.errors import Path
    from hadimg.masks.base import Mask
    from hadimg.profiles.lensfun_data import Camera

__all__ = ["Setting", "write_lensfun"]


class Setting(NamedTuple):
    """How the pictures of a calibration were taken.

    Parameters
    ----------
    focal_length : float
        In millimeters.
    f_number : float
        Focal length by diameter of the aperture.
    distance : float
        To the subject, in meters.
    """

    focal_length: float
    f_number: float
    distance: float = 1000.0


def write_lensfun(
    masks: Mapping[Setting, Mask], path: Path, *, camera: Camera, lens: str, overwrite: bool = False
) -> None:
    """Write the vignetting of a lens as an XML file that lensfun, and `read_lensfun`, read.

    Parameters
    ----------
    masks : mapping from Setting to Mask
        One mask a setting, of the families ``polynomial`` or ``lensfun_pa``, centered.
    path : str, bytes or path
        The file, with the suffix ``.xml``.
    camera : Camera
        With which the masks were fitted; its crop factor is the unit of the coefficients.
    lens : str
        The name of the lens, as cameras write it.
    overwrite : bool
        Whether a file that stands there is replaced.

    Raises
    ------
    UnsupportedError
        When a mask is of another family or off the center, so that lensfun cannot hold it.
    ArgumentError, ArgumentTypeError
        When a name is empty or no text of XML, or a number is not finite and above 0.
    WriteError
        When the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from hadimg import masks
    >>> from hadimg.profiles import Camera
    >>> camera = Camera(("Acme",), ("Acme One",), "Acme M", 1.5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "mine.xml")
    ...     fitted = {Setting(50.0, 2.0): masks.Polynomial(k1=-0.3)}
    ...     write_lensfun(fitted, file, camera=camera, lens="Acme 50mm f/2")
    ...     print(file.read_text().splitlines()[-4].strip())
    <vignetting model="pa" focal="50.0" aperture="2.0" distance="1000.0" k1="-0.3" k2="0.0" k3="0.0"/>
    """
    if not masks:
        raise ArgumentError("masks must hold one mask or more, got none")
    maker, model, mount, title = map(_text, (camera.makers[0], camera.models[0], camera.mount, lens))
    crop_factor = _positive("crop_factor", camera.crop_factor)
    lines = [
        '<lensdatabase version="1">',
        "    <mount>",
        f"        <name>{mount}</name>",
        "    </mount>",
        "    <camera>",
        f"        <maker>{maker}</maker>",
        f"        <model>{model}</model>",
        f"        <mount>{mount}</mount>",
        f"        <cropfactor>{crop_factor!r}</cropfactor>",
        "    </camera>",
        "    <lens>",
        f"        <maker>{maker}</maker>",
        f"        <model>{title}</model>",
        f"        <mount>{mount}</mount>",
        f"        <cropfactor>{crop_factor!r}</cropfactor>",
        "        <calibration>",
        *(f"            {_vignetting(setting, mask)}" for setting, mask in masks.items()),
        "        </calibration>",
        "    </lens>",
        "</lensdatabase>",
    ]
    write_bytes(path, ("\n".join(lines) + "\n").encode(), overwrite=overwrite)


def _vignetting(setting: Setting, mask: Mask) -> str:
    if isinstance(mask, LensfunPa):
        mask = mask.to_polynomial()
    if not isinstance(mask, Polynomial):
        family = getattr(mask, "family", type(mask).__name__)
        raise UnsupportedError(
            f"lensfun holds polynomials only, got a mask of the family {family!r}",
            remedy="convert it first: masks.convert(mask, 'lensfun_pa')",
        )
    if (mask.center_row, mask.center_col) != (0.5, 0.5):
        raise UnsupportedError(
            f"lensfun holds centered masks only, got the center ({mask.center_row:g}, {mask.center_col:g})",
            remedy="fit with the center fixed",
        )
    focal, aperture, distance = (_positive(name, getattr(setting, name)) for name in Setting._fields)
    return (
        f'<vignetting model="pa" focal="{focal!r}" aperture="{aperture!r}" distance="{distance!r}"'
        f' k1="{mask.k1!r}" k2="{mask.k2!r}" k3="{mask.k3!r}"/>'
    )


def _positive(name: str, value: float) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ArgumentError(f"{name} must be finite and above 0, got {value!r}")
    return number


def _text(name: str) -> str:
    """Return a name as text of XML."""
    if not isinstance(name, str):
        raise ArgumentTypeError(f"names must be text, got {type(name).__name__}")
    if not name.strip() or not name.isprintable():
        raise ArgumentError(f"names must be printable and not empty, got {name!r}")
    return escape(name)
