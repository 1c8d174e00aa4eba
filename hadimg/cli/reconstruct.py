"""``hadimg reconstruct``: a picture from the readings of a single-pixel camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.cli import screen
from hadimg.cli.mask import picture_size
from hadimg.cli.measuring import add_camera, camera_of, choice, name_of, says_camera
from hadimg.cli.options import add_json, number
from hadimg.errors import printable

if TYPE_CHECKING:
    from argparse import Namespace

    import numpy as np
    from numpy.typing import NDArray

    from hadimg.cli.parser import Parser
    from hadimg.singlepixel import Measurements

SUMMARY = "make a picture of single-pixel measurements"

USAGE = "%(prog)s MEASUREMENTS -o FILE [--method METHOD] [options]"

DESCRIPTION = """\
Find the scene that readings stand for. MEASUREMENTS is a file that "hadimg
measure" wrote, or an instrument's readings, one number a reading, in a .npy,
.csv or .txt file: then --camera names the patterns.json that "hadimg patterns"
wrote, or --size and the options below say which patterns were shown.
"""

EXAMPLES = """\
examples:
  hadimg reconstruct y.npz -o scene.png
  hadimg reconstruct y.npz --method fdri --nonnegative -o scene.tif
  hadimg reconstruct values.csv --camera frames/patterns.json --white 4000 -o scene.png
  hadimg reconstruct values.npy --size 128x128 --count 4096 --order xy -o scene.npy
"""

METHODS = ("zero-filling", "wiener", "fdri", "total-variation", "chambolle-pock")


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("measurements", metavar="MEASUREMENTS", help="an .npz file, or readings in .npy, .csv or .txt")
    parser.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="a picture; or .npy, which keeps every digit"
    )
    parser.add_argument(
        "--method",
        metavar="METHOD",
        type=choice(METHODS),
        choices=METHODS,
        default="total-variation",
        help=f"{', '.join(METHODS)} (default: total-variation)",
    )
    parser.add_argument("--nonnegative", action="store_true", help="the scene has no negative light")
    parser.add_argument("--normalize", action="store_true", help="divide each pair of readings by its sum: no flicker")
    parser.add_argument(
        "--sigma",
        metavar="S",
        type=number(lower=0),
        help="deviation of each reading (default: what the detector of the measurements says)",
    )
    parser.add_argument(
        "--white", metavar="Y", type=number(above=0), help="light that is white (default: the scene's, or its maximum)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists (default: refuse)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(parser)
    instrument = parser.add_argument_group("readings of an instrument")
    instrument.add_argument("--camera", metavar="JSON", help="the patterns.json that describes the patterns")
    instrument.add_argument("--size", metavar="WIDTHxHEIGHT", type=picture_size, help="of the scene, without --camera")
    add_camera(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.cli.mask import check_free
    from hadimg.singlepixel import reconstruct

    check_free(args.output, overwrite=args.overwrite)
    measurements = read_measurements(args)
    scene = reconstruct(
        measurements,
        name_of(args.method),
        nonnegative=args.nonnegative,
        sigma=args.sigma,
        normalize=args.normalize,
    )
    clipped = save(scene, measurements.white if args.white is None else args.white, args)
    height, width = scene.shape[:2]
    if args.json:
        told = {"output": args.output, "size": [width, height], "channels": measurements.channels, "clipped": clipped}
        screen.say_json({"method": name_of(args.method), **told})
    elif not args.quiet:
        beyond = f", {screen.plural(clipped, 'value')} beyond black or white" if clipped else ""
        count = measurements.camera.count
        screen.say(f"{width}x{height} from {screen.plural(count, 'pattern')} to {printable(args.output)}{beyond}")
    return 0


def read_measurements(args: Namespace) -> Measurements:
    """Return the measurements of a file, with the camera that the options name where it is an instrument's."""
    from hadimg.cli.parser import UsageError
    from hadimg.singlepixel import load, load_readings

    if args.size is None and says_camera(args):
        raise UsageError("which patterns were shown is said with --size only", remedy="give --size, or leave them out")
    if args.measurements.lower().endswith(".npz"):
        if args.camera is not None or args.size is not None:
            raise UsageError(
                "an .npz file says itself which patterns were shown", remedy="leave --camera and --size out"
            )
        return load(args.measurements)
    if args.camera is not None and args.size is not None:
        raise UsageError("--camera and --size say the same thing", remedy="give one of them")
    if args.size is None:
        return load_readings(args.measurements, args.camera)
    return load_readings(args.measurements, camera_of(args, args.size[::-1]))


def save(scene: NDArray[np.float64], white: float | None, args: Namespace) -> int:
    """Write the scene; return how many values lie beyond what a picture can show."""
    import io

    import numpy as np

    from hadimg.io import write_bytes, write_image

    suffix = args.output.lower().rpartition(".")[2]
    if suffix == "npy":
        stream = io.BytesIO()
        np.save(stream, scene)
        write_bytes(args.output, stream.getvalue(), overwrite=args.overwrite)
        return 0
    pixels, clipped = rendered(scene, white, suffix)
    write_image(args.output, pixels, overwrite=args.overwrite)
    return clipped


def rendered(scene: NDArray[np.float64], white: float | None, suffix: str) -> tuple[NDArray[Any], int]:
    """Return a scene as pixels of the depth that its white asks for, and how many values had to be clipped.

    A white of 255 is that of 8 bits; any other is scaled to 65535 of 16 bits, or to 255 in formats that have no more
    than 8. PFM keeps the numbers.
    """
    import numpy as np

    if suffix == "pfm":
        return scene.astype(np.float32), 0
    level = max(float(scene.max()), np.finfo(float).tiny) if white is None else white
    deep = level != 255 and suffix in ("png", "tif", "tiff", "pnm", "pgm", "ppm", "jp2")
    top = 65535 if deep else 255
    scaled = np.rint(scene * (top / level))
    clipped = int(np.count_nonzero((scaled < 0) | (scaled > top)))
    return np.clip(scaled, 0, top).astype(np.uint16 if deep else np.uint8), clipped
