"""Natural randomness: fractal noise that repeats without seams, and scattered cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[Any]


def fractal(size: int, slope: float, rng: np.random.Generator, *, stretch: float = 1.0) -> Field:
    """Return a (size, size) field from 0 to 1 whose spectrum falls as ``frequency ** -slope``.

    ``stretch`` above 1 draws the pattern out along the rows, as the fibers of wood.
    """
    rows = np.fft.fftfreq(size)[:, None] * size
    columns = np.fft.rfftfreq(size)[None, :] * size
    frequency = np.hypot(rows, columns * stretch)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) * frequency**-slope
    return normalized(np.fft.irfft2(spectrum, s=(size, size)))


def normalized(field: Field) -> Field:
    """Return ``field`` shifted and scaled to 0 to 1, where all but the outermost thousandth of its values lie."""
    low, high = np.quantile(field, (0.001, 0.999))
    return np.asarray(np.clip((field - low) / (high - low), 0.0, 1.0))
