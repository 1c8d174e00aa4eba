"""The text form of masks, as the command line takes it: read by a tokenizer of our own, never evaluated.

``exponential_decay(rate=1.2) * linear_gradient(angle=30, low=0.4)``

.. code-block:: text

    mask    = term { ("*" | "/") term }
    term    = base [ "**" number ]
    base    = number | family [ "(" [ argument { "," argument } ] ")" ] | "(" mask ")"
    argument = [ name "=" ] ( number | "true" | "false" | word | list | mask )
    list    = "[" [ ( number | list ) { "," ( number | list ) } ] "]"
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from hadimg.errors import ArgumentError, HadimgError
from hadimg.masks.array import Array
from hadimg.masks.base import Mask
from hadimg.masks.compose import Product, Reciprocal, as_mask, product
from hadimg.masks.families import class_of
from hadimg.masks.parameters import Choice, settings
from hadimg.masks.per_channel import PerChannel
from hadimg.masks.power import Power
from hadimg.masks.tokens import Token, fail, number_of, tokens_of

__all__ = ["format_mask", "parse"]

TEXT_BYTES = 1 << 16
FACTORS = 100
NESTING = 20


def parse(text: str) -> Mask:
    """Return the mask that a text describes.

    Parameters
    ----------
    text : str
        Families with their parameters, joined by ``*`` and ``/``, raised by ``**``; at most 64 KiB, 100 factors, nested
        20 deep.

    Returns
    -------
    Mask
        ``parse(str(mask)) == mask`` for every mask.

    Raises
    ------
    ArgumentError
        When the text is not understood, at the column it names, or a parameter breaks its rule.

    Examples
    --------
    >>> parse("exponential_decay(rate=1.2) / 2").weights((1, 1))
    array([[0.5]])
    >>> parse("gaussian(sigma=0.7")
    Traceback (most recent call last):
    ...
    hadimg.errors.ArgumentError: mask text, column 19: expected ',' or ')', the text ends \
