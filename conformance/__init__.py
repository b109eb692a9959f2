"""The conformance suite for Gazette brokers."""
