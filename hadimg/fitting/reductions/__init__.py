"""Few rows that stand for millions of pixels: cells, circles, mirror images, triangles."""
