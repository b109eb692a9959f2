"""Programs that use `protocol.client`, to be read, run and copied.

| run | to |
|---|---|
| `python -m protocol.examples.tail ADDRESS JOURNAL` | print what is appended to a journal |
| `python -m protocol.examples.append_file ADDRESS JOURNAL FILE...` | append files, each whole |
| `python -m protocol.examples.lock ADDRESS JOURNAL COMMAND...` | run a command under a lock |
| `python -m protocol.examples.mirror SOURCE TARGET SELECTOR` | copy journals between clusters |
"""
