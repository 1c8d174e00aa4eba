"""The plan of a single-pixel camera: which patterns it shows, how, and how many."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hadimg.errors import ArgumentError, FormatError
from hadimg.masks.parameters import checked_number
from hadimg.singlepixel.acquisition import MODES, Exposure, Mode
from hadimg.singlepixel.choosing import available, checked_choice, checked_measurements, whole
from hadimg.singlepixel.frames import Frame, checked_shape
from hadimg.singlepixel.orders import PATTERN_ORDERS, order_of_frame
from hadimg.singlepixel.sampling import Sampling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.masks import Array

__all__ = ["PatternPlan"]

_KEYS = ("order", "mode", "seed", "sizes", "detector_ratio", "flux_exposures")


@dataclass(frozen=True, eq=False)
class PatternPlan:
    """What a `Camera` shows; its parameters are described there. Light and measurements know this much of a camera."""

    shape: tuple[int, int]
    _: KW_ONLY
    order: str = "xy"
    mode: str = "split"
    measurements: int | ArrayLike | None = None
    ratio: InitVar[float | None] = None
    seed: int = 0
    sizes: str = "embedded"
    detector_ratio: float = 1.0
    flux_exposures: int = 1

    def __post_init__(self, ratio: float | None) -> None:
        keep = object.__setattr__
        keep(self, "shape", checked_shape(self.shape))
        checked_choice("order", self.order, PATTERN_ORDERS)
        checked_choice("mode", self.mode, MODES)
        keep(self, "seed", whole("seed", self.seed, lower=0, upper=2**32 - 1))
        keep(self, "flux_exposures", whole("flux_exposures", self.flux_exposures, lower=1))
        keep(self, "detector_ratio", checked_number("detector_ratio", self.detector_ratio))
        if self.detector_ratio <= 0:
            raise ArgumentError(f"detector_ratio must be above 0, got {self.detector_ratio!r}")
        if self.detector_ratio != 1.0 and not self._mode.at_once:
            raise ArgumentError(f"detector_ratio is of the mode 'complementary', the camera's is {self.mode!r}")
        if self.flux_exposures != 1 and not self._mode.needs_flux:
            raise ArgumentError(f"flux_exposures is of the mode 'plus_only', the camera's is {self.mode!r}")
        given = np.asarray(self.measurements)
        masked = given.dtype.kind == "b" and given.ndim > 0
        chosen = checked_measurements(self.measurements, ratio, self.shape, self.frame, self._mode)
        if masked and self.mode != "raster":
            order = order_of_frame(self.frame, self.order, self.seed)
            chosen = order[np.isin(order, chosen, assume_unique=True)]
        keep(self, "measurements", chosen)

    @property
    def _mode(self) -> Mode:
        return MODES[self.mode]

    @cached_property
    def frame(self) -> Frame:
        """Size of the patterns, of which the scene sees the upper left part."""
        around = Frame.around(self.shape, self.sizes)
        return Frame(*self.shape) if self.mode == "raster" else around

    @property
    def count(self) -> int:
        """How many patterns of +-1, or pixels, are measured."""
        chosen = self.measurements
        return chosen if isinstance(chosen, int) else len(np.asarray(chosen))

    @property
    def readings_shape(self) -> tuple[int, ...]:
        """Of the readings of a gray scene: ``(count,)``, or ``(count, 2)`` where each pattern is read twice."""
        return (self.count,) if self._mode.readings == 1 else (self.count, 2)

    @property
    def exposures(self) -> int:
        """How often the mirrors move."""
        repeats = self.flux_exposures - 1 if self._mode.needs_flux and self.count else 0
        return self.count * (1 if self._mode.at_once else self._mode.readings) + repeats

    @property
    def most_measurements(self) -> int:
        """How many patterns there are."""
        return available(self.frame, self._mode)

    @cached_property
    def indices(self) -> NDArray[np.int64]:
        """The coefficients that are measured, in the order of their patterns: ``row * width + column``."""
        if not isinstance(self.measurements, int):
            return np.asarray(self.measurements)
        if self.mode == "raster":
            return np.arange(self.measurements)
        first = int(self._mode.adds_flux)
        return order_of_frame(self.frame, self.order, self.seed)[first : first + self.measurements]

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Which coefficients are measured, laid out as they are: row = sequency down."""
        kept = np.zeros(self.frame.size, bool)
        kept[self.indices] = True
        return kept.reshape(self.frame.shape)

    @cached_property
    def exposure(self) -> Exposure:
        """What the modes have to know."""
        place = np.flatnonzero(self.indices == 0)
        return Exposure(self.detector_ratio, self.flux_exposures, int(place[0]) if place.size else self.count)

    @cached_property
    def sampling(self) -> Sampling:
        """The linear map from scenes to measured coefficients, of orthonormal patterns."""
        if self.mode == "raster":
            return Sampling(self.shape, self.frame, self.indices, pixels=True)
        known = np.append(self.indices, 0) if self._mode.adds_flux else self.indices
        return Sampling(self.shape, self.frame, self.frame.natural_places(known))

    def patterns(self, k: int) -> Array:
        """Return the pattern of a reading as a mask, as large as the scene.

        Parameters
        ----------
        k : int
            Number of the reading, where the two readings of a pattern follow each other (``h+`` even, ``h-`` odd).

        Returns
        -------
        masks.Array
            0 and 1 as the mirrors show them; +1 and -1 in the mode "plus_minus". The second detector's patterns of
            "complementary" are divided by ``detector_ratio``.

        Examples
        --------
        >>> PatternPlan((2, 4), mode="plus_minus").patterns(1).weights((2, 4))
        array([[ 1.,  1., -1., -1.],
               [ 1.,  1., -1., -1.]])
        """
        from hadimg.masks import Array

        number = whole("k", k, lower=0, upper=self.count * self._mode.readings - 1)
        values = self.pattern(number).astype(np.float32)
        if self.mode == "complementary" and number % 2:
            return Array(values / np.float64(self.detector_ratio))
        return Array(values)

    def pattern(self, number: int) -> NDArray[np.int8]:
        """Return what the mirrors show for a reading: a part of a pattern, as large as the scene."""
        k, part = divmod(number, self._mode.readings)
        kind, index = self._mode.patterns[part], int(self.indices[k])
        if kind == "pixel":
            shown = np.zeros(self.shape, np.int8)
            shown.reshape(-1)[index] = 1
            return shown
        signs = self.frame.signs(index)[: self.shape[0], : self.shape[1]]
        if kind == "signed":
            return signs
        return (signs > 0 if kind == "plus" else signs < 0).astype(np.int8)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings for JSON; `from_dict` makes the same camera of them.

        Examples
        --------
        >>> PatternPlan.from_dict(PatternPlan((8, 8), ratio=0.5).to_dict()) == PatternPlan((8, 8), measurements=32)
        True
        """
        chosen = self.measurements
        listed = chosen if isinstance(chosen, int) else np.asarray(chosen).tolist()
        return {"shape": list(self.shape), "measurements": listed, **{key: getattr(self, key) for key in _KEYS}}

    @classmethod
    def from_dict(cls, settings: Any) -> Self:
        """Return the camera that `to_dict` described; settings that are not said are the usual ones."""
        known = ("shape", "measurements", *_KEYS)
        if not isinstance(settings, dict) or "shape" not in settings or not set(known).issuperset(settings):
            raise FormatError(f"a camera is described by its 'shape' and any of {', '.join(known[1:])}")
        return cls(**settings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PatternPlan):
            return NotImplemented
        same = all(getattr(self, key) == getattr(other, key) for key in ("shape", *_KEYS))
        return same and np.array_equal(np.asarray(self.measurements), np.asarray(other.measurements))

    def __hash__(self) -> int:
        return hash((self.shape, self.count, *(getattr(self, key) for key in _KEYS)))
