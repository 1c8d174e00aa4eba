"""Kill `hadimg dim` at random moments, many times, and look at what is left.

After each kill every file at a final name must hold exactly the bytes that an undisturbed run writes there, every
original must be untouched, and the exit code and the leftovers must be those that the signal promises. Then
``--resume`` must finish the rest and leave nothing else behind.

    python scripts/stress/kill_batch.py --rounds 150

prints one line for each signal, and ends with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from hadimg.io import write_image

CODES = {"SIGINT": {130, -2}, "SIGTERM": {143, -15}, "SIGKILL": {-9}}
"""Exit codes; the negative ones while Python is still starting, when the signals do what they do to any program."""


def main() -> int:
    """Read the options, do the rounds, print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60, help="how many runs are killed (default 60)")
    parser.add_argument("--pictures", type=int, default=45, help="how many pictures each run has (default 45)")
    parser.add_argument("--seed", type=int, default=20140506, help="of the random moments")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 (nothing secret)
    seen: dict[str, Counter[str]] = {name: Counter() for name in CODES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = make_pictures(folder / "photos", options.pictures, options.seed)
        originals = contents(photos)
        subprocess.run(command(photos, folder / "whole"), check=True, capture_output=True)  # fills caches
        begun = time.monotonic()
        subprocess.run(command(photos, folder / "whole", "--overwrite"), check=True, capture_output=True)
        seconds = time.monotonic() - begun
        whole = contents(folder / "whole")
        for number in range(options.rounds):
            which = chance.choice(list(CODES))
            wrong = one_round(
                photos, folder / f"out{number}", whole, which, chance.uniform(0.3, 1.0) * seconds, seen[which]
            )
            if contents(photos) != originals:
                wrong.append("an original was changed")
            for text in wrong:
                print(f"round {number}, {which}: {text}")
            seen[which]["wrong"] += len(wrong)
    for which, counts in seen.items():
        print(which, ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return 1 if any(counts["wrong"] for counts in seen.values()) else 0


def make_pictures(folder: Path, count: int, seed: int) -> Path:
    """Make pictures of three formats and several sizes."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    for number in range(count):
        height = int(rng.integers(50, 900))
        ramp = np.linspace(0, 200, height)[:, None, None] + rng.normal(0, 10, (height, 2 * height // 3, 3))
        pixels = np.clip(ramp, 0, 255).astype(np.uint8)
        write_image(folder / f"{number:03}{('.jpg', '.png', '.tif')[number % 3]}", pixels)
    return folder


def command(photos: Path, out: Path, *more: str) -> list[str]:
    """Return the command of one run."""
    return [sys.executable, "-m", "hadimg", "dim", str(photos), "-o", str(out), "--jobs", "2", *more]


def contents(folder: Path) -> dict[str, bytes]:
    """Return what every file holds that is not hidden."""
    if not folder.exists():
        return {}
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def hidden(folder: Path) -> set[str]:
    """Return what kinds of hidden files there are."""
    names = {path.name for path in folder.iterdir() if path.name.startswith(".")} if folder.exists() else set()
    return {"part" if name.endswith(".part") else name for name in names}


def one_round(
    photos: Path, out: Path, whole: dict[str, bytes], which: str, moment: float, seen: Counter[str]
) -> list[str]:
    """Kill one run, look at what it left, let the next one finish, and return everything that was wrong."""
    wrong = []
    with subprocess.Popen(command(photos, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        time.sleep(moment)
        child.send_signal(getattr(signal, which))
        begun = time.monotonic()
        code = child.wait(60)
    seen["runs"] += 1
    if time.monotonic() - begun > 2.0:
        wrong.append(f"it took {time.monotonic() - begun:.1f} s to end")
    made = contents(out)
    seen["files whole"] += len(made)
    torn = [name for name, data in made.items() if data != whole[name]]
    if torn:
        wrong.append(f"torn files: {torn}")
    if code == 0 and len(made) == len(whole):
        seen["ended before the signal"] += 1
    elif code not in CODES[which]:
        wrong.append(f"exit code {code}")
    if "part" in hidden(out):
        seen["left temporaries"] += 1
        if which != "SIGKILL":
            wrong.append("a temporary was left")
    again = command(photos, out, "--resume")
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        wrong.append(f"the next run ended with {done.returncode}: {done.stderr.strip()[:200]}")
    if contents(out) != whole:
        wrong.append("the next run did not finish the rest")
    if hidden(out) - {".hadimg-journal.jsonl"}:
        wrong.append(f"the next run left {hidden(out)}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
