"""Hadamard matrices, the orders of their rows, and the fast transform."""
