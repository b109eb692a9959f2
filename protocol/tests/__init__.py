"""Tests of the protocol."""

import pytest

pytest.register_assert_rewrite("protocol.tests.ops")
