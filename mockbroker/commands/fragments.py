"""`mockbroker journals fragments`: which fragments hold the content of journals."""

from collections.abc import Iterator
from typing import Any

import click

from mockbroker.commands.connection import Connection, broker_options, expect_ok
from mockbroker.commands.output import print_json, print_table
from protocol import (
    CompressionCodec,
    Duration,
    FragmentsRequest,
    FragmentsResponse,
    JournalSpec,
    ListRequest,
)
from protocol.fragments import content_name
from protocol.labels import parse_selector

_COLUMNS = ("JOURNAL", "#BEGIN", "#END", "CODEC", "#MODIFIED", "STORE", "NAME")


@click.command()
@click.option("-l", "--selector", required=True, help="Labels of the journals, as `name=acme/a`.")
@click.option("--from", "begin_mod_time", type=click.IntRange(0), default=0, help="Seconds.")
@click.option("--to", "end_mod_time", type=click.IntRange(0), default=0, help="Seconds.")
@click.option("--url-ttl", type=click.IntRange(1), help="Sign URLs, good for so many seconds.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per response.")
@broker_options
def fragments(
    broker: Connection, selector: str, url_ttl: int | None, as_json: bool, **window: Any
) -> None:
    """Lists fragments of journals, persisted and not, with the times they were persisted."""
    ttl = None if url_ttl is None else Duration(seconds=url_ttl)
    rows = []
    for journal in _journals(broker, selector):
        request = FragmentsRequest(journal=journal, signatureTTL=ttl, **window)
        for response in _pages(broker, request):
            if as_json:
                print_json(response)
            rows += [_row(fragment) for fragment in response.fragments]
    if not as_json:
        columns = _COLUMNS if url_ttl is None else (*_COLUMNS[:-1], "URL")
        print_table(columns, rows)


def _journals(broker: Connection, selector: str) -> Iterator[str]:
    """Yields the journals that have brokers to ask."""
    for response in broker.call("List", ListRequest(selector=parse_selector(selector))):
        for journal in response.journals:
            if journal.spec.suspend.level != JournalSpec.Suspend.FULL:
                yield journal.spec.name


def _pages(broker: Connection, request: FragmentsRequest) -> Iterator[FragmentsResponse]:
    while True:
        response = broker.call("ListFragments", request)
        expect_ok(response, request.journal)
        yield response
        if not response.next_page_token:
            return
        request.next_page_token = response.next_page_token


def _row(listed: "FragmentsResponse._Fragment") -> tuple[object, ...]:
    spec = listed.spec
    return (
        spec.journal,
        spec.begin,
        spec.end,
        CompressionCodec.Name(spec.compression_codec),
        spec.mod_time or "",
        spec.backing_store,
        listed.signed_url or content_name(spec),
    )
