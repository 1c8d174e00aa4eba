"""A single-pixel camera: which patterns it shows, how and how many; it measures scenes."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError
from hadimg.masks.parameters import checked_number
from hadimg.singlepixel.acquisition import MODES, Exposure, Mode
from hadimg.singlepixel.choosing import available, checked_choice, checked_measurements, whole
from hadimg.singlepixel.frames import Frame, checked_shape
from hadimg.singlepixel.light import light_of, scene_planes
from hadimg.singlepixel.measurements import Measurements
from hadimg.singlepixel.noise import Detector
from hadimg.singlepixel.orders import PATTERN_ORDERS, order_of_frame
from hadimg.singlepixel.sampling import Sampling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.masks import Array

__all__ = ["Camera"]

_KEYS = ("order", "mode", "seed", "sizes", "detector_ratio", "flux_exposures")


@dataclass(frozen=True, eq=False)
class Camera:
    r"""A camera with one detector and mirrors that show Hadamard patterns; each reading is ``sum(pattern * scene)``.

    Sums over rows of a Hadamard product are what the slides state in equation (6): one reading is one row of the
    measuring matrix times the scene, :math:`y_k = \sum_{ij} P^{(k)}_{ij} X_{ij}`. All of them together are one fast
    transform; no matrix is ever formed.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the scene.
    order : str
        Which patterns come first, a name of the table `hadimg.singlepixel.PATTERN_ORDERS`.
    mode : str
        How patterns of +-1 become light, a name of the table `hadimg.singlepixel.MODES`. "raster" shows one pixel
        after the other, row by row, whatever the order.
    measurements : int, list of int, or array of bool, optional
        How many patterns, the first ones of the order; or exactly which, as numbers ``row * width + column`` of their
        coefficients (see `pattern_order`), in the order in which they are shown; or a mask as large as the patterns,
        shown in the camera's order. All by default. The modes "split" and "complementary" take two readings of each.
    ratio : float, optional
        In place of ``measurements``: patterns per pixel of the scene, rounded to a whole number of them.
    seed : int
        For the order "random".
    sizes : {"embedded", "exact"}
        What is done where a side is no power of two: the scene lies in the upper left of patterns of the next powers
        of two, of which only that part is shown; or patterns have exactly the scene's size, for which a Hadamard
        matrix of either side must be known (as 12, 20, 96, 768).
    detector_ratio : float
        For "complementary": what the second detector's readings are multiplied by to be those of the first.
    flux_exposures : int
        For "plus_only": how often the first pattern is shown. Its errors enter every coefficient, and they all meet
        in the corner pixel, whose variance is that of a single reading divided by this number.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When a setting breaks its rule.

    Examples
    --------
    >>> camera = Camera((64, 64), order="cake_cutting", ratio=0.25)
    >>> camera.count, camera.exposures
    (1024, 2048)
    >>> scene = np.random.default_rng(0).random((64, 64))
    >>> measurements = camera.measure(scene)
    >>> pattern = camera.patterns(7).weights((64, 64))
    >>> bool(np.isclose(measurements.readings.reshape(-1)[7], np.sum(pattern * scene)))
    True
    """

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
        >>> Camera((2, 4), mode="plus_minus").patterns(1).weights((2, 4))
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

    def measure(
        self, scene: ArrayLike, *, noise: Detector | None = None, rng: np.random.Generator | int | None = None
    ) -> Measurements:
        """Return what the detector reads of a scene, pattern after pattern.

        Parameters
        ----------
        scene : array_like, shape (H, W) or (H, W, channels)
            Light of each pixel, in any unit; all channels see the same patterns.
        noise : Detector, optional
            From `gaussian`, `poisson` or `poisson_gauss`; without noise by default.
        rng : numpy.random.Generator or int, optional
            Where the noise comes from; a whole number is a seed.

        Returns
        -------
        Measurements
            Exactly as many readings as asked for.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            When the scene has another shape, or values that are not finite; when photons would be fewer than none.

        Examples
        --------
        >>> from hadimg.singlepixel import poisson
        >>> measurements = Camera((4, 4), measurements=3).measure(np.ones((4, 4)), noise=poisson(1e6), rng=0)
        >>> measurements.readings.shape
        (3, 2)
        """
        planes = scene_planes(scene, self.shape)
        detector = Detector() if noise is None else noise
        if not isinstance(detector, Detector):
            raise ArgumentTypeError(f"noise must be a detector, got {type(detector).__name__}", remedy="see gaussian()")
        source = np.random.default_rng(rng) if rng is None or isinstance(rng, int) else rng
        if not isinstance(source, np.random.Generator):
            raise ArgumentTypeError(f"rng must be a numpy.random.Generator or a seed, got {type(rng).__name__}")
        light = light_of(self, planes)
        readings, saturated = detector.read(light, source)
        repeats = self.flux_exposures - 1
        if self._mode.needs_flux and repeats and self.count:
            first = self.exposure.flux_readings
            again, lost = detector.read(np.repeat(light[first], repeats, axis=0), source)
            readings[first] = (readings[first] + again.sum(axis=0, keepdims=True)) / (repeats + 1)
            saturated += lost
        shape = self.readings_shape if np.ndim(scene) == 2 else (*self.readings_shape, len(planes))
        return Measurements(self, readings.reshape(shape), detector=detector, saturated=saturated)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings for JSON; `from_dict` makes the same camera of them.

        Examples
        --------
        >>> Camera.from_dict(Camera((8, 8), ratio=0.5).to_dict()) == Camera((8, 8), measurements=32)
        True
        """
        chosen = self.measurements
        listed = chosen if isinstance(chosen, int) else np.asarray(chosen).tolist()
        return {"shape": list(self.shape), "measurements": listed, **{key: getattr(self, key) for key in _KEYS}}

    @classmethod
    def from_dict(cls, settings: Any) -> Camera:
        """Return the camera that `to_dict` described; settings that are not said are the usual ones."""
        known = ("shape", "measurements", *_KEYS)
        if not isinstance(settings, dict) or "shape" not in settings or not set(known).issuperset(settings):
            raise FormatError(f"a camera is described by its 'shape' and any of {', '.join(known[1:])}")
        return cls(**settings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Camera):
            return NotImplemented
        same = all(getattr(self, key) == getattr(other, key) for key in ("shape", *_KEYS))
        return same and np.array_equal(np.asarray(self.measurements), np.asarray(other.measurements))

    def __hash__(self) -> int:
        return hash((self.shape, self.count, *(getattr(self, key) for key in _KEYS)))
