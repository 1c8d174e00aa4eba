"""The parameters of a mask as names, values, bounds and units, and the mask with other values."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.masks.parameters import declared, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from hadimg.masks.parameters import Parameter

    Float = NDArray[np.float64]

__all__ = ["Parametrised"]


class Parametrised:
    """A frozen dataclass whose fields are declared by `hadimg.masks.parameters`, checked when it is made.

    Several parameters are one vector to whoever fits them; rows and tables of numbers count number by number.
    """

    family: ClassVar[str]
    """The name in the table of families and in the text form."""

    def __post_init__(self) -> None:
        for name, rule in (declared(self) | settings(self)).items():
            checked = rule.check(f"{self.family}: {name}", getattr(self, name))
            object.__setattr__(self, name, checked)

    def _each(self, one: Callable[[str, Parameter, Any], list[Any]]) -> list[Any]:
        """Return what ``one`` lists for each declared parameter, one after the other."""
        return [item for name, rule in declared(self).items() for item in one(name, rule, getattr(self, name))]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of `vector` and `jacobian`."""
        return tuple(self._each(lambda name, rule, value: rule.labels(name, value)))

    @property
    def vector(self) -> Float:
        """Values of the parameters, shape (P,)."""
        return np.array(self._each(lambda _, rule, value: rule.flatten(value)), dtype=np.float64)

    @property
    def bounds(self) -> tuple[Float, Float]:
        """Lower and upper bounds of the parameters, each of shape (P,)."""
        pairs = self._each(lambda _, rule, value: [(rule.lower, rule.upper)] * len(rule.flatten(value)))
        lower, upper = np.array(pairs, dtype=np.float64).reshape(-1, 2).T.copy()
        return lower, upper

    @property
    def units(self) -> tuple[str, ...]:
        """Units of the parameters in words, in the order of `names`."""
        return tuple(self._each(lambda _, rule, value: [rule.unit] * len(rule.flatten(value))))

    def with_vector(self, vector: ArrayLike) -> Self:
        """Return the mask with other parameter values.

        Parameters
        ----------
        vector : array_like, shape (P,)
            In the order of `names`.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.Constant(1.0).with_vector([0.25])
        Constant(value=0.25)
        """
        values = np.asarray(vector, dtype=np.float64)
        if values.shape != (len(self.names),):
            raise ArgumentError(f"vector must hold {len(self.names)} values {self.names}, got shape {values.shape}")
        return self._with_values([float(value) for value in values])

    def _with_values(self, values: list[float]) -> Self:
        changes = {}
        for name, rule in declared(self).items():
            value = getattr(self, name)
            size = len(rule.flatten(value))
            changes[name] = rule.rebuild(value, values[:size])
            values = values[size:]
        return self.replace(**changes)

    def replace(self, **changes: Any) -> Self:
        """Return the mask with some fields changed.

        Examples
        --------
        >>> from hadimg import masks
        >>> masks.ExponentialDecay(rate=1.2).replace(rate=0.9).rate
        0.9
        """
        known = [item.name for item in fields(self)]  # type: ignore[arg-type]
        for name in changes:
            if name not in known:
                raise ArgumentError(f"{self.family} has no field {name!r}, only {', '.join(known) or 'none'}")
        return replace(self, **changes)  # type: ignore[type-var]
