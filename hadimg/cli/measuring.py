"""Options that the verbs of the single-pixel camera share: which patterns are shown, and how."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from hadimg.cli.options import number, whole_number

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser
    from hadimg.singlepixel import Camera

__all__ = ["MODES", "ORDERS", "add_camera", "camera_of", "choice", "name_of", "says_camera"]

ORDERS = (
    "natural",
    "sequency",
    "zig-zag",
    "cake-cutting",
    "xy",
    "square",
    "russian-dolls",
    "total-variation",
    "radial",
    "variance",
    "naive",
    "random",
)
MODES = ("raster", "plus-minus", "split", "complementary", "plus-only", "s-matrix")
"""Here so that the help needs no library; a test holds them against the tables of the package."""


def name_of(text: str) -> str:
    """Return the name that the package knows for a word of the command line.

    Examples
    --------
    >>> name_of("cake-cutting")
    'cake_cutting'
    """
    return text.replace("-", "_")


def choice(words: tuple[str, ...]) -> Any:
    """Return a converter for one of some words, which may be written with ``_`` for ``-``."""

    def convert(text: str) -> str:
        word = text.replace("_", "-")
        if word not in words:
            from hadimg.cli.parser import nearest

            guess = nearest(word, words)
            hint = "" if guess is None else f", did you mean {guess}?"
            raise ArgumentTypeError(f"must be one of {', '.join(words)}, got {text!a}{hint}")
        return word

    return convert


def add_camera(parser: Parser) -> None:
    """Declare the options that make a camera."""
    amount = parser.add_argument_group("which patterns")
    amount.add_argument(
        "--ratio", metavar="R", type=number(lower=0, upper=1), help="patterns per pixel of the scene (default: 1)"
    )
    amount.add_argument(
        "--count", metavar="N", type=whole_number(lower=0), help="how many patterns, in place of --ratio"
    )
    amount.add_argument(
        "--order",
        metavar="ORDER",
        type=choice(ORDERS),
        choices=ORDERS,
        default="xy",
        help=f"which come first: {', '.join(ORDERS)} (default: xy)",
    )
    amount.add_argument(
        "--mode",
        metavar="MODE",
        type=choice(MODES),
        choices=MODES,
        default="split",
        help=f"how they become light: {', '.join(MODES)} (default: split)",
    )
    amount.add_argument(
        "--seed", metavar="N", type=whole_number(lower=0), default=0, help="of the order random and of noise"
    )
    amount.add_argument(
        "--exact", action="store_true", help="patterns of exactly the scene's size (default: of the next powers of two)"
    )


def says_camera(args: Namespace) -> bool:
    """Return whether any of the options that make a camera was given, but for those given as they are by default."""
    amounts = args.ratio is not None or args.count is not None
    return amounts or args.order != "xy" or args.mode != "split" or args.seed != 0 or args.exact


def camera_of(args: Namespace, shape: tuple[int, int]) -> Camera:
    """Return the camera that the options describe."""
    from hadimg.cli.parser import UsageError
    from hadimg.singlepixel import Camera

    if args.ratio is not None and args.count is not None:
        raise UsageError("--ratio and --count say the same thing", remedy="give one of them")
    return Camera(
        shape,
        order=name_of(args.order),
        mode=name_of(args.mode),
        measurements=args.count,
        ratio=args.ratio,
        seed=args.seed,
        sizes="exact" if args.exact else "embedded",
    )
