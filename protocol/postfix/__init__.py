"""Path postfix templates: which directory of its journal a fragment is stored in.

They are written in the language of Go's `text/template`, for example
`date={{ .Spool.FirstAppendTime.Format "2006-01-02" }}`. All of it is supported that
has a use here: fields and methods, comparisons, `printf` and its kin, `if`, `with`,
`range` and variables. Templates within templates are refused.
"""

from protocol.postfix.errors import SyntaxProblem, TemplateError, line_and_column
from protocol.postfix.evaluator import EvaluationProblem
from protocol.postfix.evaluator import evaluate as _evaluate
from protocol.postfix.gotime import ZERO, GoTime
from protocol.postfix.parser import parse
from protocol.postfix.shapes import CHECKED, PERSISTED, ZERO_DATA, Data, Spooled
from protocol.postfix.values import Value
from protocol.wire.messages import Fragment, JournalSpec, LabelSet

__all__ = ["GoTime", "TemplateError", "check", "evaluate"]


def check(template: str) -> None:
    """Check that a template may stand in a journal's specification.

    It is evaluated over a specification and spool that are all zero.

    Raises:
        TemplateError: It cannot be parsed or evaluated; the text is what a broker says
            behind `PathPostfixTemplate: `.
    """
    _run(template, "postfix", Value(CHECKED, ZERO_DATA))


def evaluate(
    spec: JournalSpec,
    fragment: Fragment,
    *,
    registers: LabelSet,
    first_append_time: GoTime | float | None,
) -> str:
    """The path postfix of a fragment that is about to be stored.

    The result is not checked, and may be no valid path postfix at all.

    Args:
        spec: The journal's current specification, of which the template is part.
        fragment: The fragment.
        registers: The journal's registers as of the fragment's last commit.
        first_append_time: When the fragment's first commit was made; a number is
            seconds since the epoch.

    Raises:
        TemplateError: There is no such path; the text is what a broker logs.
    """
    template = spec.fragment.path_postfix_template
    time = ZERO if first_append_time is None else first_append_time
    time = time if isinstance(time, GoTime) else GoTime.at(time)
    data = Data(Spooled(fragment, registers, time), spec)
    try:
        return _run(template, "", Value(PERSISTED, data))
    except TemplateError as error:
        what = f"executing PathPostfixTemplate ({template})"
        context = what if error.executing else "parsing PathPostfixTemplate"
        raise TemplateError(f"{context}: {error}", executing=error.executing) from None


def _run(template: str, name: str, root: Value) -> str:
    try:
        return _evaluate(parse(template), root)
    except SyntaxProblem as problem:
        raise TemplateError(f"template: {name}:{_at(problem, template, name)}") from None
    except EvaluationProblem as problem:
        line, column = line_and_column(template, problem.node.offset)
        raise TemplateError(
            f'template: {name}:{line}:{column}: executing "{name}" at <{problem.node}>: {problem}',
            executing=True,
        ) from None
    except RecursionError:
        raise TemplateError(f"template: {name}:1: nested too deeply") from None


def _at(problem: SyntaxProblem, template: str, name: str) -> str:
    """The problem after its line, and before that of its action if it is another."""
    line, _ = line_and_column(template, problem.offset)
    started = ""
    if problem.action is not None:
        action, _ = line_and_column(template, problem.action)
        if action != line:
            inside = "" if str(problem).endswith(" action") else " in action"
            started = f"{inside} started at {name}:{action}"
    return f"{line}: {problem}{started}"
