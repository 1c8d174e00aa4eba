"""lensfun's database as a source of masks: a folder is read once, each picture's EXIF block chooses its mask."""

from __future__ import annotations

import hashlib
import math
import os
from typing import TYPE_CHECKING, Any

from hadimg.errors import ArgumentTypeError, HadimgError, LimitError, ProfileError, ReadError, printable
from hadimg.io.exif_camera import read_exposure
from hadimg.io.limits import Limits
from hadimg.io.paths import as_path
from hadimg.io.reading import read_bytes
from hadimg.masks.lensfun_pa import LensfunPa
from hadimg.profiles.lensfun_data import Database
from hadimg.profiles.lensfun_interpolation import LARGEST_DISTANCE, interpolate
from hadimg.profiles.lensfun_pick import find_camera, find_lens
from hadimg.profiles.lensfun_xml import read_document

if TYPE_CHECKING:
    import pathlib

    from hadimg.errors import Path
    from hadimg.io.exif_camera import Exposure
    from hadimg.io.image import Image
    from hadimg.profiles.lensfun_data import Camera, Lens

__all__ = ["FAR", "LensfunChooser", "read_lensfun"]

FILES = 1000
FILE_BYTES = 16 << 20
FOLDER_BYTES = 128 << 20

FAR = 1000.0
"""The distance in meters that is taken where the EXIF block says none; lensfun's profiles are measured at it."""


def read_lensfun(folder: Path) -> Database:
    """Read all XML files of a folder, not of its subfolders, as lensfun's database.

    Parameters
    ----------
    folder : str, bytes or path
        For example a copy of ``data/db`` of lensfun. Nothing is ever fetched.

    Returns
    -------
    Database
        Cameras, lenses and mounts, and a hash of all files.

    Raises
    ------
    ReadError, printable
        When the folder cannot be read or has no XML file.
    FormatError, UnsupportedError, LimitError
        When a file is no database of lensfun, carries a DTD or entities, or is too large.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.xml").write_text("<lensdatabase/>")
    ...     read_lensfun(folder).cameras
    ()
    """
    cameras: list[Camera] = []
    lenses: list[Lens] = []
    compatible: dict[str, frozenset[str]] = {}
    digest = hashlib.sha256()
    left = FOLDER_BYTES
    for file in _files(as_path(folder)):
        try:
            data = read_bytes(file, Limits(file_bytes=min(FILE_BYTES, left)))
            some_cameras, some_lenses, mounts = read_document(data, printable(file.name))
        except HadimgError as error:
            raise error.at(file) from error.__cause__
        left -= len(data)
        digest.update(hashlib.sha256(os.fsencode(file.name)).digest() + hashlib.sha256(data).digest())
        cameras += some_cameras
        lenses += some_lenses
        for mount, others in mounts.items():
            compatible[mount] = compatible.get(mount, frozenset({mount})) | others
    return Database(tuple(cameras), tuple(lenses), compatible, digest.hexdigest())


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".xml")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReadError(f"the folder of lens profiles cannot be read: {reason}", path=folder) from error
    if not files:
        raise ReadError("no XML file in the folder of lens profiles", path=folder, remedy="name lensfun's data/db")
    if len(files) > FILES:
        raise LimitError(f"more than {FILES} XML files in the folder of lens profiles", path=folder)
    return files


class LensfunChooser:
    """Chooses the mask of each picture by its EXIF block; a batch takes one in place of a mask.

    Parameters
    ----------
    database : Database
        From `read_lensfun`.
    """

    def __init__(self, database: Database) -> None:
        if not isinstance(database, Database):
            raise ArgumentTypeError(
                f"database must be a Database, got {type(database).__name__}", remedy="read one with read_lensfun"
            )
        self.database = database

    def mask_for(self, image: Image) -> tuple[LensfunPa, str]:
        """Return the mask of a picture's lens, and a line that says which profile it is.

        Parameters
        ----------
        image : Image
            As read from a file, with its metadata.

        Raises
        ------
        ProfileError
            When no profile fits: no EXIF block, a camera or lens that is not named or not known, no focal length or
            aperture, or settings too far from every measurement.
        FormatError
            When the EXIF block or the profile is broken.
        """
        if not image.metadata.exif:
            raise ProfileError("the picture has no EXIF block, so its lens is unknown", remedy="use --mask")
        return self.choose(read_exposure(image.metadata.exif))

    def choose(self, exposure: Exposure) -> tuple[LensfunPa, str]:
        """Return the mask for what an EXIF block says, and a line that says which profile it is; see `mask_for`."""
        camera = find_camera(self.database, exposure)
        lens, calibration = find_lens(self.database, camera, exposure.lens)
        if exposure.focal_length is None or exposure.f_number is None:
            missing = "focal length" if exposure.focal_length is None else "f-number"
            raise ProfileError(f"the EXIF block has no {missing}")
        distance = FAR if exposure.distance is None else exposure.distance
        found = interpolate(
            calibration,
            lens.focal_range,
            focal_length=exposure.focal_length,
            f_number=exposure.f_number,
            distance=distance,
        )
        setting = f"{exposure.focal_length:g} mm f/{exposure.f_number:g} at {_said(exposure.distance)}"
        if found.nearest > LARGEST_DISTANCE:
            raise ProfileError(
                f"the profile of {lens.models[0]!r} says nothing about {setting}: the nearest measurement is"
                f" {found.nearest:.3g} away, 1 is allowed"
            )
        k1, k2, k3 = found.coefficients
        ratio = calibration.crop_factor / camera.crop_factor
        note = (
            f"lens profile {lens.models[0]!r} ({lens.place}) for {setting}, crop {calibration.crop_factor:g} on"
            f" {camera.crop_factor:g}, nearest measurement {found.nearest:.3g} away"
        )
        return LensfunPa(k1, k2, k3, crop_ratio=ratio), note

    def to_dict(self) -> dict[str, Any]:
        """Return what decides the masks, for the journal and the digest of a recipe."""
        return {"lens": "auto", "lensfun_sha256": self.database.sha256}


def _said(distance: float | None) -> str:
    """Return a distance in words."""
    if distance is None:
        return f"{FAR:g} m (no distance in EXIF)"
    return "infinity" if math.isinf(distance) else f"{distance:g} m"
