"""Ops about fragment stores: where a path is by the URL of a store."""

from typing import Any

from protocol import stores
from protocol.tests.ops import op
from protocol.tests.ops.validation import error_of
from protocol.tests.ops.vector import Vector

ENVIRONMENT = {"AZURE_ACCOUNT_NAME": "acct", "AZURE_ACCOUNT_KEY": "a2V5"}
"""What the recorder had set: an account, but no client of Azure's directory."""


@op("store_rewrite_path")
def check_rewrite(vector: Vector) -> None:
    """A path is rewritten as recorded, and the prefix never."""
    given = vector.input
    rewritten = stores.rewrite(given["path"], given["find"], given["replace"])

    assert given["store_prefix"] + rewritten == vector.out


@op("store_file_url")
def check_file_url(vector: Vector) -> None:
    """A file has the recorded URL, or its store is refused with the recorded text."""

    def url() -> str:
        return stores.parse(vector.text("store")).file_url(vector.text("path"))

    vector.check_error(error_of(url))
    if vector.ok:
        assert url() == vector.out


@op("store_object_url")
def check_object_url(vector: Vector) -> None:
    """An object is served where recorded, or its store is refused with the recorded text."""

    def url() -> dict[str, Any]:
        location = stores.parse(vector.text("store"))
        return location.object_url(vector.text("path"), ENVIRONMENT)._asdict()

    vector.check_error(error_of(url))
    if vector.ok:
        assert url() == vector.out
