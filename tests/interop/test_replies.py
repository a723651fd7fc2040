"""The server's signed replies, judged by the libraries that participants use."""
from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from desk import base64url, verification
from libraries import LIBRARIES
from server import serving

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


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield f"http://{address}"


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
