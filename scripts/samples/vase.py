"""A painted vase and an apple, cut out with soft edges and a soft shadow."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from samples import film, textures
from samples.camera import Camera, take
from samples.noise import Field, fractal
from samples.scene import Material, SceneBuilder, Sky, window
from samples.smoothing import smoothed
from samples.still_life import APPLE, APPLE_HOLLOW
from samples.tables import BOX, GROUND, LAMP, LATHE

VASE = (
    (0, 0.5), (0.015, 0.53), (0.04, 0.47), (0.08, 0.5), (0.2, 0.76), (0.36, 0.97), (0.46, 1.0), (0.58, 0.93),
    (0.72, 0.64), (0.8, 0.47), (0.86, 0.43), (0.92, 0.47), (0.97, 0.56), (0.985, 0.58), (1, 0.55),
)  # fmt: skip
VASE_HOLLOW = (
    (0, 0),
    (0.5, 0),
    (0.58, 0.8),
    (0.72, 0.56),
    (0.8, 0.4),
    (0.86, 0.36),
    (0.92, 0.41),
    (0.97, 0.5),
    (1, 0.545),
)


def render(rng: np.random.Generator, size: tuple[int, int] = (440, 360), samples: int = 16) -> Field:
    """Return the picture as uint8, height x width x 4, with colors that are not multiplied by the coverage."""
    seed = int(rng.integers(2**31))
    camera = Camera((0.05, 0.46, -1.46), (0.045, 0.15, 0.0), angle=16.0, aperture=0.013, focus=1.5)
    builder = table()
    empty = take(camera, builder.build(bounces=3), size, samples=samples, seed=seed)
    objects(builder, rng)
    full = take(camera, builder.build(bounces=4), size, samples=samples, seed=seed)
    covered = full[..., 3]
    shadow = shade(full, empty) * (1.0 - covered)
    photograph = film.exposed(object_light(full), 2.2)
    color = film.srgb(film.grain(photograph, 9000.0, rng)) * (covered / np.maximum(covered + shadow, 1e-6))[..., None]
    soft = film.quantized(np.clip(covered + shadow, 0.0, 1.0), np.uint8)
    return np.dstack([film.quantized(np.where(soft[..., None] > 0, color, 0.0), np.uint8), soft])


def object_light(full: Field) -> Field:
    """Return the light of the objects alone, drawn on a little past their edges."""
    light, inside = smoothed(full), full[..., 3:4] > 0.98
    rows, columns = ndimage.distance_transform_edt(~inside[..., 0], return_distances=False, return_indices=True)
    return np.asarray(light[rows, columns])


def shade(full: Field, empty: Field) -> Field:
    """Return the share of light that the objects take from the table: 0 in the open, 1 in the deepest shadow."""
    covered = full[..., 3]
    ground = np.where(covered > 0.02, 0.0, 1.0)
    soft = [ndimage.gaussian_filter(smoothed(light).mean(axis=-1) * ground, 2.0) for light in (full, empty)]
    share = np.clip(1.0 - soft[0] / np.maximum(soft[1], 1e-6), 0.0, 1.0)
    height, width = share.shape
    frame = np.minimum.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    return np.clip(1.15 * share - 0.15, 0.0, 0.85) * np.clip(12.0 * frame, 0.0, 1.0)


def table() -> SceneBuilder:
    """Return a bright table under a large window."""
    builder = SceneBuilder(
        Sky((0.34, 0.34, 0.36), (0.34, 0.34, 0.34)),
        window((-1.0, 1.1, -0.7), (0.3, 0, -0.4), (0.25, 0.5, 0.15), (9.0, 8.8, 8.4)),
    )
    builder.add(GROUND, (0, 0, 0), (1, 1, 1), Material((0.75, 0.75, 0.75), backdrop=True))
    return builder


def objects(builder: SceneBuilder, rng: np.random.Generator) -> None:
    """Add the vase and the apple."""
    builder.add(BOX, (-1.02, 1.1, -0.7), (0.01, 0.5, 0.4), Material((7.0, 7.0, 7.0), kind=LAMP, backdrop=True), turn=40)
    glaze = Material((1, 1, 1), texture=builder.texture(painted(rng)), shine=0.05, roughness=0.035)
    builder.add(LATHE, (0.0, 0, 0.02), (0.092, 0.30, 0), glaze, profile=builder.profile(VASE, VASE_HOLLOW), turn=8)
    skin = Material((1, 1, 1), texture=builder.texture(textures.apple_skin(rng)), shine=0.045, roughness=0.09, bump=0.3)
    builder.add(
        LATHE,
        (0.125, 0, -0.075),
        (0.037, 0.064, 0),
        skin,
        profile=builder.profile(APPLE, APPLE_HOLLOW),
        turn=200,
        tilt=-10,
    )
    stem = builder.profile(((0, 0.7), (1, 1)))
    builder.add(
        LATHE, (0.125, 0.047, -0.08), (0.0016, 0.024, 0), Material((0.12, 0.07, 0.03)), profile=stem, turn=60, tilt=14
    )


def painted(rng: np.random.Generator) -> Field:
    """Return white glaze with blue bands, petals and waves painted by a brush."""
    down, across = np.mgrid[0 : textures.SIZE, 0 : textures.SIZE] / textures.SIZE
    wobble = 0.010 * (fractal(textures.SIZE, 1.3, rng) - 0.5)
    y, angle = down + wobble, 2.0 * np.pi * (across + wobble)
    blue = np.zeros_like(down)
    for middle, width in (
        (0.03, 0.012),
        (0.20, 0.006),
        (0.225, 0.004),
        (0.36, 0.006),
        (0.73, 0.006),
        (0.755, 0.012),
        (0.97, 0.02),
    ):
        blue = np.maximum(blue, np.clip((width - np.abs(y - middle)) / 0.003, 0, 1))
    waves = 0.30 + 0.022 * np.sin(12 * angle)
    blue = np.maximum(blue, np.clip((0.007 - np.abs(y - waves)) / 0.003, 0, 1))
    for count, middle, reach, phase in ((8, 0.545, 0.145, 0.0), (8, 0.545, 0.085, np.pi), (14, 0.86, 0.07, 0.0)):
        petal = reach * np.abs(np.cos(0.5 * (count * angle + phase))) ** 0.7
        outline = np.clip((0.006 - np.abs(np.abs(y - middle) - petal)) / 0.003, 0, 1)
        inside = 0.38 * np.clip((0.55 * petal - np.abs(y - middle)) / 0.02, 0, 1)
        blue = np.maximum(blue, np.maximum(outline, inside) * (np.abs(y - middle) < reach))
    blue *= 0.72 + 0.4 * fractal(textures.SIZE, 1.1, rng)
    color = textures.between(np.clip(blue, 0, 1), (0.74, 0.73, 0.69), (0.012, 0.04, 0.21))
    return textures.stacked(color, np.ones_like(down))
