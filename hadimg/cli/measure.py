"""``hadimg measure``: what a single-pixel camera would read of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.cli import screen
from hadimg.cli.measuring import add_camera, camera_of
from hadimg.cli.options import add_json, number, whole_number
from hadimg.errors import printable

if TYPE_CHECKING:
    from argparse import Namespace

    from numpy.typing import NDArray

    from hadimg.cli.parser import Parser
    from hadimg.singlepixel import Detector, Measurements

SUMMARY = "measure a picture with a single-pixel camera"

USAGE = "%(prog)s SCENE -o FILE.npz [--ratio R] [--order ORDER] [options]"

DESCRIPTION = """\
Show Hadamard patterns to a scene, one after the other, and write down the one
number that a detector without pixels reads of each: the sum of pattern times
scene. The scene is a picture; its levels are the light. Exactly as many
patterns are shown as asked for; "hadimg reconstruct" makes a picture of them.
"""

EXAMPLES = """\
examples:
  hadimg measure scene.png --ratio 0.25 --order cake-cutting -o y.npz
  hadimg measure scene.png --count 4096 --photons 50 --seed 7 -o y.npz
  hadimg measure scene.png --mode s-matrix --sigma 2 -o y.npz
"""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("scene", metavar="SCENE", help="a picture, gray or in color")
    parser.add_argument("-o", "--output", metavar="FILE.npz", required=True, help="the file of the measurements")
    add_camera(parser)
    noise = parser.add_argument_group("the detector")
    noise.add_argument(
        "--photons", metavar="N", type=number(above=0), help="photons per level (default: no photon noise)"
    )
    noise.add_argument(
        "--sigma", metavar="S", type=number(lower=0), default=0.0, help="deviation of each reading (default: 0)"
    )
    noise.add_argument("--bits", metavar="N", type=whole_number(lower=1, upper=32), help="digits of its converter")
    noise.add_argument("--full-scale", metavar="Y", type=number(above=0), help="the highest reading, for --bits")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE.npz if it exists (default: refuse)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from dataclasses import replace

    from hadimg.cli.mask import check_free

    check_free(args.output, overwrite=args.overwrite)
    scene, white = read_scene(args.scene)
    detector = detector_of(args)
    camera = camera_of(args, (scene.shape[0], scene.shape[1]))
    measurements = replace(camera.measure(scene, noise=detector, rng=args.seed), white=white)
    measurements.save(args.output, overwrite=args.overwrite)
    if measurements.saturated and not args.quiet:
        screen.message("warning", f"{screen.plural(measurements.saturated, 'reading')} saturated")
    if args.json:
        screen.say_json(summary(measurements) | {"output": args.output})
    elif not args.quiet:
        readings = screen.plural(int(measurements.readings.size), "reading")
        screen.say(f"{screen.plural(camera.count, 'pattern')} shown, {readings} written to {printable(args.output)}")
    return 0


def detector_of(args: Namespace) -> Detector:
    """Return the detector that the options describe."""
    from hadimg.singlepixel import Detector

    return Detector(photons=args.photons, sigma=args.sigma, bits=args.bits, full_scale=args.full_scale)


def read_scene(name: str) -> tuple[NDArray[Any], float]:
    """Return the light of a picture as it is seen, and its level of white."""
    from hadimg.errors import UnsupportedError
    from hadimg.io import read_image
    from hadimg.io.orientation import turn

    image = read_image(name)
    page = image.pages[0]
    if len(image.pages) > 1 or page.alpha:
        what = "several pages" if len(image.pages) > 1 else "an opacity channel"
        remedy = "save one page by itself" if len(image.pages) > 1 else "save the picture without it, on a background"
        raise UnsupportedError(f"a scene is one picture without opacity, this has {what}", path=name, remedy=remedy)
    pixels = turn(page.pixels, page.orientation)
    return (page.white - pixels.astype(float) if page.inverted else pixels), page.white


def summary(measurements: Measurements) -> dict[str, Any]:
    """Return what is worth knowing of measurements, as plain data."""
    camera = measurements.camera
    return {
        "size": [camera.shape[1], camera.shape[0]],
        "channels": measurements.channels,
        "order": camera.order,
        "mode": camera.mode,
        "patterns": camera.count,
        "exposures": camera.exposures,
        "saturated": measurements.saturated,
        "detector": measurements.detector.to_dict(),
    }
