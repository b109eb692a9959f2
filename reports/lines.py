"""From the fields of one line of a result file to its part of the model."""

from reports.fields import Fields
from reports.model import (
    LEVELS,
    NOT_PASSED,
    OUTCOMES,
    TEST_OUTCOMES,
    VERDICTS,
    Call,
    Failure,
    Fault,
    Footer,
    Header,
    Level,
    Named,
    Requirement,
    Retry,
    Target,
    Test,
)


def read_header(fields: Fields) -> Header:
    """Return the header that `fields` hold."""
    suite, profile = fields.object("suite"), fields.object("profile")
    catalogue = fields.object("catalogue")
    return Header(
        suite=Named(suite.text("name"), suite.text("version")),
        run_id=fields.text("run_id"),
        started=fields.time("started"),
        seed=fields.whole("seed"),
        command=fields.texts("command"),
        profile=Named(profile.text("name"), profile.text("digest")),
        binding=_binding(profile),
        catalogue_digest=catalogue.text("digest"),
        catalogue_size=catalogue.whole("requirements"),
        target=_target(fields.object("target")),
        environment=fields.table("environment"),
        expected=fields.whole("expected"),
    )


def _binding(profile: Fields) -> tuple[Level, ...]:
    if "binding" not in profile:
        return ("MUST",)
    named = profile.texts("binding")
    if unknown := set(named) - set(LEVELS):
        raise profile.fail("binding", f"names {min(unknown)!r}, which is no level")
    return tuple(level for level in LEVELS if level in named)


def _target(fields: Fields) -> Target:
    return Target(
        kind=fields.text("kind"),
        addresses=fields.texts("addresses"),
        brokers=fields.whole("brokers"),
        description=fields.text("description"),
    )


def read_test(fields: Fields) -> Test:
    """Return the test that `fields` hold."""
    outcome = fields.choice("outcome", TEST_OUTCOMES)
    requirements = fields.texts("requirements")
    if not requirements:
        raise fields.fail("requirements", "names no requirement")
    return Test(
        test=fields.text("test"),
        requirements=requirements,
        outcome=outcome,
        known_failing=fields.flag("known_failing"),
        started=fields.time("started"),
        duration_s=fields.seconds("duration_s"),
        failure=_failure(fields.object("failure")) if outcome == "failed" else None,
        error=_fault(fields.object("error")) if outcome == "error" else None,
        retries=tuple(map(_retry, fields.objects("retries"))) if "retries" in fields else (),
    )


def _retry(fields: Fields) -> Retry:
    return Retry(
        outcome=fields.choice("outcome", NOT_PASSED),
        message=fields.text("message"),
        moved=fields.texts("moved"),
    )


def _failure(fields: Fields) -> Failure:
    return Failure(
        requirement=fields.text("requirement"),
        sentence=fields.text("sentence"),
        expected=fields.text("expected"),
        got=fields.text("got"),
        message=fields.text("message"),
        calls=tuple(_call(call) for call in fields.objects("calls")),
        rerun=fields.text("rerun"),
    )


def _call(fields: Fields) -> Call:
    return Call(
        rpc=fields.text("rpc"),
        target=fields.text("target"),
        requests=tuple(fields.values("requests")),
        responses=tuple(fields.values("responses")),
        code=fields.text("code"),
        details=fields.text("details"),
        took_s=fields.seconds("took_s"),
    )


def _fault(fields: Fields) -> Fault:
    return Fault(
        message=fields.text("message"),
        phase=fields.text("phase"),
        where=fields.text("where") if "where" in fields else "",
    )


def read_requirement(fields: Fields) -> Requirement:
    """Return the requirement that `fields` hold."""
    return Requirement(
        id=fields.text("id"),
        area=fields.text("area"),
        level=fields.choice("level", LEVELS),
        sentence=fields.text("sentence"),
        source=fields.texts("source"),
        outcome=fields.choice("outcome", OUTCOMES),
        reason=fields.text("reason") if "reason" in fields else "",
        tests=fields.texts("tests"),
    )


def read_footer(fields: Fields) -> Footer:
    """Return the footer that `fields` hold."""
    counts = fields.object("counts")
    requirements, tests = counts.object("requirements"), counts.object("tests")
    return Footer(
        finished=fields.time("finished"),
        duration_s=fields.seconds("duration_s"),
        requirement_counts={
            outcome: requirements.whole(outcome) for outcome in OUTCOMES if outcome in requirements
        },
        test_counts={
            outcome: tests.whole(outcome) for outcome in TEST_OUTCOMES if outcome in tests
        },
        verdict=fields.choice("verdict", VERDICTS),
        exit_code=fields.whole("exit_code"),
        reasons=fields.texts("reasons") if "reasons" in fields else (),
        retried=fields.whole("retried") if "retried" in fields else 0,
    )
