"""Exact passes over all pixels by compiled loops."""
