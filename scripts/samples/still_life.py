"""A table by a window: books, a bottle of oil, fruit, a brass candlestick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samples import film, textures
from samples.camera import Camera, take
from samples.scene import Material, SceneBuilder, Sky, window
from samples.smoothing import smoothed
from samples.tables import BOX, GLASS, LAMP, LATHE, METAL, ROUNDED

if TYPE_CHECKING:
    from samples.noise import Field
    from samples.vectors import Vector

BOOKS = (  # title, cloth (sRGB), ink, thickness, width, depth, turn
    ("PRODUCT RULES", (38, 62, 92), (214, 186, 120), 0.042, 0.27, 0.20, 3.0),
    ("LIGHT AND SHADE", (120, 34, 30), (226, 200, 140), 0.034, 0.25, 0.185, -6.0),
    ("HADAMARD", (44, 78, 58), (222, 206, 160), 0.040, 0.225, 0.165, 5.0),
)
APPLE = ((0, 0.30), (0.03, 0.5), (0.2, 0.84), (0.45, 0.98), (0.6, 1.0), (0.8, 0.9), (0.93, 0.68), (1.0, 0.36))
APPLE_HOLLOW = ((0, 0), (0.8, 0), (0.85, 0.03), (0.92, 0.1), (0.97, 0.2), (1.0, 0.36))
BOTTLE = (
    (0, 0.88), (0.02, 0.97), (0.05, 1), (0.56, 1), (0.62, 0.96), (0.68, 0.8), (0.73, 0.55), (0.78, 0.39),
    (0.84, 0.34), (0.93, 0.32), (0.935, 0.4), (0.985, 0.4), (1, 0.3),
)  # fmt: skip
LEMON = (
    (0, 0.05), (0.03, 0.16), (0.08, 0.24), (0.14, 0.5), (0.3, 0.88), (0.5, 1), (0.7, 0.88), (0.87, 0.5), (0.93, 0.2),
    (1, 0.06),
)  # fmt: skip
BOWL = ((0, 0.4), (0.06, 0.4), (0.1, 0.36), (0.2, 0.58), (0.4, 0.78), (0.7, 0.93), (0.97, 1.0), (1, 0.985))
BOWL_HOLLOW = ((0, 0), (0.14, 0), (0.16, 0.3), (0.22, 0.5), (0.4, 0.72), (0.7, 0.88), (0.97, 0.955), (1, 0.975))
CANDLESTICK = (
    (0, 1), (0.04, 1), (0.07, 0.8), (0.1, 0.45), (0.13, 0.26), (0.2, 0.2), (0.3, 0.34), (0.36, 0.2), (0.5, 0.15),
    (0.66, 0.2), (0.74, 0.36), (0.8, 0.2), (0.86, 0.22), (0.9, 0.5), (0.94, 0.58), (1, 0.56),
)  # fmt: skip


def render(rng: np.random.Generator, size: tuple[int, int] = (320, 480), samples: int = 16) -> Field:
    """Return the picture as uint16, height x width x 3."""
    camera = Camera((0.12, 0.36, -1.25), (0.015, 0.155, 0.0), angle=23.0, aperture=0.011, focus=1.19)
    light = take(camera, table_by_window(rng).build(bounces=6), size, samples=samples, seed=int(rng.integers(2**31)))
    photograph = film.exposed(film.lens_blur(smoothed(light), 0.35), 0.85)
    return film.quantized(film.srgb(film.grain(photograph, 5000.0, rng)), np.uint16)


def table_by_window(rng: np.random.Generator) -> SceneBuilder:
    """Return the whole scene."""
    center = (-1.5, 0.75, -0.35)
    sky = Sky((0.28, 0.28, 0.3), (0.30, 0.27, 0.24), ground=(0.2, 0.14, 0.1))
    builder = SceneBuilder(sky, window(center, (0, 0, 0.5), (0, 0.6, 0), (13.0, 12.4, 11.4)))
    for side in (-0.26, 0.26):
        for level in (-0.3, 0.3):
            pane = (center[0] - 0.02, center[1] + level, center[2] + side)
            builder.add(BOX, pane, (0.001, 0.27, 0.235), Material((9.0, 9.2, 9.6), kind=LAMP))
    room(builder, rng)
    books(builder, rng)
    oil(builder)
    fruit(builder, rng)
    brass(builder)
    return builder


def room(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add the table, the wall behind it and a picture on the wall."""
    boards = builder.texture(textures.wood(rng, boards=5))
    top = Material((1, 1, 1), texture=boards, repeat=(1.0, 1.0), bump=0.25, shine=0.035, roughness=0.12)
    builder.add(BOX, (0, -0.03, 0.05), (0.95, 0.03, 0.55), top)
    paint = builder.texture(textures.plaster(rng, (0.50, 0.47, 0.40), 0.3))
    builder.add(BOX, (0, 0.6, 1.15), (3.0, 2.0, 0.05), Material(texture=paint, repeat=(2.0, 1.4), bump=0.2))
    builder.add(BOX, (0.40, 0.43, 1.08), (0.26, 0.2, 0.02), Material((0.1, 0.06, 0.035), shine=0.04))
    builder.add(BOX, (0.40, 0.43, 1.06), (0.235, 0.175, 0.01), Material((0.75, 0.73, 0.68)))
    builder.add(BOX, (0.40, 0.43, 1.05), (0.17, 0.115, 0.01), Material((0.22, 0.3, 0.33)))
    builder.add(BOX, (0.40, 0.375, 1.045), (0.17, 0.06, 0.01), Material((0.2, 0.21, 0.1)))


