"""``hadimg fit``: find the mask that pictures show, and save it for other verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.cli import screen
from hadimg.cli.fit_progress import FitProgress
from hadimg.cli.mask_sizes import with_sizes
from hadimg.cli.options import add_json, number, read_mask, whole_number
from hadimg.cli.parser import UsageError
from hadimg.errors import ArgumentError, printable

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser
    from hadimg.fitting.outcome.result import FitResult
    from hadimg.io import Image
    from hadimg.masks import Mask

SUMMARY = "find the mask that pictures show"

USAGE = "%(prog)s (flat FLAT | pair BEFORE AFTER) --mask MASK [-o FILE.json] [options]"

DESCRIPTION = """\
Find the parameters of a mask, with their standard errors, and save it for
hadimg remove. Start values are found from the pictures.

  flat FLAT          a picture of an evenly lit field; its level is unknown
  pair BEFORE AFTER  the same picture before and after the mask

MASK is a family, as in polynomial, or a product of some; sizes are said as in
log_polynomial_surface:4 (degree) and spline_surface:5x5. Values that are given
count for fixed parameters only. Clipped and dark pixels are left out and
counted. When the fit does not converge, nothing is saved.
"""

EXAMPLES = """\
examples:
  hadimg fit flat flat.tif --mask polynomial -o lens.json
  hadimg fit flat flat.tif --mask log_polynomial_surface:4 --per-channel -o lens.json
  hadimg fit flat wall.jpg --mask cos4 --linear-light --loss cauchy --plot fit.svg
  hadimg fit pair before.png after.png --mask exponential_decay --fix power=1
