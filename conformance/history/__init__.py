"""Histories: what concurrent clients did to journals, and whether a right broker could answer so.

`operation` is what is recorded, `order` and `checker` judge it without a broker, `calls` are
what clients may do, `clients` do it and record, `search` looks for a history that is wrong
and makes it short.
"""
