"""Completion is written from the parser, and each shell understands it."""

from __future__ import annotations

import shutil
import subprocess

import pytest
import shtab

from hadimg.cli.completion import SHELLS, verbs_of
from hadimg.cli.main import VERBS, build_parser

SYNTAX_CHECKS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "-n"], "tcsh": ["tcsh", "-f", "-n"]}


def complete(*words: str) -> list[str]:
    """Return what bash offers for the last word of a command line."""
    script = SHELLS["bash"](verbs_of(build_parser()))
    asked = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hadimg; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\n{asked}", "bash", *words], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_understands_its_script(shell, call, tmp_path):
    """The printed script has no syntax error for the shell that it is made for."""
    code, out, _ = call("--print-completion", shell)
    assert code == 0
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    script = tmp_path / "completion"
    script.write_text(out)
    done = subprocess.run([*SYNTAX_CHECKS[shell], str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_and_option_is_offered(shell):
    """Nothing that the parser knows is left out of any script."""
    parser = build_parser()
    script = SHELLS[shell](verbs_of(parser))
    for name, verb in parser.verbs().items():
        assert name in script
        flags = [flag for action in verb.options() for flag in action.option_strings if flag.startswith("--")]
        assert all(flag[2:] in script for flag in flags)


def test_bash_offers_what_shtab_offers():
    """An independent generator, given the same parser, knows the same verbs and options."""
    theirs = shtab.complete(build_parser(), "bash")
    for name, verb in build_parser().verbs().items():
        offered = complete("hadimg", name, "-")
        assert all(flag in offered for action in verb.options() for flag in action.option_strings)
        assert all(flag in theirs for flag in offered)


def test_bash_completes():
    """What is typed so far is completed to verbs, options and choices; file names are left to the shell."""
    assert complete("hadimg", "") == [*VERBS, "-h", "--help", "-V", "--version", "--print-completion"]
    assert complete("hadimg", "di") == ["dim"]
    assert complete("hadimg", "dim", "photos", "--re") == ["--recursive", "--resume"]
    assert complete("hadimg", "remove", "--max") == ["--max-gain"]
    assert complete("hadimg", "--print-completion", "") == list(SHELLS)
    assert complete("hadimg", "dim", "pho") == []
    assert complete("hadimg", "dim", "-o", "-") == []


def test_unknown_shell(call):
    """A shell that nothing is written for is refused, and the known ones are named."""
    code, out, err = call("--print-completion", "powershell")
    assert (code, out) == (2, "")
    assert all(shell in err for shell in SHELLS)
    assert err.count("\n") == 1
