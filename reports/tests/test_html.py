"""The page of a run."""

import base64
import hashlib
import re

import pytest

from reports import html
from reports.palette import OUTCOME_STYLES, PAGE, VERDICT_STYLES, Tone
from reports.reading import read
from reports.tests import factory
from reports.tests.test_renderers import elements

PAGE_OF_ALL = html.render(factory.report(factory.EVERY_OUTCOME, verdict="nonconformant"))


def test_the_page_asks_nothing_of_the_network() -> None:
    """No element names anything outside the page, and no style does."""
    for tag, attributes in elements(PAGE_OF_ALL):
        assert tag not in {"img", "iframe", "object", "embed", "base", "image", "use"}
        assert "src" not in attributes
        assert "style" not in attributes
        target = attributes.get("href")
        assert target is None or target.startswith(("#", "data:image/svg+xml,"))
    assert "@import" not in PAGE_OF_ALL
    assert "url(" not in PAGE_OF_ALL


def test_the_policy_allows_just_this_script_and_style() -> None:
    """The content security policy names the digest of the one script and the one style."""
    policy = next(
        attributes["content"] or ""
        for tag, attributes in elements(PAGE_OF_ALL)
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )

    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        found = re.findall(f"<{tag}>(.*?)</{tag}>", PAGE_OF_ALL, re.DOTALL)
        assert len(found) == 1
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_links_within_the_page_lead_somewhere() -> None:
    """Every link to a part of the page names a part that is there, and ids are unique."""
    found = elements(PAGE_OF_ALL)
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    links = [a["href"] or "" for tag, a in found if tag == "a"]

    assert len(ids) == len(set(ids))
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_every_requirement_has_its_row() -> None:
    """The table holds each requirement once, with outcome and level for the filters."""
    rows = [a for tag, a in elements(PAGE_OF_ALL) if tag == "tr" and "data-outcome" in a]

    assert {row["id"]: row["data-outcome"] for row in rows} == {
        f"r-{name}": outcome for name, outcome in factory.EVERY_OUTCOME.items()
    }


def test_filters_are_hidden_until_the_script_runs() -> None:
    """Without scripts there is no dead control on the page."""
    tools = next(a for tag, a in elements(PAGE_OF_ALL) if a.get("id") == "tools")

    assert "hidden" in tools


def test_long_messages_are_cut_and_the_cut_is_told() -> None:
    """A page stays small however large the messages of a failure are."""
    call = factory.failure()["calls"][0] | {"requests": [{"content": "x" * 9_000}] * 50}
    test = factory.case(outcome="failed", failure=factory.failure(calls=[call] * 60))
    lines = factory.whole([test], [factory.requirement(outcome="failed")], verdict="nonconformant")

    page = html.render(read(factory.encoded(lines)))

    assert len(page) < 5_000_000
    assert "more characters in the result file" in page
    assert "… 30 more messages in the result file" in page
    assert "10 earlier calls are in the result file" in page


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb as WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG defines it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme: str) -> None:
    """All text has the contrast of WCAG AA on every surface it stands on."""
    page = PAGE[scheme]
    tones: list[Tone] = [
        getattr(style, scheme) for style in (*OUTCOME_STYLES.values(), *VERDICT_STYLES.values())
    ]
    inks = [page["text"], page["soft"], page["link"], *(tone.ink for tone in tones)]

    for ink in inks:
        for surface in ("page", "card", "sunk"):
            assert contrast(ink, page[surface]) >= 4.5, (ink, surface)
    for tone in tones:
        assert contrast(tone.on_fill, tone.fill) >= 4.5, tone
