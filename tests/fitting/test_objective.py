"""The gradient of masking: value, gradient, Gauss-Newton matrix and Hessian of every mask, against other ways."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.fitting import objective as objective_module
from hadimg.fitting.gradient import masking_gradient
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.grid import Grid
from hadimg.masking import apply_mask

SHAPE = (9, 13)
TABLE = {name: masks.parse(family.example) for name, family in (masks.FAMILIES | masks.COMPOSITIONS).items()}
COMPOSED = {
    "shared times per channel": TABLE["cos4"] * TABLE["per_channel"],
    "blend of a product": (TABLE["gaussian"] * TABLE["linear_gradient"]).strength(0.7),
    "power over a family": TABLE["exponential_decay"] ** 0.45 / TABLE["polynomial"],
    "inverse of a normalised": 1 / TABLE["polynomial_surface"].normalised(by="mean"),
}
EVERY = TABLE | COMPOSED
EVERY_WAY = [("linear", 1.0, ("gain", "offset")), ("cauchy", 0.3, ("gain",)), ("soft_l1", 0.5, ())]


def off_center(mask):
    """Return the mask with its centers moved off the pixels, where no profile has a kink."""
    moved = {"row": 0.37, "col": 0.61}
    pairs = zip(mask.names, mask.vector, strict=True)
    return mask.with_vector([moved[name[-3:]] if "center_" in name else value for name, value in pairs])


def observed(mask, rng, channels=None):
    """Return pictures that the mask explains badly, with weights of which one in ten is zero."""
    count = mask.channels or channels
    shape = SHAPE if count is None else (*SHAPE, count)
    weights = rng.uniform(0.5, 2, shape) * (rng.random(shape) < 0.9)
    return Observations(rng.uniform(0.2, 1, shape), rng.uniform(0.2, 1, shape), weights)


def made(mask, seen, way):
    """Return the objective of one way to count, and parameters at which all is at work."""
    loss, scale, free = way
    objective = Objective(mask, seen, loss=LOSSES[loss], scale=scale, free=free, workers=1)
    theta = objective.vector
    theta[len(mask.names) :] += 0.1 * np.arange(1, len(free) + 1)
    return objective, theta


def close(actual, expected, share):
    """Check that numbers agree, to a share of each and a hundredth of that of the largest."""
    np.testing.assert_allclose(actual, expected, rtol=share, atol=share / 100 * np.abs(expected).max(initial=0))


def rates(function, theta):
    """Return central differences by each parameter, with steps that are small for the parameter, not for 1."""
    found = []
    for k, value in enumerate(theta):
        step = np.zeros_like(theta)
        step[k] = np.finfo(float).eps ** (1 / 3) * max(abs(value), 0.05)
        found.append((function(theta + step) - function(theta - step)) / (2 * step[k]))
    return np.array(found)


def dense(objective, theta):
    """Return cost, gradient and Gauss-Newton matrix from whole matrices, as the slides write them."""
    mask, seen = objective.mask, objective.observations
    size, (height, width) = len(mask.names), seen.shape
    model = mask.with_vector(theta[:size])
    others = {"gain": 1.0, "offset": 0.0} | dict(zip(objective.free, theta[size:], strict=True))

    def row(values):
        """Lay one number for each value of the pictures out in a row."""
        values = values[..., None] if values.ndim < seen.image.ndim else values
        return np.broadcast_to(values, seen.image.shape).reshape(1, -1)

    image, target = row(seen.image), row(seen.target)
    v = row(np.ones(seen.image.shape) if seen.variance_weights is None else seen.variance_weights)
    w = row(model.weights((height, width)))
    own = [others["gain"] * image * row(partial) for partial in model.partials((height, width))]
    rows = {"gain": image * w, "offset": np.ones_like(image)}
    jacobian = np.concatenate([np.zeros((0, image.size)), *own, *(rows[name] for name in objective.free)])
    residual = others["gain"] * image * w + others["offset"] - target
    z = v * residual**2 / objective.scale**2
    pull = v * objective.loss.slope(z)
    cost = 0.5 * objective.scale**2 * objective.loss.rho(z).sum()
    return cost, jacobian @ (pull * residual)[0], jacobian * pull @ jacobian.T


# ---- the numbers of the reference


def test_the_reference_vector_to_all_its_digits():
    """Three by four pixels, 1 to 12 onto half of it: cost, gradient, Gauss-Newton matrix and Hessian as printed."""
    image = np.arange(1.0, 13.0).reshape(3, 4)
    found = masking_gradient(masks.ExponentialDecay(rate=1.2), image, image / 2)
    assert found.names == ("rate", "power", "center_row", "center_col")
    some = np.ix_([0, 2, 3], [0, 2, 3])
    np.testing.assert_allclose(found.value, 5.095640128704, rtol=0, atol=5e-13)
    np.testing.assert_allclose(
        found.gradient[[0, 2, 3]], [-2.861981485879, 7.736657991186, 2.102388596941], rtol=0, atol=5e-13
    )
    gauss_newton = [
        [47.989386476819, -62.185235499315, -33.066412562769],
        [-62.185235499315, 160.063128772309, 16.900991828181],
        [-33.066412562769, 16.900991828181, 440.027475252826],
    ]
    np.testing.assert_allclose(found.gauss_newton[some], gauss_newton, rtol=0, atol=5e-13)
    hessian = [  # the printed eight decimals and eight more, from differences with fifty digits
        [46.67799198946427, -57.68309282921626, -29.65346724228336],
        [-57.68309282921626, 14.62459697866426, 15.01491385968918],
        [-29.65346724228336, 15.01491385968918, 443.4215456090667],
    ]
    np.testing.assert_allclose(found.hessian[some], hessian, rtol=1e-13)
    np.testing.assert_allclose(np.linalg.eigvalsh(found.hessian[some]), [-29.294, 87.519, 446.500], atol=6e-4)
    np.testing.assert_allclose(np.linalg.eigvalsh(found.gauss_newton[some]), [19.008, 184.512, 444.560], atol=6e-4)


# ---- every mask


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_sums_are_those_of_the_whole_matrices(name, way, rng, monkeypatch):
    """In strips of a few pixels, sums equal the formulas of the slides with all matrices whole, to rounding."""
    monkeypatch.setattr(objective_module, "STRIP_BYTES", 1 << 14)
    mask = off_center(EVERY[name])
    objective, theta = made(mask, observed(mask, rng, 2), way)
    sums = objective.sums(theta)
    cost, gradient, gauss_newton = dense(objective, theta)
    np.testing.assert_allclose(sums.cost, cost, rtol=1e-12)
    close(sums.gradient, gradient, 1e-10)
    close(sums.gauss_newton, gauss_newton, 1e-10)
    assert objective.value(theta) == sums.cost
    np.testing.assert_array_equal(objective.sums(theta, 1).gradient, sums.gradient)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_gradients_are_central_differences_of_the_cost(name, way, rng):
    """Each derivative is a difference with a step that fits its parameter: error eps**(2/3) of the largest."""
    mask = off_center(EVERY[name])
    objective, theta = made(mask, observed(mask, rng), way)
    close(objective.sums(theta, 1).gradient, rates(objective.value, theta), 1e-6)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_hessians_are_central_differences_of_the_gradient(name, way, rng):
    """Each second derivative is a difference of gradients, and they do not depend on the order."""
    mask = off_center(EVERY[name])
    objective, theta = made(mask, observed(mask, rng), way)
    hessian = objective.hessian(theta)
    close(hessian, rates(lambda at: objective.sums(at, 1).gradient, theta).reshape(hessian.shape), 1e-5)
    np.testing.assert_array_equal(hessian, hessian.T)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_gauss_newton_is_positive_semidefinite(name, way, rng):
    """It is a sum of squares: no eigenvalue falls below zero by more than the rounding of its trace."""
    objective, theta = made(EVERY[name], observed(EVERY[name], rng), way)
    matrix = objective.sums(theta).gauss_newton
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix).min(initial=0) >= -1e-12 * np.trace(matrix)


@pytest.mark.parametrize("name", masks.FAMILIES)
@pytest.mark.parametrize("shape", [SHAPE, (1, 1)])
def test_derivatives_are_finite_on_the_center(name, shape, rng):
    """A pixel at the very center (r = 0), or no other pixel at all, makes nothing infinite or NaN."""
    found = masking_gradient(TABLE[name], rng.random(shape), rng.random(shape))
    assert np.isfinite(found.gradient).all()
    assert np.isfinite(found.gauss_newton).all()
    assert np.isfinite(found.hessian).all()


@pytest.mark.parametrize("name", ["exponential_decay", "gaussian", "linear_gradient", "spline_surface"])
def test_derivatives_are_finite_at_amplitude_zero(name, rng):
    """At amplitude 0 its derivative is the product without it, all others are 0, and nothing is divided by it."""
    mask = masks.Constant(0.0) * off_center(TABLE[name])
    image, target = rng.random((2, *SHAPE))
    found = masking_gradient(mask, image, target)
    shape = image * mask.factors[1].weights(SHAPE)
    np.testing.assert_allclose(found.gradient, [-np.sum(shape * target), *[0] * (len(mask.names) - 1)], rtol=1e-12)
    np.testing.assert_allclose(found.gauss_newton[0, 0], np.sum(shape**2), rtol=1e-12)
    assert not found.gauss_newton[1:].any()
    assert np.isfinite(found.hessian).all()


# ---- another program's derivatives


def in_jax(jnp, theta):
    """Return the blend by 0.7 of a power of a decay times a constant, in JAX."""
    rate, power, row, col, low, exponent = theta
    height, width = SHAPE
    half = np.hypot(height, width) / 2
    down = ((np.arange(height) + 0.5) / height - row)[:, None] * height / half
    across = ((np.arange(width) + 0.5) / width - col)[None] * width / half
    decay = jnp.exp(-rate * jnp.hypot(down, across) ** power)
    return 1 + 0.7 * ((decay * low) ** exponent - 1)


@pytest.mark.peer
@pytest.mark.parametrize("way", EVERY_WAY[:2], ids=str)
def test_composed_masks_agree_with_jax(way, rng):
    """A blend of a power of a product, in three channels: value, gradient and Hessian agree with JAX to 1e-10."""
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    mask = ((masks.ExponentialDecay(0.9, 1.4, center_row=0.45, center_col=0.58) * masks.Constant(0.8)) ** 0.7).strength(
        0.7
    )
    chosen = [k for k, name in enumerate(mask.names) if name != "amount"]
    objective, theta = made(mask, observed(mask, rng, 3), way)
    seen = objective.observations
    places = [*chosen, *range(len(mask.names), len(theta))]
    rho = {"linear": lambda z: z, "cauchy": jnp.log1p, "soft_l1": lambda z: 2 * (jnp.sqrt(1 + z) - 1)}[way[0]]

    def cost(at):
        others = dict(zip(objective.free, at[len(chosen) :], strict=True))
        weights = in_jax(jnp, at[: len(chosen)])[..., None]
        fitted = others.get("gain", 1.0) * seen.image * weights + others.get("offset", 0.0)
        z = seen.variance_weights * (fitted - seen.target) ** 2 / objective.scale**2
        return 0.5 * objective.scale**2 * jnp.sum(rho(z))

    with jax.enable_x64():
        every = jax.jit(lambda at: (cost(at), jax.grad(cost)(at), jax.hessian(cost)(at)))
        value, gradient, hessian = (np.asarray(result) for result in every(theta[places]))
    np.testing.assert_allclose(objective.value(theta), value, rtol=1e-12)
    close(objective.sums(theta, 1).gradient[places], gradient, 1e-10)
    close(objective.hessian(theta)[np.ix_(places, places)], hessian, 1e-10)


# ---- pixels and channels


def test_pixels_without_weight_count_for_nothing(rng):
    """NaN with the weight 0 gives the same sums as a picture without those pixels, also where the mask is infinite."""
    zeros = masks.Array(np.where(np.arange(13) < 4, 0.0, 0.5) * np.ones((9, 1)))
    mask = masks.product(1 / (zeros * masks.Constant(1.2)), off_center(TABLE["gaussian"]))
    image, target = rng.random((2, *SHAPE))
    weights = np.broadcast_to(np.arange(13) >= 4, SHAPE)
    holes = Objective(mask, Observations(np.where(weights, image, np.nan), target, weights))
    kept = (slice(None), slice(4, None))
    whole = Objective(mask, Observations(image[kept], target[kept], grid=Grid.of(SHAPE, kept)))
    assert holes.count == whole.count == 81
    for one, other in zip(holes.sums(mask.vector), whole.sums(mask.vector), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    close(holes.hessian(mask.vector), whole.hessian(mask.vector), 1e-12)


def test_channels_that_share_a_mask_add_up(rng):
    """The sums of a color picture are those of its channels, one by one."""
    mask = off_center(TABLE["gaussian"])
    image, target, weights = rng.random((3, *SHAPE, 3))
    together = Objective(mask, Observations(image, target, weights)).sums(mask.vector)
    apart = [
        Objective(mask, Observations(image[..., k], target[..., k], weights[..., k])).sums(mask.vector)
        for k in range(3)
    ]
    for one, *others in zip(together, *apart, strict=True):
        np.testing.assert_allclose(one, sum(others), rtol=1e-12)


def test_masks_for_each_channel_keep_apart(rng):
    """Parameters of different channels do not meet: their block of the matrix is exactly zero."""
    mask = masks.PerChannel(masks.Gaussian(), masks.Gaussian())
    matrix = masking_gradient(mask, *rng.random((2, *SHAPE, 2)), alpha=False)
    half = len(mask.names) // 2
    assert not matrix.gauss_newton[:half, half:].any()
    assert not matrix.hessian[:half, half:].any()
    assert matrix.gauss_newton[:half, :half].any()


@pytest.mark.parametrize("alpha", [None, True, False])
def test_opacity_does_not_count(alpha, rng):
    """Of four channels the last is left out, as apply_mask leaves it as it is, unless it is said to be a color."""
    mask = off_center(TABLE["gaussian"])
    image, target = rng.random((2, *SHAPE, 4))
    found = masking_gradient(mask, image, target, alpha=alpha)
    color = 4 if alpha is False else 3
    expected = masking_gradient(mask, image[..., :color], target[..., :color], alpha=False)
    assert found.value == expected.value
    np.testing.assert_array_equal(found.gradient, expected.gradient)
    masked = apply_mask(image, mask, alpha=alpha)
    np.testing.assert_allclose(found.value, 0.5 * np.sum((masked - target)[..., :color] ** 2), rtol=1e-13)


def test_strips_give_whoever_asks_the_same_sums(rng):
    """Residuals, weights and derivatives strip by strip make up the gradient and the matrix."""
    objective, theta = made(COMPOSED["shared times per channel"], observed(TABLE["per_channel"], rng), EVERY_WAY[1])
    sums = objective.sums(theta)
    gradient, matrix = 0, 0
    for part in objective.strips(theta):
        rows = part.jacobian.reshape(len(theta), -1)
        pull = part.slope_weights.ravel()
        gradient += rows @ (pull * part.residual.ravel())
        matrix += rows * pull @ rows.T
    np.testing.assert_allclose(gradient, sums.gradient, rtol=1e-11)
    np.testing.assert_allclose(matrix, sums.gauss_newton, rtol=1e-11, atol=1e-13 * np.abs(matrix).max())
    seen = objective.observations
    np.testing.assert_allclose(
        objective.target_norm, np.sqrt((seen.variance_weights * seen.target**2).sum()), rtol=1e-13
    )


# ---- threads and memory


def test_any_number_of_threads_gives_the_same_bits(rng):
    """Strips are summed in an order that does not depend on who computes them."""
    image, target = rng.random((2, 151, 217, 3))
    seen = Observations(image, target)
    for mask in (TABLE["product"], COMPOSED["shared times per channel"]):
        first, *others = [Objective(mask, seen, workers=workers) for workers in (1, 2, 5)]
        for other in others:
            for one, two in zip(first.sums(mask.vector), other.sums(mask.vector), strict=True):
                np.testing.assert_array_equal(one, two)
            np.testing.assert_array_equal(first.hessian(mask.vector), other.hessian(mask.vector))


def peak_of(objective, *calls):
    """Return the largest number of bytes that were held at a time beside the pictures."""
    tracemalloc.start()
    for call in calls:
        call(objective.vector)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("name", [name for name in EVERY if "normalised" not in name])  # they make others wait
def test_no_thread_holds_more_than_its_share_of_64_mib(name, rng):
    """Of every mask, one thread's strip takes so little that as many as there may be stay below 64 MiB."""
    mask = EVERY[name]
    image = rng.random((12, 2000) if mask.channels is None else (12, 2000, mask.channels), dtype=np.float32)
    objective = Objective(mask, Observations(image, image, image), workers=1, free=("gain", "offset"))
    assert peak_of(objective, objective.sums, objective.hessian) < (64 << 20) / objective_module.MOST_THREADS


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("product", (300, 700)),
        ("normalised", (100, 6000)),
        ("shared times per channel", (300, 300, 3)),
        ("exponential_decay", (2, 300_000)),
        ("gaussian", (200_000, 3)),
    ],
)
def test_memory_beside_the_pictures_stays_below_64_mib(name, shape, rng):
    """However large or odd the picture and however many threads: below 64 MiB."""
    image = rng.random(shape, dtype=np.float32)
    objective = Objective(EVERY[name], Observations(image, image, image), workers=64)
    assert peak_of(objective, objective.sums, objective.hessian) < 64 << 20


