"""Masks as plain data, exact to the last bit, and back; nothing in the data is ever evaluated."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, FormatError
from hadimg.masks.array import Array
from hadimg.masks.compose import Composite, Product
from hadimg.masks.families import class_of
from hadimg.masks.parameters import declared, settings
from hadimg.masks.per_channel import PerChannel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

__all__ = ["from_dict", "mask_to_dict"]

NESTING = 20


def mask_to_dict(mask: Mask, values: Callable[[NDArray[Any]], Any] = np.ndarray.tolist) -> dict[str, Any]:
    """Return a mask as plain data, arrays as ``values`` describes them; see `Mask.to_dict`."""
    if isinstance(mask, Product):
        return {"family": mask.family, "factors": [mask_to_dict(factor, values) for factor in mask.factors]}
    if isinstance(mask, PerChannel):
        return {"family": mask.family, "masks": [mask_to_dict(part, values) for part in mask.masks]}
    if isinstance(mask, Array):
        kind = mask.values.dtype.name
        return {"family": mask.family, "values": values(mask.values), "dtype": kind, "resample": mask.resample}
    data: dict[str, Any] = {"family": mask.family}
    if isinstance(mask, Composite):
        data |= {name: mask_to_dict(getattr(mask, name), values) for name in mask.mask_fields}
    return data | {"parameters": {name: _plain(getattr(mask, name)) for name in declared(mask) | settings(mask)}}


def _plain(value: Any) -> Any:
    """Return tuples as lists, which is what they are in JSON."""
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def from_dict(data: object) -> Mask:
    """Return the mask that `Mask.to_dict` described.

    Parameters
    ----------
    data : dict
        Plain data, as from JSON.

    Returns
    -------
    Mask
        Equal to the one that was described.

    Raises
    ------
    FormatError
        When the data are not such a description.
    ArgumentError, ArgumentTypeError
        When a parameter is unknown or out of its range.

    Examples
    --------
    >>> from_dict({"family": "constant", "parameters": {"value": 0.5}})
    Constant(value=0.5)
    """
    return _mask(data, 0)


def _mask(data: object, depth: int) -> Mask:
    if not isinstance(data, dict) or not isinstance(data.get("family"), str):
        raise FormatError(f"a mask must be an object with a 'family', got {data!r:.60}")
    if depth > NESTING:
        raise FormatError(f"masks are nested more than {NESTING} deep")
    family = class_of(data["family"])
    rest = {name: value for name, value in data.items() if name != "family"}
    if issubclass(family, (Product, PerChannel)):
        entry = "factors" if family is Product else "masks"
        parts = rest.pop(entry, None)
        _nothing_left(data, rest)
        if not isinstance(parts, list) or not parts:
            raise FormatError(f"a {family.family} must have a list {entry!r} of at least one mask")
        return family(*(_mask(part, depth + 1) for part in parts))
    if family is Array:
        return _array(data, rest)
    arguments: dict[str, Any] = {}
    if issubclass(family, Composite):
        arguments |= {name: _mask(rest.pop(name, None), depth + 1) for name in family.mask_fields}
    parameters = rest.pop("parameters", {})
    _nothing_left(data, rest)
    return family(**arguments, **_known_parameters(family, parameters))


def _nothing_left(data: dict[str, Any], rest: dict[str, Any]) -> None:
    if rest:
        raise FormatError(f"a mask of the family {data['family']!r} has no entry {min(rest)!r:.40}")


def _known_parameters(family: type[Mask], parameters: object) -> dict[str, Any]:
    if not isinstance(parameters, dict):
        raise FormatError(f"'parameters' must be an object of names and numbers, got {parameters!r:.60}")
    rules = declared(family) | settings(family)
    for name in parameters:
        if name not in rules:
            raise ArgumentError(f"{family.family} has no parameter {name!r:.40}, only {', '.join(rules) or 'none'}")
    required = [item.name for item in fields(family) if item.name in rules and item.default is MISSING]  # type: ignore[arg-type]
    for name in required:
        if name not in parameters:
            raise ArgumentError(f"{family.family} needs the parameter {name!r}")
    return parameters


def _array(data: dict[str, Any], rest: dict[str, Any]) -> Array:
    values, resample = rest.pop("values", None), rest.pop("resample", False)
    kind = rest.pop("dtype", "float64")
    _nothing_left(data, rest)
    if kind not in ("float32", "float64"):
        raise FormatError(f"the 'dtype' of an array mask must be float32 or float64, got {kind!r:.40}")
    if not isinstance(values, (list, np.ndarray)):
        raise FormatError(f"the 'values' of an array mask must be rows of numbers, got {values!r:.60}")
    try:
        numbers = np.array(values, dtype=kind)
    except (TypeError, ValueError) as error:
        raise FormatError("the 'values' of an array mask must be rows of numbers, all of one length") from error
    return Array(numbers, resample=resample)
