"""Fragments fetched by their URLs."""

from mockbroker.faults.catalogue.entries import Entry, fault, fetch
from mockbroker.faults.fetch import Fetch
from mockbroker.faults.payload import Mutate

ENTRIES: tuple[Entry, ...] = (
    fetch("url-404", "404, as of a fragment that was pruned", lambda: Fetch(code=404)),
    fetch("url-403", "403, as of a signature that ran out", lambda: Fetch(code=403)),
    fetch("clock-skew-url", "403 for the first fetch of a URL", lambda: Fetch(code=403), nth=1),
    fetch("url-500-flaky", "500 twice, then the content", lambda: Fetch(code=500), nth=(1, 2)),
    fetch(
        "url-short",
        "the connection breaks within the content",
        lambda bytes=1: Fetch(bytes=bytes),  # noqa: A006 - as in Fetch
    ),
    fetch("url-long", "more content than the fragment has", lambda extra=1: Fetch(extra=extra)),
    fetch("url-corrupt-codec", "content that no codec takes", lambda: Fetch(flip=True)),
    fetch("url-content-encoding", "content is compressed on its way", lambda: Fetch(gzip=True)),
    fetch(
        "url-206-redirect",
        "206 with the content, or a redirect to another place",
        lambda location=None: Fetch(code=302 if location else 206, location=location),
    ),
    fault(
        "url-unsupported-scheme",
        "the URL of a fragment has a scheme that no client knows",
        lambda url="memory:///fragment": Mutate(having="fragment_url", set={"fragment_url": url}),
        rpc="Read",
    ),
)
