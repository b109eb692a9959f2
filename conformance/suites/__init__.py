"""The suite itself: one file per contract area, `test_<area>.py` beside `<area>.toml`.

How to write a test:

1. Find its requirement in `conformance/catalogue/<area>.toml`, or add it: an id of behaviour
   words, the level, one sentence, the rows of the contract it comes from, and what checking
   it takes (`brokers`, `needs`). The loader refuses anything else.
2. Cite it: `@requirement("append.rejects-wrong-offset")`. One id per test, as a rule; several
   where one observation shows several things. Cases of a table get ids and, where they check
   different requirements, `pytest.param(..., marks=requirement("..."), id="...")`.
3. Never skip. Whether a test applies follows from its requirement before the run.
4. Make journals with `workspace.journal(replication=1, flags=0, labels={"env": "prod"},
   fragment={"length": 1024, "stores": [target.store("name")]})`: it exists, brokers are
   assigned, and it is deleted afterwards. `workspace.unmade()` is one that does not exist yet.
5. Call with `journal.append(b"a", b"b", offset=3)`, `journal.read(0, end_offset=2)`,
   `journal.fragments(...)`, `journal.apply(...)`, `workspace.list(...)`, or for anything else
   `broker.call("List", request)`. These return an `Answer` and never raise: look at `code`,
   `details`, `messages`, `status`, `content`; `.ok()` holds that it went well.
   `journal.open_append(...)`, `journal.open_read(...)` and `broker.open(rpc, ...)` leave a call
   open: `with ... as stream:`, then `stream.next()`, `.silent(0.3)`, `.send(...)`, `.end()`.
6. Hold with `conformance.checks`: `assert_status`, `assert_refused(answer, "Path", "Word",
   text="the reference's words")`, `assert_equal(got, expected, "what")`, `assert_true`.
   Around a refusal stands `with unchanged(journal):` (or `absent`), beside it a positive twin
   that differs in one field, so that the refusal cannot be for another reason.
7. Wait with `wait.until(look, "what is awaited")`. Nothing sleeps; a time that matters is a
   named constant with its reason.
8. A failure of the broker is `NonconformanceError` or `AssertionError`; any other exception is
   an error of the harness.

Fixtures (see conftest.py): `workspace`, `target`, `broker`, `brokers`, `file_root` (need
`file-root`), `auth_target` (need `auth`), `launched(brokers=, auth_key=)` (need `launch`),
`cluster(brokers=)` (`process-control`), `standin` (`primary-role`), `part` (`peer`),
`profile`, `trace`. A whole example:

    @requirement("append.rejects-wrong-offset")
    @pytest.mark.parametrize("offset", [1, 100], ids=["below", "above"])
    def test_offset_other_than_the_head(workspace: Workspace, offset: int) -> None:
        \"\"\"An append elsewhere than at the head is refused; at the head it commits.\"\"\"
        journal = workspace.journal()
        journal.append(b"abc").ok()
        with unchanged(journal):
            assert_status(journal.append(b"x", offset=offset), "WRONG_APPEND_OFFSET")
        assert_status(journal.append(b"x", offset=3), "OK")

Run it: `gazette-conformance run --select 'append.*' [--target HOST:PORT --profile NAME]`.
"""
