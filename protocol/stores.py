"""Fragment stores: what a store's URL says, and where fragments are by it.

A store is identified by its exact URL, such as `s3://bucket/prefix/?region=us-east-1`.
Below its prefix lie the content paths of fragments, of which `find` and `replace` in
the URL's query may rewrite a part.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from protocol import urls
from protocol.arguments import ArgumentError, read_arguments
from protocol.errors import ProtocolError
from protocol.fragments import clean_path
from protocol.text import go_quote
from protocol.validate.url import validate_fragment_store

_REWRITING = frozenset(("find", "replace"))
_S3 = frozenset(("profile", "endpoint", "acl", "storageclass", "sse", "ssekmskeyid", "region"))
_SCOPE = "rewriterconfig."
_CREDENTIALS = {
    "azure": ("AZURE_ACCOUNT_NAME", "AZURE_ACCOUNT_KEY"),
    "azure-ad": ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"),
}
_HOSTABLE_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


class StoreError(ProtocolError):
    """A store cannot be used as its URL has it, or a path doesn't belong into it."""


class ObjectUrl(NamedTuple):
    """Where an object can be fetched over HTTP, without what signs the request.

    Attributes:
        scheme: `http` or `https`.
        host: Host, with its port if it's not that of the scheme.
        path: Path, decoded.
    """

    scheme: str
    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{quote(self.path, errors='surrogateescape')}"


@dataclass(frozen=True, slots=True)
class Location:
    """A parsed store URL.

    Attributes:
        url: The URL itself, which is the store's identity.
        scheme: `s3`, `gs`, `azure`, `azure-ad` or `file`.
        bucket: The bucket or container; empty for files.
        prefix: What every key begins with; only that of files has a leading slash.
        arguments: The query, by names in lower case.
        tenant: Of `azure-ad`, else empty.
        account: Of `azure-ad`, else empty.
    """

    url: str
    scheme: str
    bucket: str
    prefix: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    tenant: str = ""
    account: str = ""

    def key(self, path: str) -> str:
        """The key of a content path or listing prefix."""
        find, replace = (self.arguments.get(name, "") for name in ("find", "replace"))
        return self.prefix + rewrite(path, find, replace)

    def file_path(self, root: Path, path: str) -> Path:
        """The file of a content path in a `file` store, below the root of all of them.

        Raises:
            StoreError: The file would not lie below the root.
        """
        relative = clean_path(self.key(path).lstrip("/"))
        if relative.partition("/")[0] == ".." or "\0" in relative:
            raise StoreError(
                f"path {go_quote(path)} of {self.url} leaves the root of file stores",
                hint="'..' in journals, postfixes and rewritten paths must stay below the root",
            )
        return root / relative

    def file_url(self, path: str) -> str:
        """The URL that readers of a `file` store are given; it isn't percent-encoded."""
        return f"file://{self.key(path)}"

    def object_url(self, path: str, environment: Mapping[str, str]) -> ObjectUrl:
        """Where a content path of any other store is served over HTTP.

        Args:
            path: The content path.
            environment: Variables that tell account, credentials and default region.

        Raises:
            StoreError: The store keeps files, or its environment or endpoint is amiss.
        """
        key = self.key(path)
        self._check_credentials(environment)
        match self.scheme:
            case "s3":
                return self._s3_url(key, environment)
            case "gs":
                return ObjectUrl("https", "storage.googleapis.com", f"/{self.bucket}/{key}")
            case "azure" | "azure-ad":
                account = self.account or environment["AZURE_ACCOUNT_NAME"]
                host = f"{account}.blob.core.windows.net"
                return ObjectUrl("https", host, f"/{self.bucket}/{key}")
        raise StoreError(f"objects of {self.url} are files, and not served over HTTP")

    def _check_credentials(self, environment: Mapping[str, str]) -> None:
        names = _CREDENTIALS.get(self.scheme, ())
        if not all(environment.get(name) for name in names):
            raise StoreError(f"{' and '.join(names)} must be set for {self.scheme}:// URLs")

    def _s3_url(self, key: str, environment: Mapping[str, str]) -> ObjectUrl:
        region = self.arguments.get("region") or environment.get("AWS_REGION")
        if not region:
            profile = go_quote(self.arguments.get("profile", ""))
            raise StoreError(f"missing AWS region configuration for profile {profile}")
        if endpoint := self.arguments.get("endpoint"):
            scheme, host, base = _endpoint(endpoint)
            return ObjectUrl(scheme, host, _clean_s3(f"{base}/{self.bucket}/{key}"))
        host = "s3.amazonaws.com" if region == "us-east-1" else f"s3.{region}.amazonaws.com"
        if region.startswith("cn-"):
            host += ".cn"
        if _HOSTABLE_BUCKET.fullmatch(self.bucket):
            return ObjectUrl("https", f"{self.bucket}.{host}", _clean_s3(f"/{key}"))
        return ObjectUrl("https", host, _clean_s3(f"/{self.bucket}/{key}"))


def parse(url: str) -> Location:
    """What a store's URL says.

    Raises:
        ValidationError: The URL is not that of a store.
        StoreError: Its query is broken, or has an argument that its scheme lacks.
    """
    parts = validate_fragment_store(url)
    arguments = _arguments(parts.scheme, parts.raw_query)
    if parts.scheme == "file":
        return Location(url, parts.scheme, "", parts.path, arguments)
    path = parts.path.removeprefix("/")
    if parts.scheme != "azure-ad":
        return Location(url, parts.scheme, parts.host, path, arguments)
    account, container, prefix = path.split("/", 2)
    return Location(url, parts.scheme, container, prefix, arguments, parts.host, account)


def rewrite(path: str, find: str, replace: str) -> str:
    """The path with the first occurrence of `find`, unless that is empty, replaced."""
    return path.replace(find, replace, 1) if find else path


def _arguments(scheme: str, query: str) -> dict[str, str]:
    known = _REWRITING | _S3 if scheme == "s3" else _REWRITING
    scoped = {_SCOPE + name for name in _REWRITING}
    try:
        given = read_arguments(query, dict.fromkeys(known | scoped, str))
    except urls.UrlError as error:
        raise StoreError(str(error)) from None
    except ArgumentError as error:
        raise StoreError(
            f"parsing store URL arguments: {error}",
            hint=f"{scheme} stores have arguments {', '.join(sorted(known))}",
        ) from None
    return {name.removeprefix(_SCOPE): value for name, value in given.items()}


def _clean_s3(path: str) -> str:
    """The path as S3's clients clean it: a slash at the end stays."""
    return clean_path(path).rstrip("/") + "/" * path.endswith("/")


def _endpoint(endpoint: str) -> tuple[str, str, str]:
    """Scheme, host and path of an endpoint, which is of `https` if it doesn't say."""
    try:
        parts = urls.parse(endpoint if "://" in endpoint else f"https://{endpoint}")
    except urls.UrlError as error:
        raise StoreError(f"endpoint: {error}") from None
    if not parts.host:
        raise StoreError(f"endpoint has no host ({endpoint})")
    return parts.scheme, parts.host, parts.path.rstrip("/")
