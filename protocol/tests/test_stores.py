"""Fragment stores: their URLs, and paths that must stay where they belong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import stores
from protocol.errors import ValidationError
from protocol.stores import Location, StoreError

ROOT = Path("/stores")
UNKNOWN = "parsing store URL arguments: schema: invalid path"
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AZURE_ACCOUNT_NAME": "acct",
    "AZURE_ACCOUNT_KEY": "a2V5",
    "AZURE_CLIENT_ID": "client",
    "AZURE_CLIENT_SECRET": "secret",
}


@pytest.mark.parametrize(
    ("url", "scheme", "bucket", "prefix", "tenant", "account"),
    [
        ("s3://bucket/", "s3", "bucket", "", "", ""),
        ("s3://bucket/a%20b/c/", "s3", "bucket", "a b/c/", "", ""),
        ("gs://bucket/p/", "gs", "bucket", "p/", "", ""),
        ("azure://container/p/", "azure", "container", "p/", "", ""),
        ("azure-ad://t/acct/container/", "azure-ad", "container", "", "t", "acct"),
        ("azure-ad://t/acct/container/a/b/", "azure-ad", "container", "a/b/", "t", "acct"),
        ("FILE:///data/", "file", "", "/data/", "", ""),
    ],
)
def test_a_url_names_bucket_and_prefix(
    url: str, scheme: str, bucket: str, prefix: str, tenant: str, account: str
) -> None:
    """Each scheme tells bucket and prefix in its own way."""
    assert stores.parse(url) == Location(url, scheme, bucket, prefix, {}, tenant, account)


def test_arguments_are_of_any_case_and_the_last_counts() -> None:
    """Names of arguments are matched without their case; values are decoded."""
    location = stores.parse("s3://bucket/?REGION=a&region=b%20c&Endpoint=http://h:1&FIND=x+y")

    assert location.arguments == {"region": "b c", "endpoint": "http://h:1", "find": "x y"}


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (
            "gs://bucket/?region=a",
            f'{UNKNOWN} "region"',
        ),
        (
            "s3://bucket/?RewriterConfig.acl=a&y=2&z=3",
            f'{UNKNOWN} "RewriterConfig.acl" (and 2 other errors)',
        ),
        ("s3://bucket/?%zz&a;b", "invalid semicolon separator in query"),
        ("s3://bucket/?find=%a", 'invalid URL escape "%a"'),
        (
            "s3://bucket/?\N{LATIN SMALL LIGATURE FI}nd=a",
            f'{UNKNOWN} "\N{LATIN SMALL LIGATURE FI}nd"',
        ),
    ],
)
def test_broken_queries_are_refused(url: str, text: str) -> None:
    """A query is refused in the words of a broker."""
    with pytest.raises(StoreError) as caught:
        stores.parse(url)

    assert str(caught.value) == text


def test_other_urls_are_no_stores() -> None:
    """A URL that doesn't validate isn't parsed, also where a broker crashes of it."""
    for url in ("azure-ad://tenant/account", "azure-ad:", "ftp://host/", "s3://bucket/prefix"):
        with pytest.raises(ValidationError):
            stores.parse(url)


@pytest.mark.parametrize(
    ("url", "served"),
    [
        ("s3://bucket/p/", "https://bucket.s3.eu-west-1.amazonaws.com/p/a/j%20k"),
        ("s3://bucket/?region=us-east-1", "https://bucket.s3.amazonaws.com/a/j%20k"),
        ("s3://bucket/?region=cn-north-1", "https://bucket.s3.cn-north-1.amazonaws.com.cn/a/j%20k"),
        ("s3://Bucket/", "https://s3.eu-west-1.amazonaws.com/Bucket/a/j%20k"),
        ("s3://bucket/?endpoint=host:9000/base/", "https://host:9000/base/bucket/a/j%20k"),
        (
            "s3://bucket/a//b/../?find=k&replace=/",
            "https://bucket.s3.eu-west-1.amazonaws.com/a/a/j%20/",
        ),
        ("gs://bucket/", "https://storage.googleapis.com/bucket/a/j%20k"),
        ("azure-ad://t/mine/c/p/", "https://mine.blob.core.windows.net/c/p/a/j%20k"),
    ],
)
def test_objects_are_served_at(url: str, served: str) -> None:
    """Each cloud has its own form of URL."""
    assert str(stores.parse(url).object_url("a/j k", ENVIRONMENT)) == served


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("s3://bucket/?profile=p", 'missing AWS region configuration for profile "p"'),
        ("azure://c/", "AZURE_ACCOUNT_NAME and AZURE_ACCOUNT_KEY must be set for azure:// URLs"),
        ("file:///data/", "objects of file:///data/ are files, and not served over HTTP"),
        ("s3://b/?region=r&endpoint=http:///", "endpoint has no host (http:///)"),
        ("s3://b/?region=r&endpoint=http://h:x", 'endpoint: parse "http://h:x": invalid port ":x"'),
    ],
)
def test_what_is_amiss_is_told(url: str, text: str) -> None:
    """A store that lacks something says what, when it is first used."""
    with pytest.raises(StoreError) as caught:
        stores.parse(url).object_url("a/j", {})

    assert str(caught.value).startswith(text)


def test_files_are_below_root_and_prefix() -> None:
    """The file of a path lies below the root, then the prefix; its URL lacks the root."""
    location = stores.parse("file:///a/b%20c/?find=j&replace=k")

    assert location.file_path(ROOT, "x/j/j") == ROOT / "a/b c/x/k/j"
    assert location.file_url("x/j/j") == "file:///a/b c/x/k/j"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///p/", "../../x"),
        ("file:///p/", "a/../../../x"),
        ("file:///../", "x"),
        ("file:///%2e%2e/", "x"),
        ("file:///p/?find=a&replace=../..", "a/x"),
        ("file:////p/", "../../../x"),
        ("file:///p/", "a\0b"),
    ],
)
def test_no_file_leaves_the_root(url: str, path: str) -> None:
    """However the path comes by its `..`, it is refused rather than followed."""
    with pytest.raises(StoreError, match="leaves the root"):
        stores.parse(url).file_path(ROOT, path)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b c", "/"])).map("/".join))
def test_any_path_stays_or_is_refused(path: str) -> None:
    """No path made of any components resolves to a file outside of the root."""
    try:
        file = stores.parse("file:///p/").file_path(ROOT, path)
    except StoreError:
        return

    assert ROOT in (file, *file.parents)
    assert ".." not in file.parts
