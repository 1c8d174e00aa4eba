"""Rows written past the caches: what a large picture leaves behind would only push out what is still needed there.

An ordinary store first reads the line of memory that it changes. A store past the caches does not, which halves what a
copy of a large array moves. It pays only where the result is too large to be found in the caches afterwards.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hadimg.kernels.compiling import kernel
from hadimg.kernels.lanes import LINE

__all__ = ["stream_rows"]

INT, LONG = ir.IntType(32), ir.IntType(64)


def _stream_lines(_context: Any, source: Any, target: Any, lines: Any) -> Any:
    """Copy whole lines between two addresses, of which the second is that of a line."""
    signature = types.void(source, target, lines)

    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        source, target, lines = arguments
        line = ir.VectorType(INT, LINE // 4).as_pointer()
        with cgutils.for_range(builder, lines) as loop:
            offset = builder.mul(loop.index, ir.Constant(LONG, LINE))
            from_, to = (builder.inttoptr(builder.add(at, offset), line) for at in (source, target))
            store = builder.store(builder.load(from_, align=1), to, align=LINE)
            store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(INT, 1)]))
        # Such stores may come late, but whoever is told that they are done may read at once.
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return signature, code


stream_lines: Any = intrinsic(_stream_lines)


@kernel
def stream_rows(rows: Any, target: Any) -> None:
    """Copy C-ordered numbers into rows of a large array, past the caches; the first and the last few as usual."""
    values, places = rows.reshape(-1), target.reshape(-1)
    size = values.itemsize
    start = min((-places.ctypes.data % LINE) // size, values.size)
    lines = (values.size - start) * size // LINE
    for j in range(start):
        places[j] = values[j]
    stream_lines(values.ctypes.data + start * size, places.ctypes.data + start * size, lines)
    for j in range(start + LINE // size * lines, values.size):
        places[j] = values[j]
