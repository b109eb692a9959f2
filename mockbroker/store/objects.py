"""Stores of the clouds (`s3`, `gs`, `azure`, `azure-ad`), through obstore.

obstore is the optional extra `object-stores`. Without it, these stores are unhealthy and say so.
"""

import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any, Final

from mockbroker.store import Entry, Store, StoreFailedError, aws
from mockbroker.store.probe import probe
from protocol.stores import Location

_WHOLE_BYTES: Final = 5 << 20
"""Objects up to this length are put in one request, others in parts."""

_CLIENT_OPTIONS: Final = {"allow_http": True, "connect_timeout": "5s"}
_RETRIES: Final[Mapping[str, object]] = {
    "max_retries": 3,
    "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=1)},
}

_UNAUTHORIZED_CODES: Final = frozenset({"NoSuchBucket", "AccessDenied"})
_ERROR_DOCUMENT: Final = re.compile(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)
_HTTP_STATUS: Final = re.compile(r"\b([45]\d\d)\b")


class ObjectStore(Store):
    """A bucket or container, below the prefix of the store's URL.

    Args:
        location: The parsed store URL.
        remote: The obstore object that reaches the bucket.
        put_attributes: What every object is put with, as obstore names it.
    """

    def __init__(self, location: Location, remote: Any, put_attributes: Mapping[str, str]) -> None:
        self.url = location.url
        self._location = location
        self._remote = remote
        self._put_attributes = put_attributes

    async def list(self, prefix: str) -> list[Entry]:
        """Returns all objects below `prefix`, page by page from the store."""
        below = self._location.key(prefix)
        found = []
        with _store_errors():
            async for page in self._remote.list(below):
                found += [_entry(below, meta) for meta in page]
        return sorted(found, key=lambda entry: entry.path)

    async def exists(self, path: str) -> bool:
        """Asks the store for the object's metadata."""
        try:
            with _store_errors():
                await self._remote.head_async(self._location.key(path))
        except StoreFailedError as error:
            if error.missing:
                return False
            raise
        return True

    async def get(self, path: str) -> AsyncIterator[bytes]:
        """Yields the object as the store sends it."""
        with _store_errors():
            result = await self._remote.get_async(self._location.key(path))
            async for chunk in result.stream():
                yield bytes(chunk)

    async def put(
        self, path: str, content: AsyncIterator[bytes], *, content_encoding: str = ""
    ) -> None:
        """Uploads the object, in parts where it is long."""
        attributes = dict(self._put_attributes)
        if content_encoding:
            attributes["Content-Encoding"] = content_encoding
        start, ended = await _start_of(content)
        body = start if ended else _chain(start, content)
        with _store_errors():
            await self._remote.put_async(
                self._location.key(path), body, attributes=attributes, use_multipart=not ended
            )

    async def remove(self, path: str) -> None:
        """Deletes the object."""
        try:
            with _store_errors():
                await self._remote.delete_async(self._location.key(path))
        except StoreFailedError as error:
            if not error.missing:
                raise

    async def sign(self, path: str, ttl: float) -> str:
        """Returns a URL signed with the store's credentials."""
        obstore = _obstore()
        with _store_errors():
            key, expires = self._location.key(path), timedelta(seconds=ttl)
            return str(await obstore.sign_async(self._remote, "GET", key, expires))

    async def check(self) -> None:
        """Probes the bucket, over HTTP too by the URL it signs."""
        await probe(self)


def open_s3(location: Location) -> ObjectStore:
    """Opens an S3 bucket with the profile, endpoint and options of its URL."""
    arguments = location.arguments
    profile = arguments.get("profile", "")
    found = aws.credentials(profile, os.environ)
    region = arguments.get("region") or aws.region(profile, os.environ)
    endpoint, virtual_hosted = _endpoint(location, region)
    config = {
        "access_key_id": found.key_id,
        "secret_access_key": found.secret,
        "session_token": found.token,
        "region": region,
        "server_side_encryption": arguments.get("sse", ""),
        "sse_kms_key_id": arguments.get("ssekmskeyid", ""),
        "endpoint": endpoint,
        "virtual_hosted_style_request": str(virtual_hosted).lower(),
        "disable_bulk_delete": "true",
    }
    given = {name: value for name, value in config.items() if value}
    remote = _open(
        lambda store: store.S3Store(
            location.bucket, config=given, client_options=_CLIENT_OPTIONS, retry_config=_RETRIES
        )
    )
    storage_class = arguments.get("storageclass")
    return ObjectStore(location, remote, {"Storage-Class": storage_class} if storage_class else {})


