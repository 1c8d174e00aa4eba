"""From start values to an optimum: one table of methods, and the course that all of them take."""