# ---- what is refused


def test_arguments_that_break_a_rule_are_refused_by_name():
    """Masks for other channels, wrong vectors, options and orders: one line each that names the rule and the value."""
    seen = Observations(np.ones((4, 5)), np.ones((4, 5)))
    mask = masks.Constant()
    with pytest.raises(ArgumentTypeError, match="mask must be a mask, got float"):
        Objective(0.5, seen)
    with pytest.raises(ArgumentError, match=r"the mask is for 3 color channels, the pictures have none \(fit one mask"):
        Objective(TABLE["per_channel"], seen)
    with pytest.raises(ArgumentError, match="scale must be above 0, got -1"):
        Objective(mask, seen, scale=-1)
    with pytest.raises(ArgumentError, match="free must hold only 'gain', 'offset', got 'rate'"):
        Objective(mask, seen, free=("gain", "rate"))
    with pytest.raises(ArgumentError, match="workers must be at least 1, got 0"):
        Objective(mask, seen, workers=0)
    objective = Objective(mask, seen, free=("offset", "gain"))
    assert objective.names == ("value", "picture.gain", "picture.offset")
    with pytest.raises(ArgumentError, match=r"theta must hold 3 values .* got shape \(1,\)"):
        objective.value([1.0])
    with pytest.raises(ArgumentError, match="order must be 0, 1 or 2, got 3"):
        objective.sums(objective.vector, 3)


def test_what_is_not_finite_is_no_result():
    """Where a pixel counts that the mask makes infinite, the gradient is refused with the way out."""
    with pytest.raises(ArgumentError, match=r"masking_gradient: the cost must be finite, got inf \(give weights of 0"):
        masking_gradient(1 / masks.Constant(0.0), np.ones((2, 2)), np.ones((2, 2)))
