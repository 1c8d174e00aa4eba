#!/usr/bin/env python3
"""Find the shading of a lens from a picture of an evenly lit field, and take it off other pictures.

python scripts/fit_mask.py flat.tif photos/ corrected/
python3 scripts/with_venv.py python scripts/fit_mask.py flat.tif photos/ corrected/
"""

from __future__ import annotations

import argparse
import sys

try:
    from hadimg import masks
    from hadimg.batch import Outcome, Recipe, make_plan, run
    from hadimg.errors import HadimgError, printable
    from hadimg.fitting.flat import fit_flat
    from hadimg.io import read_image
except ModuleNotFoundError as error:
    sys.exit(f"{error}; this sets everything up: python3 scripts/with_venv.py python {' '.join(sys.argv)}")

MASK = masks.LogPolynomialSurface.of_degree(4)  # or masks.Polynomial(), or the product of several masks


def main() -> int:
    """Read the names from the command line, fit, correct every picture, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flat", help="a picture of a white wall, of the sky, or without a sample")
    parser.add_argument("photos", help="a folder of pictures, with folders in it, or one picture")
    parser.add_argument("corrected", help="the folder for the results; files that stand there are kept")
    args = parser.parse_args()
    try:
        result = fit_flat(MASK, read_image(args.flat), loss="cauchy")  # dust hardly counts
        print(result.report())
        if not result.success:
            sys.exit(result.message)
        plan = make_plan([args.photos], args.corrected, recursive=True)
        summary = run(plan, Recipe(result.mask, verb="remove"), on_outcome=tell)
    except HadimgError as error:
        sys.exit(str(error))
    print(f"{summary.done} pictures corrected, {summary.skipped} skipped, {summary.failed} failed")
    return 1 if summary.failed or summary.left else 0


def tell(outcome: Outcome) -> None:
    """Say what became of one picture."""
    print(outcome.message if outcome.reason else f"{printable(outcome.source)} -> {printable(outcome.target)}")


if __name__ == "__main__":
    sys.exit(main())
