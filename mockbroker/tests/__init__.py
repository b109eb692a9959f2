"""Tests of `mockbroker`."""
