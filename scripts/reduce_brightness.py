#!/usr/bin/env python3
"""Darken a folder of photographs towards the edges: the main job, as a program to read and change.

python scripts/reduce_brightness.py photos/ dimmed/
python3 scripts/with_venv.py python scripts/reduce_brightness.py sample_images/ dimmed/
"""

from __future__ import annotations

import argparse
import sys

try:
    from hadimg import masks
    from hadimg.batch import Outcome, Recipe, make_plan, run
    from hadimg.errors import HadimgError, printable
except ModuleNotFoundError as error:
    sys.exit(f"{error}; this sets everything up: python3 scripts/with_venv.py python {' '.join(sys.argv)}")

MASK = masks.ExponentialDecay(rate=1.0)  # or masks.parse("gaussian(sigma=0.7)"), or the product of several masks


def main() -> int:
    """Read the two folders from the command line, dim every picture, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", help="a folder of pictures, with folders in it, or one picture")
    parser.add_argument("dimmed", help="the folder for the results; files that stand there are kept")
    parser.add_argument("--strength", type=float, default=1.0, help="0 is no mask at all, 1 the whole mask (default 1)")
    args = parser.parse_args()
    try:
        recipe = Recipe(MASK.strength(args.strength))
        plan = make_plan([args.photos], args.dimmed, recursive=True)
        summary = run(plan, recipe, on_outcome=tell)
    except HadimgError as error:
        sys.exit(str(error))
    print(f"{summary.done} pictures dimmed, {summary.skipped} skipped, {summary.failed} failed")
    return 1 if summary.failed or summary.left else 0


def tell(outcome: Outcome) -> None:
    """Say what became of one picture."""
    print(outcome.message if outcome.reason else f"{printable(outcome.source)} -> {printable(outcome.target)}")


if __name__ == "__main__":
    sys.exit(main())
