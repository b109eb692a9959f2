"""Credentials and region of an S3 store, found where Amazon's tools look for them."""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mockbroker.store import StoreFailedError


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs requests; `token` is empty unless the credentials are temporary."""

    key_id: str
    secret: str
    token: str = ""


def credentials(profile: str, environment: Mapping[str, str]) -> Credentials:
    """Returns the first credentials of: the named profile, the environment, the default profile.

    Raises `StoreFailedError` where there are none.
    """
    named = _of_profile(profile, environment) if profile else None
    found = named or _of_environment(environment) or _of_profile("", environment)
    if found is None:
        raise StoreFailedError(
            f'fetching AWS credentials for profile "{profile}": '
            "NoCredentialProviders: no valid providers in chain\n"
            "caused by: EnvAccessKeyNotFound: failed to find credentials in the environment.\n"
            f"SharedCredsLoad: failed to load profile, {profile}.\n"
            "EC2RoleRequestError: no EC2 instance role found\n"
            "caused by: EC2MetadataError: failed to make EC2Metadata request\n"
            "resolve_deny: denied destination\n"
            "\tstatus code: 403, request id: "
        )
    return found


def region(profile: str, environment: Mapping[str, str]) -> str:
    """Returns the region of the environment, else of the profile.

    Raises `StoreFailedError` where neither names one.
    """
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if environment.get(name):
            return environment[name]
    name = profile or environment.get("AWS_PROFILE") or "default"
    path = _path("AWS_CONFIG_FILE", "config", environment)
    section = name if name == "default" else f"profile {name}"
    found = _read(path).get(section, "region", fallback="")
    if not found:
        raise StoreFailedError(f'missing AWS region configuration for profile "{profile}"')
    return found


def _of_environment(environment: Mapping[str, str]) -> Credentials | None:
    key_id = environment.get("AWS_ACCESS_KEY_ID", "")
    secret = environment.get("AWS_SECRET_ACCESS_KEY", "")
    if not (key_id and secret):
        return None
    return Credentials(key_id, secret, environment.get("AWS_SESSION_TOKEN", ""))


def _of_profile(profile: str, environment: Mapping[str, str]) -> Credentials | None:
    name = profile or environment.get("AWS_PROFILE") or "default"
    file = _read(_path("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment))
    key_id = file.get(name, "aws_access_key_id", fallback="")
    secret = file.get(name, "aws_secret_access_key", fallback="")
    if not (key_id and secret):
        return None
    return Credentials(key_id, secret, file.get(name, "aws_session_token", fallback=""))


def _path(variable: str, name: str, environment: Mapping[str, str]) -> Path:
    if environment.get(variable):
        return Path(environment[variable])
    return Path(environment.get("HOME") or Path.home(), ".aws", name)


def _read(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(default_section="")
    try:
        parser.read(path)
    except (configparser.Error, OSError, UnicodeDecodeError) as error:
        raise StoreFailedError(f"reading {path}: {error}") from error
    return parser
