"""Benchmark sets by name: what is in them, where they come from, and whether a copy is whole."""
