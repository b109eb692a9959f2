"""Result files as written, against the schema by which reports read them."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.catalogue import load
from conformance.plan import TestCase, make_plan
from conformance.profile import load_profile, names
from conformance.results import ResultFile
from conformance.settings import Settings
from conformance.target import TargetSpec
from conformance.verdict import Run, judge

SCHEMA = Path(__file__).parents[2] / "reports" / "schema" / "results.schema.json"
FAILURE = {
    "requirement": "list.y",
    "sentence": "A sentence.",
    "expected": "this",
    "got": "that",
    "message": "",
    "calls": [
        {
            "rpc": "List",
            "target": "127.0.0.1:1",
            "requests": [{}],
            "responses": [],
            "code": "UNKNOWN",
            "details": "why",
            "took_s": 0.5,
        }
    ],
    "rerun": "gazette-conformance run --select list.y",
}
ENDINGS: dict[str, dict[str, Any]] = {
    "passed": {},
    "failed": {"failure": FAILURE},
    "error": {"error": {"message": "m", "phase": "setup", "where": "w"}},
}


@pytest.mark.parametrize("profile_name", names())
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_line_fits_the_schema(tmp_path: Path, profile_name: str, ending: str) -> None:
    """Header, test, each requirement of the catalogue, and footer are valid in every profile."""
    path = tmp_path / "results.jsonl"
    write(path, profile_name, ending)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    assert [line["type"] for line in lines if line["type"] != "requirement"] == [
        "header",
        "test",
        "footer",
    ]
    for line in lines:
        validator.validate(line)


def write(path: Path, profile_name: str, ending: str) -> None:
    """Write the file of a run with one test, of the first requirement that applies."""
    catalogue, profile = load(), load_profile(profile_name)
    settings = Settings(seed=1, run_id="r", profile=profile_name)
    target = TargetSpec(kind="external", addresses=("127.0.0.1:1",))
    plan = make_plan(catalogue, profile, settings, brokers=1, offers=())
    cited = next(each for each, found in plan.dispositions.items() if found.outcome == "run")
    test = TestCase("test_x.py::test_y", (cited,))
    run = Run(
        catalogue=catalogue,
        profile=profile,
        plan=plan,
        expected=[test],
        outcomes={test.id: ending},
        known_failing=(),
        problems=(),
        today=dt.date(2026, 1, 1),
    )
    with ResultFile(path) as file:
        file.header(
            settings,
            target=target,
            profile=profile,
            catalogue=catalogue,
            command=["gazette-conformance", "run", "--token", "secret"],
            expected=1,
        )
        file.test(
            {
                "test": test.id,
                "requirements": [cited],
                "outcome": ending,
                "started": "2026-01-02T03:04:05.000Z",
                "duration_s": 0.1,
                **ENDINGS[ending],
            },
            known_failing=False,
        )
        file.end(run, judge(run))
