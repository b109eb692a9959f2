"""The conformance suite for Gazette brokers.

`requirement` ties a test to the catalogue, `READS` and `APPENDS` declare that it may run against
brokers in use; everything else is reached through the
command `gazette-conformance` and the fixtures of the pytest plugin.
"""

from conformance.marks import APPENDS, READS, requirement

__all__ = ["APPENDS", "READS", "requirement"]
