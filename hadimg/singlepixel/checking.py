"""What the settings of a method must be; each refusal names the setting, the rule and the value."""

from __future__ import annotations

import math

from hadimg.errors import ArgumentError
from hadimg.masks.parameters import checked_number
from hadimg.singlepixel.choosing import whole

__all__ = ["count", "number"]


def number(
    name: str,
    value: object,
    *,
    lower: float = -math.inf,
    upper: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """Return a finite number within bounds.

    Examples
    --------
    >>> number("mu", 0.5, lower=0.0, upper=1.0)
    0.5
    """
    found = checked_number(name, value)
    rules = [f"at least {lower:g}"] * (lower > -math.inf) + [f"above {above:g}"] * (above > -math.inf)
    rules += [f"at most {upper:g}"] * (upper < math.inf) + [f"below {below:g}"] * (below < math.inf)
    if not (lower <= found <= upper and above < found < below):
        raise ArgumentError(f"{name} must be {' and '.join(rules)}, got {found!r}")
    return found


def count(name: str, value: object) -> int:
    """Return a whole number of at least 1."""
    return whole(name, value, lower=1)
