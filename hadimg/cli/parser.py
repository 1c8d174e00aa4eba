"""The argument parser: argparse for types and help, own words for what a user got wrong.

Before argparse sees a command line it is put in order: options first, each long and with its value, then ``--``, then
the operands. So options may stand anywhere, a mistyped one is noticed before its value is taken for a file name, and
the messages are the same on every version of Python.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, NoReturn

from hadimg.errors import ArgumentError, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Parser", "UsageError", "nearest"]

_NUMBER = re.compile(r"-\.?\d")
_BAD_VALUE = re.compile(r"^argument (?:-\w/)?(--[\w-]+): must ")


class UsageError(ArgumentError):
    """A command line that cannot be understood."""


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that ``word`` probably stands for, or None.

    Examples
    --------
    >>> nearest("--recusive", ["--recursive", "--resume"])
    '--recursive'
    >>> nearest("--over", ["--overwrite", "--output"])
    '--overwrite'
    """
    import difflib

    known = list(choices)
    word = word.lower()
    longer = [choice for choice in known if len(word) > 2 and choice.startswith(word)]
    if len(longer) == 1:
        return longer[0]
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.6)), None)


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError`, takes options anywhere and suggests the nearest name.

    Parameters
    ----------
    summary : str
        What the program or the verb does, in a few words.
    **settings
        As for `argparse.ArgumentParser`.
    """

    def __init__(self, *, summary: str = "", **settings: Any) -> None:
        self.summary = summary
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**{**settings, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with argparse's message and the place of the help."""
        said = _BAD_VALUE.sub(r"\1 must ", message).removeprefix("argument ")
        raise UsageError(printable(said), remedy=f"see {self.prog} --help")

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]  # argparse's overloads
        """Put the command line in order, then parse it."""
        words = deque(sys.argv[1:] if args is None else args)
        verbs = self.verbs()
        if verbs and not words:
            self.error(f"missing verb, one of {', '.join(verbs)}")
        return super().parse_known_args(self._with_verb(words, verbs) if verbs else self._ordered(words), namespace)

    def verbs(self) -> dict[str, Parser]:
        """Return the parser of each verb; empty for a verb's own parser."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 (the class has no public name)
                return dict(action.choices)
        return {}

    def options(self) -> list[argparse.Action]:
        """Return the options, in the order of the help."""
        return [action for action in self._actions if action.option_strings]

    def operands(self) -> list[argparse.Action]:
        """Return what is named without a dash, in the order of the help."""
        return [action for action in self._actions if not action.option_strings]

    def _with_verb(self, words: deque[str], verbs: dict[str, Parser]) -> list[str]:
        ordered = []
        while words and words[0].startswith("-") and words[0] != "-":
            ordered += self._option(words.popleft(), words)
        if words and words[0] not in verbs:
            self.error(self._unknown_verb(words[0], verbs))
        return [*ordered, *words]

    def _ordered(self, words: deque[str]) -> list[str]:
        ordered: list[str] = []
        operands: list[str] = []
        while words:
            word = words.popleft()
            if word == "--":
                operands += words
                break
            if word.startswith("-") and word != "-" and not _NUMBER.match(word):
                ordered += self._option(word, words)
            else:
                operands.append(word)
        if not {"-h", "--help"}.intersection(ordered):
            self._check_complete(ordered, operands)
        return [*ordered, "--", *operands] if operands else ordered

    def _option(self, word: str, rest: deque[str]) -> list[str]:
        """Return one option in its long form; its values are taken from ``rest``."""
        known = self._option_string_actions
        name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], "", word[2:])
        if name not in known or (value and f"-{word}" in known):
            self.error(self._unknown_option(word))
        action = known[name]
        long = max(action.option_strings, key=len)
        if action.nargs == 0:
            if equals:
                self.error(f"option {name} takes no value, got {printable(value)}")
            if value:
                rest.appendleft(f"-{value}")
            return [long]
        count = action.nargs if isinstance(action.nargs, int) else 1
        values = [value] if equals or value else []
        while len(values) < count and rest and rest[0] != "--" and rest[0].partition("=")[0] not in known:
            values.append(rest.popleft())
        if len(values) < count or "" in values:
            self.error(f"option {name} needs {_values(count)}: {name} {_metavar(action)}")
        return [f"{long}={values[0]}"] if count == 1 else [long, *values]

    def _check_complete(self, ordered: list[str], operands: list[str]) -> None:
        given = {word.partition("=")[0] for word in ordered}
        for action in self.options():
            if action.required and not given.intersection(action.option_strings):
                self.error(f"missing {action.option_strings[0]} {_metavar(action)}: {action.help}")
        wanted = self.operands()
        if len(operands) < len(wanted):
            action = wanted[len(operands)]
            if action.nargs != "?":
                self.error(f"missing {_metavar(action)}: {action.help}")
        if len(operands) > len(wanted) and all(action.nargs in (None, "?") for action in wanted):
            self.error(f"one word too many: {printable(operands[len(wanted)])}")

    def _unknown_option(self, word: str) -> str:
        known = self._option_string_actions
        name = word.partition("=")[0]
        guess = f"-{name}" if f"-{name}" in known else nearest(name, known)
        if guess is not None:
            return f"unknown option {printable(name)}, did you mean {guess}?"
        if os.path.lexists(word):
            return f"unknown option {printable(word)}; to name that file, put -- before it"
        return f"unknown option {printable(name)}"

    def _unknown_verb(self, word: str, verbs: Iterable[str]) -> str:
        shown = printable(word)
        option = f"--{word.lower()}"
        guess = option if option in self._option_string_actions else nearest(word, verbs)
        if guess is not None:
            return f"unknown verb {shown}, did you mean {guess}?"
        if os.path.lexists(word):
            return f"{shown} is not a verb; to darken it towards the edges: hadimg dim {shown} -o dimmed/"
        return f"unknown verb {shown}, expected one of {', '.join(verbs)}"


def _values(count: int) -> str:
    return "a value" if count == 1 else f"{count} values"


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    return action.metavar or action.dest.upper()
