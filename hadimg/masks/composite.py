"""What all masks made of masks share: the parameters of their parts, one after the other, then their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from hadimg.masks.base import Mask, RadialForm, require_mask
from hadimg.masks.contraction import gram
from hadimg.masks.parameters import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hadimg.grid import Grid
    from hadimg.masks.base import Float
    from hadimg.masks.factored import Factor

__all__ = ["Composite", "Wrapper", "field_of", "radial_of"]


class Composite(Mask):
    """A mask made of other masks: its parameters are theirs, one after the other, then its own."""

    mask_fields: ClassVar[tuple[str, ...]] = ()
    """Fields that hold one mask each; text and plain data show them by themselves."""

    @property
    def parts(self) -> tuple[Mask, ...]:
        """The masks that it is made of."""
        raise NotImplementedError

    def with_parts(self, parts: Sequence[Mask]) -> Self:
        """Return the same composition of other masks."""
        raise NotImplementedError

    @property
    def smooth(self) -> bool:
        """Whether all parts are smooth."""
        return all(part.smooth for part in self.parts)

    @property
    def channels(self) -> int | None:
        """How many color channels its parts tell apart."""
        return next((part.channels for part in self.parts if part.channels is not None), None)

    def channel(self, index: int) -> Mask:
        """Return the same composition of the parts' masks of one channel."""
        return self if self.channels is None else self.with_parts([part.channel(index) for part in self.parts])

    def _of_parts(self, attribute: str) -> list[Any]:
        return [getattr(part, attribute) for part in self.parts]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parameters; those of factor k begin with ``k.``."""
        return (*self._inner_names(), *super().names)

    def _inner_names(self) -> list[str]:
        return [f"{k}.{name}" for k, names in enumerate(self._of_parts("names")) for name in names]

    @property
    def vector(self) -> Float:
        """Values of all parameters."""
        return np.concatenate([*self._of_parts("vector"), super().vector])

    @property
    def bounds(self) -> tuple[Float, Float]:
        """Bounds of all parameters."""
        lower, upper = zip(*self._of_parts("bounds"), super().bounds, strict=True)
        return np.concatenate(lower), np.concatenate(upper)

    @property
    def units(self) -> tuple[str, ...]:
        """Units of all parameters."""
        return (*(unit for units in self._of_parts("units") for unit in units), *super().units)

    def _with_values(self, values: list[float]) -> Self:
        parts = []
        for part in self.parts:
            size = len(part.names)
            parts.append(part.with_vector(values[:size]))
            values = values[size:]
        own = self.with_parts(parts)
        return Mask._with_values(own, values) if values else own  # noqa: SLF001 (the base's own rule for own fields)


def field_of(part: Mask, field: Float) -> Float:
    """Return a field of all channels for one part: added up where its weights hold for all of them."""
    return field.sum(axis=0) if field.ndim == 3 and part.channels is None else field


def radial_of(parts: Sequence[Mask], combined: Callable[..., Float]) -> RadialForm | None:
    """Return what is combined of the parts' profiles, one argument each, or None unless all share one center."""
    forms = [form for form in (part.radial() for part in parts) if form is not None]
    centers = {form.center for form in forms if form.center is not None}
    if len(forms) < len(parts) or len(centers) > 1:
        return None
    return RadialForm(centers.pop() if centers else None, lambda r: combined(*(form.profile(r) for form in forms)))


@dataclass(frozen=True)
class Wrapper(Composite):
    """A mask made of one other mask, its field ``mask``: each weight is a function of that mask's weight."""

    mask_fields: ClassVar[tuple[str, ...]] = ("mask",)
    multiplicative: ClassVar[bool] = False
    """Whether the function of a product is the product of the function of each factor."""

    mask: Mask

    def __post_init__(self) -> None:
        require_mask(f"{self.family}: mask", self.mask)
        super().__post_init__()

    @property
    def parts(self) -> tuple[Mask, ...]:
        """The one mask."""
        return (self.mask,)

    def _inner_names(self) -> list[str]:
        """Return the mask's own names, with ``mask.`` before those that the wrapper has too."""
        own = tuple(declared(self))
        return [f"mask.{name}" if name in own or name.startswith("mask.") else name for name in self.mask.names]

    def with_parts(self, parts: Sequence[Mask]) -> Self:
        """Return the same wrapper around another mask."""
        (mask,) = parts
        return self.replace(mask=mask)

    def of_weights(self, weights: Float) -> Float:
        """Return what becomes of the mask's weights."""
        raise NotImplementedError

    def evaluate(self, grid: Grid) -> Float:
        """Return the function of the mask's weights."""
        return self.of_weights(self.mask.evaluate(grid))

    def radial(self) -> RadialForm | None:
        """Return the function of the mask's profile."""
        form = self.mask.radial()
        return None if form is None else RadialForm(form.center, lambda r: self.of_weights(form.profile(r)))

    def factored(self, grid: Grid) -> tuple[Factor, ...] | None:
        """Return the function of the mask's factor, or of each of its factors where that is the same."""
        parts = self.mask.factored(grid)
        if parts is None or (len(parts) > 1 and not self.multiplicative):
            return None
        return tuple(part.through(self.of_weights) for part in parts)

    def chained_curvature(self, grid: Grid, slope: Float, bend: Float) -> Float:
        """Return the curvature of a function of the mask's weights by the mask's parameters.

        Parameters
        ----------
        grid : Grid
            The pixels.
        slope, bend : ndarray
            Its first and second derivative by each weight, times the field.
        """
        return gram(bend, self.mask.evaluate_partials(grid)) + self.mask.evaluate_curvature(grid, slope)
