"""The command line of a script."""

import argparse
from collections.abc import Sequence


def given_to_script(
    addresses: Sequence[str], http: Sequence[str], root: str, key: str
) -> argparse.Namespace:
    """What the command line names, or else what the script does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("brokers", nargs="*", metavar="HOST:PORT", default=list(addresses))
    parser.add_argument("--http", action="append", metavar="HOST:PORT", help="HTTP sides")
    parser.add_argument("--root", default=root, help="directory of the brokers' file stores")
    parser.add_argument("--key", default=key, help="signs tokens (base64)")
    parser.add_argument("--token", default="", help="is sent with each call")
    parser.add_argument(
        "--control", default="", metavar="URL", help="kills and starts brokers (else you are asked)"
    )
    given = parser.parse_args()
    given.http = given.http or list(http)
    return given
