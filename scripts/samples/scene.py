"""What a scene consists of, as the tables that the path tracer reads, and a builder that fills them by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from samples.tables import GROUND, HILLS, LATHE, MATTE, SUN, WINDOW, Scene, Table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from samples.vectors import Vector

PROFILE_LENGTH = 256
ANY_FACE = -1
FACES = {"left": 0, "right": 1, "bottom": 2, "top": 3, "front": 4, "back": 5}


@dataclass(frozen=True)
class Sky:
    """Colors of the sky in linear light, the sun's place, and how much of the sky the clouds cover."""

    zenith: Vector
    horizon: Vector
    sun: Vector = (0.0, 1.0, 0.0)
    glow: Vector = (0.0, 0.0, 0.0)
    cover: float = 0.0
    cloud_light: Vector = (1.0, 1.0, 1.0)
    cloud_shade: Vector = (0.5, 0.5, 0.5)
    ground: Vector = (0.1, 0.1, 0.1)
    haze: float = 0.0  # share of the light lost per meter

    def table(self) -> Table:
        """Return the row that `sky.radiance` reads."""
        sun = np.asarray(self.sun) / np.linalg.norm(self.sun)
        parts = [self.zenith, self.horizon, sun, self.glow, self.cloud_light, self.cloud_shade, self.ground]
        return np.concatenate([np.ravel(part) for part in parts] + [np.array([self.cover, self.haze])])


@dataclass(frozen=True)
class Material:
    """How a surface looks: a tint times a texture, a bump in units of the texture's height, a coat that shines."""

    tint: Vector = (0.8, 0.8, 0.8)
    kind: int = MATTE
    texture: int = -1
    repeat: tuple[float, float] = (1.0, 1.0)
    bump: float = 0.0
    shine: float = 0.0  # reflectance seen from straight above
    roughness: float = 0.1
    face: str | None = None  # the one face of a box that the texture lies on
    backdrop: bool = False  # is not part of a cut-out object

    def row(self) -> list[float]:
        """Return the row of the table of materials."""
        face = ANY_FACE if self.face is None else FACES[self.face]
        look = [self.texture, *self.repeat, self.bump, self.shine, self.roughness, face, self.backdrop]
        return [float(value) for value in (self.kind, *self.tint, *look)]


@dataclass
class SceneBuilder:
    """Collects solids, materials and textures, and numbers them."""

    sky: Sky
    lamp: Table
    solids: list[list[float]] = field(default_factory=list)
    profiles: list[Table] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    textures: list[Table] = field(default_factory=list)
    clouds: Table = field(default_factory=lambda: np.zeros((1, 2, 2), np.float32))
    hills: Table = field(default_factory=lambda: np.zeros((5, 2, 2), np.float32))
    stones: Table = field(default_factory=lambda: np.zeros((4, 2, 2), np.float32))

    def texture(self, picture: Table) -> int:
        """Add a texture of linear red, green, blue and height (size, size, 4), and return its number."""
        self.textures.append(np.ascontiguousarray(np.moveaxis(np.roll(picture, 1, axis=-1), -1, 0), np.float32))
        return len(self.textures) - 1

    def material(self, material: Material) -> int:
        """Add a material once, and return its number."""
        if material not in self.materials:
            self.materials.append(material)
        return self.materials.index(material)

    def profile(self, outer: ArrayLike, inner: ArrayLike = ((0.0, 0.0), (1.0, 0.0))) -> int:
        """Add a solid of revolution: pairs of height and radius (0 to 1), from bottom to top, joined smoothly."""
        places = np.linspace(0, 1, PROFILE_LENGTH)
        return self.raw_profile(np.stack([PchipInterpolator(*np.transpose(pairs))(places) for pairs in (outer, inner)]))

    def raw_profile(self, table: Table) -> int:
        """Add a table of two rows as it is."""
        full = np.zeros((2, PROFILE_LENGTH))
        full[:, : table.shape[1]] = table
        self.profiles.append(full)
        return len(self.profiles) - 1

    def add(
        self,
        kind: int,
        position: Vector,
        size: Vector,
        material: Material,
        *,
        profile: int = 0,
        turn: float = 0.0,
        tilt: float = 0.0,
    ) -> None:
        """Add a solid at ``position``, turned about the upright axis and tilted about x (degrees).

        ``size`` holds half the lengths of a box's edges, or the radius and the height of a solid of revolution, whose
        third number becomes 1 where it is hollow.
        """
        if kind == LATHE:
            size = (size[0], size[1], float(self.profiles[profile][1].any()))
        turned = rotation(turn, tilt)
        reach = bounding_sphere(kind, np.asarray(position), np.asarray(size), turned)
        row = [kind, self.material(material), profile, *position, *size, *turned.ravel(), *reach]
        self.solids.append([float(value) for value in row])

    def build(self, bounces: int = 4) -> Scene:
        """Return the finished tables."""
        empty = [np.zeros((4, 2, 2), np.float32)]
        return Scene(
            solids=np.array(self.solids),
            profiles=np.array(self.profiles or [np.zeros((2, PROFILE_LENGTH))]),
            materials=np.array([material.row() for material in self.materials]),
            textures=np.array(self.textures or empty),
            lamp=self.lamp,
            sky=self.sky.table(),
            clouds=self.clouds,
            hills=self.hills,
            stones=self.stones,
            bounces=bounces,
        )


def rotation(turn: float, tilt: float) -> NDArray[Any]:
    """Return the matrix that takes a direction of the world into a solid's own frame."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    upright = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    return np.asarray(np.array([[1, 0, 0], [0, c, s], [0, -s, c]]) @ upright)


def bounding_sphere(kind: int, position: Table, size: Table, turned: Table) -> Table:
    """Return the center and the radius of a sphere about a solid; the radius is infinite for grounds."""
    if kind == LATHE:
        return np.append(position + 0.5 * size[1] * turned[1], np.hypot(size[0], 0.5 * size[1]))
    return np.append(position, np.inf if kind in (GROUND, HILLS) else np.linalg.norm(size))


def sun(direction: Vector, light: Vector, softness: float = 0.005) -> Table:
    """Return the lamp table of a sun: where it stands, the light that falls on a surface facing it, its radius."""
    towards = np.asarray(direction) / np.linalg.norm(direction)
    return np.array([SUN, *towards, 0, 0, 0, 0, 0, 0, *light, softness], np.float64)


def window(center: Vector, half_u: Vector, half_v: Vector, light: Vector) -> Table:
    """Return the lamp table of a shining parallelogram; it shines to the side of ``cross(half_u, half_v)``."""
    return np.array([WINDOW, *center, *half_u, *half_v, *light, 0.0], np.float64)
