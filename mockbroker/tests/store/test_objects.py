"""S3 stores against a real S3 server, and the failures of every cloud's stores."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mockbroker.store import Store, StoreFailedError
from mockbroker.store.table import StoreTable
from mockbroker.tests.store.conftest import chunks


def _open(table: StoreTable, url: str) -> Store:
    return asyncio.run(table.open(url))


def _check(table: StoreTable, url: str) -> None:
    async def run() -> None:
        await (await table.open(url)).check()

    asyncio.run(run())


@pytest.fixture
def bucket(s3_endpoint: str) -> Any:
    """The bucket as another client sees it."""
    boto3 = pytest.importorskip("boto3")
    return boto3.resource("s3", endpoint_url=s3_endpoint, region_name="us-east-1").Bucket("bkt")


def test_puts_with_the_arguments_of_the_url(
    table: StoreTable, s3_store_url: str, bucket: Any
) -> None:
    """Encoding, storage class and encryption of the URL are those of the object."""
    url = f"{s3_store_url}&StorageClass=STANDARD_IA&SSE=aws:kms&SSEKMSKeyId=a-key"

    async def run() -> None:
        store = await table.open(url)
        await store.put("acme/a/1", chunks(b"packed"), content_encoding="gzip")

    asyncio.run(run())

    found = bucket.Object("pre/fix/acme/a/1")
    assert (found.content_encoding, found.storage_class) == ("gzip", "STANDARD_IA")
    assert (found.server_side_encryption, found.ssekms_key_id) == ("aws:kms", "a-key")


def test_says_that_a_bucket_is_missing(table: StoreTable, s3_store_url: str) -> None:
    """An absent bucket is unhealthy in the store's own words, and counts as a refusal."""
    url = s3_store_url.replace("s3://bkt/", "s3://nobkt/")

    with pytest.raises(StoreFailedError) as caught:
        _check(table, url)

    assert str(caught.value).startswith(
        "health check PUT failed: NoSuchBucket: The specified bucket does not exist\n"
        "\tstatus code: 404, request id: "
    )
    assert caught.value.unauthorized


def test_does_not_wait_long_for_a_store_that_is_down(
    table: StoreTable, s3_store_url: str, s3_endpoint: str
) -> None:
    """An endpoint that nobody listens at is unhealthy with one line of text."""
    port = s3_endpoint.rpartition(":")[2]

    with pytest.raises(StoreFailedError, match=r"^health check PUT failed: [^\n]*$"):
        _check(table, s3_store_url.replace(port, "1"))


def test_needs_credentials(
    table: StoreTable, s3_store_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """HLTH-003: without credentials a store does not open, and names the profile."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(StoreFailedError) as caught:
        _open(table, s3_store_url + "&profile=none")

    assert str(caught.value).startswith(
        'fetching AWS credentials for profile "none": '
        "NoCredentialProviders: no valid providers in chain\n"
    )


def test_takes_credentials_and_region_of_a_profile(
    table: StoreTable, s3_store_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A profile of the shared files comes before the environment."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(
        "[mine]\naws_access_key_id = MYKEY\naws_secret_access_key = secret\n"
    )
    (tmp_path / ".aws/config").write_text("[profile mine]\nregion = eu-west-3\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    url = s3_store_url.replace("&region=us-east-1", "&profile=mine")

    signed = asyncio.run(_open(table, url).sign("acme/a/1", 60))

    assert "Credential=MYKEY%2F" in signed
    assert "%2Feu-west-3%2Fs3%2F" in signed


def test_needs_a_region(table: StoreTable, s3_store_url: str, tmp_path: Path) -> None:
    """Without a region a store does not open."""
    url = s3_store_url.replace("&region=us-east-1", "&profile=none")

    with pytest.raises(StoreFailedError) as caught:
        _open(table, url)

    assert str(caught.value) == 'missing AWS region configuration for profile "none"'


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (
            "azure-ad://tenant/account/container/",
            "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET must be set for azure-ad:// URLs",
        ),
        (
            "azure://container/",
            "AZURE_ACCOUNT_NAME and AZURE_ACCOUNT_KEY must be set for azure:// URLs",
        ),
        ("file:///a/?bogus=1", 'parsing store URL arguments: schema: invalid path "bogus"'),
        ("gs://a/?profile=x", 'parsing store URL arguments: schema: invalid path "profile"'),
        ("file:///a/?find=;", "invalid semicolon separator in query"),
    ],
)
def test_says_why_a_store_does_not_open(
    table: StoreTable, url: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL or environment that a store cannot start with is told in the broker's words."""
    for name in ("AZURE_CLIENT_ID", "AZURE_ACCOUNT_NAME"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(StoreFailedError) as caught:
        _open(table, url)

    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("s3://bucket/a/?region=us-west-2", "https://bucket.s3.us-west-2.amazonaws.com/a/x?"),
        ("s3://bucket/?region=us-east-1", "https://bucket.s3.amazonaws.com/x?"),
        ("s3://with.dots/?region=us-east-1", "https://s3.amazonaws.com/with.dots/x?"),
        ("s3://b/?region=us-east-1&endpoint=minio:9", "https://minio:9/b/x?"),
        ("azure://cont/a/", "https://acct.blob.core.windows.net/cont/a/x?"),
    ],
)
def test_signs_in_the_form_of_each_cloud(
    table: StoreTable, s3_store_url: str, url: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed URLs name host, bucket and key as the cloud has them."""
    monkeypatch.setenv("AZURE_ACCOUNT_NAME", "acct")
    monkeypatch.setenv("AZURE_ACCOUNT_KEY", "a2V5")

    assert asyncio.run(_open(table, url).sign("x", 60)).startswith(start)


def test_says_that_obstore_is_missing(
    table: StoreTable, s3_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the optional extra, a cloud's store says what to install."""
    monkeypatch.setitem(sys.modules, "obstore", None)

    with pytest.raises(StoreFailedError, match=r"pip install 'gazette-conformance\[object-stores"):
        _open(table, s3_store_url)


def test_lists_times_in_seconds(table: StoreTable, s3_store_url: str) -> None:
    """Modification times are those of the bucket, in whole seconds."""

    async def run() -> int:
        store = await table.open(s3_store_url)
        await store.put("acme/a/1", chunks(b"x"))
        (entry,) = await store.list("acme/a/")
        return entry.mod_time

    before = int(time.time())

    assert before <= asyncio.run(run()) <= time.time() + 1
