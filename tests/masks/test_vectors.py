"""Values and partial derivatives that were computed elsewhere, on a (4, 6) picture with the center off the middle."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg import masks
from hadimg.grid import Grid

CENTER = ", center_row=0.4, center_col=0.6)"

VECTORS = [
    (
        "exponential_decay(rate=1.2, power=1.3",
        0.344714178,
        [-0.3059452, 0.03369431, -0.1940858, -0.8204535],
        0.588033938,
    ),
    (
        "gaussian(sigma=0.7, aspect=1.6, angle=25",
        0.39135393,
        [1.048988, -0.09753265, -0.005655262, -0.6699413, -1.064628],
        0.725786431,
    ),
    ("cos4(half_field_angle=35", 0.504370739, [-0.0217192, -0.2377649, -1.005097], 0.747369364),
    ("cos4_angle(angle=36", 0.498247595, [-0.02048497, -0.2998909, -1.267721], 0.761871149),
    (
        "polynomial(k1=-0.5334, k2=-0.7926, k3=0.5243",
        0.309279879,
        [0.8323077, 0.6927361, 0.5765696, -0.5166071, -2.183839],
        0.721230267,
    ),
    (
        "lensfun_pa(k1=-0.5334, k2=-0.7926, k3=0.5243",
        0.309279879,
        [0.8323077, 0.6927361, 0.5765696, -0.5166071, -2.183839],
        0.721230267,
    ),
    (
        "dng_vignette(k0=0.3, k1=0.2, k2=-0.1, k3=0.15, k4=0.05",
        0.805886686,
        [-0.3753785, -0.2169656, -0.1254042, -0.07248258, -0.04189431, -0.396738, -0.2438712],
        0.918396082,
    ),
    (
        "hugin(va=1, vb=-0.4, vc=-0.1, vd=0.05",
        0.626631793,
        [1, 0.8323077, 0.6927361, 0.5765696, -0.3131115, -1.323608],
        0.842609814,
    ),
    (
        "micasense(k0=-0.05, k1=-0.3, k2=0.1, k3=-0.2, k4=0.05, k5=0.02",
        0.685208063,
        [0.912309, 0.8323077, 0.7593218, 0.6927361, 0.6319894, 0.5765696, -0.2619695, -1.107416],
        0.860935525,
    ),
    (
        "aperture(low=0.3, radius=0.7, softness=0.1, aspect=1.4, angle=20, exponent=4",
        0.535303533,
        [0.6638521, 1.562067, 1.063, -0.120573, -0.01004354, 0.04896584, -1.147366, -1.711396],
        0.838337812,
    ),
    (
        "tanh_falloff(corner=0.4, steepness=3.5",
        0.487154167,
        [1.040979, 0.02811565, -0.422054, -1.784138],
        0.825061119,
    ),
    (
        "linear_gradient(angle=30, low=0.4, high=1.1, offset=0.1, width=0.25",
        0.441346359,
        [0.001885204, 0.9409338, 0.05906623, -0.1556167, 0.4307804, 0.08632064, -0.2242676],
        0.625294639,
    ),
    (
        "radial_spline(coefficients=[1, 0.97, 0.8, 0.6, 0.5], knots=[0, 0.25, 0.5, 0.75, 1], degree=1",
        0.535076404,
        [0, 0, 0, 0.350764, 0.649236, -0.1483978, -0.6273178],
        0.756630669,
    ),
]


def test_positions_of_the_first_pixel():
    """The grid's offsets and scale have the printed values, to all printed digits."""
    grid = Grid.of((4, 6))
    v, u = grid.offsets(0.4, 0.6)
    kv, ku = grid.scale
    assert u[0, 0] == pytest.approx(-0.859785304149, abs=5e-13)
    assert v[0, 0] == pytest.approx(-0.305085107924, abs=5e-13)
    assert np.hypot(u, v)[0, 0] == pytest.approx(0.912308989492, abs=5e-13)
    assert kv == pytest.approx(1.10940039245, abs=5e-12)
    assert ku == pytest.approx(1.66410058868, abs=5e-12)
    assert kv**2 + ku**2 == pytest.approx(4.0, abs=1e-14)


@pytest.mark.parametrize(
    ("text", "first", "partials", "mean"), VECTORS, ids=[row[0].partition("(")[0] for row in VECTORS]
)
def test_weights_and_partials_to_all_printed_digits(text, first, partials, mean):
    """Weight and partial derivatives at pixel (0, 0), and the mean weight, agree to half a unit of the last digit."""
    mask = masks.parse(text + CENTER)
    weights = mask.weights((4, 6))
    assert weights[0, 0] == pytest.approx(first, abs=5.1e-10)
    assert weights.mean() == pytest.approx(mean, abs=5.1e-10)
    found = mask.jacobian((4, 6))[:, 0, 0]
    for value, printed in zip(found, partials, strict=True):
        assert value == pytest.approx(printed, rel=5.1e-7)
