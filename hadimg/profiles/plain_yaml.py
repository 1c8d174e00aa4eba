"""The plain part of YAML that tuning files use: keys, lists, numbers (as floats) and words; nothing that acts.

Anchors, aliases, tags, merge keys and block texts are refused by name, so that a small file stays small when read.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from hadimg.errors import FormatError, LimitError, UnsupportedError
from hadimg.profiles.numbers import plain_number

__all__ = ["parse_yaml"]

MOST_BYTES = 1 << 24
DEPTH = 20

_TOKEN = re.compile(
    r"""\s*("[^"\\]*"|'[^']*'|[\[\]{},]|:(?=\s|$)|(?:[^\[\]{},:"'\s]|:(?!\s|$)|[ \t]+(?=[^\[\]{},:\s]))+)"""
)
_ITEM = re.compile(r"-(\s|$)")
_ACTING = "&*!|>%@`"
_WORDS = {"": None, "null": None, "~": None, "true": True, "false": False}


class _Line(NamedTuple):
    number: int
    indent: int
    text: str


def parse_yaml(text: str) -> Any:
    r"""Return the dictionaries, lists, numbers and words of a plain YAML document.

    Parameters
    ----------
    text : str
        At most 16 MiB, nested 20 deep.

    Raises
    ------
    FormatError
        When the text is not understood, at the line it names, or a key stands twice.
    UnsupportedError
        When it uses anchors, aliases, tags or block texts.
    LimitError
        When it is too long or nested too deep.

    Examples
    --------
    >>> parse_yaml('version: 1\nalgorithms:\n  - Agc:\n  - Lsc:\n      sizes: [0.5, 0.5, ]')
    {'version': 1.0, 'algorithms': [{'Agc': None}, {'Lsc': {'sizes': [0.5, 0.5]}}]}
    """
    if len(text) > MOST_BYTES:
        raise LimitError(f"the text has {len(text)} characters, the limit is {MOST_BYTES}")
    reader = _Reader(_lines(text))
    value = reader.block(0, 0)
    if reader.line is not None:
        raise FormatError(f"line {reader.line.number}: the indentation fits nothing above")
    return value


def _lines(text: str) -> list[_Line]:
    """Return the lines that say something, lists in brackets joined to one line."""
    lines: list[_Line] = []
    open_brackets = 0
    parts: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        content = re.sub(r"(^|\s)#.*", "", raw).rstrip()
        body = content.lstrip(" ")
        if not body or (not open_brackets and body in ("---", "...")) or raw.startswith("%"):
            continue
        if "\t" in raw[: len(raw) - len(raw.lstrip())]:
            raise FormatError(f"line {number}: indentation must be spaces")
        if not open_brackets:
            lines.append(_Line(number, len(content) - len(body), ""))
        parts.append(body)
        open_brackets += sum(map(body.count, "[{")) - sum(map(body.count, "]}"))
        if open_brackets <= 0:
            lines[-1] = lines[-1]._replace(text=" ".join(parts))
            parts, open_brackets = [], 0
    if open_brackets:
        raise FormatError(f"line {lines[-1].number}: a bracket is not closed")
    return lines


