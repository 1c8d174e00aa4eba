"""Compiled loops over plain arrays; no knowledge of masks, pictures or files. Serial, and free of the GIL."""
