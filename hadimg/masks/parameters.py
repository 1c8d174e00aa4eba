"""How a mask declares its parameters: default, bounds, unit and meaning in one place, read by everything else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from dataclasses import Field

__all__ = [
    "Choice",
    "Coefficients",
    "Parameter",
    "checked_number",
    "choice",
    "coefficients",
    "declared",
    "parameter",
    "setting",
    "settings",
]

_KEY = "hadimg.parameter"
_SETTING = "hadimg.setting"


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

    def check(self, name: str, value: object) -> Any:
        """Return ``value`` as a float, or raise ArgumentError or ArgumentTypeError naming ``name``."""
        number = checked_number(name, value)
        if not self.lower <= number <= self.upper:
            raise ArgumentError(f"{name} must lie in {self.range_text()}, got {number!r}")
        return number

    def labels(self, name: str, value: Any) -> list[str]:  # noqa: ARG002 (numbers need no more than their name)
        """Return one name for each number of a value."""
        return [name]

    def flatten(self, value: Any) -> list[float]:
        """Return the numbers of a value in order."""
        return [value]

    def rebuild(self, value: Any, numbers: Sequence[float]) -> Any:  # noqa: ARG002 (numbers have no shape)
        """Return a value of the same shape that holds other numbers."""
        return numbers[0]

    def range_text(self) -> str:
        """Return the range as text, for messages and tables."""
        left = "(-inf" if self.lower == -math.inf else f"[{self.lower:g}"
        right = "inf)" if self.upper == math.inf else f"{self.upper:g}]"
        return f"{left}, {right}"


@dataclass(frozen=True)
class Coefficients(Parameter):
    """What is known of a row or a table of numbers; its values are tuples, or tuples of tuples.

    Parameters
    ----------
    dimensions : int
        1 for a row, 2 for a table.
    least : int
        The smallest length in each dimension.
    """

    dimensions: int = 1
    least: int = 1

    def check(self, name: str, value: object) -> Any:
        """Return ``value`` as tuples of floats, or raise an error that names the number that breaks the rule."""
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if not isinstance(value, (list, tuple)):
            raise ArgumentTypeError(f"{name} must be {self._kind()}, got {type(value).__name__} {value!r:.80}")
        if len(value) < self.least:
            raise ArgumentError(f"{name} must hold at least {self.least} numbers a side, got {len(value)}")
        if self.dimensions == 1:
            return tuple(super(Coefficients, self).check(f"{name}[{k}]", number) for k, number in enumerate(value))
        row = Coefficients(self.lower, self.upper, self.unit, self.doc, dimensions=1, least=self.least)
        rows = tuple(row.check(f"{name}[{k}]", part) for k, part in enumerate(value))
        if len({len(part) for part in rows}) != 1:
            raise ArgumentError(f"{name} must have rows of equal length, got {sorted({len(part) for part in rows})}")
        return rows

    def labels(self, name: str, value: Any) -> list[str]:
        """Return ``name[k]`` or ``name[i,j]`` for each number."""
        if self.dimensions == 1:
            return [f"{name}[{k}]" for k in range(len(value))]
        return [f"{name}[{i},{j}]" for i, row in enumerate(value) for j in range(len(row))]

    def flatten(self, value: Any) -> list[float]:
        """Return the numbers, row by row."""
        return list(value) if self.dimensions == 1 else [number for row in value for number in row]

    def rebuild(self, value: Any, numbers: Sequence[float]) -> Any:
        """Return tuples of the same shape that hold other numbers."""
        if self.dimensions == 1:
            return tuple(numbers)
        width = len(value[0])
        return tuple(tuple(numbers[start : start + width]) for start in range(0, len(numbers), width))

    def _kind(self) -> str:
        return "a row of numbers" if self.dimensions == 1 else "rows of numbers"


@dataclass(frozen=True)
class Choice:
    """What is known of a setting that is one of a few words.

    Parameters
    ----------
    options : tuple of str
        All of them.
    """

    options: tuple[str, ...]

    def check(self, name: str, value: object) -> str:
        """Return ``value`` if it is one of the words, or raise an error that names all of them."""
        if not isinstance(value, str):
            raise ArgumentTypeError(f"{name} must be a word, got {type(value).__name__} {value!r:.80}")
        if value not in self.options:
            raise ArgumentError(f"{name} must be one of {', '.join(map(repr, self.options))}, got {value!r:.80}")
        return value


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


def coefficients(
    default: Any,
    *,
    dimensions: int = 1,
    least: int = 1,
    lower: float = -math.inf,
    upper: float = math.inf,
    unit: str = "",
    doc: str = "",
) -> Any:
    """Declare a row or a table of parameters of a mask as a dataclass field.

    Parameters
    ----------
    default : tuple
        Its numbers when nothing is said.
    dimensions : int
        1 for a row, 2 for a table.
    least : int
        The smallest length in each dimension.
    lower, upper, unit, doc
        As for `parameter`, for each number.

    Returns
    -------
    dataclasses.Field
        For the body of a frozen dataclass. Its values are tuples, so that masks stay comparable and cannot change.
    """
    rule = Coefficients(lower, upper, unit, doc, dimensions=dimensions, least=least)
    return field(default=default, metadata={_KEY: rule})


def setting(default: Any, rule: Parameter) -> Any:
    """Declare a number, row or table that belongs to a mask but is no parameter: nothing is differentiated by it.

    Parameters
    ----------
    default : float or tuple
        Its value when nothing is said.
    rule : Parameter or Coefficients
        What is known of it.
    """
    return field(default=default, kw_only=True, metadata={_SETTING: rule})


def choice(default: str, options: tuple[str, ...]) -> Any:
    """Declare a setting that is one of a few words; the text form has it without quotes.

    Parameters
    ----------
    default : str
        The word when nothing is said.
    options : tuple of str
        All of them; names in the sense of Python.
    """
    return field(default=default, kw_only=True, metadata={_SETTING: Choice(options)})


def settings(owner: Any) -> dict[str, Parameter | Choice]:
    """Return the settings of a mask or of a family by name."""
    return {item.name: item.metadata[_SETTING] for item in fields(owner) if _SETTING in item.metadata}


def declared(owner: Any) -> dict[str, Parameter]:
    """Return the parameters of a mask or of a family by name: its own first, then those declared as last."""
    own: list[Field[Any]] = [item for item in fields(owner) if _KEY in item.metadata]
    own.sort(key=lambda item: bool(item.kw_only))
    return {item.name: item.metadata[_KEY] for item in own}
