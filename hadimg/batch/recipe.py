"""What is done to every picture of a batch: everything that decides the bytes of the result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.io.header import WriteOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.image import Image
    from hadimg.masks.base import Mask

__all__ = ["MaskSource", "Recipe"]

_LONG = 4096


@runtime_checkable
class MaskSource(Protocol):
    """What chooses a mask for each picture, such as `hadimg.profiles.LensfunChooser`; used by several threads."""

    def mask_for(self, image: Image) -> tuple[Mask, str]:
        """Return the mask of a picture and a note on the choice, or raise HadimgError saying why there is none."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything that decides the masks, in values that JSON knows."""


@dataclass(frozen=True)
class Recipe:
    """What is done to every picture.

    Parameters
    ----------
    mask : Mask or MaskSource
        The gain of every pixel, or what chooses it for each picture.
    verb : {'apply', 'remove'}
        Whether the mask is put on or taken off.
    max_gain : float, optional
        The largest gain when a mask is taken off.
    linear_light : bool
        Whether the product is taken in linear light instead of in the coded values.
    quality : int, optional
        1 to 100 for lossy formats; without it the source's own.
    subsampling : str, optional
        Of JPEG; without it the source's own.
    strip : bool
        Whether metadata are left out.
    allow_damaged : bool
        Whether pictures with damaged data are read as far as they go.

    Examples
    --------
    >>> from hadimg import masks
    >>> Recipe(masks.Constant(0.5), quality=90).to_dict()["quality"]
    90
    """

    mask: Mask | MaskSource
    verb: Literal["apply", "remove"] = "apply"
    max_gain: float | None = None
    linear_light: bool = False
    quality: int | None = None
    subsampling: str | None = None
    strip: bool = False
    allow_damaged: bool = False

    def __post_init__(self) -> None:
        from hadimg.masks.base import Mask

        if not isinstance(self.mask, (Mask, MaskSource)):
            raise ArgumentTypeError(f"mask must be a mask, or choose masks, got {type(self.mask).__name__}")
        if self.verb not in ("apply", "remove"):
            raise ArgumentError(f"verb must be 'apply' or 'remove', got {self.verb!r}")
        if self.max_gain is not None and self.verb == "apply":
            raise ArgumentError(
                f"max_gain belongs to the verb 'remove', got {self.max_gain!r} for 'apply'", remedy="leave it out"
            )
        if self.max_gain is not None and not self.max_gain > 0:
            raise ArgumentError(f"max_gain must be above 0, got {self.max_gain!r}")
        WriteOptions(self.quality, self.subsampling)  # refuses what is no quality or subsampling

    @property
    def write_options(self) -> WriteOptions:
        """How the results are written."""
        return WriteOptions(quality=self.quality, subsampling=self.subsampling, strip=self.strip)

    def mask_for(self, image: Image) -> tuple[Mask, tuple[str, ...]]:
        """Return the mask of a picture, and notes on how it was chosen."""
        if isinstance(self.mask, MaskSource):
            mask, note = self.mask.mask_for(image)
            return mask, (note,)
        return self.mask, ()

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe in values that JSON knows; a long array of the mask is represented by its SHA-256."""
        from hadimg.masks.serial import mask_to_dict

        return {
            "verb": self.verb,
            "mask": self.mask.to_dict() if isinstance(self.mask, MaskSource) else mask_to_dict(self.mask, _described),
            "max_gain": self.max_gain,
            "linear_light": self.linear_light,
            "quality": self.quality,
            "subsampling": self.subsampling,
            "strip": self.strip,
            "allow_damaged": self.allow_damaged,
        }

    def digest(self) -> str:
        """Return the SHA-256 of the recipe: equal recipes make equal files from equal files.

        Examples
        --------
        >>> from hadimg import masks
        >>> mask = masks.Constant(0.5)
        >>> Recipe(mask).digest() == Recipe(mask).digest(), Recipe(mask).digest() == Recipe(mask, strip=True).digest()
        (True, False)
        """
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _described(values: NDArray[Any]) -> Any:
    if values.size <= _LONG:
        return values.tolist()
    return {"shape": list(values.shape), "sha256": hashlib.sha256(values.data).hexdigest()}
