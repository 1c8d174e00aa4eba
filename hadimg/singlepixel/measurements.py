"""What a detector read: one or two numbers a pattern, the camera that showed the patterns, and the noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.array_checks import checked_numbers
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel.acquisition import MODES, normalised_pairs
from hadimg.singlepixel.noise import Detector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.errors import Path
    from hadimg.singlepixel.plan import PatternPlan

    Float = NDArray[np.float64]

__all__ = ["Coefficients", "Measurements"]


class Coefficients(NamedTuple):
    """Coefficients of orthonormal patterns, as estimated from readings.

    Parameters
    ----------
    values : ndarray, shape (m, channels)
        In units of the scene.
    variances : ndarray, shape (m, channels)
        Of the values; zero without noise.
    """

    values: Float
    variances: Float


@dataclass(frozen=True, eq=False)
class Measurements:
    """The readings of a camera: from `Camera.measure`, from a file, or from an instrument.

    Parameters
    ----------
    camera : Camera or PatternPlan
        Which patterns were shown.
    readings : array_like
        ``camera.readings_shape``, for colors with one more axis; the two readings of a pattern may also follow each
        other on one axis. In units of the detector.
    detector : Detector, optional
        Units and noise of the readings; ideal by default.
    saturated : int
        How many readings are known to be beyond what the detector can read.
    white : float, optional
        The level of white of the scene, where it came from a picture.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the readings do not belong to the camera, or are not finite.

    Examples
    --------
    >>> from hadimg.singlepixel import Camera
    >>> Measurements(Camera((2, 2), measurements=2), [4.0, 0.0, 3.0, 1.0]).flux
    array([4., 4.])
    """

    camera: PatternPlan
    readings: Any = field(repr=False)
    detector: Detector = field(default_factory=Detector, kw_only=True)
    saturated: int = field(default=0, kw_only=True)
    white: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.detector, Detector):
            raise ArgumentTypeError(f"detector must be a Detector, got {type(self.detector).__name__}")
        readings = _checked_readings(self.readings, self.camera)
        readings.setflags(write=False)
        object.__setattr__(self, "readings", readings)

    @property
    def channels(self) -> int | None:
        """How many channels there are; None of a gray scene."""
        extra = np.ndim(self.readings) - len(self.camera.readings_shape)
        return np.shape(self.readings)[-1] if extra else None

    @property
    def flux(self) -> Float:
        """The sum of the scene as each pattern's two readings tell it: one number, but for drift, flicker and clipping.

        Only of the modes "split" and "complementary".
        """
        light = self._light()
        if light.shape[1] != 2:
            raise ArgumentError(
                f"the flux is read with each pattern in the modes 'split' and 'complementary', not {self.camera.mode!r}"
            )
        sums = light[:, 0] + self.camera.detector_ratio * light[:, 1]
        return np.asarray(sums if self.channels else sums[:, 0])

    def coefficients(self, *, sigma: ArrayLike | None = None, normalize: bool = False) -> Coefficients:
        r"""Return the coefficients :math:`A x` that the readings stand for, in the order of `Camera.sampling`.

        Parameters
        ----------
        sigma : float or array_like, optional
            Standard deviation of each reading, in units of the readings; by default what the detector says.
        normalize : bool
            Whether each pair of readings is divided by its sum and multiplied by the mean sum, which takes out a light
            that flickers. Only of the modes "split" and "complementary".
        """
        mode, exposure = MODES[self.camera.mode], self.camera.exposure
        light = self._light()
        variances = self._variances(sigma, light.shape)
        if normalize:
            if light.shape[1] != 2:
                raise ArgumentError(
                    f"normalize needs two readings of each pattern, the mode {self.camera.mode!r} has one",
                    remedy="take the mode 'split'",
                )
            weights = np.array([1.0, exposure.detector_ratio])[:, np.newaxis]
            light = normalised_pairs(light * weights) / weights
        scale = 1.0 if self.camera.sampling.pixels else 1.0 / np.sqrt(self.camera.frame.size)
        return Coefficients(mode.values(light, exposure) * scale, mode.variances(variances, exposure) * scale**2)

    def _light(self) -> Float:
        shape = (self.camera.count, MODES[self.camera.mode].readings, self.channels or 1)
        return self.detector.light(np.asarray(self.readings)).reshape(shape)

    def _variances(self, sigma: ArrayLike | None, shape: tuple[int, ...]) -> Float:
        if sigma is None:
            return self.detector.variance(np.asarray(self.readings)).reshape(shape)
        deviations = checked_numbers("sigma", sigma).astype(np.float64)
        if not (np.isfinite(deviations).all() and (deviations >= 0).all()):
            raise ArgumentError("sigma must be finite and at least 0 for every reading")
        if deviations.ndim and deviations.shape != np.shape(self.readings):
            raise ArgumentError(
                f"sigma must be one number or have the shape of the readings, {np.shape(self.readings)}, "
                f"got {deviations.shape}"
            )
        full = np.broadcast_to((deviations / self.detector.scale) ** 2, np.shape(self.readings))
        return full.reshape(shape)

    def reconstruct(self, method: str = "total_variation", **options: Any) -> Float:
        """Return the scene; see `hadimg.singlepixel.reconstruct`.

        Parameters
        ----------
        method, **options
            As there.

        Examples
        --------
        >>> from hadimg.singlepixel import Camera
        >>> Camera((2, 2)).measure([[1.0, 3.0], [5.0, 7.0]]).reconstruct("zero_filling")
        array([[1., 3.],
               [5., 7.]])
        """
        from hadimg.singlepixel.reconstruct import reconstruct

        return reconstruct(self, method, **options)

    def save(self, path: Path, *, overwrite: bool = False) -> None:
        """Write readings, camera and detector to one ``.npz`` file, whole or not at all.

        Parameters
        ----------
        path : str or path
            The file.
        overwrite : bool
            Whether a file of that name is replaced.

        Raises
        ------
        WriteError
            When the file cannot be written.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from hadimg.singlepixel import Camera, load
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "y.npz")
        ...     Camera((4, 4), measurements=5).measure(np.eye(4)).save(path)
        ...     load(path).readings[0]
        array([4., 0.])
        """
        from hadimg.singlepixel.files import save

        save(self, path, overwrite=overwrite)


def _checked_readings(readings: ArrayLike, camera: PatternPlan) -> Float:
    given = checked_numbers("readings", readings)
    if given.dtype.kind == "c":
        raise ArgumentTypeError(f"readings must be real, got {given.dtype}")
    wanted = camera.readings_shape
    values = np.array(given, np.float64, order="C")
    if len(wanted) == 2 and values.shape == (2 * camera.count,):
        values = values.reshape(wanted)
    if values.shape[: len(wanted)] != wanted or values.ndim > len(wanted) + 1 or values.shape[len(wanted) :] == (0,):
        raise ArgumentError(
            f"the camera takes {camera.count} measurements, readings of the shape {wanted} with an axis of channels "
            f"at most, got {given.shape}",
            remedy="make a camera with as many measurements as there are readings of",
        )
    if not np.isfinite(values).all():
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(values))[0])
        raise ArgumentError(f"readings must be finite, got {values[place]} at {place}")
    return values
