"""A single-pixel camera: it shows the patterns of its plan to scenes, and reads one number of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentTypeError
from hadimg.singlepixel.light import light_of, scene_planes
from hadimg.singlepixel.measurements import Measurements
from hadimg.singlepixel.noise import Detector
from hadimg.singlepixel.plan import PatternPlan

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Camera"]


class Camera(PatternPlan):
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
