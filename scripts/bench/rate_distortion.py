"""How near a picture is to another, and how many bits one codec saves against another at the same nearness."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.interpolate import PchipInterpolator
from skimage.metrics import structural_similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MEASURES", "Point", "bd_rate", "nearness"]

JFIF = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
LOWEST, HIGHEST = 0.25, 2.0
"""Bits per pixel between which codecs are compared."""


class Point(NamedTuple):
    """One picture at one setting: bits per pixel and three kinds of nearness, all of which grow with quality.

    Peak signal-to-noise ratio of the squared errors of Y, Cb and Cr weighted 6:1:1; the ratios themselves weighted
    6:1:1; and ``-log(1 - SSIM)`` of Y.
    """

    rate: float
    psnr: float
    mean_psnr: float
    ssim: float


MEASURES = {"PSNR of 6:1:1": 1, "6:1:1 of PSNRs": 2, "SSIM of Y": 3}
"""By name, where a measure stands in a `Point`."""


def nearness(given: NDArray[np.uint8], found: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Return what a `Point` holds beside the rate."""
    first, second = given.astype(np.float32) @ JFIF.T, found.astype(np.float32) @ JFIF.T
    errors = np.maximum(((first - second).astype(float) ** 2).mean((0, 1)), 1e-6)
    weights = np.array([6, 1, 1]) / 8
    ratios = 10 * np.log10(255**2 / errors)
    similarity = structural_similarity(  # type: ignore[no-untyped-call]
        first[..., 0], second[..., 0], data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    whole = 10 * np.log10(255**2 / float(weights @ errors))
    return whole, float(weights @ ratios), -float(np.log(max(1 - float(similarity), 1e-9)))


def _curve(points: Sequence[Point], measure: int) -> tuple[float, float, PchipInterpolator]:
    """Return the lowest and highest quality within the rates, and log rate over quality."""
    ordered = sorted(points)
    rates = np.log([point.rate for point in ordered])
    qualities = np.maximum.accumulate([point[measure] for point in ordered]) + 1e-9 * np.arange(len(ordered))
    of_rate = PchipInterpolator(rates, qualities)
    low, high = max(np.log(LOWEST), rates[0]), min(np.log(HIGHEST), rates[-1])
    return float(of_rate(low)), float(of_rate(high)), PchipInterpolator(qualities, rates)


def bd_rate(reference: Sequence[Point], points: Sequence[Point], measure: int) -> float:
    """Return by how many per cent the rate differs at equal quality, on average over the qualities in common.

    Examples
    --------
    >>> line = [Point(rate, 30 + 5 * np.log(rate), 0, 0) for rate in (0.2, 0.5, 1.0, 3.0)]
    >>> half = [point._replace(rate=point.rate / 2) for point in line]
    >>> round(bd_rate(line, half, 1), 6)
    -50.0
    """
    low, high, over = _curve(reference, measure)
    own_low, own_high, own_over = _curve(points, measure)
    low, high = max(low, own_low), min(high, own_high)
    if high <= low:
        return float("nan")
    difference = float(own_over.integrate(low, high) - over.integrate(low, high)) / (high - low)
    return 100 * float(np.expm1(difference))
