"""Tests of protocol.examples: each runs as people run it."""
