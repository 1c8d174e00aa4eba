#!/usr/bin/env python3
"""Learn a mask with PyTorch: hadimg's product as a layer with its own exact derivatives, to read and change.

python scripts/plug_into_torch.py

`apply_mask` is the forward pass, `apply_mask_vjp` the backward one and `apply_mask_jvp` the one of forward-mode
differentiation; PyTorch chains them with everything else. The same three plug into JAX: put `apply_mask` in a
function that is decorated with ``jax.custom_vjp`` and calls it through ``jax.pure_callback``, return
``(product, (pixels, parameters))`` from its forward rule, and call `apply_mask_vjp` through ``jax.pure_callback`` in
its backward rule, ``put.defvjp(forward, backward)``; with ``jax.custom_jvp`` and `apply_mask_jvp` in the same way.
An optimizer knows no bounds: where its steps would leave ``mask.bounds``, let it change the logarithm of a parameter.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

try:
    import torch

    from hadimg import masks
    from hadimg.masking import apply_mask
    from hadimg.masking_derivatives import apply_mask_jvp, apply_mask_vjp
except ModuleNotFoundError as error:
    sys.exit(f"{error}; this program needs PyTorch: pip install torch")


class Masked(torch.autograd.Function):  # type: ignore[misc]  # PyTorch is not there when types are checked
    """``pixels * mask(parameters)`` for floating-point pixels of shape (H, W) or (H, W, C)."""

    @staticmethod
    def forward(pixels: torch.Tensor, parameters: torch.Tensor, mask: masks.Mask) -> torch.Tensor:
        """Put the mask on the picture."""
        return torch.from_numpy(apply_mask(numbers(pixels), mask.with_vector(numbers(parameters))))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor, torch.Tensor, masks.Mask], output: torch.Tensor) -> None:
        """Keep what the derivatives need."""
        del output
        pixels, parameters, ctx.mask = inputs
        ctx.save_for_backward(pixels, parameters)
        ctx.save_for_forward(pixels, parameters)

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, cotangent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Take the derivative by the product back to pixels and parameters."""
        pixels, parameters = ctx.saved_tensors
        mask = ctx.mask.with_vector(numbers(parameters))
        back, slopes = apply_mask_vjp(numbers(pixels), mask, numbers(cotangent))
        return torch.from_numpy(back), torch.from_numpy(slopes).to(parameters.dtype), None

    @staticmethod
    def jvp(ctx: Any, moved: torch.Tensor | None, rates: torch.Tensor | None, _: None) -> torch.Tensor:
        """Tell how the product changes when pixels and parameters do."""
        pixels, parameters = ctx.saved_tensors
        tangent = apply_mask_jvp(
            numbers(pixels),
            ctx.mask.with_vector(numbers(parameters)),
            pixel_tangent=None if moved is None else numbers(moved),
            parameter_tangent=None if rates is None else numbers(rates),
        )
        return torch.from_numpy(tangent)


def numbers(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    """Return a tensor's numbers as an array that shares its memory."""
    return np.asarray(tensor.detach())


def recover(mask: masks.Mask, image: torch.Tensor, target: torch.Tensor, steps: int = 60) -> masks.Mask:
    """Return the mask that explains a target, from a start, by L-BFGS on the parameters."""
    parameters = torch.tensor(mask.vector, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=steps, line_search_fn="strong_wolfe", tolerance_change=1e-14)

    def misfit() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.sum((Masked.apply(image, parameters, mask) - target) ** 2)
        loss.backward()
        return loss

    optimizer.step(misfit)
    return mask.with_vector(numbers(parameters))


def main() -> int:
    """Darken a picture with a mask, and let PyTorch find out with which."""
    truth = masks.Gaussian(sigma=0.8, aspect=1.3, angle=20.0, center_row=0.45, center_col=0.55)
    image = torch.rand(120, 180, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    target = torch.from_numpy(apply_mask(numbers(image), truth))
    found = recover(masks.Gaussian(sigma=1.0, aspect=1.1), image, target)
    for name, true, value in zip(truth.names, truth.vector, found.vector, strict=True):
        print(f"{name:12} {value:.6f}, is {true:.6f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
