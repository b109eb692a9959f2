"""The client of `protocol.client` over clusters in upheaval."""
