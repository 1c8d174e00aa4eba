"""The innermost loop of the 8-bit product, written for vector registers: sixteen pixels at a time.

A compiler that finds its vectors by itself repeats each weight for the channels of its pixel in memory, and cannot stop
at a suspect (see `hadimg.kernels.product`). Here a shuffle repeats the weights inside a register, and the loop stops
behind the first group that holds a suspect. The code asks for vectors of sixteen numbers; LLVM makes of them what the
machine has: one register with AVX-512, two with AVX, four with SSE or NEON. Each group asks for the memory of one that
comes later, which makes the loop a sixth faster where the memory, not the core, is what it waits for.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["FALLING", "LANES", "LAYOUTS", "LINE", "RISING", "ask_for", "ask_for_wide_registers", "wide_registers"]

LINE = 64
"""Bytes of a line of the caches."""
LANES = 16
"""Pixels of one group."""
LAYOUTS = {"grey": (1, 1), "rgb": (3, 3), "rgba": (4, 3)}
"""Channels of a pixel, and how many of them, the first ones, are multiplied."""

BYTE, INT, LONG, SINGLE = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
AHEAD = 32
"""Groups between one that is multiplied and one that is asked for."""
UNIT, BEYOND = 65536.0, float((1 << 24) + (1 << 14))


def _vector(kind: Any) -> Any:
    return ir.VectorType(kind, LANES)


def _all(kind: Any, value: float) -> Any:
    return ir.Constant(_vector(kind), [value] * LANES)


def _spread(builder: Any, number: Any) -> Any:
    """Return a vector of one number."""
    undefined = ir.Constant(_vector(number.type), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(INT, 0))
    return builder.shuffle_vector(first, undefined, _all(INT, 0))


def _pointer(builder: Any, address: Any, group: Any, size: int, kind: Any) -> Any:
    """Return where a group begins whose items take ``size`` bytes."""
    place = builder.add(address, builder.mul(group, ir.Constant(LONG, size)))
    return builder.inttoptr(place, _vector(kind).as_pointer())


def _ask_ahead(builder: Any, address: Any, group: Any, size: int) -> None:
    """Ask for the memory of a later group whose items take ``size`` bytes; there need not be any."""
    later = builder.add(group, ir.Constant(LONG, AHEAD))
    _ask(builder, builder.add(address, builder.mul(later, ir.Constant(LONG, size))))


def _ask(builder: Any, address: Any) -> None:
    pointer = BYTE.as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer, INT, INT, INT])
    prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
    reading, everywhere, data = (ir.Constant(INT, number) for number in (0, 3, 1))
    builder.call(prefetch, [builder.inttoptr(address, pointer), reading, everywhere, data])


def _weights_of_part(builder: Any, weights: Any, part: int, channels: int, color: int) -> Any:
    """Return the weight, in 1/65536, of each value of one of the vectors that a group of pixels fills."""
    if channels == 1:
        return weights
    places = (divmod(part * LANES + lane, channels) for lane in range(LANES))
    # Lanes from LANES on are those of the second vector, which leaves opacity as it is.
    lanes = [pixel if channel < color else LANES for pixel, channel in places]
    return builder.shuffle_vector(weights, _all(SINGLE, UNIT), ir.Constant(_vector(INT), lanes))


def _products(builder: Any, values: Any, weights: Any, half: Any, *, falling: bool) -> Any:
    """Return products in 1/65536 of a level, half a level added."""
    whole = builder.sitofp(builder.zext(values, _vector(INT)), _vector(SINGLE))
    fused = {"flags": ("contract",)}
    product = builder.fadd(builder.fmul(whole, weights, **fused), half, **fused)
    if not falling:
        product = builder.select(builder.fcmp_ordered(">", product, half), product, half)
        limit = _all(SINGLE, BEYOND)
        product = builder.select(builder.fcmp_ordered("<", product, limit), product, limit)
    return builder.fptosi(product, _vector(INT))


def _bits(builder: Any, truths: Any) -> Any:
    return builder.zext(builder.bitcast(truths, ir.IntType(LANES)), LONG)


def _group(builder: Any, pointers: Any, half: Any, bound: Any, layout: tuple[int, int], *, falling: bool) -> Any:
    """Multiply one group; return its values, the bits of suspects, and how many other values saturated."""
    source, given, target = pointers
    channels, color = layout
    weights = builder.fmul(builder.load(given, align=4), _all(SINGLE, UNIT))
    kept, word, over = [], ir.Constant(LONG, 0), ir.Constant(LONG, 0)
    for part in range(channels):
        place = [ir.Constant(INT, part)]
        values = builder.load(builder.gep(source, place), align=1)
        own = _weights_of_part(builder, weights, part, channels, color)
        products = _products(builder, values, own, half, falling=falling)
        doubtful = builder.icmp_unsigned("<", builder.and_(products, _all(INT, 0xFFFF)), bound)
        word = builder.or_(word, builder.shl(_bits(builder, doubtful), ir.Constant(LONG, LANES * part)))
        levels = builder.lshr(products, _all(INT, 16))
        if not falling:
            above = builder.icmp_unsigned(">", levels, _all(INT, 255))
            levels = builder.select(above, _all(INT, 255), levels)
            sure = builder.and_(above, builder.not_(doubtful))
            over = builder.add(over, builder.ctpop(_bits(builder, sure)))
        builder.store(builder.trunc(levels, _vector(BYTE)), builder.gep(target, place), align=1)
        kept.append(values)
    return kept, word, over


def _make_loop(layout: tuple[int, int], *, falling: bool) -> Any:
    """Return the loop for one layout of pixels, as a function for compiled code.

    ``loop(values, weights, out, kept, start, groups, half, bound)`` takes addresses of 8-bit values, float32 weights,
    8-bit results and of room for the values of one group. It multiplies the groups from ``start`` on and ends behind
    the last one, or at the first with a suspect, a product whose low 16 bits are below ``bound``; that one is done,
    too, and its values are kept. ``half`` is what is added before the low bits are cut. It returns the number of the
    group, the bits of its suspects (0 at the end), and how many values saturated, suspects left out.
    """
    channels, _ = layout

    @intrinsic
    def loop(_context, values, weights, out, kept, start, groups, half, bound):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        signature = types.UniTuple(types.int64, 3)(values, weights, out, kept, start, groups, half, bound)

        def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            values, weights, out, kept, start, groups, half, bound = arguments
            ask_for_wide_registers(builder)
            half, bound = _spread(builder, half), _spread(builder, bound)
            entry = builder.block
            head, body, stop, done = (builder.append_basic_block(name) for name in ("head", "body", "stop", "done"))
            builder.branch(head)
            builder.position_at_end(head)
            group, total = builder.phi(LONG), builder.phi(LONG)
            builder.cbranch(builder.icmp_signed("<", group, groups), body, done)
            builder.position_at_end(body)
            sizes = (channels * LANES, BYTE), (4 * LANES, SINGLE), (channels * LANES, BYTE)
            addresses = (values, weights, out)
            pointers = [_pointer(builder, at, group, *size) for at, size in zip(addresses, sizes, strict=True)]
            for at, size in ((values, channels * LANES), (weights, 4 * LANES)):
                _ask_ahead(builder, at, group, size)
            given, word, over = _group(builder, pointers, half, bound, layout, falling=falling)
            more, following = builder.add(total, over), builder.add(group, ir.Constant(LONG, 1))
            zero = ir.Constant(LONG, 0)
            builder.cbranch(builder.icmp_unsigned("==", word, zero), head, stop)
            for phi, first, then in ((group, start, following), (total, zero, more)):
                phi.add_incoming(first, entry)
                phi.add_incoming(then, body)
            builder.position_at_end(stop)
            room = builder.inttoptr(kept, _vector(BYTE).as_pointer())
            for part, vector in enumerate(given):
                builder.store(vector, builder.gep(room, [ir.Constant(INT, part)]), align=1)
            builder.branch(done)
            builder.position_at_end(done)
            results = []
            for at_end, at_suspect in ((group, group), (zero, word), (total, more)):
                results.append(builder.phi(LONG))
                results[-1].add_incoming(at_end, head)
                results[-1].add_incoming(at_suspect, stop)
            return cgutils.pack_array(builder, results)

        return signature, code

    return loop


def ask_for_wide_registers(builder: Any) -> None:
    """Let the function that is being compiled use 512-bit registers, and stay a function of its own."""
    attributes = builder.function.attributes
    attributes.add("noinline")
    set.add(attributes, '"prefer-vector-width"="512"')  # llvmlite's own ``add`` knows only names without values


def _ask_for(_context: Any, address: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        _ask(builder, *arguments)
        return context.get_dummy_value()

    return types.void(address), code


ask_for: Any = intrinsic(_ask_for)
"""Ask for the line of the caches at an address, which is fetched while other work is done."""


def _wide_registers(_context: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        ask_for_wide_registers(builder)
        return context.get_dummy_value()

    return types.void(), code


wide_registers: Any = intrinsic(_wide_registers)
"""Called anywhere in a kernel, what `ask_for_wide_registers` does for it."""
FALLING = {name: _make_loop(layout, falling=True) for name, layout in LAYOUTS.items()}
"""Loops for weights from 0 to 1, which no product leaves the range of levels by."""
RISING = {name: _make_loop(layout, falling=False) for name, layout in LAYOUTS.items()}
"""Loops for any weights."""
