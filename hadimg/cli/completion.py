"""Shell completion, written from the parser: one function a shell, each text from the same list of verbs."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from hadimg.cli import screen
from hadimg.cli.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SHELLS", "PrintCompletion", "Verb", "bash", "fish", "tcsh", "verbs_of", "zsh"]


class Option(NamedTuple):
    """An option as a shell sees it."""

    flags: tuple[str, ...]
    summary: str
    takes_value: bool
    choices: tuple[str, ...]


class Verb(NamedTuple):
    """A verb and its options; the empty name stands for the program before any verb."""

    name: str
    summary: str
    options: tuple[Option, ...]

    def flags(self, *, with_value: bool | None = None) -> list[str]:
        """Return the flags of all options, or only those that take a value, or only those that take none."""
        return [
            flag
            for option in self.options
            for flag in option.flags
            if with_value is None or option.takes_value is with_value
        ]


def verbs_of(parser: Parser) -> list[Verb]:
    """Return the program itself, named by the empty text, and its verbs."""
    parsers = {"": parser, **parser.verbs()}
    return [Verb(name, _brief(one.summary), _options(one)) for name, one in parsers.items()]


def _options(parser: Parser) -> tuple[Option, ...]:
    return tuple(
        Option(
            tuple(action.option_strings),
            _brief(action.help),
            action.nargs != 0,
            tuple(str(choice) for choice in action.choices or ()),
        )
        for action in parser.options()
    )


def _brief(text: str | None) -> str:
    """Return the first clause of a text, without any character that a shell would want quoted."""
    clause = re.split(r"[:;(]", text or "", maxsplit=1)[0].strip()
    return "".join(char for char in clause if char not in "'\"`$\\[]%")


def bash(verbs: list[Verb]) -> str:
    """Return the completion script for bash (3.2 or newer)."""
    program, *rest = verbs
    names = " ".join(verb.name for verb in rest)
    lines = [f"        :*) words='{names} {' '.join(program.flags())}' ;;"]
    lines += [f"        {verb.name}:*) words='{' '.join(verb.flags())}' ;;" for verb in rest]
    values = [
        f"        {verb.name}:{flag}) {_bash_value(option)} ;;"
        for verb in verbs
        for option in verb.options
        if option.takes_value
        for flag in option.flags
    ]
    cases = "\n".join([*values, *lines])
    return f"""\
# bash completion for hadimg; put it into your ~/.bashrc as: eval "$(hadimg --print-completion bash)"
_hadimg() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} verb= words=
    COMPREPLY=()
    if [ "$COMP_CWORD" -gt 1 ]; then verb=${{COMP_WORDS[1]}}; fi
    case "$verb" in -*) verb= ;; esac
    case "$verb:$previous" in
{cases}
    esac
    case "$verb:$current" in [a-z]*:-*|:*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;; esac
}}
complete -o bashdefault -o default -F _hadimg hadimg
"""


def _bash_value(option: Option) -> str:
    if not option.choices:
        return "return"
    return f"COMPREPLY=($(compgen -W '{' '.join(option.choices)}' -- \"$current\")); return"


def zsh(verbs: list[Verb]) -> str:
    """Return the completion script for zsh."""
    program, *rest = verbs
    described = " ".join(f"'{verb.name}:{verb.summary}'" for verb in rest)
    cases = "\n".join(f"        {verb.name}) _arguments -s {_zsh_options(verb)} '*:file:_files' ;;" for verb in rest)
    return f"""\
#compdef hadimg
# zsh completion for hadimg; put it into your ~/.zshrc, after compinit, as: eval "$(hadimg --print-completion zsh)"
_hadimg() {{
    local -a verbs
    verbs=({described})
    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
        _describe verb verbs
        return
    fi
    if [[ $words[2] == -* ]]; then
        _arguments {_zsh_options(program)}
        return
    fi
    local verb=$words[2]
    shift words
    (( CURRENT-- ))
    case $verb in
{cases}
    esac
}}
compdef _hadimg hadimg
"""


def _zsh_options(verb: Verb) -> str:
    words = []
    for option in verb.options:
        value = ""
        if option.takes_value:
            value = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
        words += [f"'{flag}[{option.summary}]{value}'" for flag in option.flags]
    return " ".join(words)


def fish(verbs: list[Verb]) -> str:
    """Return the completion script for fish."""
    lines = [
        "# fish completion for hadimg; as: hadimg --print-completion fish > ~/.config/fish/completions/hadimg.fish"
    ]
    for verb in verbs:
        place = f"__fish_seen_subcommand_from {verb.name}" if verb.name else "__fish_use_subcommand"
        if verb.name:
            lines.append(f"complete -c hadimg -n __fish_use_subcommand -f -a {verb.name} -d '{verb.summary}'")
        for option in verb.options:
            flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
            value = f" -x -a '{' '.join(option.choices)}'" if option.choices else " -r -F" if option.takes_value else ""
            lines.append(f"complete -c hadimg -n '{place}' {flags}{value} -d '{option.summary}'")
    return "\n".join(lines) + "\n"


def tcsh(verbs: list[Verb]) -> str:
    """Return the completion command for tcsh, which cannot tell verbs apart: it offers the options of all."""
    program, *rest = verbs
    names = " ".join(verb.name for verb in rest)
    flags = sorted({flag[2:] for verb in verbs for flag in verb.flags() if flag.startswith("--")})
    values = " ".join(
        f"'n/{option.flags[-1]}/({' '.join(option.choices)})/'" for option in program.options if option.choices
    )
    return f"""\
# tcsh completion for hadimg; put it into your ~/.tcshrc
complete hadimg 'c/--/({" ".join(flags)})/' {values} 'p/1/({names})/' 'p/*/f/'
"""


SHELLS: dict[str, Callable[[list[Verb]], str]] = {"bash": bash, "zsh": zsh, "fish": fish, "tcsh": tcsh}
"""Every shell that completion is written for."""


class PrintCompletion(argparse.Action):
    """The option ``--print-completion``: print the script and leave."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: Any = None) -> None:
        """Print the completion script for the shell named by ``values``."""
        del namespace, option_string
        assert isinstance(parser, Parser)
        screen.say(SHELLS[values](verbs_of(parser)).rstrip("\n"))
        parser.exit()
