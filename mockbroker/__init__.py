"""A programmable cluster of mock Gazette brokers."""
