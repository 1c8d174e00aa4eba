"""Single-pixel camera: from a scene to readings through Hadamard patterns, and back.

>>> import numpy as np
>>> from hadimg.singlepixel import Camera, poisson, reconstruct
>>> scene = np.add.outer(np.arange(32.0), np.arange(32.0))
>>> measurements = Camera((32, 32), ratio=0.25).measure(scene, noise=poisson(1000.0), rng=0)
>>> measurements.readings.shape
(256, 2)
>>> bool(np.abs(reconstruct(measurements) - scene).mean() < 0.5)
True
"""

from hadimg.singlepixel.acquisition import MODES
from hadimg.singlepixel.camera import Camera
from hadimg.singlepixel.export import FORMATS, export_patterns
from hadimg.singlepixel.files import load, load_readings
from hadimg.singlepixel.measurements import Measurements
from hadimg.singlepixel.noise import Detector, gaussian, poisson, poisson_gauss
from hadimg.singlepixel.orders import PATTERN_ORDERS, pattern_order
from hadimg.singlepixel.reconstruct import METHODS, reconstruct

__all__ = [
    "FORMATS",
    "METHODS",
    "MODES",
    "PATTERN_ORDERS",
    "Camera",
    "Detector",
    "Measurements",
    "export_patterns",
    "gaussian",
    "load",
    "load_readings",
    "pattern_order",
    "poisson",
    "poisson_gauss",
    "reconstruct",
]
