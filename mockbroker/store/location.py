"""What the URL of a store says: where it is, and how paths become keys there."""

from dataclasses import dataclass, field
from typing import Final

from mockbroker.store import StoreFailedError
from protocol import urls
from protocol.text import go_quote

_REWRITE: Final = frozenset({"find", "replace"})
_ARGUMENTS: Final = {
    "s3": _REWRITE | {"profile", "endpoint", "acl", "storageclass", "sse", "ssekmskeyid", "region"},
}
_SCOPE: Final = "rewriterconfig."


@dataclass(frozen=True, slots=True)
class Location:
    """A parsed store URL.

    Attributes:
        url: The URL itself, which is the store's identity.
        scheme: `file`, `s3`, `gs`, `azure` or `azure-ad`.
        bucket: The bucket or container; empty for files.
        prefix: What every key begins with; of files with a leading slash.
        arguments: The query, by names in lower case.
        tenant: Of `azure-ad`.
        account: Of `azure-ad`.
    """

    url: str
    scheme: str
    bucket: str
    prefix: str
    arguments: dict[str, str] = field(default_factory=dict)
    tenant: str = ""
    account: str = ""

    def key(self, path: str) -> str:
        """Returns the key of a path: rewritten by `find` and `replace`, after the prefix."""
        find = self.arguments.get("find", "")
        if find:
            path = path.replace(find, self.arguments.get("replace", ""), 1)
        return self.prefix + path


def parse_location(url: str) -> Location:
    """Returns what a valid store URL says.

    Raises:
        StoreFailedError: The URL, or its query, is not that of a store.
    """
    try:
        parts = urls.parse(url)
        arguments = _arguments(parts.scheme, parts.raw_query)
    except urls.UrlError as error:
        raise StoreFailedError(str(error)) from error
    if parts.scheme == "file":
        return Location(url, parts.scheme, "", parts.path, arguments)
    path = parts.path.removeprefix("/")
    if parts.scheme != "azure-ad":
        return Location(url, parts.scheme, parts.host, path, arguments)
    account, _, rest = path.partition("/")
    container, _, prefix = rest.partition("/")
    if not container:
        raise StoreFailedError(f"azure-ad URL names no account and container ({url})")
    return Location(url, parts.scheme, container, prefix, arguments, parts.host, account)


def _arguments(scheme: str, query: str) -> dict[str, str]:
    arguments = {}
    for pair in filter(None, query.split("&")):
        if ";" in pair:
            raise StoreFailedError("invalid semicolon separator in query")
        name, _, value = pair.replace("+", " ").partition("=")
        name, value = urls.unescape(name), urls.unescape(value)
        known = name.lower().removeprefix(_SCOPE)
        if known not in _ARGUMENTS.get(scheme, _REWRITE):
            raise StoreFailedError(
                f"parsing store URL arguments: schema: invalid path {go_quote(name)}"
            )
        arguments[known] = value
    return arguments