class _Reader:
    """Reads lines from top to bottom."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._place = 0

    @property
    def line(self) -> _Line | None:
        """The next line, None at the end."""
        return self._lines[self._place] if self._place < len(self._lines) else None

    def block(self, indent: int, depth: int) -> Any:
        """Return what stands from the next line on, indented by at least ``indent``."""
        line = self.line
        if line is None or line.indent < indent:
            return None
        if depth > DEPTH:
            raise LimitError(f"line {line.number}: nested more than {DEPTH} deep")
        if _ITEM.match(line.text):
            return self._sequence(line.indent, depth)
        if _split(line.text) is not None:
            return self._mapping(line.indent, depth)
        self._place += 1
        return _value(line.text, line.number)

    def _sequence(self, indent: int, depth: int) -> list[Any]:
        items = []
        while (line := self.line) is not None and line.indent == indent and _ITEM.match(line.text):
            rest = line.text[1:].lstrip()
            if rest:  # the item begins on this line: read it as a line of its own, further in
                inner = line.indent + len(line.text) - len(rest)
                self._lines[self._place] = _Line(line.number, inner, rest)
                items.append(self.block(inner, depth + 1))
            else:
                self._place += 1
                items.append(self.block(indent + 1, depth + 1))
        return items

    def _mapping(self, indent: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (line := self.line) is not None and line.indent == indent:
            pair = _split(line.text)
            if pair is None:
                raise FormatError(f"line {line.number}: expected 'key: value', got {line.text[:40]!r}")
            key, value = pair
            if key in found:
                raise FormatError(f"line {line.number}: {key[:40]!r} stands twice")
            self._place += 1
            found[key] = _value(value, line.number) if value else self._below(indent, depth)
        return found

    def _below(self, indent: int, depth: int) -> Any:
        """Return the value of a key that stands on the lines below it; lists may stand right under their key."""
        line = self.line
        listed = line is not None and line.indent == indent and _ITEM.match(line.text)
        return self.block(indent if listed else indent + 1, depth + 1)


def _split(text: str) -> tuple[str, str] | None:
    """Return the key and the value of a line, None when it has no key."""
    if text[0] in "\"'":
        end = text.find(text[0], 1) + 1
    elif text[0] in _ACTING or text[0] in "[]{},":
        return None
    else:
        end = text.find(": ")
    end = len(text) - 1 if end < 1 else end
    if text[end : end + 1] != ":" or text[end + 1 : end + 2].strip():
        return None
    return text[:end].strip("\"' "), text[end + 1 :].strip()


def _value(text: str, number: int) -> Any:
    if text[0] not in "[{":
        return _scalar(text, number)
    tokens = _tokens(text, number)
    value = _flow(tokens, number, 0)
    if tokens:
        raise FormatError(f"line {number}: something follows the closing bracket: {tokens[-1][:40]!r}")
    return value


def _tokens(text: str, number: int) -> list[str]:
    """Return the tokens of a value in brackets, the first one last."""
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise FormatError(f"line {number}: {text[place : place + 40]!r} is not understood")
        tokens.append(match[1])
        place = match.end()
    return tokens[::-1]


def _flow(tokens: list[str], number: int, depth: int) -> Any:
    if depth > DEPTH:
        raise LimitError(f"line {number}: nested more than {DEPTH} deep")
    opening = _take(tokens, number)
    if opening not in ("[", "{"):
        return _scalar(opening, number)
    closing = "]" if opening == "[" else "}"
    items: list[Any] = []
    found: dict[str, Any] = {}
    while tokens and tokens[-1] != closing:
        if opening == "[":
            items.append(_flow(tokens, number, depth + 1))
        else:
            key = _take(tokens, number).strip("\"'")
            if _take(tokens, number) != ":" or key in found:
                raise FormatError(f"line {number}: the key {key[:40]!r} must stand once, before a colon")
            found[key] = _flow(tokens, number, depth + 1)
        if tokens and tokens[-1] != closing and _take(tokens, number) != ",":
            raise FormatError(f"line {number}: a comma is missing in brackets")
    _take(tokens, number)
    return items if opening == "[" else found


def _take(tokens: list[str], number: int) -> str:
    if not tokens:
        raise FormatError(f"line {number}: a bracket is not closed")
    return tokens.pop()


def _scalar(text: str, number: int) -> Any:
    if text[0] in "\"'":
        if len(text) < 2 or text[-1] != text[0] or text[0] in text[1:-1]:
            raise FormatError(f"line {number}: the quoted text {text[:40]!r} is not understood")
        return text[1:-1]
    if text[0] in _ACTING:
        raise UnsupportedError(f"line {number}: anchors, aliases, tags and block texts are not read, got {text[:40]!r}")
    if text[0] in "[]{},:":
        raise FormatError(f"line {number}: {text[:40]!r} is not understood")
    if text in _WORDS:
        return _WORDS[text]
    value = plain_number(text)
    return text if value is None else value
