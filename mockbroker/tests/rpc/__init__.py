"""Tests of the pump and what carries calls."""
