#!/usr/bin/env python3
"""Run a command of this project in its own environment, which is made and kept up to date on the way.

    python3 scripts/with_venv.py hadimg dim sample_images/ -o dimmed/
    python3 scripts/with_venv.py pytest
    python3 scripts/with_venv.py --with peers pytest -m peer

``--with`` names one more group of dependencies of pyproject.toml to be installed before the command.

The first run makes ``.venv`` beside pyproject.toml and installs the project into it; later runs start at once. The
command runs in the folder of the project, and its exit code is the exit code here. Nothing but Python 3.11 and pip
has to be there: the environment is made empty and filled from outside, so Debian's python3-venv is not needed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
HOST = sys.executable if Path(sys.prefix) != VENV else getattr(sys, "_base_executable", sys.executable)
"""The Python that makes the environment: this one, unless it is the environment's own."""

OLDEST_PYTHON = (3, 11)
OLDEST_PIP = (22, 3)  # the first that installs into another environment
GROUPS = {"pytest": ["test"], "ruff": ["lint"], "mypy": ["lint", "test"]}
"""Which dependency groups a command needs beside the project itself."""

UNFINISHED = {"root": "an installation began here and did not end"}


def main(command: list[str]) -> int:
    """Prepare the environment, then become the command."""
    if sys.version_info < OLDEST_PYTHON:
        return refuse(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}", "try python3.11 or python3.12"
        )
    more = []
    if command[:1] == ["--with"]:
        more, command = command[1:2], command[2:]
    if not command:
        return refuse("no command given", "for example: python3 scripts/with_venv.py pytest")
    try:
        with only_one():
            prepare([*GROUPS.get(command[0], []), *more])
    except KeyboardInterrupt:
        return refuse("interrupted", "run it again, it goes on from here", status=130)
    except PreparationError as problem:
        return refuse(*problem.args)
    except OSError as error:
        return refuse(str(error), f"is {ROOT} yours to write to?")
    return become(command)


class PreparationError(Exception):
    """What keeps the environment from being made, and the way out."""


def refuse(what: str, way_out: str, *, status: int = 2) -> int:
    """Say in one line what is wrong, and return the exit code."""
    print(f"with_venv: error: {what} ({way_out})", file=sys.stderr)
    return status


