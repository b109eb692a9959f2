"""Small pictures of a verdict: a badge for a README and the icon of a page."""

from xml.sax.saxutils import escape

from reports.model import Report
from reports.palette import VERDICT_STYLES, Style
from reports.summary import Tally, verdict_word

CHARACTER = 6.6
"""Width in pixels to allow for one character of the badge's font."""


def render(report: Report) -> str:
    """Return an SVG badge: the profile, and the verdict with its counts."""
    style = VERDICT_STYLES[report.footer.verdict]
    tally = Tally.of(report.requirements)
    left = report.header.profile.name
    right = f"{verdict_word(report).lower()} {tally.counts['passed']}/{tally.applicable}"
    return badge(left[:40], right, style)


def badge(left: str, right: str, style: Style) -> str:
    """Return an SVG badge of two fields, the right one in the colours of `style`."""
    split, width = _width(left), _width(left) + _width(right)
    tone = style.light
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"
  aria-label="{_attribute(left)}: {_attribute(right)}">
  <title>{escape(left)}: {escape(right)}</title>
  <clipPath id="r"><rect width="{width}" height="20" rx="4"/></clipPath>
  <g clip-path="url(#r)">
    <rect width="{split}" height="20" fill="#3b4654"/>
    <rect x="{split}" width="{width - split}" height="20" fill="{tone.fill}"/>
  </g>
  <g text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{split / 2:g}" y="14" fill="#ffffff">{escape(left)}</text>
    <text x="{(split + width) / 2:g}" y="14" fill="{tone.on_fill}">{escape(right)}</text>
  </g>
</svg>
"""


def mark_icon(style: Style) -> str:
    """Return a square SVG icon with the mark of `style`."""
    tone = style.light
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="8" fill="{tone.fill}"/>'
        f'<text x="16" y="23" text-anchor="middle" font-family="sans-serif" font-size="20" '
        f'font-weight="bold" fill="{tone.on_fill}">{style.mark}</text></svg>'
    )


def _width(text: str) -> int:
    return round(len(text) * CHARACTER) + 16


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