"""

WAYS = {"flat": 1, "pair": 2}
"""Every way to fit, and how many pictures it takes."""
LOSSES = ("linear", "huber", "soft_l1", "cauchy", "arctan", "tukey")
METHODS = ("least_squares", "lbfgs", "gradient_descent", "momentum", "adam", "linear")


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("way", metavar="WAY", choices=tuple(WAYS), help=f"what the pictures are: {', '.join(WAYS)}")
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", help="FLAT, or BEFORE and AFTER")
    parser.add_argument(
        "--mask", metavar="MASK", required=True, help="what is fitted: a family, a product, a JSON file"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="the JSON file to save the mask in")
    parser.add_argument("--plot", metavar="PLOT", help="plot profile, residual and history: .svg, .png or .pdf")
    _add_parameter_options(parser)
    _add_picture_options(parser)
    run = parser.add_argument_group("how it is fitted")
    run.add_argument("--loss", choices=LOSSES, default="linear", help="what residuals cost; all but linear are robust")
    run.add_argument("--loss-scale", metavar="C", type=number(above=0), help="residuals beyond C are outliers")
    run.add_argument("--method", choices=METHODS, default="least_squares", help="the solver (default least_squares)")
    run.add_argument("--max-iterations", metavar="N", type=whole_number(lower=1), help="stop after N steps")
    run.add_argument("--from-given", action="store_true", help="start from the values in MASK")
    run.add_argument("-j", "--jobs", metavar="N", type=whole_number(lower=1), help="threads (default: all processors)")
    run.add_argument("--overwrite", action="store_true", help="replace FILE and PLOT if they exist (default: refuse)")
    run.add_argument("-q", "--quiet", action="store_true", help="print nothing but warnings and errors")
    run.add_argument("--no-progress", action="store_true", help="no progress bar (there is none without a terminal)")
    add_json(run)  # type: ignore[arg-type]  # a group adds arguments like a parser


def _add_parameter_options(parser: Parser) -> None:
    group = parser.add_argument_group("parameters")
    group.add_argument(
        "--fix", metavar="NAME[=X]", action="append", default=[], help="hold a parameter, or all of them named center"
    )
    group.add_argument("--tie", metavar="NAME=OTHER", action="append", default=[], help="make two parameters equal")
    group.add_argument(
        "--bound",
        metavar="NAME=LOW:HIGH",
        action="append",
        default=[],
        help="keep a parameter between; either may miss",
    )
    group.add_argument("--per-channel", action="store_true", help="fit a mask for each color channel")


def _add_picture_options(parser: Parser) -> None:
    group = parser.add_argument_group("pictures")
    group.add_argument("--dark", metavar="D", type=number(lower=0), default=0.0, help="level without light (default 0)")
    group.add_argument("--keep-clipped", action="store_true", help="use clipped and dark pixels, too")
    group.add_argument("--linear-light", action="store_true", help="decode the sRGB curve first; remove needs it, too")
    group.add_argument("--gain", action="store_true", help="pair: the exposures differ by an unknown factor")
    group.add_argument("--truncated", action="store_true", help="pair: AFTER was cut to whole numbers, not rounded")


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.cli.mask import check_free

    _check(args)
    for name in filter(None, (args.output, args.plot)):
        check_free(name, overwrite=args.overwrite)
    mask = read_mask(with_sizes(args.mask))
    from hadimg.io import read_image

    pictures = [read_image(name) for name in args.pictures]
    result = _fitted(mask, pictures, args)
    if result.success:
        _save(result, args)
    _tell(result, args)
    return 0 if result.success else 1


def _check(args: Namespace) -> None:
    wanted = WAYS[args.way]
    if len(args.pictures) != wanted:
        names = "one picture" if wanted == 1 else f"{wanted} pictures"
        raise UsageError(f"fit {args.way} takes {names}, got {len(args.pictures)}", remedy="see hadimg fit --help")
    for option in ("gain", "truncated"):
        if getattr(args, option) and args.way != "pair":
            raise UsageError(f"--{option} belongs to fit pair, got fit {args.way}")
    if args.output is not None and not args.output.lower().endswith(".json"):
        raise UsageError(f"the mask is saved as JSON: -o must end with .json, got {printable(args.output)}")


def _fitted(mask: Mask, pictures: list[Image], args: Namespace) -> FitResult:
    from hadimg.fitting.flat import fit_flat
    from hadimg.fitting.pair import fit

    options: dict[str, Any] = {
        "fixed": dict(_fixed(word) for word in args.fix),
        "tied": dict(_halves("--tie", word) for word in args.tie),
        "bounds": dict(_bounds(word) for word in args.bound),
        "loss": args.loss,
        "loss_scale": args.loss_scale,
        "method": args.method,
        "max_iterations": args.max_iterations,
        "dark": args.dark,
        "clipped": "keep" if args.keep_clipped else "ignore",
        "linear_light": args.linear_light,
        "start": "given" if args.from_given else "auto",
        "workers": args.jobs,
    }
    if args.per_channel:
        mask = _for_each_channel(mask, pictures[0])
    with FitProgress(show=not (args.quiet or args.no_progress)) as progress:
        if args.way == "flat":
            return fit_flat(mask, pictures[0], callback=progress.add, **options)
        rounding = "truncated" if args.truncated else "nearest"
        return fit(mask, *pictures, callback=progress.add, gain=args.gain, rounding=rounding, **options)


def _for_each_channel(mask: Mask, picture: Image) -> Mask:
    from hadimg.masks import PerChannel

    page = picture.pages[0]
    count = page.channels - page.alpha
    if count == 1:
        raise UsageError("--per-channel needs a color picture, got a gray one")
    return mask if mask.channels is not None else PerChannel(*[mask] * count)


def _fixed(word: str) -> tuple[str, float | None]:
    name, equals, value = word.partition("=")
    return name, _number("--fix", word, value) if equals else None


def _bounds(word: str) -> tuple[str, tuple[float | None, float | None]]:
    name, pair = _halves("--bound", word)
    low, colon, high = pair.partition(":")
    if not colon:
        raise UsageError(f"--bound must be NAME=LOW:HIGH, got {word!a}", remedy="leave out what has no bound: rate=0:")
    ends = [_number("--bound", word, end) if end else None for end in (low, high)]
    return name, (ends[0], ends[1])


def _halves(option: str, word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name and equals and value):
        raise UsageError(f"{option} must be NAME=VALUE, got {word!a}")
    return name, value


def _number(option: str, word: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{option} must end with numbers, got {word!a}") from None


def _save(result: FitResult, args: Namespace) -> None:
    if args.output is not None:
        result.mask.save(args.output)
    if args.plot is not None:
        from hadimg.io.atomic import write_bytes
        from hadimg.report.fit import render_fit

        write_bytes(args.plot, render_fit(result, args.plot), overwrite=args.overwrite)


def _tell(result: FitResult, args: Namespace) -> None:
    saved = {"output": args.output if result.success else None, "plot": args.plot if result.success else None}
    if args.json:
        screen.say_json(result.to_dict() | saved)
    elif not args.quiet:
        screen.say(result.report())
        for what, name in saved.items():
            if name is not None:
                screen.say(f"{'mask' if what == 'output' else what} saved as {printable(name)}")
    if args.json or args.quiet:
        for warning in result.warnings:
            screen.message("warning", warning)
    if not result.success:
        screen.error(ArgumentError(result.message, remedy="nothing was saved" if args.output or args.plot else None))
