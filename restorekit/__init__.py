"""Restore photographs: every method of the field behind one typed door."""

__version__ = "0.1.0"
