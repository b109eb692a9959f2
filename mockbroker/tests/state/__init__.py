"""Tests of state on disk."""
