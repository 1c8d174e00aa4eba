"""The fast Walsh-Hadamard transform along one axis, two or any, and its inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from hadimg.errors import ArgumentError
from hadimg.walsh.routes import NORMS, transformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Order = Literal["natural", "dyadic", "sequency"]
    Norm = Literal["backward", "ortho", "forward"]

__all__ = ["NORMS", "fwht", "fwht2", "fwhtn", "ifwht", "ifwht2", "ifwhtn"]


def fwht(
    x: ArrayLike,
    axis: int = -1,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    n: int | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Return the Walsh-Hadamard transform along an axis: :math:`y = H x`, in :math:`n \log_2 n` additions.

    ``H`` is `hadamard_matrix` of the length, its rows in the given order. The transform is linear, and its own inverse
    but for the factor ``n``: :math:`H' H = n I`. Source: slides, "Sylvester's construction" (S34 to S36).

    Parameters
    ----------
    x : array_like
        Numbers; floats, complex numbers and whole numbers of any strides. Not changed.
    axis : int
        The axis; the last by default.
    order : {"natural", "dyadic", "sequency"}
        Where the coefficients stand: as the rows of Sylvester's matrix, as Paley's, or by their number of sign changes
        as Walsh's. MATLAB's ``fwht`` means "sequency" (with ``norm="forward"``), SciPy's ``hadamard`` "natural".
    norm : {"backward", "ortho", "forward"}
        Which of the transform and its inverse divides by ``n``: the inverse, both by ``sqrt(n)``, or the transform; as
        in `scipy.fft`. A round trip needs the same norm twice.
    n : int, optional
        Length along the axis to cut or to pad with zeros to; nothing is ever padded unasked.
    overwrite_x : bool
        Whether the memory of ``x`` may be used for the result.
    workers : int, optional
        Threads for two million numbers and more; all cores by default. Their number changes no bit of the result.

    Returns
    -------
    ndarray
        Of the same shape. float16 becomes float32, other floating types stay; whole numbers stay whole and exact with
        ``norm="backward"`` (int32 where the largest of their type, added up n times, fits, else int64), and become
        float64 with the other norms. NaN and infinity spread over the whole line.

    Raises
    ------
    ArgumentError
        When the length is not that of a known Hadamard matrix, or not a power of two where the order asks for one;
        names the nearest lengths.
    OverflowError
        When sums of 32-bit or 64-bit whole numbers might not fit 64 bits.

    See Also
    --------
    hadamard_matrix : The matrix itself; any of its orders is a length here.

    Examples
    --------
    >>> fwht([4, 2, 2, 0, 0, 2, -2, 0])
    array([8, 0, 8, 0, 8, 8, 0, 0])
    >>> fwht([19, -1, 11, -9, -7, 13, -15, 5], order="sequency", norm="forward")
    array([ 2.,  3.,  0.,  4.,  0.,  0., 10.,  0.])
    """
    return transformed(x, (axis,), _sizes(n), order, norm, inverse=False, overwrite_x=overwrite_x, workers=workers)


def ifwht(
    x: ArrayLike,
    axis: int = -1,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    n: int | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the inverse of `fwht` with the same arguments.

    Parameters
    ----------
    x, axis, order, norm, n, overwrite_x, workers
        As for `fwht`. Whole numbers become float64 unless ``norm="forward"``.

    Examples
    --------
    >>> ifwht(fwht([1.0, 2.0, 3.0, 5.0]))
    array([1., 2., 3., 5.])
    """
    return transformed(x, (axis,), _sizes(n), order, norm, inverse=True, overwrite_x=overwrite_x, workers=workers)


def fwht2(
    x: ArrayLike,
    axes: tuple[int, int] = (-2, -1),
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: tuple[int, int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Return the transform along two axes: :math:`Y = H_h X H_w'`, the Kronecker product of both matrices.

    Parameters
    ----------
    x : array_like
        Pictures or blocks.
    axes : (int, int)
        The two axes; the last two by default.
    s : (int, int), optional
        Lengths to cut or to pad with zeros to.
    order, norm, overwrite_x, workers
        As for `fwht`, for both axes; ``norm`` counts the numbers of both.

    Examples
    --------
    >>> fwht2([[1, 2], [3, 4]])
    array([[10, -2],
           [-4,  0]])
    """
    if len(axes) != 2:
        raise ArgumentError(f"axes must be two, got {len(axes)}", remedy="fwhtn takes any number")
    return transformed(x, axes, s, order, norm, inverse=False, overwrite_x=overwrite_x, workers=workers)


def ifwht2(
    x: ArrayLike,
    axes: tuple[int, int] = (-2, -1),
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: tuple[int, int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the inverse of `fwht2` with the same arguments.

    Parameters
    ----------
    x, axes, order, norm, s, overwrite_x, workers
        As for `fwht2`.

    Examples
    --------
    >>> ifwht2(fwht2([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    if len(axes) != 2:
        raise ArgumentError(f"axes must be two, got {len(axes)}", remedy="ifwhtn takes any number")
    return transformed(x, axes, s, order, norm, inverse=True, overwrite_x=overwrite_x, workers=workers)


def fwhtn(
    x: ArrayLike,
    axes: Sequence[int] | None = None,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: Sequence[int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the transform along any number of axes.

    Parameters
    ----------
    x : array_like
        Numbers.
    axes : sequence of int, optional
        The axes; all by default.
    s, order, norm, overwrite_x, workers
        As for `fwht2`.

    Examples
    --------
    >>> import numpy as np
    >>> fwhtn(np.ones((2, 2, 2)))[0, 0, 0]
    np.float64(8.0)
    """
    return transformed(x, axes, s, order, norm, inverse=False, overwrite_x=overwrite_x, workers=workers)


def ifwhtn(
    x: ArrayLike,
    axes: Sequence[int] | None = None,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: Sequence[int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the inverse of `fwhtn` with the same arguments.

    Parameters
    ----------
    x, axes, s, order, norm, overwrite_x, workers
        As for `fwhtn`.

    Examples
    --------
    >>> import numpy as np
    >>> bool(np.allclose(ifwhtn(fwhtn(np.eye(4))), np.eye(4)))
    True
    """
    return transformed(x, axes, s, order, norm, inverse=True, overwrite_x=overwrite_x, workers=workers)


def _sizes(n: int | None) -> tuple[int] | None:
    return None if n is None else (n,)
