"""Path postfix templates, beyond what the vectors tell: texts and values are Go's own."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import postfix
from protocol.fragments import sum_of
from protocol.postfix import GoTime, TemplateError
from protocol.wire.messages import CompressionCodec, Fragment, JournalSpec, Label, LabelSet

CHECKED = (
    "struct { Spool struct { protocol.Fragment; FirstAppendTime time.Time; "
    "Registers protocol.LabelSet }; protocol.JournalSpec }"
)
NO_FIELD = (
    'executing PathPostfixTemplate ({{ .X }}): template: :1:3: executing "" at <.X>: '
    "can't evaluate field X in type struct { fragment.Spool; *protocol.JournalSpec }"
)
TIME = GoTime(datetime(2019, 11, 19, 22, 5, 9, tzinfo=UTC), 123456789)


def _evaluate(template: str, time: GoTime | float | None = TIME) -> str:
    spec = JournalSpec(name="acme/orders", labels=LabelSet(labels=[Label(name="a", value="b")]))
    spec.suspend.offset = 7
    spec.fragment.path_postfix_template = template
    fragment = Fragment(
        journal="acme/orders",
        begin=4096,
        end=8192,
        sum=sum_of(b"content"),
        compression_codec=CompressionCodec.GZIP,
    )
    registers = LabelSet(labels=[Label(name="author", value="me"), Label(name="epoch", value="7")])
    return postfix.evaluate(spec, fragment, registers=registers, first_append_time=time)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ range .Registers.Labels }}{{ .Name }}={{ .Value }},{{ end }}", "author=me,epoch=7,"),
        ("{{ range $i, $l := .Labels }}{{ $i }}{{ $l.Name }}{{ else }}none{{ end }}", "0a"),
        ("{{ range 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}", "0234"),
        ("{{ range 5 }}{{ if eq . 1 }}{{ break }}{{ else if . }}x{{ end }}{{ . }}{{ end }}", "0"),
        ("{{ with $x := .Name }}{{ $x }}{{ else }}x{{ end }}", "acme/orders"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}", "2"),
        ("{{ if 0 }}a{{ else }}{{ if 1 }}b{{ else }}c{{ end }}{{ end }}", "b"),
        ("{{ if 0 }}a{{ else if 0 }}b{{ else }}c{{ end }}", "c"),
        ("{{ (index .Spool.Registers.Labels 1).Value }}", "7"),
        ('{{ "x" | len | printf "%03d" }}', "001"),
        ("{{ if and .Name (gt .Spool.End 5) (not .Spool.ModTime) }}y{{ end }}", "y"),
        ("a {{- 1 -}} b {{/* c */ -}} d", "a1b d"),
        ("{{ .Suspend.Offset }}{{ .Suspend.Level }}{{ .Suspend }}", "7NONEoffset:7 "),
        ("{{ print 1 2 `a` .Name 3 }}{{ println 4 }}", "1 2aacme/orders34\n"),
        ("{{ 0x10 }} {{ 'a' }} {{ -1.50 }} {{ 1e6 }} {{ 07 }}", "16 97 -1.5 1e+06 7"),
        ('{{ "\\x41\\u00e9\\101\\n" }}', "AéA\n"),
        ("{{ .Spool.Sum.ToDigest | printf `%x` }}", "040f06fd774092478d450774f5ba30c5da78acc8"),
        ("{{ slice .Name 0 4 }}{{ index .Name 0 }}", "acme97"),
        ("{{ printf `%5d|%-5s|%q|%+d|%#x` 1 `a` `b` 2 255 }}", '    1|a    |"b"|+2|0xff'),
        ("{{ printf `%6.2f|%t|%v|%%|%T` 3.14159 true .Spool.End 4 }}", "  3.14|true|8192|%|int"),
        ("{{ printf `%d %s %z` `a` 1 2 }}", "%!d(string=a) %!s(int=1) %!z(int=2)"),
        ("{{ printf `%d` }}{{ printf `a` 1 }}", "%!d(MISSING)a%!(EXTRA int=1)"),
        ("{{ .Spool.FirstAppendTime.Month }} {{ .Spool.FirstAppendTime.YearDay }}", "November 323"),
        ("{{ .Spool.FirstAppendTime }}", "2019-11-19 22:05:09.123456789 +0000 UTC"),
        ("{{ .Spool.FirstAppendTime.UnixMilli }}", "1574201109123"),
    ],
)  # fmt: skip
def test_templates_evaluate(template: str, text: str) -> None:
    """The language is Go's, with its values and the way it prints them."""
    assert _evaluate(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ .Spool.Begin", "1: unclosed action"),
        ('a\n{{ "a\n" }}', "2: unterminated quoted string"),
        ("{{ 1.Foo }}", '1: bad number syntax: "1.F"'),
        ("{{ true.Foo }}", '1: unexpected . after term "true"'),
        ("{{ .Name ) }}", "1: unexpected right paren"),
        ("{{ $x }}", '1: undefined variable "$x"'),
        ("{{ .Name | 1 }}", "1: non executable command in pipeline stage 2"),
        ("{{ if .Name }}a{{ else }}b{{ else }}{{ end }}", "1: expected end; found {{else}}"),
        ("{{ end if }}", "1: unexpected <if> in end"),
        ("{{ break }}", "1: {{break}} outside {{range}}"),
        ('{{ define "x" }}{{ end }}', "1: {{define}} is not supported in a path postfix"),
    ],
)
def test_templates_are_refused(template: str, text: str) -> None:
    """What is wrong is told in Go's words, with its line and column."""
    with pytest.raises(TemplateError) as caught:
        postfix.check(template)

    assert str(caught.value) == f"template: postfix:{text}"
    assert not caught.value.executing


