"""Requests and responses of FragmentStoreHealth."""

from typing import TYPE_CHECKING

from protocol.errors import ValidationError, within
from protocol.releases import Release
from protocol.validate.enums import validate_status
from protocol.validate.header import validate_header
from protocol.validate.rules import rules_of
from protocol.validate.token import validate_path_component
from protocol.validate.url import validate_fragment_store

if TYPE_CHECKING:
    from protocol.wire.messages import FragmentStoreHealthRequest, FragmentStoreHealthResponse

RULES = (
    *rules_of(
        "FragmentStoreHealthRequest",
        "HEALTHREQ",
        ("fragment_store", "the store is valid"),
        ("check_delete_prefix", "newest: a prefix comes with a check of deletion"),
        ("check_delete_prefix", "newest: the prefix ends in a slash"),
        ("check_delete_prefix", "newest: the prefix does not lead out of the store"),
        ("check_delete_prefix", "newest: the prefix is a path in its shortest form"),
    ),
    *rules_of(
        "FragmentStoreHealthResponse",
        "HEALTHRESP",
        ("status", "the status is known"),
        ("header", "the header is valid"),
    ),
)


def validate_health_request(
    request: "FragmentStoreHealthRequest", release: Release = Release.V0_101
) -> None:
    """Raises unless the store is valid, and what `release` may check besides."""
    with within("FragmentStore", "VAL-HEALTHREQ-01"):
        validate_fragment_store(request.fragment_store)
    if release is Release.NEWEST and request.check_delete_prefix:
        with within("CheckDeletePrefix"):
            _validate_prefix(request)


def _validate_prefix(request: "FragmentStoreHealthRequest") -> None:
    prefix = request.check_delete_prefix
    if not request.check_delete:
        raise ValidationError("VAL-HEALTHREQ-02", "cannot be set when CheckDelete is false")
    if not prefix.endswith("/"):
        raise ValidationError("VAL-HEALTHREQ-03", f"must end in '/' ({prefix})")
    path = prefix.removesuffix("/")
    if path == ".." or path.startswith("../"):
        raise ValidationError("VAL-HEALTHREQ-04", f"cannot traverse outside the store ({prefix})")
    with within("", "VAL-HEALTHREQ-05"):
        validate_path_component(path, 1, 512)


def validate_health_response(response: "FragmentStoreHealthResponse") -> None:
    """Raises unless status and header are valid."""
    with within("Status", "VAL-HEALTHRESP-01"):
        validate_status(response.status)
    with within("Header", "VAL-HEALTHRESP-02"):
        validate_header(response.header)
