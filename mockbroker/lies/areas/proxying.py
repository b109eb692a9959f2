"""Lies of brokers that pass a request on, and lose a part of it."""

from functools import partial
from typing import Any

from mockbroker.lies.lie import add

PASSED_ON = "mockbroker.core.requests:with_header"
READ = "read.proxying-keeps-the-request"
LISTING = "list-fragments.proxying-keeps-the-request"
APPEND = "append.others-proxy"
LOST = [
    (
        "proxies-forget-how-far-to-read",
        "A proxied read has lost its end offset.",
        "end_offset",
        (READ,),
    ),
    ("proxied-reads-never-block", "A proxied read does not block.", "block", (READ,)),
    (
        "proxied-reads-send-content",
        "A proxied read brings content although it asks for metadata only.",
        "metadata_only",
        (READ,),
    ),
    (
        "proxies-forget-the-begin-time",
        "A proxied request has lost its begin time.",
        "begin_mod_time",
        (
            READ,
            LISTING,
        ),
    ),
    (
        "proxied-listings-are-not-signed",
        "A proxied listing has lost its wish for signatures.",
        "signatureTTL",
        (LISTING,),
    ),
    (
        "proxied-listings-begin-anew",
        "A proxied listing has lost its page token.",
        "next_page_token",
        (LISTING,),
    ),
    (
        "proxied-appends-always-resume",
        "A proxied append has lost its way to suspend.",
        "suspend",
        (APPEND,),
    ),
    (
        "proxied-appends-subtract-nothing",
        "A proxied append has lost the registers to subtract.",
        "subtract_registers",
        (APPEND,),
    ),
    (
        "proxied-appends-commit-anywhere",
        "A proxied append has lost its offset.",
        "offset",
        (APPEND,),
    ),
    (
        "proxied-appends-check-nothing",
        "A proxied append has lost its check of registers.",
        "check_registers",
        (APPEND,),
    ),
    (
        "proxied-listings-are-whole",
        "A proxied listing has lost its page limit.",
        "page_limit",
        (LISTING,),
    ),
]
"""Name, sentence, the field that is lost, and the ids that must catch it."""


def _without(field: str, honest: Any, request: Any, header: Any) -> Any:
    passed = honest(request, header)
    if field in passed.DESCRIPTOR.fields_by_name:
        passed.ClearField(field)
    return passed


for name, sentence, field, caught_by in LOST:
    add(name, sentence, caught_by, patches={PASSED_ON: partial(_without, field)}, brokers=2)
