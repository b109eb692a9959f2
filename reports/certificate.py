"""A statement a vendor can publish: what was run on what, pinned by digests, and how it ended.

The statement is a pure function of the result file, so that whoever holds both can prove that
neither was edited. The digest over its canonical JSON makes a certificate with a changed number
fall; it is no signature: who issued it is for the publisher to show.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from reports.errors import CertificateError
from reports.model import LEVELS, Report
from reports.printable import printable_json
from reports.summary import Tally, caveats, headline, partial

FORMAT = 1
FINAL = ("conformant", "nonconformant")
"""Verdicts a certificate can state; any other means that the run came to none."""


def issue(report: Report, content: bytes) -> dict[str, Any]:
    """Return the certificate for `report`, which was read from `content`.

    Raises:
        CertificateError: The run came to no verdict.
    """
    if report.footer.verdict not in FINAL:
        raise CertificateError(
            f"no certificate for a run that ended {report.footer.verdict}: it came to no verdict"
        )
    statement = _statement(report, content)
    return {
        "type": "certificate",
        "format": FORMAT,
        "statement": statement,
        "digest": digest(canonical(statement)),
    }


def _statement(report: Report, content: bytes) -> dict[str, Any]:
    header, footer = report.header, report.footer
    return {
        "verdict": footer.verdict,
        "partial": partial(report),
        "headline": headline(report),
        "caveats": caveats(report),
        "suite": {"name": header.suite.name, "version": header.suite.pin},
        "profile": {"name": header.profile.name, "digest": header.profile.pin},
        "catalogue": {"digest": header.catalogue_digest, "requirements": header.catalogue_size},
        "target": {
            "description": header.target.description,
            "kind": header.target.kind,
            "brokers": header.target.brokers,
        },
        "run_id": header.run_id,
        "seed": header.seed,
        "started": header.started.isoformat(),
        "finished": footer.finished.isoformat(),
        "environment": dict(header.environment),
        "tests": len(report.tests),
        "levels": {
            level: Tally.of(r for r in report.requirements if r.level == level).counts
            for level in LEVELS
        },
        "excused": [r.id for r in report.requirements if r.outcome == "known-failing"],
        "results": {"digest": digest(content), "bytes": len(content)},
    }


def canonical(value: Any) -> bytes:
    """Return a JSON value as the bytes that are digested: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: bytes) -> str:
    """Return `sha256:` and the digest of `content` in hexadecimal."""
    return f"sha256:{sha256(content).hexdigest()}"


def encode(certificate: dict[str, Any]) -> str:
    """Return the certificate as the JSON text of its file."""
    return json.dumps(certificate, indent=2, ensure_ascii=False) + "\n"


def decode(content: bytes, *, source: str) -> dict[str, Any]:
    """Return the certificate in `content`.

    Raises:
        CertificateError: It is none, or of a format this version does not know.
    """
    try:
        value = printable_json(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise CertificateError(f"{source}: not JSON") from error
    if not isinstance(value, dict) or value.get("type") != "certificate":
        raise CertificateError(f"{source}: not a certificate")
    if value.get("format") != FORMAT:
        raise CertificateError(f"{source}: not of format {FORMAT}, which this version reads")
    if not isinstance(value.get("statement"), dict):
        raise CertificateError(f"{source}: the certificate states nothing")
    return value


def verify(certificate: dict[str, Any], report: Report, content: bytes) -> Iterator[str]:
    """Yield one sentence for each way in which the certificate does not hold for the results.

    The certificate must be unchanged since it was issued, and be what `issue` makes of the
    result file now.
    """
    statement = certificate["statement"]
    if certificate.get("digest") != digest(canonical(statement)):
        yield "the statement was changed: its digest does not match"
    found = _statement(report, content)
    if statement.get("results") != found["results"]:
        yield "the result file is not the one the certificate was issued for"
    for name in dict.fromkeys([*found, *statement]):
        if name != "results" and canonical(statement.get(name)) != canonical(found.get(name)):
            yield f"{name} is not what the result file says"


def text(certificate: dict[str, Any]) -> str:
    """Return a certificate of `issue` as text for people."""
    said = certificate["statement"]
    target = said["target"]
    part = " (partial run)" if said["partial"] else ""
    lines = [
        f"{said['suite']['name']} {said['suite']['version']}: {said['verdict']}{part}",
        "",
        said["headline"],
        *(f"  {caveat}" for caveat in said["caveats"]),
        "",
        f"target     {target['description'] or target['kind']}, brokers: {target['brokers']}",
        f"profile    {said['profile']['name']}  {said['profile']['digest']}",
        f"catalogue  {said['catalogue']['requirements']}  {said['catalogue']['digest']}",
        f"run        {said['run_id']}, seed {said['seed']}, {said['tests']} tests",
        f"from       {said['started']} to {said['finished']}",
        f"results    {said['results']['bytes']} bytes  {said['results']['digest']}",
        f"statement  {certificate['digest']}",
    ]
    return "\n".join(lines) + "\n"
