"""Starts targets of the suite's own, and ends them with the run, also when that is killed."""

from conformance.launch.command import CommandTarget
from conformance.launch.gazette import GazetteTarget
from conformance.launch.plan import Launched, LaunchPlan

__all__ = ["CommandTarget", "GazetteTarget", "LaunchPlan", "Launched", "launch"]


def launch(plan: LaunchPlan) -> Launched:
    """Starts a target and returns once it serves.

    Raises:
        ConfigurationError: a binary is not there.
        TargetError: it did not start.
    """
    return GazetteTarget(plan) if plan.kind == "gazette" else CommandTarget(plan)
