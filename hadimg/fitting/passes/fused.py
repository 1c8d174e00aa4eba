"""Cost, gradient and Gauss-Newton matrix of all pixels in one compiled pass, for masks that such a pass can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.fitting.losses import LOSSES
from hadimg.fitting.passes.patch_pass import in_patches
from hadimg.fitting.passes.radial_pass import around_center
from hadimg.fitting.passes.shared import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from hadimg.fitting.losses import Loss
    from hadimg.fitting.observations import Observations
    from hadimg.fitting.passes.radial_tables import Kind
    from hadimg.fitting.sums import Sums
    from hadimg.masks.base import Mask

__all__ = ["PASSES", "fused_sums"]

PASSES: tuple[Callable[[Task], Sums | None], ...] = (around_center, in_patches)
"""The compiled passes, the faster one first; each returns None for a mask that is not for it."""


def fused_sums(
    mask: Mask,
    observations: Observations,
    *,
    wanted: NDArray[np.bool_],
    order: int,
    kind: Kind,
    workers: int | None = None,
    loss: Loss = LOSSES["linear"],
    scale: float = 1.0,
) -> Sums | None:
    """Return the sums of least squares, or None when the mask has kinks or edges too steep for compiled passes.

    Those of a robust loss are those of the rows whose squares are the losses, `hadimg.fitting.losses.robust_rows`.
    Sums have the same bits for any number of threads.

    Parameters
    ----------
    mask : Mask
        With the parameters at which everything is computed.
    observations : Observations
        The pictures.
    wanted : ndarray of bool, shape (P,)
        Parameters whose derivatives are wanted; the others get zeros.
    order : int
        0 for the cost, 1 with its gradient, 2 with the Gauss-Newton matrix.
    kind : type
        ``numpy.float32`` or ``numpy.float64``: the type in which parts of rows are summed.
    workers : int, optional
        Threads; all cores by default.
    loss : Loss
        What takes the place of squares; ``kind`` is then ``numpy.float64``.
    scale : float
        Of the loss.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg import masks
    >>> from hadimg.fitting.observations import Observations
    >>> image = np.ones((100, 100))
    >>> seen = Observations(image, 0.5 * image)
    >>> fused_sums(masks.Constant(0.25), seen, wanted=np.array([True]), order=1, kind=np.float32)
    Sums(cost=312.5, gradient=array([-2500.]), gauss_newton=None)
    """
    task = Task(mask, observations, wanted, order, kind, workers, loss, scale)
    found = (one(task) for one in PASSES)
    return next((sums for sums in found if sums is not None), None)
