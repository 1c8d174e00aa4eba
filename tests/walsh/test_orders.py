"""The orders of Walsh functions: their definitions, and vectors that others publish."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.errors import ArgumentError
from hadimg.walsh.matrices import hadamard_matrix
from hadimg.walsh.orders import ORDERS, sign_changes, walsh_order

KNOWN = {
    ("sequency", 8): "0 4 6 2 3 7 5 1",
    ("dyadic", 8): "0 4 2 6 1 5 3 7",
    ("sequency", 16): "0 8 12 4 6 14 10 2 3 11 15 7 5 13 9 1",
    ("dyadic", 16): "0 8 4 12 2 10 6 14 1 9 5 13 3 11 7 15",
    ("natural", 4): "0 1 2 3",
}


@pytest.mark.parametrize(("order", "n"), KNOWN)
def test_known_orders(order, n):
    """Rows stand where the literature puts them."""
    assert " ".join(map(str, walsh_order(n, order))) == KNOWN[order, n]


@pytest.mark.parametrize("k", range(11))
def test_sequency_counts_sign_changes(k):
    """Row s of the sequency order changes its sign s times; all three matrices are symmetric."""
    natural = hadamard_matrix(2**k)
    assert sign_changes(natural[walsh_order(2**k)]).tolist() == list(range(2**k))
    for order in ORDERS:
        rows = natural[walsh_order(2**k, order)]
        np.testing.assert_array_equal(rows, rows.T)


@pytest.mark.parametrize("k", range(7))
def test_walsh_rows_are_paley_rows_of_the_gray_code(k):
    """Row s of the sequency order is row ``s ^ s >> 1`` of the dyadic order."""
    s = np.arange(2**k)
    np.testing.assert_array_equal(walsh_order(2**k, "dyadic")[s ^ s >> 1], walsh_order(2**k, "sequency"))


def test_h8_in_sequency_order():
    """The matrix of order 8 as textbooks print it."""
    rows = ["".join("+" if x > 0 else "-" for x in row) for row in hadamard_matrix(8)[walsh_order(8)]]
    assert " ".join(rows) == "++++++++ ++++---- ++----++ ++--++-- +--++--+ +--+-++- +-+--+-+ +-+-+-+-"


def test_what_does_not_exist_is_refused():
    """Unknown names and lengths without an order are errors that name the way out."""
    with pytest.raises(ArgumentError, match="order must be one of 'natural', 'dyadic', 'sequency', got 'walsh'"):
        walsh_order(8, "walsh")
    with pytest.raises(
        ArgumentError, match=r"'sequency' exists for powers of two only, got the length 12 \(.*power of two, 16\)"
    ):
        walsh_order(12)
    with pytest.raises(ArgumentError, match="got the length 0"):
        walsh_order(0, "natural")
    assert walsh_order(12, "natural").tolist() == list(range(12))
