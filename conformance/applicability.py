"""Decides before a run which requirements apply; a test never skips itself."""

from collections.abc import Collection

from conformance.catalogue import Requirement
from conformance.catalogue.requirement import NEEDS, release_key
from conformance.profile import Profile

REASONS = {
    "excluded-by-profile": "the profile says that the broker does not offer it",
    "needs-brokers": "it needs more brokers than the target has",
    "no-apply": "it takes changes of journals, or appends to journals of the suite's own",
    "read-only": "it takes calls that change the target",
    "not-in-release": "it does not apply to the release that the profile names",
    **{f"needs-{need}": f"it needs {what}" for need, what in NEEDS.items()},
}


def inapplicable(
    requirement: Requirement, profile: Profile, *, brokers: int, offers: Collection[str]
) -> str | None:
    """Why `requirement` does not apply, as one of REASONS, or None where it does.

    `brokers` is how many the target has, `offers` which of NEEDS it meets.
    """
    if requirement.id in profile.exclude:
        return "excluded-by-profile"
    if not _in_release(requirement, profile.release):
        return "not-in-release"
    if requirement.brokers > brokers:
        return "needs-brokers"
    missing = (need for need in requirement.needs if need not in offers)
    return next((f"needs-{need}" for need in missing), None)


def _in_release(requirement: Requirement, release: str) -> bool:
    now = release_key(release)
    if requirement.since is not None and now < release_key(requirement.since):
        return False
    return requirement.until is None or now < release_key(requirement.until)
