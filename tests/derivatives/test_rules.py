"""Every rule against central differences, SymPy and JAX, through factors that are functions of one 2 x 3 matrix Z."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from hadimg.derivatives import (
    LinearMap,
    check_adjoint,
    check_derivative,
    from_matrix,
    identity,
    rules,
    to_slides,
)

Z_SHAPE = (2, 3)
Z = np.array([[0.7, 1.1, 0.9], [1.3, 0.6, 1.2]])

A, B = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]]), np.array([[1.0, 4.0], [-1.0, 2.0], [0.5, 1.0]])
PARTIALS = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 1.5]])


class Inner:
    """A smooth function of Z of any shape: element j is ``c_j + b_j z_s + z_t ** 2``, each with its own s and t."""

    def __init__(self, shape, seed):
        rng = np.random.default_rng(seed)
        self.shape, self.count = shape, int(np.prod(shape))
        self.s, self.t = rng.integers(0, Z.size, (2, self.count))
        self.b, self.c = rng.uniform(0.3, 0.9, self.count), rng.uniform(0.4, 2.0, self.count)

    def __call__(self, z):
        """Return the value; Z may hold numbers of NumPy or JAX, or symbols."""
        z = z.reshape(-1)
        return (self.c + self.b * z[self.s] + z[self.t] ** 2).reshape(self.shape)

    def derivative(self, z):
        """Return the derivative, written out from the formula."""
        matrix, places = np.zeros((Z.size, self.count)), np.arange(self.count)
        np.add.at(matrix, (self.s, places), self.b)
        np.add.at(matrix, (self.t, places), 2 * z.ravel()[self.t])
        return from_matrix(matrix, Z_SHAPE, self.shape)


class Case(NamedTuple):
    """A rule, the function it differentiates, and the shapes of what that takes."""

    shapes: list
    function: object
    rule: object


def kron(y, x):
    """Return the Kronecker product of arrays of NumPy or JAX, or of symbols."""
    return (y[:, None, :, None] * x[None, :, None, :]).reshape(y.shape[0] * x.shape[0], -1)


CASES = {
    "simple_product": Case([(2, 3), (3, 4)], lambda _, y, x: y @ x, rules.simple_product),
    "product_between_constants": Case(
        [(2, 3)], lambda _, y: A @ y @ B, lambda _y, dy: rules.product_between_constants(A, B, dy)
    ),
    "hadamard_product": Case([(3, 2), (3, 2)], lambda _, y, x: y * x, rules.hadamard_product),
    "hadamard_product_of_many": Case(
        [(3, 2)] * 4,
        lambda _, w, y, x, v: w * y * x * v,
        lambda w, y, x, v, *derivatives: rules.hadamard_product_of_many([w, y, x, v], derivatives),
    ),
    "kronecker_product": Case([(2, 3), (1, 2)], lambda _, y, x: kron(y, x), rules.kronecker_product),
    "kronecker_product of columns": Case([(3, 1), (2, 2)], lambda _, y, x: kron(y, x), rules.kronecker_product),
    "outer_product": Case([(3,), (2,)], lambda _, u, v: u[:, None] * v[None, :], rules.outer_product),
    "chain": Case(
        [(2, 2)],
        lambda o, y: o.exp(y).sum(),
        lambda y, dy: rules.chain(dy, rules.scalar_function(np.exp(y), identity((2, 2)))),
    ),
    "transpose": Case([(2, 3)], lambda _, y: y.T, lambda _y, dy: rules.transpose(dy)),
    "inverse": Case([(2, 2)], lambda o, y: o.inverse(y), rules.inverse),
    "trace": Case([(3, 3)], lambda _, y: y[0, 0] + y[1, 1] + y[2, 2], lambda _y, dy: rules.trace(dy)),
    "trace_of_product": Case([(2, 3)], lambda _, y: (A * y.T).sum(), lambda _y, dy: rules.trace_of_product(A, dy)),
    "determinant": Case([(3, 3)], lambda o, y: o.determinant(y), rules.determinant),
    "log_determinant": Case([(2, 2)], lambda o, y: o.log(o.determinant(y) ** 2) / 2, rules.log_determinant),
    "total": Case([(2, 3)], lambda _, y: y.sum(), lambda _y, dy: rules.total(dy)),
    "row_sums": Case([(2, 3)], lambda _, y: y.sum(axis=1), lambda _y, dy: rules.row_sums(dy)),
    "column_sums": Case([(2, 3)], lambda _, y: y.sum(axis=0), lambda _y, dy: rules.column_sums(dy)),
    "row_sums_of_hadamard_product": Case(
        [(3, 2), (3, 2)], lambda _, y, x: (y * x).sum(axis=1), rules.row_sums_of_hadamard_product
    ),
    "scalar_function": Case(
        [(2, 3)], lambda _, y: (PARTIALS * y**2).sum(), lambda y, dy: rules.scalar_function(2 * PARTIALS * y, dy)
    ),
    "scalar_times": Case([(), (2, 3)], lambda _, s, y: s * y, rules.scalar_times),
    "elementwise_function": Case(
        [(2, 3)], lambda o, y: o.exp(-y), lambda y, dy: rules.elementwise_function(lambda y: -np.exp(-y), y, dy)
    ),
    "hadamard_power": Case([(2, 3)], lambda _, y: y**2.5, lambda y, dy: rules.hadamard_power(y, 2.5, dy)),
    "hadamard_power below zero": Case(
        [(2, 3)], lambda _, y: (-y) ** -3, lambda y, dy: rules.hadamard_power(-y, -3, -dy)
    ),
    "hadamard_inverse": Case([(2, 3)], lambda _, y: 1 / y, rules.hadamard_inverse),
    "hadamard_division": Case([(2, 3), (2, 3)], lambda _, y, x: y / x, rules.hadamard_division),
    "hadamard_variable_power": Case([(2, 3), (2, 3)], lambda _, y, x: y**x, rules.hadamard_variable_power),
    "diagonal": Case([(3, 3)], lambda _, y: y[np.arange(3), np.arange(3)], lambda _y, dy: rules.diagonal(dy)),
    "diagonal_matrix": Case(
        [(1, 3)], lambda _, y: y.reshape(3, 1) * np.eye(3, dtype=int), lambda _y, dy: rules.diagonal_matrix(dy)
    ),
    "indexed": Case(
        [(3, 4)], lambda _, y: y[[0, 2, 2], ::-2], lambda _y, dy: rules.indexed(dy, ([0, 2, 2], slice(None, None, -2)))
    ),
    "broadcast_over_channels": Case(
        [(2, 3)], lambda _, y: y[:, :, None] * np.ones(3, int), lambda _y, dy: rules.broadcast_over_channels(dy, 3)
    ),
}


class ForNumpy:
    """What has no operator, for numbers."""

    exp, log, inverse, determinant = np.exp, np.log, np.linalg.inv, np.linalg.det


def build(case):
    """Return the factors as functions of Z, and the derivative of the result by the rule."""
    inner = [Inner(shape, seed) for seed, shape in enumerate(case.shapes)]
    derivative = case.rule(*(part(Z) for part in inner), *(part.derivative(Z) for part in inner))
    return inner, derivative


def test_every_rule_has_a_case():
    """A rule that no case differentiates would be untested."""
    assert {name.split(" ")[0] for name in CASES} == set(rules.__all__)


@pytest.mark.parametrize("name", CASES)
def test_rules_agree_with_differences_and_have_the_right_adjoint(name):
    """Each rule passes both checks; 0.1 % off, the difference test and the last slope fail, and the dot test does."""
    case = CASES[name]
    inner, derivative = build(case)

    def function(z):
        return case.function(ForNumpy, *(part(z) for part in inner))

    assert check_derivative(function, derivative, Z), str(check_derivative(function, derivative, Z))
    assert check_adjoint(derivative), str(check_adjoint(derivative))
    wrong = check_derivative(function, 1.001 * derivative, Z)
    assert not wrong
    assert wrong.error == pytest.approx(1e-3, rel=0.01)
    assert wrong.slopes[-1] < 1.5
    half = LinearMap(Z_SHAPE, derivative.out_shape, derivative.jvp, (1.001 * derivative).vjp)
    assert not check_adjoint(half)


@pytest.fixture(scope="module")
def jacobians():
    """Return all Jacobians by automatic differentiation: compiled as one function, which takes seconds, not minutes."""
    jax = pytest.importorskip("jax")

    class ForJax:
        exp, log, inverse, determinant = jax.numpy.exp, jax.numpy.log, jax.numpy.linalg.inv, jax.numpy.linalg.det

    def everything(z):
        return {name: case.function(ForJax, *(part(z) for part in build(case)[0])) for name, case in CASES.items()}

    with jax.enable_x64(True):
        return jax.jit(jax.jacfwd(everything))(jax.numpy.asarray(Z))


@pytest.mark.peer
@pytest.mark.parametrize("name", CASES)
def test_rules_agree_with_jax(name, jacobians):
    """Each rule gives the Jacobian of automatic differentiation to 1e-10, converted from its layout."""
    derivative = build(CASES[name])[1]
    slides = to_slides(jacobians[name], Z_SHAPE, derivative.out_shape, layout="numpy")
    np.testing.assert_allclose(derivative.dense(), slides, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_rules_agree_with_sympy(name):
    """Each rule gives the symbolic derivative to 1e-10."""
    sympy = pytest.importorskip("sympy")
    case = CASES[name]
    inner, derivative = build(case)

    class ForSympy:
        exp, log = (np.vectorize(function, otypes=[object]) for function in (sympy.exp, sympy.log))

        @staticmethod
        def inverse(y):
            return np.array(sympy.Matrix(y).inv())

        @staticmethod
        def determinant(y):
            return sympy.Matrix(y).det()

    symbols = np.array(sympy.symbols("z:6", positive=True)).reshape(Z_SHAPE)
    value = case.function(ForSympy, *(part(symbols) for part in inner))
    value = sympy.Array(value) if np.shape(value) else value
    by_z = sympy.derive_by_array(value, sympy.Array(symbols))
    numbers = sympy.lambdify(symbols.ravel().tolist(), sympy.flatten(by_z))(*Z.ravel())
    slides = to_slides(np.reshape(numbers, by_z.shape), Z_SHAPE, derivative.out_shape, layout="sympy")
    np.testing.assert_allclose(derivative.dense(), slides, rtol=1e-10, atol=1e-10)
