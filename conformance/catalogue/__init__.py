"""The requirements as data: one TOML file per contract area, and their loader."""

from conformance.catalogue.loader import Catalogue, load
from conformance.catalogue.requirement import LEVELS, NEEDS, UNTESTABLE, Requirement

__all__ = ["LEVELS", "NEEDS", "UNTESTABLE", "Catalogue", "Requirement", "load"]
