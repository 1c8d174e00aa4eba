"""Sums and differences of whole registers: what the fast Walsh-Hadamard transform consists of.

Written for vector registers because compilers do not find the lowest levels, whose partners lie in one register: there
a shuffle brings each number its partner, and one multiplication by +-1 with an addition does the rest. Several levels
are done between one load and one store. A vector has 64 bytes; LLVM makes of it what the machine has.

Places, strides and counts are in numbers of the array's type; arrays are contiguous lines.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hadimg.kernels.lanes import ask_for_wide_registers

__all__ = ["ACROSS", "BLOCKS", "BYTES", "MOST_LEVELS", "SHORT"]

BYTES = 64
"""Bytes of a vector: 16 numbers of 32 bits or 8 of 64 bits."""
MOST_LEVELS = 4
"""Levels between one load and one store, besides those inside a register: sixteen vectors at once."""
INT, LONG = ir.IntType(32), ir.IntType(64)


class _Vectors:
    """Arithmetic on vectors of one type of numbers, and where they lie in arrays."""

    def __init__(self, context: Any, builder: Any, array: Any) -> None:
        ask_for_wide_registers(builder)
        self.context, self.builder, self.array = context, builder, array
        self.lanes = BYTES * 8 // array.dtype.bitwidth
        self.vector = ir.VectorType(context.get_data_type(array.dtype), self.lanes)
        self.floating = isinstance(array.dtype, types.Float)

    def constant(self, values: list[int]) -> Any:
        return ir.Constant(self.vector, [float(value) if self.floating else value for value in values])

    def at(self, array: Any, place: Any) -> Any:
        data = self.context.make_array(self.array)(self.context, self.builder, array).data
        return self.builder.bitcast(self.builder.gep(data, [place]), self.vector.as_pointer())

    def load(self, array: Any, place: Any) -> Any:
        return self.builder.load(self.at(array, place), align=1)

    def store(self, vector: Any, array: Any, place: Any) -> None:
        self.builder.store(vector, self.at(array, place), align=1)

    def spread(self, number: Any) -> Any:
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, number, ir.Constant(INT, 0))
        return self.builder.shuffle_vector(first, undefined, self.places([0] * self.lanes))

    def places(self, lanes: list[int]) -> Any:
        return ir.Constant(ir.VectorType(INT, self.lanes), lanes)

    def inside(self, x: Any, levels: int) -> Any:
        """Do the lowest levels, whose partners lie in the same register."""
        for level in range(levels):
            step = 1 << level
            partner = self.builder.shuffle_vector(x, x, self.places([lane ^ step for lane in range(self.lanes)]))
            signs = self.constant([-1 if lane & step else 1 for lane in range(self.lanes)])
            if self.floating:  # a product by +-1 is exact: fused or not, the rounding is that of the sum
                signed = self.builder.fmul(x, signs, flags=("contract",))
                x = self.builder.fadd(signed, partner, flags=("contract",))
            else:
                x = self.builder.add(self.builder.mul(x, signs), partner)
        return x

    def across(self, vectors: list[Any]) -> list[Any]:
        """Do all levels between vectors, the number of which is a power of two."""
        add, subtract = self.builder.add, self.builder.sub
        if self.floating:
            add, subtract = self.builder.fadd, self.builder.fsub
        step = 1
        while step < len(vectors):
            for i in range(len(vectors)):
                if not i & step:
                    a, b = vectors[i], vectors[i + step]
                    vectors[i], vectors[i + step] = add(a, b), subtract(a, b)
            step *= 2
        return vectors


def _times(builder: Any, number: Any, factor: int) -> Any:
    return builder.mul(number, ir.Constant(LONG, factor))


def _make_block(levels: int, inside: int | None = None) -> Any:
    """Return ``block(source, target, start, count, scale)``, for ``2**levels`` vectors that lie side by side.

    It does the levels inside of registers (all, or as many as ``inside`` says) and those between the vectors of a
    block, from one array to another or in place, for ``count`` blocks; floating numbers are multiplied by ``scale``.
    """

    @intrinsic
    def block(_context, source, target, start, count, scale):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        signature = types.void(source, target, start, count, scale)

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source, target, start, count, scale = arguments
            given, taken = (_Vectors(context, builder, array) for array in signature.args[:2])
            factor = given.spread(scale) if given.floating else None
            depth = inside if inside is not None else given.lanes.bit_length() - 1
            size = given.lanes << levels
            with cgutils.for_range(builder, count) as loop:
                first = builder.add(start, _times(builder, loop.index, size))
                places = [builder.add(first, ir.Constant(LONG, k * given.lanes)) for k in range(1 << levels)]
                vectors = [given.load(source, place) for place in places]
                if factor is not None:
                    vectors = [builder.fmul(x, factor) for x in vectors]
                vectors = given.across([given.inside(x, depth) for x in vectors])
                for x, place in zip(vectors, places, strict=True):
                    taken.store(x, target, place)
            return context.get_dummy_value()

        return signature, code

    return block


def _make_across(levels: int) -> Any:
    """Return ``across(target, start, stride, count)``: the levels between ``2**levels`` lines, in place.

    The first line begins at ``start``, each following one ``stride`` numbers later; ``count`` vectors of each are done.
    """

    @intrinsic
    def across(_context, target, start, stride, count):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        signature = types.void(target, start, stride, count)

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            target, start, stride, count = arguments
            lines = _Vectors(context, builder, signature.args[0])
            with cgutils.for_range(builder, count) as loop:
                first = builder.add(start, _times(builder, loop.index, lines.lanes))
                places = [builder.add(first, _times(builder, stride, k)) for k in range(1 << levels)]
                vectors = lines.across([lines.load(target, place) for place in places])
                for x, place in zip(vectors, places, strict=True):
                    lines.store(x, target, place)
            return context.get_dummy_value()

        return signature, code

    return across


BLOCKS = tuple(_make_block(levels) for levels in range(MOST_LEVELS + 1))
"""By the number of levels between vectors; all levels inside of them are done, too."""
SHORT = tuple(_make_block(0, inside) for inside in range(4))
"""By the number of levels, all of them inside of registers: several short lines share one."""
ACROSS = tuple(_make_across(levels) for levels in range(MOST_LEVELS + 1))
"""By the number of levels."""
