"""How far a run may reach into its target, and how far a test does."""

READ_ONLY = "read-only"
NO_APPLY = "no-apply"
EVERYTHING = "full"
ACCESS = (READ_ONLY, NO_APPLY, EVERYTHING)
"""From the least to the most: a run of one takes the tests of it and of those before it."""

READING = frozenset({"List", "Read", "ListFragments"})
"""Not FragmentStoreHealth: the broker puts an object into the store that it is asked about."""
RPCS = {READ_ONLY: READING, NO_APPLY: READING | {"Append"}}
"""By access, the RPCs that may be sent."""
HTTP_METHODS = frozenset({"GET", "HEAD"})
"""The HTTP methods that may be sent where the access is not full."""


def suffices(granted: str, wanted: str) -> bool:
    """Whether a run of access `granted` may do what has access `wanted`."""
    return ACCESS.index(wanted) <= ACCESS.index(granted)


def permits(access: str, rpc: str) -> bool:
    """Whether a run of `access` may send `rpc`."""
    return access == EVERYTHING or rpc in RPCS[access]


def permits_http(access: str, method: str) -> bool:
    """Whether a run of `access` may send an HTTP request of `method`."""
    return access == EVERYTHING or method in HTTP_METHODS