def tell(line: str) -> None:
    """Say what takes time, and why."""
    print(f"with_venv: {line}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Wait until no other run of this program prepares the same environment."""
    try:
        import fcntl
    except ImportError:  # Windows: two first runs at the same time are not guarded there
        yield
        return
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            tell("waiting for another run that prepares .venv")
            with contextlib.suppress(OSError):  # some network mounts have no locks
                fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def prepare(groups: list[str]) -> None:
    """Make ``.venv`` hold the project and ``groups``, with as little work as possible."""
    before = read_stamp()
    after: dict[str, Any] = {
        "root": str(ROOT),
        "python": os.path.realpath(PYTHON) if PYTHON.exists() else "",
        "pyproject": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
        "groups": sorted({*before.get("groups", []), *groups}),
    }
    if after == before:
        return
    moved = bool(before) and any(before.get(key) != after[key] for key in ("root", "python"))
    if moved or not is_environment():
        before = {}
        make_environment()
        after["python"] = os.path.realpath(PYTHON)
    for group in groups:
        group_members(group)  # refuses names that are not there
    write_stamp(UNFINISHED)  # whoever kills the installation leaves this behind, and the next run starts afresh
    try:
        install(after["groups"], first=not before)
    except PreparationError:
        write_stamp(before)
        raise
    write_stamp(after)


def read_stamp() -> dict[str, Any]:
    """Return what the last finished installation wrote down; empty when there was none."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict[str, Any]) -> None:
    """Write down what is installed, whole or not at all."""
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    part.replace(STAMP)


def is_environment() -> bool:
    """Return whether ``.venv`` is an environment that works; it may be one that somebody else made."""
    if not PYTHON.exists():
        return False
    question = f"import sys; print(sys.prefix != sys.base_prefix and sys.version_info >= {OLDEST_PYTHON})"
    return last_line(run([str(PYTHON), "-c", question]).stdout) == "True"


def make_environment() -> None:
    """Make an empty environment, in place of the unfinished, broken or moved one that may be there."""
    if VENV.is_symlink() or VENV.is_file():
        raise PreparationError(f"{VENV} is no folder", "move it away and run this again")
    tell("repairing the environment .venv" if VENV.exists() else "making the environment .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    done = run([HOST, "-m", "venv", "--without-pip", str(VENV)])
    if done.returncode != 0 or not PYTHON.exists():
        raise PreparationError(
            f"the environment cannot be made: {last_line(done.stdout)}",
            "apt install python3-venv, or use another Python",
        )


def install(groups: list[str], *, first: bool) -> None:
    """Install the project, its libraries and the dependency groups."""
    names = ["pip", *(name for group in groups for name in group_members(group))]  # pip: for what users add
    why = "once, some 300 MB to download" if first else "pyproject.toml has changed, or more is needed"
    tell(f"installing hadimg and its libraries ({why})")
    command = [*pip(), "install", "--progress-bar", "off", "--editable", str(ROOT), *names]
    env = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    process = subprocess.Popen(command, env=env, **SAID)
    with LOG.open("w", encoding="utf-8") as log, process:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            show_progress(line)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if process.returncode != 0:
        lines = [line.strip() for line in LOG.read_text(encoding="utf-8").splitlines()]
        reason = next((line[7:] for line in lines if line.startswith("ERROR: ")), "pip failed")
        raise PreparationError(
            f"the libraries cannot be installed: {reason}", f"is there a network? all that pip said is in {LOG}"
        )


def show_progress(line: str) -> None:
    """Show on one line of a terminal what pip is at, in place of what was shown before."""
    words = line.split()
    if (
        not sys.stderr.isatty()
        or words[:1] not in (["Collecting"], ["Downloading"], ["Installing"])
        or "build" in words
    ):
        return
    name = words[1].rsplit("/", 1)[-1] if words[0] != "Installing" else "all of them"
    print(f"\r\x1b[K  {words[0].lower()} {name}"[:80], end="", file=sys.stderr, flush=True)


def pip() -> list[str]:
    """Return a command that installs into the environment."""
    done = run([HOST, "-m", "pip", "--version"])
    version = done.stdout.split()[1:2]
    if done.returncode == 0 and version and tuple(map(int, version[0].split(".")[:2])) >= OLDEST_PIP:
        return [HOST, "-m", "pip", "--python", str(PYTHON)]
    if run([str(PYTHON), "-m", "ensurepip"]).returncode == 0:
        return [str(PYTHON), "-m", "pip"]
    raise PreparationError("pip is missing or older than 22.3", "apt install python3-pip")


def group_members(group: str) -> list[str]:
    """Return the requirements of a dependency group of pyproject.toml."""
    import tomllib

    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    if group not in table:
        raise PreparationError(f"pyproject.toml has no dependency group {group!r}", f"it has {', '.join(table)}")
    members: list[str] = []
    for entry in table[group]:
        members += group_members(entry["include-group"]) if isinstance(entry, dict) else [entry]
    return members


SAID: dict[str, Any] = {"stdout": PIPE, "stderr": STDOUT, "encoding": "utf-8", "errors": "replace"}
"""How another program's words are read, all in one stream."""


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command and return what it said."""
    return subprocess.run(command, check=False, **SAID)


def last_line(text: str) -> str:
    """Return the last line that is not empty."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def become(command: list[str]) -> int:
    """Run the command in the environment, in the folder of the project, in place of this program."""
    env = dict(os.environ, VIRTUAL_ENV=str(VENV), PATH=f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    env.pop("PYTHONHOME", None)
    program = shutil.which(command[0], path=env["PATH"])
    if program is None:
        return refuse(f"there is no command {command[0]}", "for example: hadimg, pytest, python")
    if Path.cwd() != ROOT:
        tell(f"running in {ROOT}")
    os.chdir(ROOT)
    if os.name == "posix":
        os.execve(program, [program, *command[1:]], env)  # noqa: S606 (what the user asked for)
    # Elsewhere a process cannot become another.
    return subprocess.call([program, *command[1:]], env=env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
