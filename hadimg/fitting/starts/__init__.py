"""Start values of every family and composition, found from a coarse ratio of two pictures."""