def books(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add a pile of books whose backs are turned to the camera."""
    edge = builder.texture(textures.pages(rng))
    level = 0.0
    for title, cloth, ink, thickness, width, depth, turn in BOOKS:
        book(builder, (title, cloth, ink), (-0.02, level, 0.06), (width / 2, thickness / 2, depth / 2), turn, edge)
        level += thickness + 0.0006


def book(
    builder: SceneBuilder, look: tuple[str, Vector, Vector], place: Vector, half: Vector, turn: float, edge: int
) -> None:
    """Add one book that lies on its side: two boards, the lettered back, the block of pages."""
    title, cloth, ink = look
    color = tuple(float(value) for value in film.linear(np.asarray(cloth) / 255.0))
    cover = Material((color[0], color[1], color[2]), shine=0.03, roughness=0.35)
    back = builder.texture(
        textures.lettering(title, paper=cloth, ink=ink, aspect=half[0] / half[1], height=0.62, border=24)
    )
    lettered = Material((1, 1, 1), texture=back, face="front", shine=0.03, roughness=0.3)
    x, y, z = place[0], place[1] + half[1], place[2]
    soft = builder.raw_profile(np.full((2, 1), 0.0012))
    for side in (-1, 1):
        builder.add(
            ROUNDED, (x, y + side * (half[1] - 0.0017), z), (half[0], 0.0017, half[2]), cover, profile=soft, turn=turn
        )
    s, c = np.sin(np.radians(turn)), np.cos(np.radians(turn))
    reach = half[2] - 0.002
    round_back = builder.raw_profile(np.full((2, 1), 0.0019))
    spine = (x + reach * s, y, z - reach * c)
    builder.add(ROUNDED, spine, (half[0], half[1], 0.0025), lettered, profile=round_back, turn=turn)
    paper = Material((1, 1, 1), texture=edge, bump=0.3)
    builder.add(BOX, (x, y, z), (half[0] - 0.004, half[1] - 0.003, half[2] - 0.004), paper, turn=turn)


def oil(builder: SceneBuilder) -> None:
    """Add a bottle of green oil with a cork and a paper label."""
    x, z = -0.245, 0.03
    glass = Material((0.40, 0.60, 0.10), kind=GLASS, roughness=16.0)
    builder.add(LATHE, (x, 0.001, z), (0.042, 0.30, 0), glass, profile=builder.profile(BOTTLE))
    cork = builder.profile(((0, 1), (0.97, 1), (1, 0.9)))
    builder.add(LATHE, (x, 0.3015, z), (0.0125, 0.014, 0), Material((0.45, 0.3, 0.17)), profile=cork)
    text = textures.lettering(
        "OLIO/EXTRA/VERGINE", paper=(236, 226, 200), ink=(60, 50, 34), aspect=0.7, height=0.5, border=40
    )
    band = np.broadcast_to(np.append(film.linear(np.array([236, 226, 200]) / 255.0), 1.0), text.shape).copy()
    band[:, 160:352] = text[:, np.linspace(0, 511, 192).astype(int)]
    paper = Material((1, 1, 1), texture=builder.texture(band))
    sleeve = builder.profile(((0, 1), (1, 1)))
    builder.add(LATHE, (x, 0.045, z), (0.0428, 0.095, 0), paper, profile=sleeve, turn=14)


def fruit(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add apples, one on the books, and a bowl of lemons."""
    skin = Material((1, 1, 1), texture=builder.texture(textures.apple_skin(rng)), shine=0.045, roughness=0.09, bump=0.3)
    apple, stem = builder.profile(APPLE, APPLE_HOLLOW), builder.profile(((0, 0.7), (1, 1)))
    bark = Material((0.12, 0.07, 0.03))
    for x, y, z, turn, tilt in ((-0.03, 0.1175, 0.04, 40, 5), (-0.155, 0.0005, -0.13, 160, -12)):
        builder.add(LATHE, (x, y, z), (0.037, 0.064, 0), skin, profile=apple, turn=turn, tilt=tilt)
        builder.add(LATHE, (x, y + 0.048, z), (0.0016, 0.026, 0), bark, profile=stem, turn=turn + 30, tilt=14)
    glaze = Material((0.62, 0.66, 0.68), shine=0.045, roughness=0.03)
    builder.add(LATHE, (0.265, 0, 0.02), (0.1, 0.062, 0), glaze, profile=builder.profile(BOWL, BOWL_HOLLOW))
    zest = Material(
        (1, 1, 1),
        texture=builder.texture(textures.peel(rng, (0.82, 0.58, 0.035))),
        shine=0.04,
        roughness=0.22,
        bump=0.5,
    )
    lemon = builder.profile(LEMON)
    for x, y, z, turn in (
        (0.20, 0.065, -0.0, 75),
        (0.27, 0.062, 0.06, 20),
        (0.275, 0.068, -0.035, 110),
        (0.24, 0.105, 0.02, 140),
        (0.10, 0.0275, -0.16, 62),
    ):
        builder.add(
            LATHE,
            (x - 0.045 * np.sin(np.radians(turn)), y, z + 0.045 * np.cos(np.radians(turn))),
            (0.0275, 0.09, 0),
            zest,
            profile=lemon,
            turn=turn,
            tilt=-90,
        )


def brass(builder: SceneBuilder) -> None:
    """Add a candlestick with a candle, behind the books."""
    metal = Material((0.78, 0.56, 0.24), kind=METAL, roughness=0.07)
    builder.add(LATHE, (0.145, 0, 0.2), (0.05, 0.2, 0), metal, profile=builder.profile(CANDLESTICK))
    wax = Material((0.8, 0.76, 0.66), shine=0.03, roughness=0.25)
    builder.add(
        LATHE, (0.145, 0.195, 0.2), (0.0115, 0.15, 0), wax, profile=builder.profile(((0, 1), (0.97, 1), (1, 0.8)))
    )
    builder.add(
        LATHE,
        (0.145, 0.344, 0.2),
        (0.001, 0.012, 0),
        Material((0.03, 0.03, 0.03)),
        profile=builder.profile(((0, 1), (1, 0.6))),
    )