def open_gs(location: Location) -> ObjectStore:
    """Opens a Google bucket with the application default credentials."""
    return ObjectStore(
        location, _open(lambda store: store.GCSStore(location.bucket, retry_config=_RETRIES)), {}
    )


def open_azure(location: Location) -> ObjectStore:
    """Opens an Azure container with the account of the environment."""
    account = _environment("azure", "AZURE_ACCOUNT_NAME", "AZURE_ACCOUNT_KEY")
    remote = _open(
        lambda store: store.AzureStore(
            location.bucket,
            account_name=account["AZURE_ACCOUNT_NAME"],
            account_key=account["AZURE_ACCOUNT_KEY"],
            retry_config=_RETRIES,
        )
    )
    return ObjectStore(location, remote, {})


def open_azure_ad(location: Location) -> ObjectStore:
    """Opens an Azure container with the application of the environment."""
    client = _environment("azure-ad", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    remote = _open(
        lambda store: store.AzureStore(
            location.bucket,
            account_name=location.account,
            tenant_id=location.tenant,
            client_id=client["AZURE_CLIENT_ID"],
            client_secret=client["AZURE_CLIENT_SECRET"],
            retry_config=_RETRIES,
        )
    )
    return ObjectStore(location, remote, {})


OPENERS: Final[Mapping[str, Callable[[Location], ObjectStore]]] = {
    "s3": open_s3,
    "gs": open_gs,
    "azure": open_azure,
    "azure-ad": open_azure_ad,
}
"""What opens the store of each scheme."""


def _open(make: Callable[[ModuleType], Any]) -> Any:
    store = _obstore().store
    with _store_errors():
        return make(store)


def _obstore() -> ModuleType:
    try:
        import obstore  # noqa: PLC0415 - an optional extra
        import obstore.store  # noqa: PLC0415 - likewise
    except ImportError:
        raise StoreFailedError(
            "this store needs obstore, which is not installed: "
            "pip install 'gazette-conformance[object-stores]'"
        ) from None
    return obstore


def _environment(scheme: str, *names: str) -> dict[str, str]:
    values = {name: os.environ.get(name, "") for name in names}
    if not all(values.values()):
        raise StoreFailedError(f"{' and '.join(names)} must be set for {scheme}:// URLs")
    return values


def _endpoint(location: Location, region: str) -> tuple[str, bool]:
    """Where the bucket is served, and whether it is a part of the host name there."""
    given = location.arguments.get("endpoint")
    if given:
        return (given if "://" in given else f"https://{given}"), False
    host = location.object_url("", {"AWS_REGION": region}).host
    return f"https://{host}", host.startswith(f"{location.bucket}.")


async def _start_of(content: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """The first bytes of `content`, and whether they are all."""
    start = bytearray()
    async for chunk in content:
        start += chunk
        if len(start) > _WHOLE_BYTES:
            return bytes(start), False
    return bytes(start), True


async def _chain(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk


def _entry(below: str, meta: Mapping[str, Any]) -> Entry:
    path = str(meta["path"]).removeprefix(below)
    return Entry(path, int(meta["size"]), int(meta["last_modified"].timestamp()))


@contextmanager
def _store_errors() -> Iterator[None]:
    exceptions = _obstore().exceptions
    refused = (PermissionError, exceptions.PermissionDeniedError, exceptions.UnauthenticatedError)
    missing = (FileNotFoundError, exceptions.NotFoundError)
    try:
        yield
    except (OSError, exceptions.BaseError) as error:
        code, text = _text(str(error))
        raise StoreFailedError(
            text,
            unauthorized=isinstance(error, refused) or code in _UNAUTHORIZED_CODES,
            missing=isinstance(error, missing) and code != "NoSuchBucket",
        ) from error


def _text(text: str) -> tuple[str, str]:
    """The code and the text of a failure, in the words of the store where it says some."""
    document = _ERROR_DOCUMENT.search(text)
    if document is None:
        return "", text.partition("\n")[0]
    code, message = document.groups()
    status = _HTTP_STATUS.search(text)
    suffix = f"\n\tstatus code: {status.group(1)}, request id: , host id: " if status else ""
    return code, f"{code}: {message}{suffix}"
