"""A stony beach at sunrise, with a lighthouse on a headland across the bay."""

from __future__ import annotations

import numpy as np

from samples import film, shore, textures
from samples.camera import Camera, take
from samples.noise import Field, fractal
from samples.scene import Material, SceneBuilder, Sky, sun
from samples.smoothing import smoothed
from samples.tables import BOX, GROUND, HEIGHT, HILLS, LAMP, LATHE, ROUNDED, WATER

TOWER = ((0, 1), (0.03, 0.98), (0.5, 0.8), (0.97, 0.66), (1, 0.66))
DOME = ((0, 1), (0.06, 1), (0.3, 0.86), (0.6, 0.55), (0.8, 0.2), (0.86, 0.1), (0.88, 0.16), (0.95, 0.12), (1, 0.02))
BUOY = ((0, 0.1), (0.06, 0.16), (0.07, 0.45), (0.2, 0.85), (0.4, 1), (0.6, 0.85), (0.78, 0.45), (0.8, 0.14), (1, 0.1))


def render(rng: np.random.Generator, size: tuple[int, int] = (1500, 1000), samples: int = 4) -> Field:
    """Return the picture as uint8, height x width x 3."""
    camera = Camera((0.0, 2.75, -190.0), (2.6, 6.7, -110.0), angle=46.0, aperture=0.006, focus=14.0)
    light = take(camera, coast(rng).build(bounces=2), size, samples=samples, seed=int(rng.integers(2**31)))
    photograph = film.exposed(film.lens_blur(smoothed(light, tolerance=0.8, levels=2), 0.65 * size[0] / 1500), 0.8)
    return film.quantized(film.srgb(film.grain(photograph, 2200.0, rng)), np.uint8)


def coast(rng: np.random.Generator) -> SceneBuilder:
    """Return the whole scene."""
    towards_sun = (-0.80, 0.36, -0.30)
    sky = Sky(
        zenith=(0.12, 0.22, 0.42),
        horizon=(0.80, 0.60, 0.44),
        sun=towards_sun,
        glow=(0.9, 0.5, 0.25),
        cover=0.66,
        cloud_light=(1.5, 1.02, 0.74),
        cloud_shade=(0.27, 0.28, 0.36),
        ground=(0.12, 0.14, 0.15),
        haze=0.0009,
    )
    builder = SceneBuilder(sky, sun(towards_sun, (7.0, 4.9, 3.0), 0.012))
    builder.clouds = fractal(1024, 1.55, rng)[None].astype(np.float32)
    builder.hills = shore.land(rng)
    builder.stones = shore.stones(rng)
    builder.add(GROUND, (0, 0, 0), (1, 1, 1), Material((0.02, 0.075, 0.085), kind=WATER))
    lighthouse(builder, rng)
    cottage(builder, rng)
    beach(builder, rng)
    sail(builder)
    builder.add(HILLS, (0, 0, 0), (shore.EXTENT, shore.TILE, 0.42), Material((1, 1, 1)))  # last: the others hide it
    return builder


def ground_at(builder: SceneBuilder, x: float, z: float) -> float:
    """Return the height of the land."""
    row, column = ((np.array((z, x)) / shore.EXTENT + 0.5) * shore.CELLS).astype(int)
    return float(builder.hills[HEIGHT, row, column])


