"""Certificates: issued, checked, and caught when anything was changed."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from reports import certificate
from reports.errors import CertificateError
from reports.reading import read
from reports.tests import factory

CONTENT = factory.content(factory.run(factory.EVERY_OUTCOME, verdict="nonconformant"))
REPORT = read(CONTENT.splitlines())


def issued() -> dict[str, Any]:
    """Return the certificate of a run with every outcome, as read back from its file."""
    encoded = certificate.encode(certificate.issue(REPORT, CONTENT)).encode()
    return certificate.decode(encoded, source="certificate.json")


def test_a_certificate_holds_for_its_results() -> None:
    """What was issued and read back verifies."""
    assert list(certificate.verify(issued(), REPORT, CONTENT)) == []


def test_the_order_of_keys_means_nothing() -> None:
    """A certificate that was written again with its keys in another order still holds."""
    found = issued()
    found["statement"] = dict(reversed(found["statement"].items()))

    assert list(certificate.verify(found, REPORT, CONTENT)) == []


def test_a_certificate_says_what_was_run() -> None:
    """Verdict, counts per level, what was excused, and the digests are in the statement."""
    statement = issued()["statement"]

    assert statement["verdict"] == "nonconformant"
    assert statement["levels"]["MUST"]["passed"] == 1
    assert statement["excused"] == ["read.known"]
    assert statement["results"] == {
        "digest": certificate.digest(CONTENT),
        "bytes": len(CONTENT),
    }
    assert statement["profile"]["digest"] == statement["catalogue"]["digest"] == factory.DIGEST


def test_a_certificate_fits_its_schema() -> None:
    """The published schema admits what is issued, and nothing more."""
    text = (files("reports") / "schema" / "certificate.schema.json").read_text()
    validator = jsonschema.Draft202012Validator(json.loads(text))
    validator.check_schema(validator.schema)
    validator.validate(issued())

    assert not validator.is_valid(issued() | {"note": ""})


TAMPERING: dict[str, tuple[Callable[[dict[str, Any]], Any], list[str]]] = {
    "verdict": (
        lambda statement: statement.update(verdict="conformant"),
        [
            "the statement was changed: its digest does not match",
            "verdict is not what the result file says",
        ],
    ),
    "count": (
        lambda statement: statement["levels"]["MUST"].update(failed=0),
        [
            "the statement was changed: its digest does not match",
            "levels is not what the result file says",
        ],
    ),
    "extra": (
        lambda statement: statement.update(praise="the best"),
        [
            "the statement was changed: its digest does not match",
            "praise is not what the result file says",
        ],
    ),
    "missing": (
        lambda statement: statement.pop("excused"),
        [
            "the statement was changed: its digest does not match",
            "excused is not what the result file says",
        ],
    ),
    "results": (
        lambda statement: statement.update(results={}),
        [
            "the statement was changed: its digest does not match",
            "the result file is not the one the certificate was issued for",
        ],
    ),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_a_changed_statement_is_caught(case: str) -> None:
    """Any change of the statement breaks its digest and is named."""
    edit, problems = TAMPERING[case]
    found = issued()
    edit(found["statement"])

    assert list(certificate.verify(found, REPORT, CONTENT)) == problems


@pytest.mark.parametrize("case", TAMPERING)
def test_a_change_with_a_new_digest_is_caught_by_the_results(case: str) -> None:
    """Whoever also renews the digest is caught by the result file."""
    edit, problems = TAMPERING[case]
    found = issued()
    edit(found["statement"])
    found["digest"] = certificate.digest(certificate.canonical(found["statement"]))

    assert list(certificate.verify(found, REPORT, CONTENT)) == problems[1:]


def test_changed_results_are_caught() -> None:
    """A result file of another byte is not the one that was certified."""
    content = CONTENT + b"\n"

    assert list(certificate.verify(issued(), read(content.splitlines()), content)) == [
        "the result file is not the one the certificate was issued for"
    ]


@pytest.mark.parametrize("verdict", ["stale", "incomplete", "error"])
def test_no_verdict_no_certificate(verdict: str) -> None:
    """A run that came to no verdict cannot be certified."""
    lines = factory.run(verdict=verdict)
    content = factory.content(lines)

    with pytest.raises(CertificateError, match=f"ended {verdict}: it came to no verdict"):
        certificate.issue(read(content.splitlines()), content)


BROKEN = {
    b"": "not JSON",
    b"[" * 9999: "not JSON",
    b"\xff": "not JSON",
    b"[]": "not a certificate",
    b'{"type": "header"}': "not a certificate",
    b'{"type": "certificate", "format": 2}': "not of format 1, which this version reads",
    b'{"type": "certificate", "format": 1}': "the certificate states nothing",
}


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_no_certificate_is_refused(content: bytes) -> None:
    """One sentence says why a file is no certificate."""
    with pytest.raises(CertificateError, match=f"^c.json: {BROKEN[content]}$"):
        certificate.decode(content, source="c.json")


def test_text_tells_verdict_and_digests() -> None:
    """The text for people has verdict, target, and every digest in full."""
    found = issued()
    text = certificate.text(found)

    assert text.startswith("gazette-conformance 0.1.0: nonconformant (partial run)\n")
    assert "acme broker" in text
    for digest in (factory.DIGEST, certificate.digest(CONTENT), found["digest"]):
        assert digest in text
