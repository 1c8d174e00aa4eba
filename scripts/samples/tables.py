"""The tables that describe a scene to the path tracer: what their rows mean and where each number stands."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

Table = NDArray[Any]

FAR = 1e9  # the distance of what is not met

# kinds of solids
BOX, ROUNDED, LATHE, ARCADE, GROUND, HILLS = range(6)

# kinds of surfaces
MATTE, GLASS, METAL, LAMP, WATER = range(5)

# kinds of lamps
SUN, WINDOW = range(2)

# a row of solids: FRAME is the matrix from the world's directions to the solid's own, SPHERE a center and a radius
KIND, MATERIAL, PROFILE, PLACE, SIZE, FRAME, SPHERE = 0, 1, 2, 3, 6, 9, 18

# a row of materials
SURFACE, TINT, TEXTURE, REPEAT, BUMP, SHINE, ROUGHNESS, FACE, BACKDROP = 0, 1, 4, 5, 7, 8, 9, 10, 11

# the lamp: TOWARDS is the direction of the sun or the middle of the window, ACROSS and UPWARD half its edges
LAMP_KIND, TOWARDS, ACROSS, UPWARD, LIGHT, SOFTNESS = 0, 1, 4, 7, 10, 13

# the sky
ZENITH, HORIZON, SKY_SUN, GLOW, CLOUD_LIGHT, CLOUD_SHADE, BELOW, COVER, HAZE = 0, 3, 6, 9, 12, 15, 18, 21, 22

# the layers of textures and maps
HEIGHT, RED, GREEN, BLUE, STONINESS = range(5)


class Scene(NamedTuple):
    """All that light can meet. The hills, where there are any, are the last of the solids."""

    solids: Table  # (solids, 22)
    profiles: Table  # (profiles, 2, length)
    materials: Table  # (materials, 12)
    textures: Table  # (textures, 4, size, size)
    lamp: Table  # (14,)
    sky: Table  # (23,)
    clouds: Table  # (1, size, size), repeats without seams; gives waves and grass their pattern too
    hills: Table  # (5, cells, cells)
    stones: Table  # (4, size, size), a tile that repeats without seams
    bounces: int
