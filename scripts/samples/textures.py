"""Textures of 512 x 512: red, green and blue in linear light, and a height for the relief."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from samples.film import linear
from samples.noise import Field, fractal

if TYPE_CHECKING:
    from samples.vectors import Vector

SIZE = 512


def stacked(color: Field, height: Field) -> Field:
    """Return a texture from a color and a height."""
    return np.concatenate([np.broadcast_to(color, (*height.shape, 3)), height[..., None]], axis=-1)


def between(share: Field, low: Vector, high: Vector) -> Field:
    """Return colors from ``low`` where ``share`` is 0 to ``high`` where it is 1."""
    return np.asarray(low + share[..., None] * np.subtract(high, low))


def wood(rng: np.random.Generator, boards: int = 4, light: Vector = (0.42, 0.24, 0.12)) -> Field:
    """Return boards that run across, with grain, fibers and dark joints."""
    rows = np.arange(SIZE) * boards // SIZE
    drift = rng.integers(0, SIZE, boards)
    grain = fractal(SIZE, 1.3, rng, stretch=14.0)
    fibers = fractal(SIZE, 0.7, rng, stretch=40.0)
    columns = (np.arange(SIZE)[None, :] + drift[rows][:, None]) % SIZE
    pattern = 0.65 * grain[np.arange(SIZE)[:, None], columns] + 0.35 * fibers
    tone = rng.uniform(0.75, 1.1, boards)[rows][:, None]
    edge = np.abs((np.arange(SIZE) * boards / SIZE) % 1.0 - 0.5)[:, None]
    joint = np.clip((0.5 - edge) * SIZE / boards / 2.0, 0.0, 1.0) * np.ones((1, SIZE))
    color = (
        between(np.clip(pattern, 0, 1), tuple(0.45 * np.asarray(light)), light)
        * (tone * (0.35 + 0.65 * joint))[..., None]
    )
    return stacked(color, 0.25 * pattern + joint)


def plaster(rng: np.random.Generator, color: Vector, contrast: float = 0.12) -> Field:
    """Return a wall that was painted by hand: clouds of tone and a fine relief."""
    clouds, relief = fractal(SIZE, 1.4, rng), fractal(SIZE, 0.9, rng)
    tone = 1.0 - contrast * clouds - 0.4 * contrast * relief
    return stacked(np.asarray(color) * tone[..., None], relief)


def lettering(text: str, *, paper: Vector, ink: Vector, aspect: float, height: float = 0.6, border: int = 0) -> Field:
    """Return text on paper, for a face ``aspect`` times as wide as high; lines are parted by ``/``.

    Colors are sRGB values from 0 to 255; ``height`` is the share of the face's height that the lines fill.
    """
    across, down = (1536, max(int(1536 / aspect), 8)) if aspect > 1 else (max(int(1536 * aspect), 8), 1536)
    page = Image.new("RGB", (across, down), tuple(int(value) for value in paper))
    pen = ImageDraw.Draw(page)
    lines = text.split("/")
    line_height = height * down / len(lines)
    for index, line in enumerate(lines):
        size = 0.85 * line_height
        size *= min(1.0, 0.86 * across / pen.textlength(line, ImageFont.load_default(size)))
        place = (across / 2, down * (1 - height) / 2 + (index + 0.5) * line_height)
        pen.text(place, line, tuple(int(value) for value in ink), ImageFont.load_default(size), anchor="mm")
    if border:
        pen.rectangle(
            (border, border, across - border, down - border), outline=tuple(int(v) for v in ink), width=border // 2
        )
    flat = np.asarray(page.resize((SIZE, SIZE), Image.Resampling.LANCZOS)) / 255.0
    return stacked(linear(flat), flat.mean(axis=-1))


def pages(rng: np.random.Generator) -> Field:
    """Return the cut edge of a block of paper: fine lines that run across."""
    lines = 0.7 + 0.3 * rng.random((SIZE, 1)) * np.ones((1, SIZE)) - 0.1 * fractal(SIZE, 1.2, rng)
    return stacked(lines[..., None] * np.array((0.72, 0.64, 0.5)), lines)


def apple_skin(rng: np.random.Generator) -> Field:
    """Return red streaks on yellow green, with small pale dots."""
    streaks = fractal(SIZE, 1.0, rng, stretch=0.03)
    patches = fractal(SIZE, 1.6, rng, stretch=0.28)
    red = np.clip(2.4 * (0.45 * streaks + 0.75 * patches - 0.28), 0.0, 1.0)
    dots = fractal(SIZE, 0.2, rng) > 0.93
    color = between(red, (0.55, 0.42, 0.06), (0.42, 0.022, 0.018))
    color[dots] = 0.6 * color[dots] + 0.4 * np.array((0.6, 0.5, 0.25))
    return stacked(color, fractal(SIZE, 1.5, rng))


def peel(rng: np.random.Generator, color: Vector) -> Field:
    """Return the dimpled peel of a lemon or an orange."""
    pores = np.clip(fractal(SIZE, 0.55, rng) * 1.6 - 0.3, 0.0, 1.0)
    return stacked(np.asarray(color) * (0.86 + 0.14 * pores + 0.1 * fractal(SIZE, 1.5, rng))[..., None], pores)


def slabs(rng: np.random.Generator, rows: int, columns: int, color: Vector, *, broken: bool = True) -> Field:
    """Return a floor or a wall of stone slabs in rows, each of its own tone, with worn joints."""
    row = np.arange(SIZE)[:, None] * rows / SIZE + np.zeros((1, SIZE))
    shift = (0.5 * (row.astype(int) % 2)) if broken else 0.0
    column = (np.arange(SIZE)[None, :] * columns / SIZE + shift) % columns
    tones = rng.uniform(0.72, 1.12, (rows, columns))[row.astype(int), column.astype(int)]
    ragged = 0.05 * (fractal(SIZE, 1.2, rng) - 0.5)
    edge = np.minimum(0.5 - np.abs(row % 1 - 0.5), (0.5 - np.abs(column % 1 - 0.5)) * rows / columns) + ragged
    joint = np.clip(edge / 0.05, 0.0, 1.0)
    spots = fractal(SIZE, 1.1, rng)
    tone = tones * (0.8 + 0.4 * (spots - 0.5)) * (0.45 + 0.55 * joint)
    return stacked(np.asarray(color) * tone[..., None], joint + 0.5 * spots)


def planks(rng: np.random.Generator, count: int, light: Vector) -> Field:
    """Return boards that stand upright."""
    return np.swapaxes(wood(rng, boards=count, light=light), 0, 1).copy()


def foliage(rng: np.random.Generator) -> Field:
    """Return small leaves, light above and dark between."""
    leaves = fractal(SIZE, 0.9, rng)
    depth = np.clip((leaves - 0.35) * 2.2, 0.0, 1.0)
    return stacked(between(depth, (0.006, 0.012, 0.004), (0.10, 0.16, 0.045)), depth)


def book_spines(rng: np.random.Generator) -> Field:
    """Return a shelf of books of many colors, widths and heights, with bands and a line of title."""
    picture = np.zeros((SIZE, SIZE, 3)) + 0.01
    left = 0
    while left < SIZE - 8:
        width, top = int(rng.integers(9, 24)), int(rng.integers(10, 150))
        right = min(left + width, SIZE)
        color = rng.uniform(0.02, 0.12) + rng.uniform(0.0, 0.45, 3) * rng.uniform(0.1, 1.0)
        rounded = 0.55 + 0.45 * np.sin(np.pi * (np.arange(left, right) - left + 0.5) / width)
        picture[top:, left:right] = color * rounded[:, None]
        for band in rng.integers(top + 10, SIZE - 20, 2):
            picture[band : band + 6, left:right] = 0.5 * rounded[:, None]
        title = int(rng.integers(top + 40, top + 120))
        picture[title : title + 140, left + width // 3 : right - width // 3] += 0.25 * (rng.random((140, 1, 1)) > 0.3)
        left = right
    return stacked(picture, np.ones((SIZE, SIZE)))
