"""Geometry, volumes, colours and transfer functions: numpy only, no files, no windows."""
