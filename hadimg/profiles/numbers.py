"""Plain numbers in texts from outside."""

from __future__ import annotations

import math
import re

__all__ = ["plain_number"]

LONGEST = 64

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def plain_number(text: str) -> float | None:
    """Return the finite number that a text is, None when it is none or longer than 64 characters.

    Examples
    --------
    >>> plain_number("-1.5e-3"), plain_number("nan"), plain_number("1_000"), plain_number("1e999")
    (-0.0015, None, None, None)
    """
    if len(text) > LONGEST or _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None
