"""What every test here begins with: a server of its own, an application that people come back to, and a person with a browser.

The server is COUNTERSIGN_BINARY, or the debug build; the browser is CHROMIUM with CHROMEDRIVER, or those on the path. Pictures
go to COUNTERSIGN_SCREENSHOTS, or target/screenshots. Each test has a fresh server, and the browser forgets before it, so none
depends on another; and each ends by asking whether the browser's console complained.
"""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from application import Application
from person import Person
from server import ROOT, Server


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = Path(os.environ.get("COUNTERSIGN_SCREENSHOTS") or ROOT / "target/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def application():
    with Application() as running:
        yield running


@pytest.fixture
def server(tmp_path, application):
    application.forget()
    with Server(tmp_path / "server", application.base) as running:
        yield running


@pytest.fixture(scope="session")
def somebody(application, tmp_path_factory):
    with Person(application, tmp_path_factory.mktemp("browser") / "profile") as somebody:
        yield somebody


@pytest.fixture
def person(somebody, server):
    somebody.meets(server)
    yield somebody
    assert somebody.complaints() == []


@pytest.fixture
def person_without_script(somebody, server):
    somebody.meets(server, script=False)
    yield somebody
    assert somebody.complaints() == []
