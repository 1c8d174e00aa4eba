"""A small path tracer and the scenes that it renders into ``sample_images/``."""
