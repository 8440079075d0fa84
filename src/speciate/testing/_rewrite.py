"""Asks pytest to rewrite the assertions of the suites, which must be done before they are imported."""

import pytest

for _suite in ("bandit", "evaluator", "memory", "population", "proposer", "runner", "selector", "store"):
    pytest.register_assert_rewrite(f"{__package__}.{_suite}")
