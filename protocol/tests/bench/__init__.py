"""Measurements: scripts that print ratios, and assert nothing."""
