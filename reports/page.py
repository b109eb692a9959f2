"""What all HTML pages share: templates, colours, and a policy that forbids every request."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.badge import mark_icon
from reports.calls import duration, messages, outcome_line, shown
from reports.findings import cited
from reports.palette import OUTCOME_STYLES, PAGE, VERDICT_STYLES, Style, Tone
from reports.retries import circumstances


def render_page(template: str, *, script: str, verdict: Style, **values: Any) -> str:
    """Return the page `template` makes of `values`, with style and script inside it.

    The page's content security policy allows exactly that style and that script, by digest.
    """
    style, code = _style(), _asset(script)
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - a file of this package and the palette
            script=Markup(code),  # noqa: S704 - a file of this package
            policy=(
                f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
                f"style-src '{_digest(style)}'; script-src '{_digest(code)}'"
            ),
            icon="data:image/svg+xml," + quote(mark_icon(verdict)),
            verdict=verdict,
            **values,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = duration
    environment.filters["outcome_line"] = outcome_line
    environment.filters["messages"] = messages
    environment.filters["cited"] = cited
    environment.filters["circumstances"] = circumstances
    environment.globals["shown_calls"] = shown
    environment.globals["styles"] = OUTCOME_STYLES
    return environment


def _asset(name: str) -> str:
    return (files("reports") / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _style() -> str:
    light, dark = _variables("light"), _variables("dark")
    schemes = (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
    return schemes + _classes() + _asset("page.css")


def _variables(scheme: str) -> str:
    pairs = [f"--{name}:{colour}" for name, colour in PAGE[scheme].items()]
    for prefix, styles in (("o", OUTCOME_STYLES), ("v", VERDICT_STYLES)):
        for name, style in styles.items():
            tone: Tone = getattr(style, scheme)
            pairs += [
                f"--{prefix}-{name}-ink:{tone.ink}",
                f"--{prefix}-{name}-fill:{tone.fill}",
                f"--{prefix}-{name}-on:{tone.on_fill}",
            ]
    return ";".join(pairs)


def _classes() -> str:
    return "".join(
        f".{prefix}-{name}{{--ink:var(--{prefix}-{name}-ink);"
        f"--fill:var(--{prefix}-{name}-fill);--on:var(--{prefix}-{name}-on)}}\n"
        for prefix, names in (("o", OUTCOME_STYLES), ("v", VERDICT_STYLES))
        for name in names
    )
