"""The exact pass: compiled loops against their plain twins and the objective; its threads, memory and refusals."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hadimg import masks
from hadimg.errors import ArgumentError
from hadimg.fitting.losses import LOSSES
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.passes.hole import hole_around
from hadimg.fitting.passes.lanes import lanes
from hadimg.fitting.passes.radial_pass import around_center
from hadimg.fitting.passes.radial_tables import radial_tables
from hadimg.fitting.passes.shared import Task
from hadimg.fitting.passes.squares import Squares
from hadimg.fitting.reductions.interpolation import SERIES, cubics, lines, powers, read, read_powers
from hadimg.grid import Grid
from hadimg.kernels import squares

SHAPE = (370, 480)
CENTER = "center_row=0.47, center_col=0.52"
ROUND = [
    f"constant(value=0.9) * exponential_decay(rate=1.2, {CENTER})",
    f"exponential_decay(rate=0.7, power=1.4, {CENTER})",
    f"cos4(half_field_angle=35, {CENTER})",
    f"polynomial(k1=-0.5, k2=0.1, k3=0.02, {CENTER})",
    f"tanh_falloff({CENTER})",
    f"strength(cos4(half_field_angle=35, {CENTER}), amount=0.6) * polynomial(k1=-0.2, {CENTER})",
    f"reciprocal(cos4(half_field_angle=35, {CENTER}))",
    "micasense()",
    "exponential_decay(rate=0.7, center_row=-0.3, center_col=2)",
]
SHAPED = [f"gaussian(sigma=0.6, {CENTER})", f"aperture(radius=0.5, softness=0.1, {CENTER})"]
"""Round as they stand, while derivatives by their shape are not: these must be fixed."""


def observed(rng, mask, shape=SHAPE, channels=None):
    """Return pictures with noise and weights, some of them zero where the pictures are no numbers."""
    size = shape if channels is None else (*shape, channels)
    image = rng.uniform(0.2, 1, size)
    weights = mask.weights(shape)
    target = image * (weights if weights.ndim == image.ndim else weights[..., np.newaxis]) + rng.normal(0, 0.02, size)
    variance = rng.uniform(0.5, 2, shape)
    variance[3:9, 40:60] = 0
    target[5, 50] = np.nan
    return Observations(image, target, variance, dark=0.03)


def shape_names(mask):
    """Return the names of parameters that make a round mask another shape."""
    return tuple(name for name in mask.names if name in ("aspect", "angle", "exponent"))


def moved(mask):
    """Return parameters a little away from those of the mask, on the same center."""
    return mask.vector * np.where(["center" in name or name in shape_names(mask) for name in mask.names], 1.0, 1.01)


def check_sums(actual, expected, share):
    """Compare sums in units of their sizes: a gradient in that of the cost and the matrix."""
    scale = np.sqrt(np.abs(np.diag(expected.gauss_newton)))
    np.testing.assert_allclose(actual.cost, expected.cost, rtol=share)
    bound = share * scale * np.sqrt(2 * expected.cost)
    np.testing.assert_array_less(np.abs(actual.gradient - expected.gradient), bound + 1e-300)
    np.testing.assert_array_less(
        np.abs(actual.gauss_newton - expected.gauss_newton), share * np.outer(scale, scale) + 1e-300
    )


# ---- kernels and their twins


def twin(image, target, v, u, functions, columns):
    """Return what `radial_squares` adds up, in plain float64: functions are callables of the distance."""
    r = np.hypot(v[:, np.newaxis], u)
    away = np.where(r > 0, r, 1.0)
    directions = {squares.ALONG: 1.0, squares.DOWN: v[:, np.newaxis] / away, squares.ACROSS: u / away}
    residual = functions[0](r) * image - target
    jacobian = [functions[function](r) * directions[kind] for function, kind in columns]
    pull, power = (image * residual).sum(axis=0), (image**2).sum(axis=0)
    gradient = [np.sum(column * pull) for column in jacobian]
    products = [np.sum(jacobian[k] * jacobian[j] * power) for k in range(len(jacobian)) for j in range(k + 1)]
    return np.array([np.sum(residual**2), *gradient, *products])


def forms_of(rng, form, kind):
    """Return two functions that a form holds exactly, its coefficients, and its shift, for distances of 0 to 2."""
    if form == "table":
        degree = 1 if kind is np.float32 else 3
        powers_of = rng.uniform(-1, 1, (2, degree + 1))
        nodes = np.arange(300) / 100
        values = np.stack([np.polynomial.polynomial.polyval(nodes, one) for one in powers_of])
        return powers_of, (lines if kind is np.float32 else cubics)(values), 100.0, 0.0
    powers_of = rng.uniform(-1, 1, (2, int(form)))
    return powers_of, powers_of[..., np.newaxis], 1.0, -1.0


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("form", ["table", *map(str, SERIES)])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 7), (1, 5, 1025), (3, 2, 2500)])
def test_radial_squares_and_its_twin(rng, kind, form, shape):
    """All sums, in both forms of functions, are those of plain float64, also where a pixel lies on the center."""
    image, target = rng.uniform(0.2, 1, (2, *shape)).astype(kind)
    # Between the center and the second node of a table there is but a line.
    v, u = (rng.uniform(0.02, 1.4, size) * rng.choice([-1, 1], size) for size in shape[1:])
    v[0], u[0] = 0, 0
    powers_of, tables, unit, shift = forms_of(rng, form, kind)
    functions = [lambda r, one=one: np.polynomial.polynomial.polyval(r + shift, one) for one in powers_of]
    columns = np.array([[0, squares.ALONG], [1, squares.DOWN], [0, squares.ACROSS], [1, squares.ALONG]])
    truth = twin(image.astype(float), target.astype(float), v, u, functions, columns)
    for order, size in ((0, 1), (1, 5), (2, 15)):
        sums = np.zeros(size)
        places = ((part * unit).astype(kind) for part in (v, u))
        nothing = np.zeros(4, np.int64)
        squares.radial_squares(image, target, *places, kind(shift), tables.astype(kind), columns, nothing, order, sums)
        share = 1e-4 if kind is np.float32 else 1e-11
        np.testing.assert_allclose(sums, truth[:size], rtol=share, atol=share * np.abs(truth).max())


def test_a_hole_leaves_its_pixels_out(rng):
    """Sums without the hole and those of its pixels alone add up to the sums of all; a hole beyond a side is cut."""
    image, target = rng.uniform(0.2, 1, (2, 1, 40, 50))
    v, u = np.linspace(0, 30, 40), np.linspace(0, 40, 50)
    tables = cubics(np.exp(-0.02 * np.arange(60.0))[np.newaxis])
    columns = np.array([[0, 0], [0, 2]])

    def sums(hole, rows=slice(None), cols=slice(None)):
        found = np.zeros(6)
        part = (np.ascontiguousarray(picture[:, rows, cols]) for picture in (image, target))
        squares.radial_squares(*part, v[rows], u[cols], 0.0, tables, columns, np.array(hole), 2, found)
        return found

    whole = sums([0, 0, 0, 0])
    inside = sums([0, 0, 0, 0], slice(10, 20), slice(5, 50))
    np.testing.assert_allclose(sums([10, 20, 5, 50]) + inside, whole, rtol=1e-13)
    above = sums([0, 0, 0, 0], slice(0, 20), slice(5, 50))
    np.testing.assert_allclose(sums([-7, 20, 5, 50]) + above, whole, rtol=1e-13)


@pytest.mark.parametrize("size", [1, 1023, 5000])
def test_outer_sums_and_their_twin(rng, size):
    """The gradient and the lower triangle of the products are those of NumPy to rounding."""
    columns, power, pull = rng.normal(size=(3, size)), rng.uniform(0, 1, size), rng.normal(size=size)
    sums = np.zeros(9)
    squares.outer_sums(columns, power, pull, 2, sums)
    products = (columns * power) @ columns.T
    truth = np.concatenate([columns @ pull, products[np.tril_indices(3)]])
    np.testing.assert_allclose(sums, truth, rtol=1e-12, atol=1e-12 * size)


def test_functions_in_fast_forms(rng):
    """Lines, cubics and polynomials hold what they can hold exactly, and come near the rest as their degrees say."""
    x = np.arange(200) / 100
    places = rng.uniform(1, 190, 50)
    curve = np.exp(-x)
    assert np.abs(read(lines(curve[np.newaxis]), places) - np.exp(-places / 100)).max() < 1.3e-5  # h^2 / 8
    assert np.abs(read(cubics(curve[np.newaxis]), places) - np.exp(-places / 100)).max() < 3e-10  # 3 h^4 / 128
    points = -np.cos((np.arange(16) + 0.5) * np.pi / 16)
    near = np.linspace(-1, 1, 77)
    for count, error in zip(SERIES, (4e-7, 2e-12, 1e-13), strict=True):  # of e**x: about 2 / (2**count count!)
        series = powers(np.exp(points)[np.newaxis], count)
        assert series.shape == (1, count)
        assert np.abs(read_powers(series, near)[0] - np.exp(near)).max() < error


# ---- the whole pass


@pytest.mark.parametrize("text", ROUND + SHAPED)
@pytest.mark.parametrize("lanes_of", ["float32", "float64"])
def test_fused_sums_are_those_of_the_objective(rng, text, lanes_of):
    """Value, gradient and matrix agree with plain strips: to 1e-12 in float64 lanes, 1e-6 in float32 lanes."""
    mask = masks.parse(text)
    objective = Objective(mask, observed(rng, mask))
    fixed = shape_names(mask)
    held = np.isin(mask.names, fixed)
    kind = {"float32": np.float32, "float64": np.float64}[lanes_of]
    task = Task(mask.with_vector(moved(mask)), objective.observations, ~held, 2, kind)
    found = around_center(task)
    assert found is not None, "this mask should need neither patches nor plain strips"
    exact = objective.sums(moved(mask), 2)
    exact.gradient[held] = exact.gauss_newton[held] = exact.gauss_newton[:, held] = 0.0
    check_sums(found, exact, 1e-6 if lanes_of == "float32" else 1e-11)
    again = Squares(objective, fixed=fixed, lanes=lanes_of).sums(moved(mask), 2)
    check_sums(again, exact, 1e-6 if lanes_of == "float32" else 1e-11)


@pytest.mark.parametrize("text", [*ROUND[:1], *SHAPED[:1], "linear_gradient(low=0.4)", "log_polynomial_surface()"])
@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("channels", [None, 3])
def test_robust_sums_are_those_of_the_objective(rng, text, loss, channels):
    """Costs, gradients and products of the rows of each loss agree with plain strips, some values being left out."""
    mask = masks.parse(text)
    seen = observed(rng, mask, channels=channels)
    outlying = (rng.random(seen.target.shape) < 0.1) & np.isfinite(seen.target)
    target = np.where(outlying, rng.uniform(0, 1, seen.target.shape), seen.target)
    objective = Objective(
        mask, Observations(seen.image, target, seen.variance_weights, dark=seen.dark), loss=LOSSES[loss], scale=0.05
    )
    theta = moved(mask)
    squares_of = Squares(objective)
    assert squares_of._fused(theta, 2) is not None
    check_sums(squares_of.row_sums(theta), objective.row_sums(theta), 1e-9)
    for order in (0, 1, 2):
        found, exact = squares_of.sums(theta, order), objective.sums(theta, order)
        np.testing.assert_allclose(found.cost, exact.cost, rtol=1e-9)
        if order:
            scale = np.sqrt(np.diag(objective.row_sums(theta).gauss_newton) * 2 * exact.cost)
            assert (np.abs(found.gradient - exact.gradient) <= 1e-9 * scale).all()


def test_a_wrong_pass_is_seen(rng):
    """The comparison above notices a mask that is 0.1 % off: it is no comparison of a thing with itself."""
    mask = masks.parse(ROUND[0])
    objective = Objective(mask, observed(rng, mask))
    found = Squares(objective).sums(mask.vector * [1.001, 1, 1, 1, 1], 2)
    with pytest.raises(AssertionError):
        check_sums(found, objective.sums(mask.vector, 2), 1e-4)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("channels", [None, 3])
def test_pictures_of_every_type(rng, dtype, channels):
    """Whole numbers and floats, with channels that share the mask, give the sums of the objective."""
    mask = masks.parse(ROUND[0])
    seen = observed(rng, mask, channels=channels)
    scale = {"uint8": 200, "uint16": 50000}.get(dtype, 1)
    image, target = ((np.nan_to_num(part) * scale).clip(0).astype(dtype) for part in (seen.image, seen.target))
    objective = Objective(mask, Observations(image, target))
    check_sums(Squares(objective).sums(mask.vector, 2), objective.sums(mask.vector, 2), 1e-11)


def test_every_channel_with_a_mask_of_its_own(rng):
    """A mask for each channel, a shared factor and two centers: the parameters meet in the right places."""
    mask = masks.parse(
        f"per_channel(cos4(half_field_angle=30, {CENTER}), cos4(half_field_angle=34, center_row=0.48), "
        f"polynomial(k1=-0.4)) * constant(value=0.8)"
    )
    objective = Objective(mask, observed(rng, mask, channels=3))
    held = np.zeros(len(mask.names), bool)
    found = around_center(Task(mask, objective.observations, ~held, 2, np.float64))
    check_sums(found, objective.sums(mask.vector, 2), 1e-11)


def test_a_window_of_a_larger_picture(rng):
    """Pictures that are a window lie where the window lies."""
    mask = masks.parse(ROUND[0])
    grid = Grid(900, 1000).window((slice(300, 670), slice(200, 680)))
    image = rng.uniform(0.2, 1, SHAPE)
    objective = Objective(mask, Observations(image, 0.5 * image, grid=grid))
    check_sums(Squares(objective).sums(mask.vector, 2), objective.sums(mask.vector, 2), 1e-12)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_lower_orders_are_the_first_parts_of_higher_ones(rng, order):
    """Order 0 has the cost only, order 1 the gradient, too; the numbers are the same to the last bits of a sum."""
    mask = masks.parse(ROUND[0])
    squares_of = Squares(Objective(mask, observed(rng, mask)))
    whole, found = squares_of.sums(mask.vector, 2), squares_of.sums(mask.vector, order)
    np.testing.assert_allclose(found.cost, whole.cost, rtol=1e-13)
    assert (found.gradient is None) == (order == 0)
    assert (found.gauss_newton is None) == (order < 2)
    if order:
        np.testing.assert_allclose(found.gradient, whole.gradient, rtol=1e-9)


def test_what_the_loop_cannot_do_goes_through_the_objective(rng):
    """Steep, kinked and shaped masks, robust losses and free gains are summed all the same, exactly."""
    sharp = masks.parse("aperture(radius=0.5, softness=0.0005)")
    tables = {"wanted": np.ones(len(sharp.names), bool), "channel": None, "kind": np.float64}
    assert radial_tables(sharp, Grid(*SHAPE), hole_around(Grid(*SHAPE), (0.5, 0.5)), **tables) is None
    line = masks.parse("radial_spline()")
    tables["wanted"] = np.ones(len(line.names), bool)
    assert radial_tables(line, Grid(*SHAPE), hole_around(Grid(*SHAPE), (0.5, 0.5)), **tables) is None
    bell = masks.parse(SHAPED[0])  # whose derivative by the aspect is not round
    for mask, options in [(sharp, {}), (line, {}), (bell, {}), (bell, {"loss": LOSSES["huber"], "scale": 0.01})]:
        objective = Objective(mask, observed(rng, mask), **options)
        check_sums(Squares(objective).sums(mask.vector, 2), objective.sums(mask.vector, 2), 1e-12)
    objective = Objective(masks.Cos4(), observed(rng, masks.Cos4()), free=("gain",))
    check_sums(Squares(objective).sums(objective.vector, 2), objective.sums(objective.vector, 2), 1e-12)


def test_parameters_that_do_not_move_have_zeros(rng):
    """Derivatives by fixed parameters are zero in sums and rows, whichever way they are summed."""
    mask = masks.parse(ROUND[1])
    for loss in ("linear", "cauchy"):
        problem = Squares(Objective(mask, observed(rng, mask), loss=LOSSES[loss]), fixed=("power", "center_col"))
        found = problem.sums(mask.vector, 2)
        jacobian, _ = problem.rows(mask.vector)
        assert (found.gradient[[1, 3]] == 0).all()
        assert (found.gauss_newton[[1, 3]] == 0).all()
        assert (jacobian[:, [1, 3]] == 0).all()
        assert (found.gradient[[0, 2]] != 0).all()
    with pytest.raises(ArgumentError, match=r"fixed must name parameters of the fit, rate, power, .* got 'sigma'"):
        Squares(Objective(mask, observed(rng, mask)), fixed=("sigma",))
    with pytest.raises(ArgumentError, match="lanes must be 'float32' or 'float64', got 'float16'"):
        Squares(Objective(mask, observed(rng, mask)), lanes="float16")


@pytest.mark.parametrize("loss", ["linear", "soft_l1"])
def test_rows_stand_for_all_pixels(rng, loss):
    """P + 1 rows have the products of all: cost, gradient and, for squares, the Gauss-Newton matrix of the sums."""
    mask = masks.parse(ROUND[0])
    problem = Squares(Objective(mask, observed(rng, mask), loss=LOSSES[loss], scale=0.02), fixed=("1.power",))
    sums = problem.sums(mask.vector, 2)
    jacobian, residual = problem.rows(mask.vector)
    assert jacobian.shape == (6, 5)
    np.testing.assert_allclose(0.5 * residual @ residual, sums.cost, rtol=1e-12)
    scale = np.sqrt(np.diag(sums.gauss_newton) * 2 * sums.cost)
    assert (np.abs(jacobian.T @ residual - sums.gradient) <= 1e-12 * scale).all()
    if loss == "linear":
        np.testing.assert_allclose(jacobian.T @ jacobian, sums.gauss_newton, rtol=1e-10, atol=1e-10)


def test_rows_of_dependent_parameters_show_their_rank(rng):
    """Two amplitudes are one: the smallest singular value of the rows is rounding, not the root of rounding."""
    mask = masks.Constant(0.9) * masks.Cos4(30.0) * masks.Constant(0.8)
    problem = Squares(Objective(mask, observed(rng, mask)))
    values = np.linalg.svd(problem.rows(mask.vector)[0], compute_uv=False)
    assert values[-1] < 1e-12 * values[0]


def test_numbers_beyond_float32_are_summed_in_float64(rng):
    """A picture of huge numbers has no infinite sums, although float32 lanes cannot hold them, fitted well or badly."""
    mask = masks.parse(ROUND[0])
    image = rng.uniform(1e25, 1e26, SHAPE)
    for target in (0.5 * image, image * mask.weights(SHAPE)):
        objective = Objective(mask, Observations(image, target))
        found = Squares(objective, lanes="float32").sums(mask.vector, 2)
        np.testing.assert_allclose(found.gauss_newton, objective.sums(mask.vector, 2).gauss_newton, rtol=1e-10)


# ---- threads, bits, memory


def test_the_same_bits_for_any_number_of_threads(rng):
    """One thread or eight, again and again and at the same time: every bit of every sum is the same."""
    mask = masks.parse(ROUND[0])
    seen = observed(rng, mask)
    first = {}
    for lanes_of in ("float32", "float64"):
        first[lanes_of] = Squares(Objective(mask, seen, workers=1), lanes=lanes_of).sums(mask.vector, 2)

    def same(number):
        lanes_of = ("float32", "float64")[number % 2]
        found = Squares(Objective(mask, seen, workers=1 + number % 8), lanes=lanes_of).sums(mask.vector, 2)
        return all(np.array_equal(a, b) for a, b in zip(found, first[lanes_of], strict=True))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(same, range(40)))


def test_lanes_are_views_where_they_can_be(rng):
    """Pictures that are as the loop wants them are not copied; the others are changed in a copy only."""
    image = rng.random((40, 50), dtype=np.float32)
    window = (slice(10, 20), slice(None))
    plain = lanes(Observations(image, image), window, np.float32)
    assert all(np.shares_memory(part, image) for part in plain)
    kept = image.copy()
    weighted = lanes(Observations(image, image, np.full(image.shape, 4.0), dark=0.5), window, np.float32)
    np.testing.assert_allclose(weighted[0][0], 2 * (image[window] - 0.5), rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(image, kept)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_a_pass_takes_little_memory(kind):
    """Above three-channel pictures of 8 bits, a pass over 6 megapixels takes less than 64 MiB, on eight threads too."""
    image = np.broadcast_to(np.uint8([[[200, 150, 90]]]), (2000, 3000, 3)).copy()
    objective = Objective(masks.parse(ROUND[0]), Observations(image, image // 2), workers=8)
    problem = Squares(objective, lanes=kind)
    problem.sums(objective.vector, 2)
    tracemalloc.start()
    problem.sums(objective.vector, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20
