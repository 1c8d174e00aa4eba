"""What a parameter can be to a fit besides free or fixed: a function of others, or free on another scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["SCALES", "GeneralTie", "LinearTie", "Scale", "Tie", "as_tie"]

CUBE_ROOT = float(np.finfo(np.float64).eps) ** (1 / 3)
AGREEMENT = 1e-6
"""How far a given derivative may lie from differences, relative to itself."""
ROUNDING = 1e-9
"""What the differences themselves are wrong by, relative to what the largest term gives for the step."""


class Tie(Protocol):
    """A parameter as a function of other parameters."""

    @property
    def of(self) -> tuple[str, ...]:
        """Names of the parameters that it depends on."""
        ...

    def value(self, values: Float) -> float:
        """Return the parameter from the values of those in `of`."""
        ...

    def slope(self, values: Float) -> Float:
        """Return its derivative by each of those in `of`."""
        ...

    def bend(self, values: Float) -> Float | None:
        """Return its second derivative, shape (k, k); None where that is zero everywhere."""
        ...


@dataclass(frozen=True, init=False)
class LinearTie:
    """A weighted sum of other parameters and a constant.

    Parameters
    ----------
    factors : dict of str to float
        The weight of each parameter, by its name.
    offset : float
        The constant.

    Examples
    --------
    >>> tie = LinearTie({"stddev": 4.0})
    >>> tie.of, tie.value(np.array([1.3]))
    (('stddev',), 5.2)
    """

    factors: tuple[tuple[str, float], ...]
    offset: float

    def __init__(self, factors: Mapping[str, float], offset: float = 0.0) -> None:
        numbers = [*factors.values(), offset]
        if not factors or not all(math.isfinite(number) for number in numbers):
            raise ArgumentError(f"a linear tie needs finite factors of at least one parameter, got {factors!r:.80}")
        object.__setattr__(self, "factors", tuple((name, float(factor)) for name, factor in factors.items()))
        object.__setattr__(self, "offset", float(offset))

    @property
    def of(self) -> tuple[str, ...]:
        """Names of the parameters in the sum."""
        return tuple(name for name, _ in self.factors)

    def value(self, values: Float) -> float:
        """Return the sum."""
        return float(self.slope(values) @ values) + self.offset

    def slope(self, values: Float) -> Float:  # noqa: ARG002 (a plane is as steep everywhere)
        """Return the factors."""
        return np.array([factor for _, factor in self.factors])

    def bend(self, values: Float) -> None:  # noqa: ARG002 (a plane is flat everywhere)
        """Return None: a sum does not bend."""
        return


@dataclass(frozen=True)
class GeneralTie:
    """Any smooth function of other parameters, with its derivative, which is checked against differences once.

    Parameters
    ----------
    of : tuple of str
        Names of the parameters that it depends on.
    function : callable
        From their values, shape (k,), to the value of the tied parameter.
    derivative : callable
        From their values to the derivative by each, shape (k,).
    second : callable, optional
        From their values to the second derivative, shape (k, k); by default differences of ``derivative``. Only the
        full Hessian needs it, no solver does.

    Examples
    --------
    >>> tie = GeneralTie(("a", "b"), lambda v: v[0] * v[1], lambda v: v[::-1])
    >>> tie.value(np.array([2.0, 3.0])), tie.slope(np.array([2.0, 3.0]))
    (6.0, array([3., 2.]))
    """

    of: tuple[str, ...]
    function: Callable[[Float], Any]
    derivative: Callable[[Float], Any]
    second: Callable[[Float], Any] | None = None

    def value(self, values: Float) -> float:
        """Return the function's value."""
        return float(self.function(values.copy()))

    def slope(self, values: Float) -> Float:
        """Return the derivative as it was given."""
        slope = np.asarray(self.derivative(values.copy()), dtype=np.float64)
        if slope.shape != values.shape:
            raise ArgumentError(f"the derivative of a tie must have shape {values.shape}, got {slope.shape}")
        return slope

    def bend(self, values: Float) -> Float:
        """Return the second derivative, made symmetric."""
        if self.second is None:
            bend = np.array(differences(self.slope, values))
        else:
            bend = np.asarray(self.second(values.copy()), dtype=np.float64)
        symmetric: Float = (bend + bend.T) / 2
        return symmetric

    def check(self, name: str, values: Float) -> None:
        """Raise ArgumentError when the derivative is not that of the function at ``values``."""
        given, measured = self.slope(values), np.array(differences(self.value, values))
        size = np.abs(np.where(values == 0, 1.0, values))
        rounding = ROUNDING * max(abs(self.value(values)), float(np.abs(measured * size).max())) / size
        excess = np.abs(given - measured) - AGREEMENT * np.abs(measured) - rounding
        worst = int(np.argmax(excess))
        if not excess[worst] <= 0:
            raise ArgumentError(
                f"the derivative of the tie of {name} by {self.of[worst]} must be {measured[worst]:.9g} at "
                f"{values.tolist()}, got {given[worst]:.9g}",
                remedy="give the derivative of the function itself",
            )


def differences(function: Callable[[Float], Any], values: Float) -> list[Any]:
    """Return central differences by each value, with steps relative to that value (1 where it is zero)."""
    found = []
    for k, value in enumerate(values):
        step = CUBE_ROOT * (abs(value) or 1.0)
        up, down = values.copy(), values.copy()
        up[k], down[k] = value + step, value - step
        found.append((function(up) - function(down)) / (up[k] - down[k]))
    return found


class Scale(NamedTuple):
    """Another scale to fit a parameter on, between its bounds ``lower`` and ``upper``.

    Parameters
    ----------
    inward : callable
        From a value and its bounds to the number that the solver moves.
    outward : callable
        From that number and the bounds to the value and its first and second derivatives.
    needs : str
        The bounds without which the scale has no sense, in words.
    """

    inward: Callable[[float, float, float], float]
    outward: Callable[[float, float, float], tuple[float, float, float]]
    needs: str


def _log_inward(value: float, lower: float, upper: float) -> float:  # noqa: ARG001 (scales have one form)
    return math.log(value - lower) if value > lower else -math.inf


def _log_outward(number: float, lower: float, upper: float) -> tuple[float, float, float]:  # noqa: ARG001
    above = float(np.exp(number))
    return lower + above, above, above


def _logit_inward(value: float, lower: float, upper: float) -> float:
    if not lower < value < upper:
        return -math.inf if value <= lower else math.inf
    return math.log((value - lower) / (upper - value))


def _logit_outward(number: float, lower: float, upper: float) -> tuple[float, float, float]:
    share = 0.5 * (1.0 + math.tanh(0.5 * number))
    slope = share * (1.0 - share) * (upper - lower)
    return lower + share * (upper - lower), slope, slope * (1.0 - 2.0 * share)


SCALES = {
    "log": Scale(_log_inward, _log_outward, "a finite lower bound"),
    "logit": Scale(_logit_inward, _logit_outward, "two finite bounds"),
}
"""The scales that a parameter can be fitted on: the logarithm above its lower bound, the logit between both."""


def as_tie(name: str, tie: object) -> Tie:
    """Return a tie; the name of another parameter stands for being equal to it."""
    if isinstance(tie, str):
        return LinearTie({tie: 1.0})
    if isinstance(tie, (LinearTie, GeneralTie)):
        return tie
    raise ArgumentTypeError(
        f"the tie of {name} must be the name of a parameter, a LinearTie or a GeneralTie, got {type(tie).__name__}"
    )
