"""The product in linear light of pixels that are stored as codes: decoded by a table, encoded by thresholds."""

from __future__ import annotations

from typing import Any

from hadimg.kernels.compiling import kernel

__all__ = ["multiply_codes"]


@kernel
def multiply_codes(
    pixels: Any,
    weights: Any,
    out: Any,
    color: int,
    light: Any,
    thresholds: Any,
    first: Any,
    band: float,
    suspects: Any,
) -> Any:
    """Multiply (H, W, C) codes by float64 weights (H, W) in linear light.

    ``light[code]`` is the light of a code, ``thresholds[code]`` the light at which the next code begins, and
    ``first[k]`` the code of the light ``k / (first.size - 1)``, from which the search goes upwards.

    Return how many values passed white, and how many suspects there are: values less than ``band`` from another code,
    as ``index << 16 | code``. They are left out of the first count.
    """
    height, width, channels = pixels.shape
    cells = first.size - 1
    saturated, found = 0, 0
    for i in range(height):
        for j in range(width):
            weight = weights[i, j]
            for k in range(color):
                value = light[pixels[i, j, k]] * weight
                if value >= 1.0 + band:
                    saturated += value > 1.0
                    out[i, j, k] = thresholds.size
                    continue
                code = first[int(min(max(value, 0.0), 1.0) * cells)]
                while code < thresholds.size and value >= thresholds[code]:
                    code += 1
                below = thresholds[code - 1] if code > 0 else -1.0
                above = thresholds[code] if code < thresholds.size else 1.0
                if min(value - below, above - value) < band:
                    suspects[found] = ((i * width + j) * channels + k) << 16 | pixels[i, j, k]
                    found += 1
                out[i, j, k] = code
            for k in range(color, channels):
                out[i, j, k] = pixels[i, j, k]
    return saturated, found
