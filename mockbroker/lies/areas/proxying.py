"""Lies of brokers that pass a request on, and lose a part of it."""

from typing import Any

from mockbroker.lies.lie import lie

PASSED_ON = "mockbroker.core.requests:with_header"


def _without(field: str, honest: Any, request: Any, header: Any) -> Any:
    passed = honest(request, header)
    if field in passed.DESCRIPTOR.fields_by_name:
        passed.ClearField(field)
    return passed


@lie("read.proxying-keeps-the-request", replaces=PASSED_ON, brokers=2)
def proxies_forget_how_far_to_read(honest: Any, request: Any, header: Any) -> Any:
    """A proxied read has lost its end offset."""
    return _without("end_offset", honest, request, header)


@lie("read.proxying-keeps-the-request", replaces=PASSED_ON, brokers=2)
def proxied_reads_never_block(honest: Any, request: Any, header: Any) -> Any:
    """A proxied read does not block."""
    return _without("block", honest, request, header)


@lie("read.proxying-keeps-the-request", replaces=PASSED_ON, brokers=2)
def proxied_reads_send_content(honest: Any, request: Any, header: Any) -> Any:
    """A proxied read brings content although it asks for metadata only."""
    return _without("metadata_only", honest, request, header)


@lie(
    "read.proxying-keeps-the-request",
    "list-fragments.proxying-keeps-the-request",
    replaces=PASSED_ON,
    brokers=2,
)
def proxies_forget_the_begin_time(honest: Any, request: Any, header: Any) -> Any:
    """A proxied request has lost its begin time."""
    return _without("begin_mod_time", honest, request, header)


@lie("list-fragments.proxying-keeps-the-request", replaces=PASSED_ON, brokers=2)
def proxied_listings_are_not_signed(honest: Any, request: Any, header: Any) -> Any:
    """A proxied listing has lost its wish for signatures."""
    return _without("signatureTTL", honest, request, header)


@lie("list-fragments.proxying-keeps-the-request", replaces=PASSED_ON, brokers=2)
def proxied_listings_begin_anew(honest: Any, request: Any, header: Any) -> Any:
    """A proxied listing has lost its page token."""
    return _without("next_page_token", honest, request, header)


@lie("append.others-proxy", replaces=PASSED_ON, brokers=2)
def proxied_appends_always_resume(honest: Any, request: Any, header: Any) -> Any:
    """A proxied append has lost its way to suspend."""
    return _without("suspend", honest, request, header)


@lie("append.others-proxy", replaces=PASSED_ON, brokers=2)
def proxied_appends_subtract_nothing(honest: Any, request: Any, header: Any) -> Any:
    """A proxied append has lost the registers to subtract."""
    return _without("subtract_registers", honest, request, header)


@lie("append.others-proxy", replaces=PASSED_ON, brokers=2)
def proxied_appends_commit_anywhere(honest: Any, request: Any, header: Any) -> Any:
    """A proxied append has lost its offset."""
    return _without("offset", honest, request, header)


@lie("append.others-proxy", replaces=PASSED_ON, brokers=2)
def proxied_appends_check_nothing(honest: Any, request: Any, header: Any) -> Any:
    """A proxied append has lost its check of registers."""
    return _without("check_registers", honest, request, header)


@lie("list-fragments.proxying-keeps-the-request", replaces=PASSED_ON, brokers=2)
def proxied_listings_are_whole(honest: Any, request: Any, header: Any) -> Any:
    """A proxied listing has lost its page limit."""
    return _without("page_limit", honest, request, header)
