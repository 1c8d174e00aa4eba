"""What a caller says of parameters by name: which are fixed, tied or bounded, before anything is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.starts.polish import Box
from hadimg.fitting.ties import as_tie
from hadimg.masks.parameters import checked_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hadimg.fitting.gauge import Gauge
    from hadimg.fitting.ties import Tie
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Asked"]

GROUPS = {"center": ("center_row", "center_col")}
"""Words that stand for several parameters of every factor."""


class Asked:
    """The roles that a caller gives to the parameters of a mask, checked once.

    Parameters
    ----------
    mask : Mask
        Whose parameters they are; see `mask` for the same one with the values of fixed parameters.
    fixed : iterable of str, or dict of str to float
        Names of parameters that keep the mask's values, or the given ones. ``"center"`` stands for all centers.
    tied : dict of str to str or tie, optional
        Parameters that follow others.
    bounds : dict of str to (float, float), optional
        Closed bounds; None for none on that side. Those of the family hold besides.

    Examples
    --------
    >>> from hadimg import masks
    >>> asked = Asked(masks.Cos4(), fixed={"center": 0.4})
    >>> asked.fixed, asked.mask.center_row
    (('center_row', 'center_col'), 0.4)
    """

    def __init__(
        self,
        mask: Mask,
        fixed: Iterable[str] | Mapping[str, float] = (),
        tied: Mapping[str, Any] | None = None,
        bounds: Mapping[str, tuple[float | None, float | None]] | None = None,
    ) -> None:
        self.names = mask.names
        self.mask = mask
        self.fixed = self._fixed(fixed)
        self.ties: dict[str, Tie] = {}
        for name, tie in (tied or {}).items():
            for place in self._meant("tied", name):
                self.ties[place] = as_tie(place, tie)
        self.lower, self.upper = mask.bounds
        for name, pair in (bounds or {}).items():
            self._bound(name, pair)
        self.free = np.array([name not in self.fixed and name not in self.ties for name in self.names], bool)

    def box(self, gauge: Gauge) -> Box:
        """Return which parameters a start may choose; those that follow others are guessed, too."""
        held = {*self.fixed, *gauge.fixed}
        return Box(np.array([name not in held for name in self.names], bool), self.lower, self.upper)

    def parameters(self, mask: Mask, gauge: Gauge, names: tuple[str, ...]) -> ParameterMap:
        """Return the roles of all parameters of a mask that starts with these; others behind them are free.

        Parameters
        ----------
        mask : Mask
            Where the fit starts: this mask or one of more parameters.
        gauge : Gauge
            What is held besides.
        names : tuple of str
            Of the parameters of ``mask``.
        """
        lower, upper = mask.bounds
        lower[: len(self.lower)], upper[: len(self.upper)] = self.lower, self.upper
        return ParameterMap(
            names,
            mask.vector,
            lower,
            upper,
            fixed=(*self.fixed, *gauge.fixed),
            ties={**self.ties, **gauge.ties},
        )

    # ---- checks

    def _fixed(self, fixed: Iterable[str] | Mapping[str, float]) -> tuple[str, ...]:
        words = (fixed,) if isinstance(fixed, str) else fixed
        found: dict[str, float | None] = {}
        for word in words:
            value = fixed[word] if isinstance(fixed, Mapping) else None
            for name in self._meant("fixed", word):
                found[name] = None if value is None else checked_number(f"fixed: {name}", value)
        vector = self.mask.vector
        for name, number in found.items():
            if number is not None:
                vector[self.names.index(name)] = number
        self.mask = self.mask.with_vector(vector)
        return tuple(name for name in self.names if name in found)

    def _bound(self, word: str, pair: object) -> None:
        if not isinstance(pair, Sequence) or len(pair) != 2:
            raise ArgumentTypeError(f"bounds: {word} must have a lower and an upper bound, got {pair!r:.60}")
        low, high = pair
        for name in self._meant("bounds", word):
            k = self.names.index(name)
            least = -np.inf if low is None else float(low)
            most = np.inf if high is None else float(high)
            lower, upper = max(least, self.lower[k]), min(most, self.upper[k])
            if not lower < upper:
                raise ArgumentError(
                    f"bounds: {name} must leave room within {self.lower[k]:g} to {self.upper[k]:g}, "
                    f"got {low!r} to {high!r}",
                    remedy="to hold a parameter, name it in fixed",
                )
            self.lower[k], self.upper[k] = lower, upper

    def _meant(self, role: str, word: object) -> list[str]:
        """Return the parameters that a word stands for, or raise an error that guesses what was meant."""
        if isinstance(word, str):
            if word in self.names:
                return [word]
            members = GROUPS.get(word, ())
            found = [name for name in self.names if name.rpartition(".")[2] in members]
            if found:
                return found
        close = get_close_matches(str(word), self.names, n=1)
        known = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(self.names) or 'none'}"
        raise ArgumentError(f"{role}: {word!r:.80} is no parameter of the mask", remedy=known)
