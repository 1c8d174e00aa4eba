"""Which camera and which lens of a database a picture was taken with, by the names in its EXIF block."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError, ProfileError
from hadimg.profiles.lensfun_data import folded

if TYPE_CHECKING:
    from hadimg.io.exif_camera import Exposure
    from hadimg.profiles.lensfun_data import CalibrationSet, Camera, Database, Lens

__all__ = ["Choice", "find_camera", "find_lens", "likeness"]

LEAST_RATIO = 0.96
"""A camera's sensor may be this much larger than the one that a lens was measured on: crop factors are rounded."""

_WORDS = re.compile(r"\d[\d.]*|[^\W\d_]+|[^\w\s]+")


class Choice(NamedTuple):
    """A lens of the database, and its measurements that fit the camera's sensor best."""

    lens: Lens
    calibration: CalibrationSet


def find_camera(database: Database, exposure: Exposure) -> Camera:
    """Return the camera with the maker and the model that the EXIF block names.

    Parameters
    ----------
    database : Database
        The cameras.
    exposure : Exposure
        What the EXIF block says.

    Raises
    ------
    ProfileError
        When there is none, or there are several that differ in more than their names.
    """
    if exposure.make is None or exposure.model is None:
        raise ProfileError("the EXIF block names no camera")
    make, model = folded(exposure.make), folded(exposure.model)
    found = {
        (folded(camera.mount), camera.crop_factor): camera
        for camera in database.cameras
        if make in map(folded, camera.makers) and model in map(folded, camera.models)
    }
    if not found:
        raise ProfileError(f"the database does not know the camera {exposure.make!r} {exposure.model!r}")
    if len(found) > 1:
        variants = ", ".join(f"mount {camera.mount!r} crop {camera.crop_factor:g}" for camera in found.values())
        raise ProfileError(f"the database has variants of the camera {exposure.model!r}: {variants}")
    return next(iter(found.values()))


def find_lens(database: Database, camera: Camera, name: str | None) -> Choice:
    """Return the lens that fits on a camera and has a name, and its measurements on the sensor nearest in size.

    A lens of exactly this name is taken, or else the one whose name has all words of this one and the fewest others.
    On a camera whose lens cannot be changed the name is not asked for; the lens with the shortest name is taken, as
    lensfun describes in longer ones what may be screwed on to it (converters).

    Parameters
    ----------
    database : Database
        The lenses.
    camera : Camera
        From `find_camera`.
    name : str, optional
        What the EXIF block says.

    Raises
    ------
    ProfileError
        When no lens has the name or several have, or none was measured on a sensor that is large enough.
    FormatError
        When the lens is there and its description has a hole.
    """
    mounts = database.mounts_for(camera)
    fitting = [lens for lens in database.lenses if not mounts.isdisjoint(map(folded, lens.mounts))]
    fitting = _built_in(fitting, camera) if camera.mount[:1].islower() else _named(fitting, camera, name)
    titles = {folded(lens.models[0]): lens.models[0] for lens in fitting}
    if len(titles) > 1:
        several = ", ".join(map(repr, sorted(titles.values())[:4]))
        raise ProfileError(f"several lenses of the database fit {name or camera.name!r} equally: {several}")
    return _best_sensor(fitting, camera)


def _built_in(lenses: list[Lens], camera: Camera) -> list[Lens]:
    """Return the lenses with the shortest name."""
    if not lenses:
        raise ProfileError(f"the database has no lens of the camera {camera.name!r}")
    shortest = min(len(lens.models[0]) for lens in lenses)
    return [lens for lens in lenses if len(lens.models[0]) == shortest]


def _named(lenses: list[Lens], camera: Camera, name: str | None) -> list[Lens]:
    """Return the lenses whose names are most like ``name``."""
    if name is None:
        raise ProfileError("the EXIF block names no lens")
    same = [lens for lens in lenses if folded(name) in map(folded, lens.models)]
    if same:
        return same
    likenesses = [max(likeness(name, model) for model in lens.models) for lens in lenses]
    best = max(likenesses, default=0.0)
    if best == 0.0:
        raise ProfileError(f"the database does not know the lens {name!r} for the mount {camera.mount!r}")
    return [lens for lens, value in zip(lenses, likenesses, strict=True) if value == best]


def _best_sensor(lenses: list[Lens], camera: Camera) -> Choice:
    """Return the measurements with the smallest sensor that covers the camera's; ``lenses`` have one name."""
    title = lenses[0].models[0]
    for lens in lenses:
        if lens.fault:
            raise FormatError(f"the profile of {title!r} ({lens.place}) cannot be used: {lens.fault}")
    choices = [Choice(lens, one) for lens in lenses for one in lens.calibrations]
    if not choices:
        raise ProfileError(f"the database has no vignetting of the lens {title!r}")
    ratios = [camera.crop_factor / choice.calibration.crop_factor for choice in choices]
    covering = [ratio for ratio in ratios if ratio >= LEAST_RATIO]
    if not covering:
        crops = ", ".join(sorted({f"{choice.calibration.crop_factor:g}" for choice in choices}))
        raise ProfileError(
            f"the lens {title!r} was measured on smaller sensors only: crop {crops}, camera {camera.crop_factor:g}"
        )
    best = [choice for choice, ratio in zip(choices, ratios, strict=True) if ratio == min(covering)]
    if any(choice.calibration != best[0].calibration for choice in best):
        places = "; ".join(choice.lens.place for choice in best)
        raise ProfileError(f"the database has different profiles of the lens {title!r}: {places}")
    return best[0]


def likeness(name: str, other: str) -> float:
    """Return how much of the name ``other`` the name ``name`` covers: 0 to 1, 0 when it has a word that is not there.

    Examples
    --------
    >>> likeness("EF50mm f/1.8", "Canon EF 50mm f/1.8"), likeness("EF50mm f/1.8", "Canon EF 50mm f/1.4")
    (0.888..., 0.0)
    """
    own, others = _words(name), _words(other)
    if not own or own - others:
        return 0.0
    return 2 * own.total() / (own.total() + others.total())


@lru_cache(maxsize=1 << 14)
def _words(name: str) -> Counter[str]:
    """Return the words of a name: numbers, letters, groups of signs; not lone signs, nor the ``f`` of ``f/4``."""
    words = Counter[str]()
    for word in _WORDS.findall(name.casefold()):
        if word[0].isdigit():
            words[word.rstrip(".").removesuffix(".0")] += 1
        elif len(word) > 1 or word in "*+" or (word.isalpha() and word != "f"):
            words[word] += 1
    return words
