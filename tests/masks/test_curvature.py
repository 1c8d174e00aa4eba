"""Second derivatives of masks: the worked example of the reference, another program's, tips and what is refused."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.masks import contraction, evaluated, tensor

SHAPE = (6, 9)


def test_the_worked_example_of_the_reference():
    """Gauss-Newton matrix plus curvature is the full Hessian of calculus.md, test vector V1, to all printed digits."""
    mask = masks.ExponentialDecay(rate=1.2)
    image = np.arange(1.0, 13.0).reshape(3, 4)
    residual = mask.weights((3, 4)) * image - image / 2
    slopes = mask.jacobian((3, 4)) * image
    gauss_newton = np.einsum("khw,lhw->kl", slopes, slopes)
    hessian = gauss_newton + mask.curvature((3, 4), image * residual)
    own = [mask.names.index(name) for name in ("rate", "center_row", "center_col")]  # the power is held there
    # To 14 digits, by differentiating the cost with 40; where -29.653467242 is printed as -29.65346725.
    exact = np.array(
        [
            [46.677991989464, -57.683092829216, -29.653467242283],
            [-57.683092829216, 14.624596978664, 15.014913859689],
            [-29.653467242283, 15.014913859689, 443.42154560907],
        ]
    )
    np.testing.assert_allclose(hessian[np.ix_(own, own)], exact, rtol=1e-12)
    printed = [46.67799199, -57.68309283, -29.65346725, 14.62459698, 15.01491386, 443.42154561]
    np.testing.assert_allclose(hessian[np.ix_(own, own)][np.triu_indices(3)], printed, rtol=0, atol=1e-8)
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian[np.ix_(own, own)]), [-29.294, 87.519, 446.5], atol=5.1e-4)


def positions(np_like, row, col):
    """Return v and u of all pixels of SHAPE for a center, in half diagonals, written independently of hadimg."""
    height, width = SHAPE
    unit = np.hypot(height, width) / 2
    v = (np_like.arange(height) + 0.5 - row * height) / unit
    u = (np_like.arange(width) + 0.5 - col * width) / unit
    return v[:, None], u[None, :]


def formulas(jnp):
    """Return formulas in the order of the parameters, each with the mask that it is."""

    def exponential(rate, power, row, col):
        v, u = positions(jnp, row, col)
        return jnp.exp(-rate * (v * v + u * u) ** (power / 2))

    def turned(angle, row, col):
        v, u = positions(jnp, row, col)
        t = jnp.deg2rad(angle)
        return u * jnp.cos(t) - v * jnp.sin(t), u * jnp.sin(t) + v * jnp.cos(t)

    def gaussian(sigma, aspect, angle, row, col):
        a, b = turned(angle, row, col)
        return jnp.exp(-(a * a / aspect + aspect * b * b) / (2 * sigma**2))

    def distance(aspect, angle, exponent, row, col):
        a, b = turned(angle, row, col)
        m = jnp.sqrt(aspect)
        return (jnp.abs(a / m) ** exponent + jnp.abs(b * m) ** exponent) ** (1 / exponent)

    def aperture(low, radius, softness, aspect, angle, exponent, row, col):
        d = distance(aspect, angle, exponent, row, col)
        return low + (1 - low) / (1 + jnp.exp((d - radius) / softness))

    def kang_weiss(f, alpha, tilt, axis, row, col):
        v, u = positions(jnp, row, col)
        s, tau, chi = v * v + u * u, jnp.deg2rad(tilt), jnp.deg2rad(axis)
        perspective = 1 + jnp.tan(tau) / f * (u * jnp.sin(chi) - v * jnp.cos(chi))
        return (1 + s / f**2) ** -2 * (1 - alpha * jnp.sqrt(s)) * jnp.cos(tau) * perspective**3

    def dng(k0, k1, k2, k3, k4, row, col):
        v, u = positions(jnp, row, col)
        sides = [(size * jnp.maximum(place, 1 - place)) ** 2 for size, place in zip(SHAPE, (row, col), strict=True)]
        z = (v * v + u * u) * (SHAPE[0] ** 2 + SHAPE[1] ** 2) / 4 / sum(sides)
        return 1 / (1 + k0 * z + k1 * z**2 + k2 * z**3 + k3 * z**4 + k4 * z**5)

    def composed(*values):
        *own, amount, exponent = values
        inner = exponential(*own[:4]) * gaussian(*own[4:])
        return ((1 + amount * (inner - 1)) ** -1) ** exponent

    center = {"center_row": 0.41, "center_col": 0.57}
    decay, spot = masks.ExponentialDecay(1.2, 1.3, **center), masks.Gaussian(0.7, 1.6, 25.0)
    return {
        "aperture": (aperture, masks.Aperture(0.3, 0.7, 0.1, 1.4, 20.0, 4.0, **center)),
        "kang_weiss": (kang_weiss, masks.KangWeiss(1.6, 0.12, 8.0, 30.0, **center)),
        "dng": (dng, masks.DngVignette(0.3, 0.2, -0.1, 0.15, 0.05, **center)),
        "composed": (composed, (1 / (decay * spot).strength(0.7)) ** 0.45),
    }


@pytest.mark.peer
@pytest.mark.parametrize("name", ["aperture", "kang_weiss", "dng", "composed"])
def test_the_second_derivatives_are_those_of_jax(name, rng):
    """JAX differentiates formulas that are written anew to the same numbers, to 1e-10."""
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        formula, mask = formulas(jax.numpy)[name]
        field = rng.standard_normal(SHAPE)

        def total(vector):
            return (field * formula(*vector)).sum()

        theirs = np.asarray(jax.jit(jax.hessian(total))(jax.numpy.asarray(mask.vector)))
    scale = np.sqrt(np.abs(np.diag(theirs)))
    np.testing.assert_array_less(np.abs(mask.curvature(SHAPE, field) - theirs), 1e-10 * np.outer(scale, scale) + 1e-10)


@pytest.mark.parametrize("text", ["exponential_decay(power=2)", "cos4()", "cos4_angle()", "gaussian(aspect=1.5)"])
def test_a_smooth_top_has_its_second_derivative(text):
    """At the very center, r = 0, of a mask without a tip the curvature is the difference of partial derivatives."""
    mask, one, step = masks.parse(text), np.ones((1, 1)), 1e-5
    moves = [mask.replace(center_row=0.5 + sign * step).jacobian((1, 1))[-2, 0, 0] for sign in (1, -1)]
    np.testing.assert_allclose(mask.curvature((1, 1), one)[-2, -2], (moves[0] - moves[1]) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize(
    "text",
    ["exponential_decay()", "exponential_decay(power=0.25)", "micasense(k0=-0.1)", "tanh_falloff()", "aperture()"],
)
def test_the_tip_of_a_cone_counts_for_nothing(text):
    """At the tip of a cone there is no second derivative by the center: it counts as 0, and never as NaN."""
    np.testing.assert_array_equal(masks.parse(text).curvature((1, 1), np.ones((1, 1)))[-2:, -2:], np.zeros((2, 2)))


@pytest.mark.parametrize("by", ["center", "max", "mean"])
def test_a_level_bends_with_the_mask(by, rng):
    """Divided by its level, whichever, a mask has the second derivatives of the whole quotient."""
    mask = masks.Gaussian(0.7, 1.6, 25.0, center_row=0.41, center_col=0.57).normalised(by=by)
    field, step = rng.standard_normal(SHAPE), 1e-5
    curvature = mask.curvature(SHAPE, field)
    for row, shift in zip(curvature, step * np.eye(len(mask.names)), strict=True):
        after, before = (mask.with_vector(mask.vector + sign * shift).jacobian(SHAPE) for sign in (1, -1))
        difference = np.tensordot(after - before, field, 2) / (2 * step)
        np.testing.assert_allclose(row, difference, rtol=1e-6, atol=1e-6 * np.abs(difference).max())


def test_channels_that_share_a_factor_add_up(rng):
    """A factor for all channels bends by the sum over channels; two channels have no second derivative together."""
    cast, shared = masks.PerChannel(masks.Cos4(20.0), masks.Gaussian(0.9)), masks.ExponentialDecay(0.8, 2.0)
    field = rng.standard_normal((*SHAPE, 2))
    whole = (cast * shared).curvature(SHAPE, field)
    one, other = (mask * shared for mask in cast.masks)
    first, second = one.curvature(SHAPE, field[..., 0]), other.curvature(SHAPE, field[..., 1])
    np.testing.assert_allclose(whole[8:, 8:], first[3:, 3:] + second[5:, 5:], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(whole[:3, 8:], first[:3, 3:], rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(whole[:3, 3:8], np.zeros((3, 5)))


def test_strips_add_up_to_the_whole(rng, monkeypatch):
    """However few rows are taken at a time, the sums are those of all rows but for rounding."""
    mask = masks.Product(masks.Gaussian(0.6, 1.3, 10.0), masks.PerChannel(masks.Constant(0.5), masks.Cos4()))
    field = rng.standard_normal((31, 22, 2))
    whole = mask.curvature((31, 22), field)
    monkeypatch.setattr(evaluated, "STRIP_VALUES", 1)
    np.testing.assert_allclose(mask.curvature((31, 22), field), whole, rtol=1e-12, atol=1e-12)


def test_no_second_derivative_is_kept_as_a_picture():
    """Of 15 second derivatives over 4 million pixels each none needs memory: under two pictures in all."""
    mask, field = masks.Gaussian(0.6, 1.3, 10.0), np.ones((2000, 2000))
    tracemalloc.start()
    mask.curvature(field.shape, field)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * field.nbytes


def test_an_outer_product_is_not_needed(rng):
    """The Gram matrix of outer products through the factors is that of the outer products themselves."""
    rows, cols, field = (rng.standard_normal(shape) for shape in ((6, 3), (9, 4), SHAPE))
    products = list(tensor.outer_products(rows, cols))
    np.testing.assert_allclose(
        tensor.tensor_gram(rows, cols, field), contraction.gram(field, products), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize(
    "mask",
    [
        1 / masks.HalfCosine(-1.0, 0.1, 0.2),
        masks.HalfCosine(-1.0, 0.1, 0.2) ** -0.5,
        masks.DngVignette(k0=-16.0 / 9.0),  # the gain is 0 at the corners
    ],
    ids=str,
)
def test_pixels_that_count_for_nothing_may_be_infinite(mask):
    """With 0 for its pixel, a weight without a finite value spoils no sum."""
    weights = mask.weights((4, 4))
    assert np.isinf(weights).any()
    assert np.isfinite(mask.curvature((4, 4), np.isfinite(weights))).all()


@pytest.mark.parametrize("exponent", [0.0, 0.45, 1.0, 2.0, 3.0])
def test_powers_of_a_mask_with_zeros_bend_finitely(exponent):
    """Where the weight is 0, whatever is infinite counts as 0."""
    mask = masks.HalfCosine(-1.0, 0.1, 0.2) ** exponent
    assert (mask.mask.weights((9, 13)) == 0).any()
    assert np.isfinite(mask.curvature((9, 13), np.ones((9, 13)))).all()


def test_a_field_must_fit_the_weights():
    """Another shape, channels too many or too few, and what is no number are refused with what was expected."""
    cast = masks.PerChannel(masks.Cos4(), 0.5)
    with pytest.raises(ArgumentError, match=r"field must have the shape of the weights, \(6, 9\), got \(9, 6\)"):
        masks.Cos4().curvature(SHAPE, np.ones((9, 6)))
    with pytest.raises(ArgumentError, match=r"\(6, 9, 2\), got \(6, 9\)"):
        cast.curvature(SHAPE, np.ones(SHAPE))
    with pytest.raises(ArgumentError, match=r"\(2, 9\), got \(6, 9\)"):
        masks.Cos4().curvature(SHAPE, np.ones(SHAPE), window=(slice(0, 2), slice(None)))
    with pytest.raises(ArgumentTypeError, match="field must hold real numbers, got complex128"):
        masks.Cos4().curvature(SHAPE, np.ones(SHAPE) * 1j)
