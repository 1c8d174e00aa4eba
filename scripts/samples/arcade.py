"""A covered walk in black and white: arches throw the low sun onto a stone floor, a shop's sign hangs from the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samples import film, textures
from samples.camera import Camera, take
from samples.scene import Material, SceneBuilder, Sky, sun
from samples.smoothing import smoothed
from samples.tables import ARCADE, BOX, GROUND, LAMP, LATHE, METAL, ROUNDED

if TYPE_CHECKING:
    from samples.noise import Field

PERIOD = 3.0
LENGTH = 8 * PERIOD
COLUMN = (
    (0, 1.25), (0.035, 1.25), (0.037, 1.12), (0.055, 1.2), (0.075, 1.05), (0.09, 0.98), (0.5, 0.92), (0.88, 0.82),
    (0.885, 0.92), (0.9, 0.92), (0.905, 0.84), (0.93, 0.9), (0.955, 1.15), (0.965, 1.25), (1, 1.25),
)  # fmt: skip
POT = ((0, 0.6), (0.06, 0.66), (0.3, 0.84), (0.6, 0.95), (0.8, 0.9), (0.84, 0.92), (0.85, 1.0), (0.99, 1.0), (1, 0.97))
POT_HOLLOW = ((0, 0), (0.82, 0), (0.85, 0.8), (1, 0.9))
LANTERN = (
    (0, 0.3), (0.05, 0.75), (0.08, 0.3), (0.09, 0.6), (0.7, 0.95), (0.72, 1.0), (0.8, 0.85), (0.95, 0.2), (1, 0.15),
)  # fmt: skip
IRON = Material((0.03, 0.03, 0.03), shine=0.04, roughness=0.3)
SPECTRUM = (0.3, 0.55, 0.15)  # how the film weighs red, green and blue


def render(rng: np.random.Generator, size: tuple[int, int] = (372, 560), samples: int = 16) -> Field:
    """Return the picture as uint8, height x width."""
    camera = Camera((-0.55, 1.5, -4.2), (-0.2, 1.5, 10.0), angle=47.0, aperture=0.012, focus=6.5, shift=0.22)
    light = take(camera, walk(rng).build(bounces=5), size, samples=samples, seed=int(rng.integers(2**31)))
    gray = film.lens_blur(smoothed(light), 0.4) @ np.asarray(SPECTRUM)
    return film.quantized(film.srgb(film.grain(film.exposed(gray, 1.05), 4000.0, rng)), np.uint8)


def walk(rng: np.random.Generator) -> SceneBuilder:
    """Return the whole scene."""
    towards_sun = (0.80, 0.47, 0.28)
    sky = Sky((0.35, 0.5, 0.8), (0.9, 0.95, 1.0), towards_sun, (0.5, 0.45, 0.35), ground=(0.3, 0.28, 0.25), haze=0.0012)
    builder = SceneBuilder(sky, sun(towards_sun, (9.5, 8.8, 7.6), 0.008))
    building(builder, rng)
    columns(builder, rng)
    shop(builder, rng)
    plants(builder, rng)
    return builder


def building(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add the floor, the wall on the left, the ceiling with its beams, the house across the yard."""
    stone = builder.texture(textures.slabs(rng, 6, 4, (0.46, 0.44, 0.40)))
    floor = Material((1, 1, 1), texture=stone, bump=0.35, shine=0.035, roughness=0.16)
    builder.add(GROUND, (0, 0, 0), (3.2, 1, 3.6), floor)
    paint = builder.texture(textures.plaster(rng, (0.74, 0.70, 0.62), 0.35))
    middle = LENGTH / 2 - 6.0
    wall = Material((1, 1, 1), texture=paint, repeat=(7, 1.3), bump=0.3)
    builder.add(BOX, (-2.3, 2.2, middle), (0.3, 2.4, LENGTH / 2), wall)
    skirting = Material((0.36, 0.34, 0.31), texture=paint, repeat=(9, 0.2))
    builder.add(BOX, (-1.98, 0.2, middle), (0.03, 0.2, LENGTH / 2), skirting)
    timber = builder.texture(textures.wood(rng, boards=6, light=(0.5, 0.4, 0.3)))
    builder.add(BOX, (0, 4.55, middle), (2.6, 0.1, LENGTH / 2), Material((1, 1, 1), texture=timber, repeat=(1, 6)))
    for index in range(16):
        beam = Material((0.8, 0.8, 0.8), texture=timber)
        builder.add(BOX, (0, 4.36, -5.2 + 1.5 * index), (2.2, 0.11, 0.08), beam)
    house = builder.texture(facade(rng))
    builder.add(BOX, (15.0, 4.0, middle), (0.5, 4.0, 22.0), Material((1, 1, 1), texture=house, repeat=(4, 1)))
    builder.add(BOX, (-0.0, 3.0, LENGTH + 8), (7.0, 3.0, 0.5), Material((1, 1, 1), texture=house, repeat=(1.2, 0.75)))


def facade(rng: np.random.Generator) -> Field:
    """Return the front of a house, with three rows of shuttered windows."""
    picture = textures.plaster(rng, (0.66, 0.60, 0.50), 0.3)
    for row in range(3):
        for column in range(4):
            top, left = 60 + 150 * row, 40 + 128 * column
            picture[top : top + 84, left - 22 : left + 70, :3] = (0.16, 0.19, 0.17)
            picture[top : top + 84, left : left + 48, :3] = (0.03, 0.035, 0.045)
            picture[top + 84 : top + 90, left - 8 : left + 56, :3] = (0.7, 0.68, 0.62)
    return picture


