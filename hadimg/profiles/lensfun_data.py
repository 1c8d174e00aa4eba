"""What lensfun's database says, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["CalibrationSet", "Camera", "Database", "Lens", "Vignetting", "folded"]


def folded(name: str) -> str:
    """Return a name in the form in which names are compared: without case and superfluous white space.

    Examples
    --------
    >>> folded("  Canon  EOS 5D ")
    'canon eos 5d'
    """
    return " ".join(name.split()).casefold()


@dataclass(frozen=True)
class Vignetting:
    """One measurement of a lens.

    Parameters
    ----------
    focal_length : float
        In millimeters.
    f_number : float
        Focal length by diameter of the aperture.
    distance : float
        In meters.
    coefficients : (float, float, float)
        k1, k2, k3 of lensfun's model ``pa``.
    """

    focal_length: float
    f_number: float
    distance: float
    coefficients: tuple[float, float, float]


@dataclass(frozen=True)
class CalibrationSet:
    """Measurements of a lens on sensors of one size.

    Parameters
    ----------
    crop_factor : float
        Diagonal of 24 mm x 36 mm by that of the sensor; the radius unit of the coefficients is half its diagonal.
    vignetting : tuple of Vignetting
        In the order of the file.
    """

    crop_factor: float
    vignetting: tuple[Vignetting, ...]


@dataclass(frozen=True)
class Camera:
    """A camera.

    Parameters
    ----------
    makers, models : tuple of str
        Each name that the database gives it; the first is the one that the camera writes into its pictures.
    mount : str
        What its lenses fit on. lensfun writes a small first letter where the lens cannot be changed.
    crop_factor : float
        Diagonal of 24 mm x 36 mm by that of the sensor.
    """

    makers: tuple[str, ...]
    models: tuple[str, ...]
    mount: str
    crop_factor: float

    @property
    def name(self) -> str:
        """Maker and model, the maker once."""
        maker, model = self.makers[0], self.models[0]
        return model if folded(model).startswith(folded(maker)) else f"{maker} {model}"


@dataclass(frozen=True)
class Lens:
    """A lens.

    Parameters
    ----------
    models : tuple of str
        Each name that the database gives it.
    mounts : tuple of str
        What it fits on.
    focal_range : (float, float)
        Shortest and longest focal length in millimeters, the unit of lensfun's axis of focal lengths.
    calibrations : tuple of CalibrationSet
        Those with vignetting.
    place : str
        File and line that describe it.
    fault : str
        Why its vignetting cannot be used; empty where it can.
    """

    models: tuple[str, ...]
    mounts: tuple[str, ...]
    focal_range: tuple[float, float] = (0.0, 0.0)
    calibrations: tuple[CalibrationSet, ...] = ()
    place: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Database:
    """The content of a folder of lensfun's XML files.

    Parameters
    ----------
    cameras, lenses : tuple of Camera, of Lens
        In the order of file names and lines.
    compatible : dict
        From the folded name of a mount to those of the mounts whose lenses fit on it, itself included.
    sha256 : str
        Of the names and contents of all files.
    """

    cameras: tuple[Camera, ...] = field(repr=False)
    lenses: tuple[Lens, ...] = field(repr=False)
    compatible: dict[str, frozenset[str]] = field(repr=False)
    sha256: str

    def mounts_for(self, camera: Camera) -> frozenset[str]:
        """Return the folded names of the mounts whose lenses fit on a camera."""
        own = folded(camera.mount)
        return self.compatible.get(own, frozenset()) | {own}
