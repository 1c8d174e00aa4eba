"""The small programs in scripts/: the environment that sets itself up, and the main job to read and change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hadimg import masks, read_image

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "hadimg"
version = "1"

[dependency-groups]
test = ["pytest", { include-group = "more" }]
more = []
"""

BACKEND = '''\
"""Build an editable wheel whose one command says where it runs and ends with the number that it is given."""
import os, sys
sys.path.insert(0, os.environ["WHEELS"])
from wheels import write_wheel

def build_editable(folder, config_settings=None, metadata_directory=None):
    return write_wheel(folder, "hadimg")
'''

WHEELS = '''\
"""Write a wheel of one module with one command, both with the name of the project."""
import os, zipfile

def write_wheel(folder, name):
    info = f"{name}-1.dist-info"
    files = {
        f"{name}.py": (
            "import os, sys\\n"
            f"def main():\\n    print({name!r}, os.getcwd(), sys.prefix)\\n    return int((sys.argv + ['0'])[1])\\n"
        ),
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/entry_points.txt": f"[console_scripts]\\n{name} = {name}:main\\n",
    }
    record = "".join(f"{path},,\\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, f"{name}-1-py3-none-any.whl"), "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)
    return f"{name}-1-py3-none-any.whl"
'''


class Repository:
    """A tiny project with the script, which installs without a network."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wheels = root.parent / "wheels"
        (root / "scripts").mkdir(parents=True)
        self.wheels.mkdir()
        shutil.copy(SCRIPTS / "with_venv.py", root / "scripts")
        (root / "pyproject.toml").write_text(PYPROJECT)
        (root / "backend.py").write_text(BACKEND)
        (self.wheels / "wheels.py").write_text(WHEELS)
        space: dict = {}
        exec(compile(WHEELS, "wheels.py", "exec"), space)
        for name in ("pip", "pytest"):
            space["write_wheel"](self.wheels, name)

    def run(self, *command: str, online: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the script from another folder; ``online`` says whether anything can be installed."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        env |= {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels) if online else str(self.root),
            "WHEELS": str(self.wheels),
        }
        return subprocess.run(
            [sys.executable, self.root / "scripts" / "with_venv.py", *command],
            env=env,
            cwd=self.root.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Make a project in a folder with a blank in its name."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs pip")
    return Repository(tmp_path / "my project")


def test_first_and_later_runs(repository):
    """The first run makes the environment; later ones start at once, install nothing, and pass the exit code on."""
    first = repository.run("hadimg")
    venv = repository.root / ".venv"
    assert first.stdout == f"hadimg {repository.root} {venv}\n", first.stderr
    assert first.returncode == 0
    assert "with_venv: making the environment .venv\n" in first.stderr
    again = repository.run("hadimg", "7", online=False)
    assert (again.returncode, again.stdout) == (7, first.stdout)
    assert again.stderr == f"with_venv: running in {repository.root}\n"


def test_tests_get_their_group(repository):
    """The command pytest brings the dependency group of the tests with it, and the project stays installed."""
    done = repository.run("pytest")
    assert done.stdout == f"pytest {repository.root} {repository.root / '.venv'}\n", done.stderr
    assert repository.run("hadimg", online=False).returncode == 0
    unknown = repository.run("no-such-command", online=False)
    assert unknown.returncode == 2
    assert unknown.stderr.splitlines()[-1].startswith("with_venv: error: there is no command no-such-command (")


def test_a_command_gets_the_group_that_is_asked_for(repository):
    """A group may be named before the command; one that is not there is refused, and the project stays installed."""
    assert repository.run("--with", "test", "pytest").returncode == 0
    assert repository.run("pytest", online=False).returncode == 0
    refused = repository.run("--with", "best", "pytest")
    assert refused.returncode == 2
    expected = "with_venv: error: pyproject.toml has no dependency group 'best' (it has test, more)"
    assert refused.stderr.splitlines()[-1] == expected
    assert repository.run("hadimg", online=False).returncode == 0
    assert repository.run("--with", "test").returncode == 2


def test_changed_project_is_installed_again(repository):
    """A change of pyproject.toml is noticed; when it cannot be installed, one line says so and nothing is lost."""
    assert repository.run("hadimg").returncode == 0
    pyproject = repository.root / "pyproject.toml"
    pyproject.write_text(PYPROJECT.replace("requires = []", 'requires = ["pytest"]'))
    failed = repository.run("hadimg", online=False)
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-1].startswith("with_venv: error: the libraries cannot be installed: ")
    changed = repository.run("hadimg")
    assert changed.returncode == 0
    assert "pyproject.toml has changed" in changed.stderr
    assert "making" not in changed.stderr


@pytest.mark.parametrize("damage", ["killed", "half", "moved"])
def test_broken_environment_is_repaired(repository, damage):
    """What an interrupted or moved installation left behind is made anew, without a question."""
    venv = repository.root / ".venv"
    (venv / "bin").mkdir(parents=True)
    if damage == "half":
        (venv / "bin" / "python").symlink_to("nowhere")
    else:
        (venv / "bin" / "python").symlink_to(sys.executable)
        root = "elsewhere" if damage == "moved" else "an installation began here and did not end"
        (venv / "installed.json").write_text(json.dumps({"root": root}))
    done = repository.run("hadimg")
    assert done.returncode == 0, done.stderr
    assert "with_venv: repairing the environment .venv\n" in done.stderr


def test_own_environment_is_kept(repository):
    """A .venv that the user made is filled, not replaced."""
    venv = repository.root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (venv / "mine").touch()
    assert repository.run("hadimg").returncode == 0
    assert (venv / "mine").exists()


def test_refusals(repository):
    """What cannot be done is one line with the way out."""
    assert repository.run().stderr.startswith("with_venv: error: no command given (")
    (repository.root / ".venv").touch()
    done = repository.run("hadimg")
    assert done.returncode == 2
    assert done.stderr.endswith(".venv is no folder (move it away and run this again)\n")


def test_reduce_brightness(tmp_path, rng):
    """The example program dims a tree of pictures as the command line does, and its exit code tells of failures."""
    photos = tmp_path / "photos"
    (photos / "more").mkdir(parents=True)
    pixels = rng.integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(pixels).save(photos / "more" / "a.png")
    command = [sys.executable, SCRIPTS / "reduce_brightness.py", photos, tmp_path / "dimmed"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("1 pictures dimmed, 0 skipped, 0 failed\n")
    expected = np.rint(pixels * masks.ExponentialDecay().weights((40, 60))[..., None])
    with Image.open(tmp_path / "dimmed" / "more" / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), expected)
    (photos / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{photos}/bad.png: " in done.stdout
    missing = subprocess.run([*command[:2], "nowhere", "out"], capture_output=True, text=True, check=False)
    assert missing.returncode == 1
    assert missing.stderr.startswith("nowhere: no such file or folder")


def test_encode_image(tmp_path, rng):
    """The example program encodes a folder of pictures, says what that cost, and its exit code tells of failures."""
    photos = tmp_path / "photos"
    photos.mkdir()
    pixels = rng.integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(pixels).save(photos / "a.png")
    command = [sys.executable, SCRIPTS / "encode_image.py", photos, tmp_path / "encoded", "--quality", "100"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "a.hadi: " in done.stdout
    assert "bits per pixel, without loss, 8x5 from the first " in done.stdout
    np.testing.assert_array_equal(read_image(tmp_path / "encoded" / "a.hadi").pixels, pixels)
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "the file exists" in again.stdout
