"""The run as one process sees it: settings, target, trace."""

from dataclasses import replace
from pathlib import Path

from conformance.access import EVERYTHING
from conformance.catalogue import Catalogue, load
from conformance.existing import Remarks, choose
from conformance.gate import Gate
from conformance.launch import Launched, launch
from conformance.patience import PATIENCE
from conformance.plan import Plan, make_plan
from conformance.primaries import primaries_told
from conformance.profile import Profile, load_profile
from conformance.settings import Settings
from conformance.target import Target, TargetSpec, serves_http
from conformance.trace import Trace
from conformance.workspace import PREFIX


class Session:
    """What tests of this process share. The target is reached, or started, when first used."""

    def __init__(self, settings: Settings, workers: int = 1) -> None:
        self.settings = settings
        self.trace = Trace()
        self.remarks = Remarks()
        self.gate = Gate(
            settings.access, journals=settings.journals, caps=settings.caps.share(workers)
        )
        self.catalogue: Catalogue = load()
        self.profile: Profile = load_profile(settings.profile)
        self._launched: Launched | None = None
        self._target: Target | None = None
        PATIENCE.begin(settings.patience)

    @property
    def plan(self) -> Plan:
        """What is to be checked here."""
        spec = self.settings.target
        offers = spec.offers if spec else self.settings.launch.offers
        brokers = len(spec.addresses) if spec else self.settings.launch.brokers
        return make_plan(
            self.catalogue, self.profile, self.settings, brokers=brokers, offers=offers
        )

    @property
    def target(self) -> Target:
        """The target under test, reachable."""
        if self._target is None:
            spec = self.settings.target or self._launch().spec
            self._target = self.connect(spec)
        return self._target

    def connect(self, spec: TargetSpec) -> Target:
        """A reachable target of `spec`, whose calls go to this session's trace."""
        target = Target(
            spec, exact_texts=self.profile.exact_texts, trace=self.trace, gate=self.gate
        )
        target.await_reachable()
        return target

    def moved(self) -> tuple[str, ...]:
        """The journals of this run that have other primaries than when this was last asked."""
        if self._target is None or len(self._target.brokers) == 1:
            return ()
        told = primaries_told(self.trace.steps)
        with self.trace.hidden():
            return self._target.moved(f"{PREFIX}{self.settings.run_id}/", told)

    def close(self) -> None:
        """Closes the connections, and stops what was started."""
        if self._target is not None:
            self._target.close()
        if self._launched is not None:
            self._launched.stop()

    def _launch(self) -> Launched:
        self._launched = launch(self.settings.launch)
        return self._launched


def aimed(settings: Settings, spec: TargetSpec) -> Settings:
    """The settings with a target that is reached, and the journals of it to look at.

    Raises:
        ConfigurationError: the settings select journals of it, and there are none.
        TargetError: the target cannot be reached, or does not list its journals.
    """
    target = Target(spec, exact_texts=False, gate=Gate(settings.access))
    try:
        target.await_reachable()
        if settings.access != EVERYTHING:
            chosen = choose(target.broker, settings)
            settings = replace(settings, journals=chosen.names, journals_left=chosen.left)
    finally:
        target.close()
    return settings.with_target(explored(spec, settings) if spec.kind == "external" else spec)


def explored(spec: TargetSpec, settings: Settings) -> TargetSpec:
    """An external target with the needs that it meets, by what was given and by asking it."""
    web = not spec.tls and all(serves_http(address) for address in spec.addresses)
    asked = {
        "auth": spec.auth_key is not None,
        "no-auth": spec.auth_key is None and spec.token is None,
        "destructive": settings.allow_destructive,
        "file-root": spec.file_root is not None and Path(spec.file_root).is_dir(),
        "http": web,
        "tls": spec.tls,
    }
    offers = tuple(sorted(need for need, met in asked.items() if met))
    return replace(spec, offers=offers, http=spec.addresses if web else ())
