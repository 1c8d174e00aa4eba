"""A picture format made of Hadamard matrices: pixels to bytes and back."""
