"""From the few numbers that a solver moves to the full vector of parameters, and derivatives along the same way.

No matrix can show whether its variables are independent: here it is said. The independent vector ``xi`` (F,) holds the
free parameters, the full vector ``theta`` (P,) all of them; ``theta = full(xi)`` and the Jacobian of that, (F, P) in
the slides' layout, chains every derivative: rows ``A @ J.T``, gradients ``J @ g``, Gauss-Newton matrices
``J @ G @ J.T``. A fixed parameter's column is zero; a tied one's is *added* to those that it follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.roles import check_roles, check_start, in_order, vector_for
from hadimg.fitting.ties import SCALES, GeneralTie, LinearTie, Scale, as_tie

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.ties import Tie
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["ParameterMap"]

ROUNDINGS = 100
"""More than the steps from one float to the next by which a division and a product can miss each other."""


class ParameterMap:
    """What each parameter is to a fit: free, fixed, tied to others, or free on another scale.

    Everything is checked here, once: names, values inside bounds, ties that go in circles, derivatives of ties.

    Parameters
    ----------
    names : sequence of str
        Names of the P parameters.
    values : array_like, shape (P,)
        Where the fit starts; fixed parameters keep their value, tied ones get theirs from the others.
    lower, upper : array_like, shape (P,)
        Closed bounds. Those of a parameter that is tied to one free parameter by a factor become bounds of the free
        one; all other tied parameters are checked by `outside`.
    fixed : collection of str
        Names of parameters that do not move.
    ties : dict of str to Tie or str
        Parameters that follow others: `LinearTie`, `GeneralTie`, or just the name of the parameter to be equal to.
    scales : dict of str to str
        Free parameters to be moved on another scale, ``"log"`` or ``"logit"``.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When a name is unknown or has two roles, a value is not finite or outside of its bounds, ties go in a circle,
        or the derivative of a tie is wrong.

    Examples
    --------
    >>> parameters = ParameterMap(("a", "b", "c"), (1, 2, 3), (0, 0, 0), (9, 9, 9), fixed=("c",), ties={"b": "a"})
    >>> parameters.free, parameters.full(np.array([5.0]))
    (('a',), array([5., 5., 3.]))
    >>> parameters.jacobian(np.array([5.0]))
    array([[1., 1., 0.]])
    """

    def __init__(
        self,
        names: Sequence[str],
        values: ArrayLike,
        lower: ArrayLike,
        upper: ArrayLike,
        *,
        fixed: Collection[str] = (),
        ties: Mapping[str, Tie | str] | None = None,
        scales: Mapping[str, str] | None = None,
    ) -> None:
        self.names = tuple(names)
        self.fixed = frozenset((fixed,) if isinstance(fixed, str) else fixed)
        self.ties = {name: as_tie(name, tie) for name, tie in (ties or {}).items()}
        self._at = {name: k for k, name in enumerate(self.names)}
        check_roles(self.names, self.fixed, self.ties, scales or {})
        self._values, self.lower, self.upper = (vector_for(self.names, part) for part in (values, lower, upper))
        self._scales = {self._at[name]: SCALES[kind] for name, kind in (scales or {}).items()}
        self.free = tuple(name for name in self.names if name not in self.fixed and name not in self.ties)
        self._free_at = np.array([self._at[name] for name in self.free], dtype=np.intp)
        self._order = in_order(self.ties)
        starts = zip(self._values.tolist(), self.lower.tolist(), self.upper.tolist(), strict=True)
        untied = {name: start for name, start in zip(self.names, starts, strict=True) if name not in self.ties}
        check_start(untied, scales or {})
        self._values = self.full(self.independent(self._values))
        self._check()

    @classmethod
    def of_mask(
        cls,
        mask: Mask,
        *,
        fixed: Collection[str] = (),
        ties: Mapping[str, Tie | str] | None = None,
        scales: Mapping[str, str] | None = None,
    ) -> ParameterMap:
        """Return the map of a mask's parameters, from their present values and within their bounds.

        Examples
        --------
        >>> from hadimg import masks
        >>> ParameterMap.of_mask(masks.Cos4(30), fixed=("center_row", "center_col")).free
        ('half_field_angle',)
        """
        return cls(mask.names, mask.vector, *mask.bounds, fixed=fixed, ties=ties, scales=scales)

    # ---- what a solver asks

    @property
    def start(self) -> Float:
        """The independent vector at which the fit begins, shape (F,)."""
        return self.independent(self._values)

    @property
    def bounds(self) -> tuple[Float, Float]:
        """Lower and upper bounds of the independent vector, each of shape (F,)."""
        lower, upper = self._tightened()
        return self.independent(lower), self.independent(upper)

    @property
    def scaled(self) -> frozenset[str]:
        """Names of the parameters that are free on another scale."""
        return frozenset(self.names[k] for k in self._scales)

    @property
    def linear(self) -> bool:
        """Whether the full vector is a linear function of the independent one, so that its second term vanishes."""
        return not self._scales and not any(isinstance(tie, GeneralTie) for tie in self.ties.values())

    def independent(self, theta: ArrayLike) -> Float:
        """Return the independent vector of a full one: what is fixed or tied in it is not looked at."""
        free = np.asarray(theta, dtype=np.float64)[self._free_at]
        for f, k, scale in self._scaled():
            free[f] = scale.inward(float(free[f]), float(self.lower[k]), float(self.upper[k]))
        return free

    def full(self, xi: Float) -> Float:
        """Return all P parameters from the F independent numbers."""
        theta = self._values.copy()
        theta[self._free_at] = xi
        for f, k, scale in self._scaled():
            theta[k] = scale.outward(float(xi[f]), self.lower[k], self.upper[k])[0]
        for name in self._order:
            tie = self.ties[name]
            theta[self._at[name]] = tie.value(theta[self._places(tie)])
        return theta

    def jacobian(self, xi: Float) -> Float:
        """Return the derivative of `full`, shape (F, P): row f, column k is ``d theta[k] / d xi[f]``."""
        theta = self.full(xi)
        matrix = np.zeros((len(self.free), len(self.names)))
        matrix[np.arange(len(self.free)), self._free_at] = 1.0
        for f, k, scale in self._scaled():
            matrix[f, k] = scale.outward(float(xi[f]), self.lower[k], self.upper[k])[1]
        for name in self._order:
            tie = self.ties[name]
            places = self._places(tie)
            matrix[:, self._at[name]] = matrix[:, places] @ tie.slope(theta[places])
        return matrix

    def second_order(self, xi: Float, gradient: Float) -> Float:
        """Return what the Hessian by ``xi`` has besides ``J @ H @ J.T``: the sum of ``gradient[k]`` times the bends.

        Parameters
        ----------
        xi : ndarray, shape (F,)
            Independent vector.
        gradient : ndarray, shape (P,)
            Derivative of the cost by each of all parameters.

        Returns
        -------
        ndarray, shape (F, F)
            Zero for fixed parameters and linear ties; a Hessian without it is wrong for all others.
        """
        theta, matrix = self.full(xi), self.jacobian(xi)
        shares = np.array(gradient, dtype=np.float64)
        result = np.zeros((len(self.free), len(self.free)))
        for name in reversed(self._order):
            tie = self.ties[name]
            places, share = self._places(tie), shares[self._at[name]]
            bend = tie.bend(theta[places])
            if bend is not None:
                result += share * (matrix[:, places] @ bend @ matrix[:, places].T)
            np.add.at(shares, places, share * tie.slope(theta[places]))
        for f, k, scale in self._scaled():
            result[f, f] += shares[k] * scale.outward(float(xi[f]), self.lower[k], self.upper[k])[2]
        return result

    def outside(self, theta: Float) -> str | None:
        """Return the name of the first tied parameter that lies outside of its bounds, or None."""
        for name in self._order:
            k = self._at[name]
            if not self.lower[k] - _slack(self.lower[k]) <= theta[k] <= self.upper[k] + _slack(self.upper[k]):
                return name
        return None

    # ---- inside

    def _check(self) -> None:
        """Raise ArgumentError where bounds leave no room, or a tie leaves its bounds or has a wrong derivative."""
        tied = {self._at[name] for name in self.ties}
        for k, name in enumerate(self.names):
            room = self.lower[k] < self.upper[k] or (name in self.fixed and self.lower[k] == self.upper[k])
            if k not in tied and not room:
                raise ArgumentError(f"the bounds of {name} must leave room, got {self.lower[k]:g} to {self.upper[k]:g}")
        beyond = self.outside(self._values)
        if beyond is not None:
            k = self._at[beyond]
            raise ArgumentError(
                f"{beyond} must lie within {self.lower[k]:g} to {self.upper[k]:g}, its tie gives {self._values[k]:g}",
                remedy=f"start {', '.join(self.ties[beyond].of)} elsewhere",
            )
        for name, low, high in zip(self.free, *self.bounds, strict=True):
            if not low < high:
                raise ArgumentError(
                    f"the bounds of {name} and of what is tied to it leave no room, {low:g} to {high:g}"
                )
        for name, tie in self.ties.items():
            if isinstance(tie, GeneralTie):
                tie.check(name, self._values[self._places(tie)])

    def _places(self, tie: Tie) -> list[int]:
        return [self._at[name] for name in tie.of]

    def _scaled(self) -> list[tuple[int, int, Scale]]:
        return [(f, int(k), self._scales[int(k)]) for f, k in enumerate(self._free_at) if int(k) in self._scales]

    def _tightened(self) -> tuple[Float, Float]:
        """Return the bounds of all parameters, with those of the ones tied by a factor as bounds of what they follow.

        Ties are looked at from the last to the first, so that bounds pass through ties of ties.
        """
        lower, upper = self.lower.copy(), self.upper.copy()
        for name in reversed(self._order):
            tie = self.ties[name]
            if not isinstance(tie, LinearTie) or len(tie.factors) > 1 or tie.factors[0][1] == 0:
                continue
            k, source = self._at[name], self._at[tie.of[0]]
            low, high = _source_bounds(tie, lower[k], upper[k])
            lower[source], upper[source] = max(lower[source], low), min(upper[source], high)
        return lower, upper


def _source_bounds(tie: LinearTie, lower: float, upper: float) -> tuple[float, float]:
    """Return the bounds of what a parameter is tied to by a factor: the last numbers at which the tie gives no more."""
    ends = sorted((bound - tie.offset) / tie.factors[0][1] for bound in (lower, upper))
    for k, inward in enumerate((np.inf, -np.inf)):
        for _ in range(ROUNDINGS):
            if not np.isfinite(ends[k]) or lower <= tie.value(np.array([ends[k]])) <= upper:
                break
            ends[k] = float(np.nextafter(ends[k], inward))
    return ends[0], ends[1]


def _slack(bound: float) -> float:
    """Return what rounding may put a tied parameter beyond its bound."""
    return 1e-12 * abs(bound) if np.isfinite(bound) else 0.0
