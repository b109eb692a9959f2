"""Tests of protocol.client."""
