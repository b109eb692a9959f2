"""The conformance suite for Gazette brokers.

`requirement` ties a test to the catalogue; everything else is reached through the
command `gazette-conformance` and the fixtures of the pytest plugin.
"""

from conformance.marks import requirement

__all__ = ["requirement"]
