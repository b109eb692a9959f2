"""What goes wrong with a mock, rather than with what it mocks."""


class MockError(Exception):
    """The mock was asked for something it cannot do."""
