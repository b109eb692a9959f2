"""Runs one command and ends it when whoever started the guard is gone.

Run by path, with nothing but the standard library: `guard.py COMMAND…`. Each line on standard
input is the name of a signal for the command, such as `SIGTERM`; the end of standard input
kills the command. The guard exits when the command does.
"""

import signal
import subprocess
import sys
import threading


def main() -> None:
    """Starts the command, obeys standard input, and passes the exit code on."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    child = subprocess.Popen(  # noqa: S603 - the command is what the guard is for
        sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True, restore_signals=True
    )
    threading.Thread(target=_obey, args=(child,), daemon=True).start()
    sys.exit(abs(child.wait()))


def _obey(child: "subprocess.Popen[bytes]") -> None:
    for line in sys.stdin:
        child.send_signal(getattr(signal, line.strip()))
    child.kill()


if __name__ == "__main__":
    main()
