"""What a fit leaves behind: data, from which everything can be told, drawn, saved and read back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, HadimgError
from hadimg.fitting.solving.points import Step
from hadimg.masks.serial import from_dict as mask_from_dict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["FitResult"]

VERSION = 1
MATRICES = ("covariance", "correlation", "residual_map")


@dataclass(frozen=True, eq=False, kw_only=True)
class FitResult:
    """A fitted mask, how it was found, and how far to trust it.

    Attributes
    ----------
    mask : Mask
        With the fitted parameters; the mask that was given to the fit is unchanged.
    params : dict of str to float
        All parameters by name, gain and offset included where they were fitted.
    free : tuple of str
        Names of the parameters that were free.
    stderr : dict of str to float or None
        Standard errors; None has its reason in ``stderr_reasons``.
    stderr_reasons : dict of str to str
        Such as "fixed", "held by its upper bound 2" or "not identifiable".
    covariance, correlation : ndarray, shape (P, P), or None
        In the order of ``params``; zeros for parameters without an error of their own. None where a direction changes
        nothing.
    covariance_kind : str
        What the covariance takes for true: a key of `hadimg.fitting.outcome.covariance.KINDS`.
    cost, rss : float
        Half the sum of the losses of weighted residuals, and the sum of their squares; equal but for the half without
        a robust loss.
    n_pixels, n_free, dof : int
        Numbers fitted (pixels times channels), free parameters that no bound holds, and the first less the second.
    sigma : float or None
        Root of ``2 * cost / dof``.
    gradient : dict of str to float
        Derivative of the cost by each free parameter, on the scale that it was fitted on.
    optimality : float
        The largest cosine between the residual and a column of its derivative: 0 at an exact optimum.
    active : dict of str to int
        -1 and 1 for free parameters that a lower or upper bound holds, else 0.
    rank : int
        How many directions of the free parameters change the picture.
    condition : float or None
        Of the normalised derivative; None where infinite.
    null_direction : dict of str to float or None
        The first direction that changes nothing.
    warnings : tuple of str
        What is badly known, in words.
    history : tuple of Step
        Iteration, cost, optimality, step and all parameters; the start is iteration 0. With the reduction ``"cells"``
        costs are those of its rows, near those of the pixels, up to the step at which all pixels are taken up; from
        there on they are exact, like ``cost``.
    n_evaluations, n_iterations : int
        Evaluations of cost and derivatives (together they count once), and iterations.
    method, reduction : str
        The solver, and how pixels were compressed.
    n_rows : int
        How many rows the solver saw.
    loss : str
        Name of the loss.
    loss_scale : float or None
        The scale C of a robust loss.
    ignored : dict of str to int
        How many values were left out, by reason.
    shape : tuple of int or None
        Height and width of the picture.
    residual_map : ndarray, shape (h, w), or None
        Means of the residual over blocks of the picture, for a look.
    success : bool
        Whether this is an optimum.
    status, message : str
        In one word, and in a sentence with the way out.
    seconds : float
        How long it took.
    """

    mask: Mask
    params: dict[str, float]
    free: tuple[str, ...]
    stderr: dict[str, float | None]
    stderr_reasons: dict[str, str]
    covariance: Float | None
    correlation: Float | None
    covariance_kind: str
    cost: float
    rss: float
    n_pixels: int
    n_free: int
    dof: int
    sigma: float | None
    gradient: dict[str, float]
    optimality: float
    active: dict[str, int]
    rank: int
    condition: float | None
    null_direction: dict[str, float] | None
    warnings: tuple[str, ...]
    history: tuple[Step, ...]
    n_evaluations: int
    n_iterations: int
    method: str
    reduction: str
    n_rows: int
    loss: str
    loss_scale: float | None
    success: bool
    status: str
    message: str
    seconds: float
    shape: tuple[int, int] | None = None
    ignored: dict[str, int] = field(default_factory=dict)
    residual_map: Float | None = None

    def __post_init__(self) -> None:
        for name in MATRICES:
            matrix = getattr(self, name)
            if matrix is not None:
                own = np.array(matrix, dtype=np.float64)
                own.flags.writeable = False
                object.__setattr__(self, name, own)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FitResult) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # results hold arrays and dicts

    def __repr__(self) -> str:
        return f"<FitResult of {self.mask!r:.200}: {self.message}>"

    # ---- JSON

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        data: dict[str, Any] = {"version": VERSION}
        for item in fields(self):
            data[item.name] = _plain(getattr(self, item.name))
        data["mask"] = self.mask.to_dict()
        return data

    def to_json(self, *, indent: int | None = None) -> str:
        """Return everything as JSON; `from_json` reads it back to the last bit.

        Parameters
        ----------
        indent : int, optional
            As for ``json.dumps``: spaces a level, or all on one line.
        """
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    @classmethod
    def from_dict(cls, data: object) -> FitResult:
        """Return the result that `to_dict` described.

        Raises
        ------
        FormatError
            When the data are no such description.
        """
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise FormatError(f"a fit result must be an object of version {VERSION}, got {data!r:.60}")
        names = {item.name for item in fields(cls)}
        missing, unknown = sorted(names - data.keys()), sorted(data.keys() - names - {"version"})
        if missing or unknown:
            wrong = f"lacks {missing[0]!r}" if missing else f"has no entry {unknown[0]!r:.40}"
            raise FormatError(f"a fit result {wrong}")
        try:
            return cls(**{name: _rebuilt(name, data[name]) for name in names})
        except HadimgError:
            raise
        except (TypeError, ValueError, AttributeError) as error:
            raise FormatError(f"a fit result holds an entry of a wrong kind: {error}") from error

    @classmethod
    def from_json(cls, text: str | bytes) -> FitResult:
        """Return the result that `to_json` wrote.

        Raises
        ------
        FormatError
            When the text is no JSON, or not that of a result.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"a fit result must be JSON: {error}") from error
        return cls.from_dict(data)

    # ---- to look at

    def report(self) -> str:
        """Return the result as text for people: parameters with errors, how it was obtained, what to beware of."""
        from hadimg.fitting.outcome.summary import summary

        return summary(self)

    def plot(self) -> Any:
        """Return a matplotlib figure: the profile of the mask, the residual as a picture, the history of the fit.

        Raises
        ------
        DependencyError
            When matplotlib is not installed.
        """
        from hadimg.report.fit import plot_fit

        return plot_fit(self)


def _plain(value: Any) -> Any:
    """Return arrays and tuples as lists, which is what they are in JSON."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return dict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _rebuilt(name: str, value: Any) -> Any:
    """Return an entry of plain data as what the result holds."""
    if value is None:
        return None
    if name == "mask":
        return mask_from_dict(value)
    if name == "history":
        return tuple(Step(line[0], line[1], line[2], line[3], tuple(line[4])) for line in value)
    if name in MATRICES:
        return np.array(value, dtype=np.float64)
    return tuple(value) if isinstance(value, list) else value
