"""Optimization and estimation with matrix unknowns."""

__version__ = "0.1.0"
