"""Control of a running cluster over HTTP, for tests in any language."""
