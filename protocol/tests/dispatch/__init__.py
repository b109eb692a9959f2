"""Tests of protocol.dispatch."""
