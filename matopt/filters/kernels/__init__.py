"""Compiled loops; imported when a filter first runs, for numba is dear to load."""
