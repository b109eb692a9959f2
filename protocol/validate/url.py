"""URLs within messages: endpoints of processes, fragment stores, links to fragments."""

from protocol import urls
from protocol.errors import ValidationError
from protocol.validate.rules import rules_of

RULES = (
    *rules_of(
        "Endpoint",
        "ENDPOINT",
        ("value", "it is a URL"),
        ("value", "it has a scheme"),
        ("value", "it has a host"),
    ),
    *rules_of(
        "FragmentStore",
        "FRAGMENTSTORE",
        ("value", "it is a URL"),
        ("value", "it has a scheme"),
        ("value", "an s3, gs or azure store names its bucket"),
        ("value", "an azure-ad store names its tenant"),
        ("value", "an azure-ad store names its account"),
        ("value", "an azure-ad store names its container"),
        ("value", "a file store has no host"),
        ("value", "the scheme is s3, gs, azure, azure-ad or file"),
        ("value", "the path ends in a slash"),
        ("value", "the path of an azure-ad store has an account and a container"),
    ),
)


def validate_url(value: str, rule: str) -> urls.Url:
    """Returns the parts of `value`; an error carries `rule`."""
    try:
        return urls.parse(value)
    except urls.UrlError as error:
        raise ValidationError(rule, str(error)) from None


def validate_endpoint(endpoint: str) -> None:
    """Raises unless `endpoint` is a URL with scheme and host; every scheme will do."""
    url = validate_url(endpoint, "VAL-ENDPOINT-01")
    if not url.scheme:
        raise ValidationError("VAL-ENDPOINT-02", f"not absolute: {endpoint}")
    if not url.host:
        raise ValidationError("VAL-ENDPOINT-03", f"missing host: {endpoint}")


def validate_fragment_store(store: str) -> urls.Url:
    """Returns the parts of `store`, the URL of a store of fragments.

    Query arguments are not looked at. A broker crashes on an `azure-ad` store whose path
    has fewer than two components; here that is an error of rule VAL-FRAGMENTSTORE-10.

    Raises:
        ValidationError: `store` is no such URL.
    """
    url = validate_url(store, "VAL-FRAGMENTSTORE-01")
    match url.scheme:
        case "":
            raise ValidationError("VAL-FRAGMENTSTORE-02", f"not absolute ({store})")
        case "s3" | "gs" | "azure":
            if not url.host:
                raise ValidationError("VAL-FRAGMENTSTORE-03", f"missing bucket ({store})")
        case "azure-ad":
            _validate_azure_ad(store, url)
        case "file":
            if url.host:
                raise ValidationError(
                    "VAL-FRAGMENTSTORE-07", f"file scheme cannot have host ({store})"
                )
        case _:
            raise ValidationError("VAL-FRAGMENTSTORE-08", f"invalid scheme ({url.scheme})")
    if not url.path.endswith("/"):
        raise ValidationError(
            "VAL-FRAGMENTSTORE-09", f"path component doesn't end in '/' ({url.path})"
        )
    return url


def _validate_azure_ad(store: str, url: urls.Url) -> None:
    if not url.path:
        raise ValidationError("VAL-FRAGMENTSTORE-10", f"missing storage account ({store})")
    if not url.host:
        raise ValidationError("VAL-FRAGMENTSTORE-04", f"missing tenant ID ({store})")
    account, *containers = url.path[1:].split("/")
    if not account:
        raise ValidationError("VAL-FRAGMENTSTORE-05", f"missing storage account ({store})")
    if not containers:
        raise ValidationError("VAL-FRAGMENTSTORE-10", f"missing storage container ({store})")
    if not containers[0]:
        raise ValidationError("VAL-FRAGMENTSTORE-06", f"missing storage container ({store})")
