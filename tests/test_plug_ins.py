"""The product and its derivatives as a part of other programs: PyTorch, with the program in scripts/, and JAX."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from hadimg import masks
from hadimg.masking import apply_mask
from hadimg.masking_derivatives import apply_mask_jvp, apply_mask_vjp

MASK = masks.Gaussian(0.8, 1.2, 10.0, center_row=0.45, center_col=0.57) * masks.LinearGradient(30.0, low=0.6)


@pytest.fixture(scope="module")
def program():
    """Load the program; without PyTorch there is nothing to test."""
    pytest.importorskip("torch")
    path = Path(__file__).resolve().parent.parent / "scripts" / "plug_into_torch.py"
    spec = importlib.util.spec_from_file_location("plug_into_torch", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")  # inside PyTorch itself
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4)])
def test_torch_checks_the_derivatives_in_both_directions(program, shape, rng):
    """PyTorch's own check compares backward and forward mode with differences, for pixels and parameters."""
    torch = program.torch
    pixels = torch.tensor(rng.random(shape), requires_grad=True)
    parameters = torch.tensor(MASK.vector, requires_grad=True)
    put, tolerances = program.Masked.apply, {"rtol": 1e-4, "atol": 1e-7}
    np.testing.assert_array_equal(put(pixels, parameters, MASK).detach(), apply_mask(pixels.detach().numpy(), MASK))
    assert torch.autograd.gradcheck(
        lambda image, vector: put(image, vector, MASK), (pixels, parameters), check_forward_ad=True, **tolerances
    )


def test_torch_chains_single_precision(program, rng):
    """Pixels in float32 stay so, and parameters get their gradient in their own type."""
    torch = program.torch
    pixels = torch.tensor(rng.random((5, 7, 3)), dtype=torch.float32, requires_grad=True)
    parameters = torch.tensor(MASK.vector, dtype=torch.float32, requires_grad=True)
    torch.sum(program.Masked.apply(pixels, parameters, MASK) ** 2).backward()
    assert (pixels.grad.dtype, parameters.grad.dtype) == (torch.float32, torch.float32)
    inside = MASK.with_vector(parameters.detach().numpy())
    masked = apply_mask(pixels.detach().numpy().astype(float), inside)
    back, slopes = apply_mask_vjp(pixels.detach().numpy().astype(float), inside, 2 * masked)
    np.testing.assert_allclose(pixels.grad, back, rtol=1e-5)
    np.testing.assert_allclose(parameters.grad, slopes, rtol=1e-5, atol=1e-6 * np.abs(slopes).max())


def test_the_program_recovers_a_mask(program, capsys):
    """A few steps of PyTorch's optimizer find the mask that darkened a picture, to all the digits that are printed."""
    assert program.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(masks.Gaussian().names)
    for line in lines:
        value, truth = line.split(maxsplit=1)[1].split(", is ")
        assert value == truth


@pytest.mark.peer
def test_jax_takes_the_same_derivatives(rng):
    """As the program says: with custom_vjp and custom_jvp around callbacks JAX chains the product with its own."""
    jax = pytest.importorskip("jax")

    def call(function, like, *arguments):
        shapes = jax.tree.map(lambda array: jax.ShapeDtypeStruct(array.shape, array.dtype), like)
        return jax.pure_callback(lambda *arrays: function(*map(np.asarray, arrays)), shapes, *arguments)

    def product(pixels, parameters):
        return call(lambda image, vector: apply_mask(image, MASK.with_vector(vector)), pixels, pixels, parameters)

    backward_mode, forward_mode = jax.custom_vjp(product), jax.custom_jvp(product)
    backward_mode.defvjp(
        lambda pixels, parameters: (product(pixels, parameters), (pixels, parameters)),
        lambda kept, cotangent: call(
            lambda image, vector, given: apply_mask_vjp(image, MASK.with_vector(vector), given), kept, *kept, cotangent
        ),
    )

    @forward_mode.defjvp
    def tangent(kept, tangents):
        def moved(image, vector, pixel_tangent, rates):
            mask = MASK.with_vector(vector)
            return apply_mask_jvp(image, mask, pixel_tangent=pixel_tangent, parameter_tangent=rates)

        return product(*kept), call(moved, kept[0], *kept, *tangents)

    pixels, direction = rng.random((2, 5, 7, 3))
    rates = rng.random(len(MASK.names))
    with jax.enable_x64():
        back, slopes = jax.grad(lambda *given: jax.numpy.sum(backward_mode(*given) ** 2), (0, 1))(pixels, MASK.vector)
        _, changed = jax.jvp(forward_mode, (pixels, MASK.vector), (direction, rates))
    expected = apply_mask_vjp(pixels, MASK, 2 * apply_mask(pixels, MASK))
    np.testing.assert_allclose(back, expected[0], rtol=1e-14)
    np.testing.assert_allclose(slopes, expected[1], rtol=1e-12)
    np.testing.assert_array_equal(
        changed, apply_mask_jvp(pixels, MASK, pixel_tangent=direction, parameter_tangent=rates)
    )
