"""The pieces of a mask text: numbers, names and signs, each with the column at which it stands."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from hadimg.errors import ArgumentError

__all__ = ["Token", "fail", "number_of", "tokens_of"]

NUMBER_LENGTH = 32

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[*/(),=\[\]]))",
    re.ASCII,
)


class Token(NamedTuple):
    """A piece of the text: its kind, its characters and the column at which it begins (from 1)."""

    kind: str
    text: str
    column: int


def fail(column: int, reason: str) -> ArgumentError:
    """Return the error that points at a column of the text."""
    return ArgumentError(
        f"mask text, column {column}: {reason}", remedy="example: exponential_decay(rate=1.2) * gaussian(sigma=0.7)"
    )


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text, closed by one of the kind ``end``."""
    found: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            place += len(text[place:]) - len(text[place:].lstrip())
            raise fail(place + 1, f"{text[place]!r} does not belong here")
        kind = match.lastgroup or ""
        column = match.start(kind) + 1
        if kind == "number" and len(match[kind]) > NUMBER_LENGTH:
            raise fail(column, f"a number must have at most {NUMBER_LENGTH} characters")
        found.append(Token(match[kind] if kind == "sign" else kind, match[kind], column))
        place = match.end()
    return [*found, Token("end", "", end + 1)]


def number_of(token: Token) -> float:
    """Return the value of a number token."""
    number = float(token.text)
    if not math.isfinite(number):
        raise fail(token.column, f"{token.text} is not finite")
    return number