(example: exponential_decay(rate=1.2) * gaussian(sigma=0.7))
    """
    if not isinstance(text, str):
        raise ArgumentError(f"mask text must be a string, got {type(text).__name__}")
    if len(text) > TEXT_BYTES:
        raise ArgumentError(f"mask text must have at most {TEXT_BYTES} characters, got {len(text)}")
    reader = _Reader(tokens_of(text))
    mask = reader.mask(0)
    reader.expect("end")
    return mask


class _Reader:
    """Reads tokens from left to right; each method reads one rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._factors = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place += token.kind != "end"
        return token

    def expect(self, *kinds: str) -> Token:
        token = self._take()
        if token.kind not in kinds:
            words = " or ".join("the end" if kind == "end" else repr(kind) for kind in kinds)
            found = "the text ends" if token.kind == "end" else f"got {token.text[:40]!r}"
            raise fail(token.column, f"expected {words}, {found}")
        return token

    def mask(self, depth: int) -> Mask:
        if depth > NESTING:
            raise fail(self._next.column, f"masks are nested more than {NESTING} deep")
        factors = [self._term(depth)]
        while self._next.kind in ("*", "/"):
            sign = self._take()
            term = self._term(depth)
            if sign.kind == "/" and len(factors) == 1 and factors[0] == as_mask(1.0):
                factors = []
            factors.append(term if sign.kind == "*" else Reciprocal(term))
        return product(*factors)

    def _term(self, depth: int) -> Mask:
        token = self._take()
        self._factors += 1
        if self._factors > FACTORS:
            raise fail(token.column, f"a mask text may hold at most {FACTORS} factors")
        try:
            base = self._base(token, depth)
            if self._next.kind != "**":
                return base
            self._take()
            return Power(base, number_of(self.expect("number")))
        except HadimgError as error:
            if error.reason.startswith("mask text"):
                raise
            raise ArgumentError(f"mask text, column {token.column}: {error.reason}", remedy=error.remedy) from error

    def _base(self, token: Token, depth: int) -> Mask:
        if token.kind == "number":
            return as_mask(number_of(token))
        if token.kind == "(":
            inner = self.mask(depth + 1)
            self.expect(")")
            return inner
        if token.kind == "name":
            return self._family(token, depth)
        found = "the text ends" if token.kind == "end" else f"got {token.text[:40]!r}"
        raise fail(token.column, f"expected a family, a number or '(', {found}")

    def _family(self, token: Token, depth: int) -> Mask:
        family = class_of(token.text)
        positional, named = self._arguments(family, depth) if self._next.kind == "(" else ([], {})
        if issubclass(family, (Product, PerChannel)):
            if named:
                raise ArgumentError(f"{family.family} takes masks without names, got {min(named)!r}")
            return family(*positional)
        known = sorted((item for item in fields(family) if item.init), key=lambda item: bool(item.kw_only))  # type: ignore[arg-type]
        places = [item.name for item in known if not item.kw_only]
        if len(positional) > len(places):
            raise ArgumentError(f"{family.family} takes at most {len(places)} values without names")
        arguments = dict(zip(places, positional, strict=False))
        for name, value in named.items():
            if name in arguments:
                raise ArgumentError(f"{family.family}: {name} is given twice")
            if name not in {item.name for item in known}:
                raise ArgumentError(
                    f"{family.family} has no parameter {name!r}, only {', '.join(i.name for i in known)}"
                )
            arguments[name] = value
        for item in known:
            if item.default is MISSING and item.name not in arguments:
                raise ArgumentError(f"{family.family} needs {item.name}")
        return family(**arguments)

    def _arguments(self, family: type[Mask], depth: int) -> tuple[list[Any], dict[str, Any]]:
        words = [name for name, rule in settings(family).items() if isinstance(rule, Choice)]
        positional: list[Any] = []
        named: dict[str, Any] = {}
        self.expect("(")
        while self._next.kind != ")":
            name = self._argument_name()
            value = self.expect("name").text if name and name.text in words else self._value(depth)
            if name is None and named:
                raise fail(self._next.column, "a value without a name cannot follow one with a name")
            if name is None:
                positional.append(value)
            elif name.text in named:
                raise fail(name.column, f"{name.text} is given twice")
            else:
                named[name.text] = value
            if self._next.kind != ")":
                self.expect(",", ")")
        self.expect(")")
        return positional, named

    def _argument_name(self) -> Token | None:
        if self._next.kind == "name" and self._tokens[self._place + 1].kind == "=":
            name = self._take()
            self._take()
            return name
        return None

    def _value(self, depth: int) -> Any:
        token = self._next
        if token.kind == "[":
            return self._list(depth)
        if token.kind == "name" and token.text in ("true", "false"):
            return self._take().text == "true"
        if token.kind == "number" and self._tokens[self._place + 1].kind in (",", ")"):
            return number_of(self._take())
        return self.mask(depth + 1)

    def _list(self, depth: int) -> list[Any]:
        start = self.expect("[")
        if depth > NESTING:
            raise fail(start.column, f"lists are nested more than {NESTING} deep")
        items: list[Any] = []
        while self._next.kind != "]":
            items.append(self._list(depth + 1) if self._next.kind == "[" else number_of(self.expect("number")))
            if self._next.kind != "]":
                self.expect(",", "]")
        self.expect("]")
        return items


def format_mask(mask: Mask) -> str:
    """Return the text form of a mask; `parse` reads it back exactly.

    Examples
    --------
    >>> format_mask(parse("gaussian( 0.70 )*0.5"))
    'gaussian(sigma=0.7, aspect=1, angle=0, center_row=0.5, center_col=0.5) * constant(value=0.5)'
    """
    if isinstance(mask, Product):
        return " * ".join(format_mask(factor) for factor in mask.factors)
    if isinstance(mask, PerChannel):
        return f"{mask.family}({', '.join(map(format_mask, mask.masks))})"
    shown = []
    order = sorted(fields(mask), key=lambda item: bool(item.kw_only))  # type: ignore[arg-type]
    for item in order:
        value = getattr(mask, item.name)
        text = format_mask(value) if isinstance(value, Mask) else _format_value(mask, value)
        shown.append(text if isinstance(value, Mask) else f"{item.name}={text}")
    return f"{mask.family}({', '.join(shown)})"


def _format_value(mask: Mask, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(mask, Array):
        rows = (", ".join(map(_format_number, row)) for row in value.tolist())
        return f"[{', '.join(f'[{row}]' for row in rows)}]"
    if isinstance(value, tuple):
        return f"[{', '.join(_format_value(mask, item) for item in value)}]"
    return _format_number(value)


def _format_number(value: float) -> str:
    return repr(value).removesuffix(".0")
