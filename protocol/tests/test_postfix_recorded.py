"""Templates and what Go's own engine makes of them, over the data of a real broker.

Each line of `templates.jsonl` has a template, the error of checking it (if any), and
the text or error of evaluating it for the fragment below.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from protocol import postfix
from protocol.fragments import sum_of
from protocol.postfix import GoTime, TemplateError
from protocol.wire.messages import CompressionCodec, Fragment, JournalSpec, Label, LabelSet

RECORDED = [
    json.loads(line)
    for line in Path(__file__).with_name("templates.jsonl").read_text("utf-8").split("\n")
    if line
]
FRAGMENT = Fragment(
    journal="acme/orders/part-000",
    begin=4096,
    end=8192,
    sum=sum_of(b"content"),
    compression_codec=CompressionCodec.GZIP,
)
REGISTERS = LabelSet(labels=[Label(name="author", value="me"), Label(name="epoch", value="7")])
FIRST_APPEND = GoTime(datetime(2019, 11, 19, 22, 5, 9, tzinfo=UTC), 123456789)


def _spec(template: str) -> JournalSpec:
    spec = JournalSpec(
        name="acme/orders/part-000",
        replication=3,
        labels=LabelSet(
            labels=[
                Label(name="app.gazette.dev/message-type", value="Order"),
                Label(name="content-type", value="application/x-ndjson"),
                Label(name="topic", value="orders"),
            ]
        ),
        flags=JournalSpec.Flag.O_RDWR,
    )
    spec.fragment.length = 1 << 29
    spec.fragment.compression_codec = CompressionCodec.GZIP
    spec.fragment.stores.append("file:///")
    spec.fragment.refresh_interval.FromSeconds(60)
    spec.fragment.flush_interval.FromSeconds(3600)
    spec.fragment.path_postfix_template = template
    return spec


def _evaluated(template: str) -> dict[str, str]:
    told = {}
    try:
        postfix.check(template)
    except TemplateError as error:
        told["check"] = str(error)
    try:
        told["ok"] = postfix.evaluate(
            _spec(template), FRAGMENT, registers=REGISTERS, first_append_time=FIRST_APPEND
        )
    except TemplateError as error:
        told["error"] = (
            str(error)
            .removeprefix("parsing PathPostfixTemplate: ")
            .removeprefix(f"executing PathPostfixTemplate ({template}): ")
        )
    return told


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["template"][:40])
def test_templates_do_as_in_go(recorded: dict[str, Any]) -> None:
    """A template is checked and evaluated to the same text, or refused in the same words."""
    template = recorded["template"]

    assert {"template": template, **_evaluated(template)} == recorded
