"""The suite, tried on brokers that are wrong on purpose: does it catch each of them?

The lies are the mock broker's; they are learned from its command, and told by a mock
broker in a process of its own.
"""