def columns(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add the arches on the right and the columns that carry them."""
    stone = builder.texture(textures.slabs(rng, 8, 4, (0.66, 0.62, 0.54)))
    smooth = builder.texture(textures.plaster(rng, (0.66, 0.63, 0.56), 0.3))
    shape = np.zeros((2, 4))
    shape[0] = PERIOD, 1.25, 2.55, 1.48
    middle = LENGTH / 2 - 6.0
    wall = Material((1, 1, 1), texture=stone, repeat=(1.6, 1.6), bump=0.25)
    arches = builder.raw_profile(shape)
    builder.add(ARCADE, (2.0, 2.3, middle), (LENGTH / 2, 2.3, 0.26), wall, profile=arches, turn=90)
    shaft = Material((1, 1, 1), texture=smooth, repeat=(1, 1.5), bump=0.12)
    outline = builder.profile(COLUMN)
    for index in range(9):
        builder.add(LATHE, (2.0, 0.0, -6.0 + PERIOD * index), (0.235, 2.56, 0), shaft, profile=outline)


def shop(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add what stands and hangs along the wall."""
    oak = builder.texture(textures.planks(rng, 7, (0.2, 0.13, 0.08)))
    doors(builder, oak)
    sign(builder)
    slat = Material((1, 1, 1), texture=oak, shine=0.03, roughness=0.3)
    shelf(builder, slat, rng)
    soft = builder.raw_profile(np.full((2, 1), 0.01))
    for part in range(3):
        builder.add(ROUNDED, (-1.82 + 0.15 * part, 0.45, 1.1), (0.065, 0.02, 0.85), slat, profile=soft)
    for z in (0.45, 1.75):
        builder.add(ROUNDED, (-1.67, 0.21, z), (0.2, 0.22, 0.05), IRON, profile=soft)


def doors(builder: SceneBuilder, oak: int) -> None:
    """Add three doors and a window with light inside."""
    frame, brass = Material((0.5, 0.47, 0.42)), Material((0.7, 0.6, 0.4), kind=METAL)
    knob = builder.profile(POT)
    for z in (3.1, 9.0, 14.0):
        builder.add(BOX, (-1.99, 1.25, z), (0.05, 1.3, 0.72), frame)
        builder.add(BOX, (-1.97, 1.2, z), (0.05, 1.2, 0.58), Material((1, 1, 1), texture=oak, bump=0.3))
        builder.add(LATHE, (-1.9, 1.05, z - 0.45), (0.03, 0.05, 0), brass, profile=knob)
    builder.add(BOX, (-1.99, 1.6, 5.9), (0.05, 0.75, 1.1), frame)
    builder.add(BOX, (-1.96, 1.6, 5.9), (0.03, 0.66, 1.0), Material((2.6, 2.2, 1.5), kind=LAMP))
    for offset in (-0.5, 0.0, 0.5):
        builder.add(BOX, (-1.94, 1.6, 5.9 + offset), (0.03, 0.66, 0.02), frame)


def sign(builder: SceneBuilder) -> None:
    """Add the shop's sign on its iron arm, and a lantern."""
    paper, ink = (236, 230, 214), (30, 32, 36)
    text = textures.lettering("BOOKS/& PRINTS", paper=paper, ink=ink, aspect=1.5, height=0.66, border=44)
    board = Material((1, 1, 1), texture=builder.texture(text), face="front", shine=0.03, roughness=0.3)
    builder.add(BOX, (-1.42, 2.72, 1.0), (0.42, 0.28, 0.02), board)
    builder.add(BOX, (-1.5, 3.1, 1.0), (0.55, 0.018, 0.018), IRON)
    for x in (-1.72, -1.12):
        builder.add(BOX, (x, 3.05, 1.0), (0.006, 0.06, 0.006), IRON)
    builder.add(BOX, (0.1, 3.9, 4.0), (0.008, 0.36, 0.008), IRON)
    builder.add(LATHE, (0.1, 3.2, 4.0), (0.15, 0.36, 0), IRON, profile=builder.profile(LANTERN))


def shelf(builder: SceneBuilder, slat: Material, rng: np.random.Generator) -> None:
    """Add a shelf of books."""
    spines = builder.texture(textures.book_spines(rng))
    for level in range(3):
        row = Material((1, 1, 1), texture=spines, repeat=(1, 1 - 0.07 * level), face="right")
        builder.add(BOX, (-1.86, 0.24 + 0.36 * level, -0.55), (0.1, 0.14, 0.72), row)
        builder.add(BOX, (-1.85, 0.085 + 0.36 * level, -0.55), (0.14, 0.015, 0.78), slat)
    builder.add(BOX, (-1.85, 1.175, -0.55), (0.14, 0.015, 0.78), slat)
    for z in (-1.33, 0.23):
        builder.add(BOX, (-1.85, 0.6, z), (0.14, 0.6, 0.015), slat)


def plants(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add clipped shrubs in pots between the columns."""
    clay = Material((0.42, 0.2, 0.11), texture=builder.texture(textures.plaster(rng, (1.0, 0.95, 0.9), 0.5)))
    leaves = builder.texture(textures.foliage(rng))
    outline = builder.profile(POT, POT_HOLLOW)
    ball = builder.profile(
        [
            (h, 2 * np.sqrt(h * (1 - h)) * (1 + 0.02 * np.sin(31 * h) + 0.015 * np.sin(53 * h)))
            for h in np.linspace(0, 1, 40)
        ]
    )
    for z in (1.4, 4.6, 7.4):
        builder.add(LATHE, (1.35, 0, z), (0.26, 0.46, 0), clay, profile=outline)
        shrub = Material((1, 1, 1), texture=leaves, repeat=(2, 1), bump=1.2)
        builder.add(LATHE, (1.35, 0.36, z), (0.33, 0.72, 0), shrub, profile=ball)
