"""Help is complete, prints at once and needs no library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hadimg import __version__
from hadimg.cli.main import VERBS, build_parser


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb(verb, call):
    """Every verb's help shows its usage, two or more examples that parse, and what each option means."""
    code, out, err = call(verb, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: hadimg {verb} ")
    assert out.isascii()
    examples = out.split("examples:\n")[1].strip().splitlines()
    assert len(examples) >= 2
    assert all(example.strip().startswith(f"hadimg {verb}") for example in examples)
    parser = build_parser().verbs()[verb]
    assert all(action.help for action in (*parser.options(), *parser.operands()))


def test_examples_of_the_help_parse():
    """Whoever copies an example from the help gets no error about the command line."""
    import shlex

    parser = build_parser()
    for module in VERBS.values():
        for line in module.EXAMPLES.splitlines()[1:]:
            words = shlex.split(line.split(" > ")[0])
            assert parser.parse_args(words[1:]).run is module.run


def test_help_is_printed_even_when_something_is_missing(call):
    """``--help`` beside an incomplete command line still helps."""
    assert call("dim", "--help").code == 0
    assert call("apply", "photos", "-h").code == 0


def test_help_names_all_verbs(call):
    """The first screen lists every verb, two examples or more, and the exit codes."""
    code, out, _ = call("--help")
    assert code == 0
    assert all(f"\n    {verb} " in out for verb in VERBS)
    assert out.count("  hadimg ") >= 2
    assert "exit codes: 0" in out


def test_version(call):
    """``--version`` prints one line on stdout."""
    assert call("--version") == (0, f"hadimg {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["dim", "--help"], ["--version"], ["dim", "--typo"]])
def test_light_commands_import_no_library(arguments):
    """Help, version and errors answer at once: not even NumPy is imported."""
    heavy = ["numpy", "cv2", "numba", "scipy", "PIL", "tqdm", "logging", "hadimg.masks", "hadimg.io", "hadimg.batch"]
    program = (
        f"import sys; from hadimg.cli.main import main; main({arguments!r}); "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
