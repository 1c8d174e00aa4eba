"""One short function for each rule of differentiation: from the derivatives of the parts to that of the whole.

Each takes the values Y, X, ... and their derivatives ``dy``, ``dx``, ... by one and the same Z, and returns the
derivative of the result by Z, a `hadimg.derivatives.LinearMap`. Names stand in for the signs of the slides: ``dY D(X)``
scales the columns of dY, ``⊗`` is the Kronecker product, a dash transposes.
"""

from hadimg.derivatives.rules.elements import (
    elementwise_function,
    hadamard_division,
    hadamard_inverse,
    hadamard_power,
    hadamard_variable_power,
    scalar_times,
)
from hadimg.derivatives.rules.matrices import (
    determinant,
    diagonal,
    diagonal_matrix,
    inverse,
    log_determinant,
    trace,
    trace_of_product,
    transpose,
)
from hadimg.derivatives.rules.places import broadcast_over_channels, indexed
from hadimg.derivatives.rules.products import (
    chain,
    hadamard_product,
    hadamard_product_of_many,
    kronecker_product,
    outer_product,
    product_between_constants,
    simple_product,
)
from hadimg.derivatives.rules.sums import (
    column_sums,
    row_sums,
    row_sums_of_hadamard_product,
    scalar_function,
    total,
)

__all__ = [
    "broadcast_over_channels",
    "chain",
    "column_sums",
    "determinant",
    "diagonal",
    "diagonal_matrix",
    "elementwise_function",
    "hadamard_division",
    "hadamard_inverse",
    "hadamard_power",
    "hadamard_product",
    "hadamard_product_of_many",
    "hadamard_variable_power",
    "indexed",
    "inverse",
    "kronecker_product",
    "log_determinant",
    "outer_product",
    "product_between_constants",
    "row_sums",
    "row_sums_of_hadamard_product",
    "scalar_function",
    "scalar_times",
    "simple_product",
    "total",
    "trace",
    "trace_of_product",
    "transpose",
]
