"""The gradient of masking: how well a masked picture matches another one, and where the mask should go from there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.views import view

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.io.image import Image
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["MaskingGradient", "masking_gradient"]


@dataclass(frozen=True, eq=False)
class MaskingGradient:
    """Value and derivatives of half the squared misfit of a masked picture, by the P parameters of the mask.

    Parameters
    ----------
    names : tuple of str
        The parameters.
    value : float
        Half the weighted sum of the squared residuals.
    gradient : ndarray of float64, shape (P,)
        Its first derivatives.
    gauss_newton : ndarray of float64, shape (P, P)
        The second derivatives without the curvature of the mask: positive semidefinite, what steps of a fit use.
    """

    names: tuple[str, ...]
    value: float
    gradient: Float
    gauss_newton: Float
    _objective: Objective = field(repr=False)

    @cached_property
    def hessian(self) -> Float:
        """All second derivatives, shape (P, P); they take a second pass over the pictures when first asked for."""
        return _finite("second derivatives", self._objective.hessian(self._objective.vector))


def masking_gradient(
    mask: Mask,
    image: ArrayLike | Image,
    target: ArrayLike | Image,
    *,
    weights: ArrayLike | None = None,
    dark: float = 0.0,
    alpha: bool | None = None,
    workers: int | None = None,
) -> MaskingGradient:
    r"""Return how :math:`\tfrac12 \| \sqrt v * (I * M(\theta) - T) \|^2` changes with the parameters of a mask.

    By the Hadamard product rule the gradient is :math:`A \, (v * I * r)'` and the Gauss-Newton matrix
    :math:`A \, D(v * I * I) \, A'`, with the residual :math:`r = I * M - T` and the mask's partial derivatives ``A``.
    The pictures are looked at in strips: beside them at most 64 MiB of memory are used. The product is neither rounded
    nor cut, and nothing is copied whole.

    Parameters
    ----------
    mask : Mask
        ``M`` at the parameters where the derivatives are wanted.
    image, target : array_like of shape (H, W) or (H, W, C), or Image
        ``I`` before and ``T`` after the mask.
    weights : array_like, shape (H, W) or that of the colors of the image, optional
        ``v``, one over the variance of each value. 0 leaves a value out, even when it is NaN. All 1 by default.
    dark : float
        Level that both pictures have without any light; it is subtracted from both.
    alpha : bool, optional
        Whether the last channel is opacity, which masks leave as it is and which does not count. As for `apply_mask`,
        by default it is when there are 2 or 4 channels.
    workers : int, optional
        Threads; all cores by default. The result has the same bits for any number.

    Returns
    -------
    MaskingGradient
        ``value``, ``gradient``, ``gauss_newton``, ``names``, and ``hessian`` when it is asked for.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When shapes do not match, a value that counts is not finite, or the mask is not finite there.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> image = np.arange(1.0, 13.0).reshape(3, 4)
    >>> found = masking_gradient(masks.ExponentialDecay(rate=1.2), image, image / 2)
    >>> round(found.value, 6), dict(zip(found.names, found.gradient.round(6).tolist()))
    (5.09564, {'rate': -2.861981, 'power': ..., 'center_row': 7.736658, 'center_col': 2.102389})
    """
    before, after = (view(name, one, alpha=alpha).pixels for name, one in (("image", image), ("target", target)))
    objective = Objective(mask, Observations(before, after, weights, dark=dark), workers=workers)
    value, gradient, gauss_newton = objective.sums(objective.vector)
    assert gradient is not None
    assert gauss_newton is not None
    _finite("cost", np.array(value))
    return MaskingGradient(
        objective.names, value, _finite("gradient", gradient), _finite("second derivatives", gauss_newton), objective
    )


def _finite(name: str, values: Float) -> Float:
    if not np.isfinite(values).all():
        raise ArgumentError(
            f"masking_gradient: the {name} must be finite, got {values[~np.isfinite(values)][0]}",
            remedy="give weights of 0 to pixels where the mask or its derivatives are not finite",
        )
    return values
