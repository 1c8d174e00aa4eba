"""From readings back to a scene: one table of methods, one verb."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel.choosing import checked_choice
from hadimg.singlepixel.linear import Fdri, Wiener, ZeroFilling
from hadimg.singlepixel.plug_in import PlugIn
from hadimg.singlepixel.problem import Problem
from hadimg.singlepixel.total_variation import ChambollePock, TotalVariation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.singlepixel.measurements import Measurements
    from hadimg.singlepixel.problem import Method

    Float = NDArray[np.float64]

__all__ = ["METHODS", "reconstruct"]

METHODS: dict[str, type[Any]] = {
    "zero_filling": ZeroFilling,
    "wiener": Wiener,
    "fdri": Fdri,
    "total_variation": TotalVariation,
    "chambolle_pock": ChambollePock,
    "plug_in": PlugIn,
}
"""The ways to reconstruct; their fields are the options of `reconstruct`."""


def reconstruct(
    measurements: Measurements,
    method: str | Method = "total_variation",
    *,
    nonnegative: bool = False,
    sigma: ArrayLike | None = None,
    normalize: bool = False,
    **options: Any,
) -> Float:
    """Return the scene that readings stand for, in its own units.

    Parameters
    ----------
    measurements : Measurements
        From `Camera.measure`, `load` or `load_readings`.
    method : str or object
        A name of the table `METHODS`, or one of its classes with its settings.
    nonnegative : bool
        Whether the scene is known to have no negative values: the total variation and plugged-in denoisers look for
        such scenes only, of the other methods negative values are set to zero at the end.
    sigma : float or array_like, optional
        Standard deviation of each reading, in units of the readings; by default what the detector says.
    normalize : bool
        Whether a light that flickers is taken out, as in `Measurements.coefficients`.
    **options
        Settings of the method, such as ``iterations=100``.

    Returns
    -------
    ndarray of float64, shape (H, W) or (H, W, channels)
        Without noise, and unless it must not be negative, a scene that fills its frame has exactly the measured
        coefficients; one that is embedded has them nearly.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the method or an option is unknown, or breaks its rule.

    Examples
    --------
    >>> from hadimg.singlepixel import Camera
    >>> measurements = Camera((8, 8)).measure(np.eye(8))
    >>> bool(np.allclose(reconstruct(measurements, "zero_filling"), np.eye(8)))
    True
    """
    solver = _solver(method, options)
    coefficients = measurements.coefficients(sigma=sigma, normalize=normalize)
    sampling = measurements.camera.sampling
    planes = []
    for values, variances in zip(coefficients.values.T, coefficients.variances.T, strict=True):
        problem = Problem(sampling, np.ascontiguousarray(values), np.ascontiguousarray(variances), bool(nonnegative))
        found = solver.solve(problem)
        planes.append(np.maximum(found, 0.0) if nonnegative else found)
    return np.ascontiguousarray(planes[0] if measurements.channels is None else np.stack(planes, axis=-1))


def _solver(method: str | Method, options: dict[str, Any]) -> Method:
    if not isinstance(method, str):
        if not callable(getattr(method, "solve", None)):
            raise ArgumentTypeError(f"method must be a name or have a method solve, got {type(method).__name__}")
        if options:
            raise ArgumentError(f"options belong to names of methods, got {', '.join(options)} beside an object")
        return method
    checked_choice("method", method, METHODS)
    known = {one.name: one for one in fields(METHODS[method])}
    for name in options:
        if name not in known:
            has = f"has {', '.join(known)}" if known else "has no options"
            raise ArgumentTypeError(f"unknown option {name!r}, the method {method!r} {has}")
    for name, one in known.items():
        if one.default is MISSING and name not in options:
            raise ArgumentTypeError(f"the method {method!r} needs the option {name!r}")
    solver: Method = METHODS[method](**options)
    return solver
