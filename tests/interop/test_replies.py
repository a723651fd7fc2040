"""The server's signed replies, judged by the libraries that participants use."""
from __future__ import annotations

import base64
import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from desk import BINARY, base64url, verification
from libraries import LIBRARIES

# This network signs its replies by ES256, which every library speaks.
REALM = Path(__file__).resolve().parents[1] / "it" / "messages" / "realm.json"
TOKEN = "/realms/net/protocol/openid-connect/token"
GOOD = b"client_id=bank&client_secret=bank-secret&grant_type=client_credentials"
BAD = b"client_id=bank&client_secret=bank-secret&grant_type=x"


@dataclass
class Reply:
    status: int
    body: bytes
    signature: str

    def header(self) -> dict:
        return json.loads(base64.urlsafe_b64decode(self.signature.split(".")[0] + "=="))


def post(url: str, form: bytes) -> Reply:
    try:
        with urlopen(url, form, timeout=10) as answer:
            return Reply(answer.status, answer.read(), answer.headers["x-jws-signature"])
    except HTTPError as answer:
        return Reply(answer.code, answer.read(), answer.headers["x-jws-signature"])


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    arguments = [f"--http-port={port}", f"--http-management-port={free_port()}", f"--data-dir={folder / 'data'}"]
    with (folder / "log").open("wb") as log:
        command = [BINARY, "start-dev", *arguments, f"--import-realm={REALM}"]
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        until_it_answers(server, f"http://127.0.0.1:{port}", folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def until_it_answers(server: subprocess.Popen, base: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(f"{base}/realms/net", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def replies(base: str) -> list[Reply]:
    found = [post(base + TOKEN, GOOD), post(base + TOKEN, BAD)]
    assert [reply.status for reply in found] == [200, 400]
    return found


@pytest.fixture(scope="module")
def keys(base: str, replies: list[Reply]) -> dict[str, dict]:
    with urlopen(f"{base}/realms/net/protocol/openid-connect/certs", timeout=10) as answer:
        return {key["kid"]: key for key in json.load(answer)["keys"]}


def test_a_reply_names_its_form_its_key_and_its_request(replies: list[Reply], keys: dict[str, dict]) -> None:
    for reply, form in zip(replies, (GOOD, BAD), strict=True):
        header = reply.header()
        request = base64url(hashlib.sha256(f"POST {TOKEN}\n".encode() + form).digest())
        assert header.pop("kid") in keys
        assert header == {"alg": "ES256", "typ": "reply+jws", "b64": False, "crit": ["b64"], "req": request}


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_finds_replies_good_and_altered_ones_bad(
    library: str, replies: list[Reply], keys: dict[str, dict]
) -> None:
    tasks = []
    for reply in replies:
        for body in (reply.body, reply.body + b"\n", reply.body.replace(b'"', b"'", 1)):
            key = keys[reply.header()["kid"]]
            tasks.append(verification("ES256", key, [], reply.signature, body))
    assert LIBRARIES[library](tasks) == [{"valid": True}, {"valid": False}, {"valid": False}] * len(replies)
