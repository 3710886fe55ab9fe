"""Figures that can be trusted: which photo belongs to which, what was measured and how."""
