"""Lends the suite its fixtures."""

import pytest

from moderation_emulator.contract.fixtures import answers, ask, live, own_state, shared_server, start

__all__ = ["answers", "ask", "live", "own_state", "shared_server", "start"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "whole: repeats a path that another test walks; `-m 'not whole'` leaves it out")