@pytest.mark.parametrize(
    ("template", "place", "node", "reason"),
    [
        (
            "a\nb{{ .Missing }}",
            "2:4",
            ".Missing",
            f"can't evaluate field Missing in type {CHECKED}",
        ),
        (
            "{{ .Spool.Begin.Foo }}",
            "1:9",
            ".Spool.Begin.Foo",
            "can't evaluate field Foo in type int64",
        ),
        (
            "{{ .Spool.FirstAppendTime.Format .Name }}",
            "1:33",
            ".Name",
            "wrong type for value; expected string; got protocol.Journal",
        ),
        (
            "{{ .Spool.CompressionCodec.ToExtension }}",
            "1:9",
            ".Spool.CompressionCodec.ToExtension",
            "error calling ToExtension: invalid CompressionCodec",
        ),
        (
            "{{ range 9 }}{{ range 10000 }}{{ end }}{{ end }}",
            "1:22",
            "10000",
            "more than 10000 iterations are not supported",
        ),
        (
            '{{ printf "%99999d" 1 }}',
            "1:3",
            'printf "%99999d" 1',
            "error calling printf: a width above 10000 is not supported",
        ),
    ],
)
def test_templates_fail_at_a_place(template: str, place: str, node: str, reason: str) -> None:
    """What cannot be evaluated is told with its line and column, and with the node."""
    with pytest.raises(TemplateError) as caught:
        postfix.check(template)

    assert (
        str(caught.value) == f'template: postfix:{place}: executing "postfix" at <{node}>: {reason}'
    )
    assert caught.value.executing


WORDS = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    ".",
    ".Name",
    ".Spool",
    ".Begin",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    "if",
    "else",
    "end",
    "range",
    "with",
    "1",
    "nil",
    "printf",
    "len",
    "eq",
    "index",
    "/*",
    "*/",
    "'a'",
    ",",
    "text",
    "%d",
]


@given(st.text() | st.lists(st.sampled_from([*WORDS, " ", "\n", '"a"']), max_size=20).map("".join))
def test_any_template_is_checked_cleanly(template: str) -> None:
    """Whatever is given as a template is valid, or refused in one sentence."""
    try:
        postfix.check(template)
    except TemplateError as error:
        refusal = str(error)
    else:
        refusal = "template: postfix:"

    assert refusal.startswith("template: postfix:")


def test_deep_nesting_is_refused() -> None:
    """A template of any depth is refused rather than a crash."""
    with pytest.raises(TemplateError, match="nested too deeply"):
        postfix.check("{{" + "(" * 100_000 + ".Name" + ")" * 100_000 + "}}")


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("Mon Monday Jan January MST", "Tue Tuesday Nov November UTC"),
        ("2006-01-02T15:04:05.000Z07:00", "2019-11-19T22:05:09.123Z"),
        ("06 1 2 _2 002 __2 3:4:5 03 PM pm", "19 11 19 19 323 323 10:5:9 10 PM pm"),
        (".999999 .0a .9x ,000000000000", ".123456 .1a .1x ,123456789"),
        ("-0700 -07:00 -07 -070000", "+0000 +00:00 +00 +000000"),
        ("Janx Monx _2006 hour=15", "Janx Monx _2019 hour=22"),
    ],
)  # fmt: skip
def test_layouts(layout: str, text: str) -> None:
    """A layout shows how the reference time would look."""
    assert TIME.format(layout) == text


@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999_999))
def test_times_agree_with_the_standard_library(seconds: int, nanos: int) -> None:
    """A time is that of the calendar, and has its nanoseconds."""
    time = GoTime.at_nanos(seconds * 10**9 + nanos)
    expected = datetime.fromtimestamp(seconds, UTC)

    assert time.format("2006-01-02 15:04:05 Mon 002") == expected.strftime(
        "%Y-%m-%d %H:%M:%S %a %j"
    )
    assert time.format("000.000000000") == f"000.{nanos:09d}"
    assert time.unix_nanos == seconds * 10**9 + nanos


def test_a_spool_without_commits_has_the_zero_time() -> None:
    """What was never appended to is of the year 1."""
    template = '{{ .Spool.FirstAppendTime.Format "2006-01-02 Mon" }}'

    assert _evaluate(template, None) == "0001-01-01 Mon"
    assert _evaluate(template, 86400.5) == "1970-01-02 Fri"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ nofn }}", 'parsing PathPostfixTemplate: template: :1: function "nofn" not defined'),
        (
            "{{ .X }}",
            NO_FIELD,
        ),
    ],
)
def test_evaluation_tells_the_template(template: str, text: str) -> None:
    """An error of a fragment's template tells whether it is parsed or evaluated."""
    with pytest.raises(TemplateError) as caught:
        _evaluate(template)

    assert str(caught.value) == text
