r"""What a camera does to a scene, as a linear map: :math:`A x`, the measured rows of an orthonormal transform.

``A A' = I`` on the frame, so that a scene is made to agree with its measurements in closed form: transform, put the
measured coefficients in place, transform back. No matrix is ever formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.walsh.transform import fwht2, ifwht2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.singlepixel.frames import Frame

    Numbers = NDArray[Any]

__all__ = ["Sampling"]


@dataclass(frozen=True, eq=False)
class Sampling:
    """Rows of an orthonormal transform of a frame, in whose upper left corner the scene lies; the rest is dark.

    Parameters
    ----------
    shape : (int, int)
        Of the scene.
    frame : Frame
        Of the patterns.
    places : ndarray of int64, shape (m,)
        The measured coefficients, as places of the transform in natural order; of pixels for single pixels.
    pixels : bool
        Whether the transform is none: one pixel is measured after the other.
    """

    shape: tuple[int, int]
    frame: Frame
    places: NDArray[np.int64]
    pixels: bool = False

    def transform(self, x: Numbers) -> Numbers:
        """Return all coefficients of a frame, which may be overwritten."""
        return x if self.pixels else fwht2(x, norm="ortho", overwrite_x=True)

    def inverse(self, coefficients: Numbers) -> Numbers:
        """Return the frame of all coefficients, which may be overwritten."""
        return coefficients if self.pixels else ifwht2(coefficients, norm="ortho", overwrite_x=True)

    def embed(self, scene: Numbers) -> Numbers:
        """Return a new frame that holds a scene."""
        frame = np.zeros(self.frame.shape, scene.dtype)
        frame[: self.shape[0], : self.shape[1]] = scene
        return frame

    def crop(self, frame: Numbers) -> Numbers:
        """Return the scene in a frame, as a view."""
        return frame[: self.shape[0], : self.shape[1]]

    def forward(self, scene: Numbers) -> Numbers:
        """Return ``A x``: the measured coefficients of a scene.

        Parameters
        ----------
        scene : ndarray, shape (H, W)
            Not changed.
        """
        return np.asarray(self.transform(self.embed(scene)).reshape(-1)[self.places])

    def adjoint(self, values: Numbers) -> Numbers:
        """Return ``A' y``: the scene whose measured coefficients are given and whose others are zero."""
        coefficients = np.zeros(self.frame.size, values.dtype)
        coefficients[self.places] = values
        return self.crop(self.inverse(coefficients.reshape(self.frame.shape)))

    def agree(self, frame: Numbers, values: Numbers, trust: Numbers | float = 1.0) -> Numbers:
        """Return ``z + A' t (y - A z)``: a frame whose measured coefficients go the way to those given.

        Parameters
        ----------
        frame : ndarray
            Overwritten.
        values : ndarray, shape (m,)
            The measured coefficients.
        trust : float or ndarray, shape (m,)
            How far each goes: 1 for exactly, 0 for not at all.
        """
        coefficients = self.transform(frame)
        flat = coefficients.reshape(-1)
        if isinstance(trust, float) and trust == 1.0:
            flat[self.places] = values
        else:
            flat[self.places] += trust * (values - flat[self.places])
        return self.inverse(coefficients)
