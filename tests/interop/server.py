"""A server with the realm `net`, which has participants and signs its replies by ES256, which every library speaks."""
from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from desk import BINARY

REALM = Path(__file__).resolve().parents[1] / "it" / "messages" / "realm.json"
ADMINISTRATOR = {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin"}


@contextmanager
def serving(
    folder: Path, *arguments: str, realm: Path | None = REALM, management: int | None = None
) -> Iterator[str]:
    """Its address, as long as it runs; its data is in the folder's `data`, the administrator `admin` with that password."""
    server, address = start(folder, *arguments, realm=realm, management=management)
    try:
        yield address
    finally:
        server.terminate()
        server.wait(30)


def start(
    folder: Path,
    *arguments: str,
    realm: Path | None = REALM,
    port: int | None = None,
    management: int | None = None,
) -> tuple[subprocess.Popen, str]:
    """The process, once it answers, and its address."""
    port = port or free_port()
    own = [f"--http-port={port}", f"--http-management-port={management or free_port()}"]
    own += [f"--data-dir={folder / 'data'}"]
    own += [f"--import-realm={realm}"] if realm else []
    command = [BINARY, "start-dev", *own, *arguments]
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=os.environ | ADMINISTRATOR)
    try:
        until_it_answers(server, f"http://127.0.0.1:{port}", folder / "log")
    except BaseException:
        server.kill()
        raise
    return server, f"127.0.0.1:{port}"


def postgres() -> list[str]:
    """The options for a schema of one's own in PostgreSQL."""
    return ["--db=postgres", f"--db-url={os.environ['COUNTERSIGN_TEST_PG']}", f"--db-schema=interop_{uuid.uuid4().hex}"]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until_it_answers(server: subprocess.Popen, base: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(f"{base}/realms/master", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}")