def lighthouse(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add the tower with its red bands, gallery, lantern and dome."""
    x, z = 13.5, -98.0
    base = ground_at(builder, x, z) - 0.5
    paint = textures.plaster(rng, (0.82, 0.80, 0.76), 0.16)
    for top in (60, 300):
        paint[top : top + 110, :, :3] *= np.array((0.72, 0.10, 0.07))
    for row, column in ((150, 225), (250, 280), (390, 225)):
        paint[row : row + 17, column : column + 16, :3] = (0.03, 0.035, 0.04)
    white = Material((1, 1, 1), texture=builder.texture(paint), shine=0.03, roughness=0.4)
    iron, red = Material((0.05, 0.05, 0.055)), Material((0.45, 0.045, 0.035), shine=0.04, roughness=0.2)
    builder.add(LATHE, (x, base, z), (3.0, 17.0, 0), white, profile=builder.profile(TOWER))
    straight = builder.profile(((0, 1), (1, 1)))
    builder.add(LATHE, (x, base + 17.0, z), (2.7, 0.35, 0), iron, profile=straight)
    builder.add(LATHE, (x, base + 18.35, z), (2.62, 0.09, 0), iron, profile=straight)
    for angle in np.arange(0, 360, 36):
        post = (x + 2.58 * np.cos(np.radians(angle)), base + 17.8, z + 2.58 * np.sin(np.radians(angle)))
        builder.add(BOX, post, (0.04, 0.6, 0.04), iron)
    builder.add(
        LATHE,
        (x, base + 17.3, z),
        (1.5, 2.4, 0),
        Material((0.10, 0.12, 0.13), shine=0.3, roughness=0.02),
        profile=straight,
    )
    for angle in np.arange(12, 372, 60):
        bar = (x + 1.52 * np.cos(np.radians(angle)), base + 18.5, z + 1.52 * np.sin(np.radians(angle)))
        builder.add(BOX, bar, (0.06, 1.2, 0.06), Material((0.7, 0.68, 0.64)))
    builder.add(LATHE, (x, base + 18.1, z - 1.5), (0.3, 0.7, 0), Material((6.0, 5.2, 3.4), kind=LAMP), profile=straight)
    builder.add(LATHE, (x, base + 19.7, z), (1.8, 2.2, 0), red, profile=builder.profile(DOME))


def cottage(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add the keeper's white house with a slate roof, its chimney and a fence."""
    x, z, turn = 22.0, -101.0, 14.0
    base = ground_at(builder, x, z) - 0.6
    wall = textures.plaster(rng, (0.80, 0.77, 0.71), 0.2)
    for left in (60, 330):
        wall[190:330, left : left + 90, :3] = (0.05, 0.06, 0.075)
        wall[255:262, left : left + 90, :3] = 0.7
    wall[200:512, 215:290, :3] = (0.06, 0.14, 0.2)
    front = Material((1, 1, 1), texture=builder.texture(wall), face="front")
    slate = Material((1, 1, 1), texture=builder.texture(textures.slabs(rng, 12, 20, (0.16, 0.16, 0.18))))
    builder.add(BOX, (x, base + 1.7, z), (4.2, 1.7, 2.4), front, turn=turn)
    builder.add(BOX, (x, base + 3.3, z), (4.15, 1.62, 1.62), Material((0.75, 0.72, 0.66)), turn=turn, tilt=45)
    s, c = np.sin(np.radians(turn)), np.cos(np.radians(turn))
    for side in (-1, 1):
        place = (x - side * 1.28 * s, base + 4.5, z + side * 1.28 * c)
        builder.add(BOX, place, (4.5, 0.08, 1.95), slate, turn=turn, tilt=45 * side)
    builder.add(BOX, (x + 2.9, base + 5.8, z - 0.4), (0.4, 1.0, 0.4), Material((0.4, 0.2, 0.14)), turn=turn)
    builder.add(BOX, (x + 2.9, base + 6.85, z - 0.4), (0.5, 0.08, 0.5), Material((0.5, 0.48, 0.45)), turn=turn)
    for index in range(14):
        post_x, post_z = 3.0 + 1.8 * index, -112.0 + 0.5 * index
        builder.add(
            BOX,
            (post_x, ground_at(builder, post_x, post_z) + 0.4, post_z),
            (0.05, 0.6, 0.05),
            Material((0.5, 0.46, 0.4)),
        )


def beach(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add the name board on its post, a buoy and a barrel among the stones."""
    boards = textures.wood(rng, boards=3, light=(0.72, 0.70, 0.64))
    text = textures.lettering(
        "LIGHTHOUSE BAY/COAST PATH  2 KM", paper=(255, 255, 255), ink=(22, 44, 74), aspect=2.2, height=0.62, border=36
    )
    boards[..., :3] *= text[..., :3]
    painted = Material((1, 1, 1), texture=builder.texture(boards), face="front")
    oak = Material((0.20, 0.155, 0.11), texture=builder.texture(textures.planks(rng, 2, (1.0, 0.9, 0.8))), bump=0.3)
    soft = builder.raw_profile(np.full((2, 1), 0.02))
    x, z, turn = -0.80, -183.6, -14.0
    base = ground_at(builder, x, z)
    builder.add(ROUNDED, (x, base + 0.75, z + 0.07), (0.06, 0.95, 0.05), oak, profile=soft, turn=turn)
    builder.add(ROUNDED, (x, base + 1.38, z), (0.54, 0.25, 0.022), painted, profile=soft, turn=turn)
    stripes = np.ones((textures.SIZE, textures.SIZE, 4)) * np.array((0.72, 0.70, 0.64, 1))
    stripes[150:362, :, :3] = (0.62, 0.07, 0.03)
    float_paint = Material((1, 1, 1), texture=builder.texture(stripes), shine=0.04, roughness=0.25)
    x, z = 1.05, -183.6
    builder.add(
        LATHE,
        (x, ground_at(builder, x, z) + 0.24, z),
        (0.25, 0.88, 0),
        float_paint,
        profile=builder.profile(BUOY),
        turn=62,
        tilt=-72,
    )


def sail(builder: SceneBuilder) -> None:
    """Add a sailing boat out on the sea."""
    cone = builder.profile(((0, 1), (1, 0.02)))
    x, z = -8.0, 30.0
    builder.add(LATHE, (x, 1.2, z), (1.9, 9.0, 0), Material((0.8, 0.78, 0.74)), profile=cone, tilt=4)
    builder.add(BOX, (x, 0.4, z), (3.2, 0.5, 1.0), Material((0.10, 0.05, 0.04)))
