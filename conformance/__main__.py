"""`python -m conformance` is `gazette-conformance`."""

from conformance.cli import main

main()
