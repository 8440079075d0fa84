"""For the whole suite."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("suite", max_examples=50)  # of each property, each time; `--hypothesis-profile=default`: 100
settings.load_profile("suite")
