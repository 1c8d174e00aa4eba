"""How a mask declares its parameters: default, bounds, unit and meaning in one place, read by everything else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["Parameter", "checked_number", "declared", "parameter"]

_KEY = "hadimg.parameter"


@dataclass(frozen=True)
class Parameter:
    """What is known of a parameter before it has a value.

    Parameters
    ----------
    lower, upper : float
        The closed range of its values.
    unit : str
        In words; empty for plain ratios.
    doc : str
        One line on what it means.
    """

    lower: float
    upper: float
    unit: str
    doc: str

    def check(self, name: str, value: object) -> float:
        """Return ``value`` as a float, or raise ArgumentError or ArgumentTypeError naming ``name``."""
        number = checked_number(name, value)
        if not self.lower <= number <= self.upper:
            raise ArgumentError(f"{name} must lie in {self.range_text()}, got {number!r}")
        return number

    def range_text(self) -> str:
        """Return the range as text, for messages and tables."""
        left = "(-inf" if self.lower == -math.inf else f"[{self.lower:g}"
        right = "inf)" if self.upper == math.inf else f"{self.upper:g}]"
        return f"{left}, {right}"


def checked_number(name: str, value: object) -> float:
    """Return a finite float, or raise an error that names the argument."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ArgumentTypeError(f"{name} must be a number, got {type(value).__name__} {value!r:.80}")
    number = float(value)
    if not math.isfinite(number):
        raise ArgumentError(f"{name} must be finite, got {number!r}")
    return number


def parameter(
    default: float,
    *,
    lower: float = -math.inf,
    upper: float = math.inf,
    unit: str = "",
    doc: str = "",
    last: bool = False,
) -> Any:
    """Declare a parameter of a mask as a dataclass field.

    Parameters
    ----------
    default : float
        Its value when nothing is said.
    lower, upper : float
        The closed range of its values.
    unit, doc : str
        Unit and meaning, for messages and tables.
    last : bool
        Whether it stands behind the family's own parameters and can be given by name only (centers do).

    Returns
    -------
    dataclasses.Field
        For the body of a frozen dataclass.
    """
    return field(default=default, kw_only=last, metadata={_KEY: Parameter(lower, upper, unit, doc)})


def declared(owner: Any) -> dict[str, Parameter]:
    """Return the parameters of a mask or of a family by name: its own first, then those declared as last."""
    own: list[Field[Any]] = [item for item in fields(owner) if _KEY in item.metadata]
    own.sort(key=lambda item: bool(item.kw_only))
    return {item.name: item.metadata[_KEY] for item in own}
