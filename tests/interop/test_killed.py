"""The server is killed while it answers verdicts: what it answered stands in its ledger, and each message once."""
from __future__ import annotations

import hashlib
import http.client
import json
import os
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from desk import base64url
from server import REALM, start

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "evidence"))

from verify_bundle import Note, node, split  # noqa: E402

ROUNDS, CALLERS, ANSWERS = 3, 4, 100
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class Message:
    """What is sent, by a key for asking again; and its entry, once it was answered."""

    body: bytes
    signature: str
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    entry: str | None = None


class Agent:
    """A participant with a key."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}

    def sign(self, body: bytes) -> Message:
        header = base64url(json.dumps({"alg": "ES256", "kid": "k", "b64": False, "crit": ["b64"]}).encode())
        r, s = utils.decode_dss_signature(self.key.sign(header.encode() + b"." + body, ec.ECDSA(SHA256())))
        return Message(body, f"{header}..{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}")


def call(address: str, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> bytes:
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        octets = answer.read()
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {octets[:300]!r}")
    return octets


def token(address: str, realm: str, **form: str) -> dict:
    path = f"/realms/{realm}/protocol/openid-connect/token"
    told = json.loads(call(address, "POST", path, urlencode(form).encode(), FORM))
    return {"authorization": f"Bearer {told['access_token']}"}


def register(address: str, agent: Agent) -> None:
    own = token(address, "master", grant_type="password", client_id="admin-cli", username="admin", password="admin")
    own |= {"content-type": "application/json"}
    role = {"id": "agent", "participantRole": "LOAN_AGENT", "profile": "strict", "clientId": "agent"}
    for method, path, body in [
        ("POST", "", {"id": "org", "participantName": "Org"}),
        ("POST", "/org/roles", role | {"baseUrl": "https://agent.example"}),
        ("POST", "/org/roles/agent/keys", {"jwk": agent.jwk}),
        ("PUT", "/org/roles/agent", {"participantRoleStatus": "APPROVED"}),
    ]:
        call(address, method, f"/admin/realms/net/participants{path}", json.dumps(body).encode(), own)


def ask(address: str, own: dict, message: Message) -> None:
    stated = {
        "content-type": "application/json", "x-jws-signature": message.signature, "idempotency-key": message.key,
        "x-countersign-sender": "agent", "x-countersign-method": "POST", "x-countersign-target": "/loans",
    }  # fmt: skip
    told = json.loads(call(address, "POST", "/realms/net/signing/verify", message.body, own | stated))
    assert told["code"] == "ok", told
    message.entry = told["entry"]["id"]


def bank(address: str) -> dict:
    return token(address, "net", grant_type="client_credentials", client_id="bank", client_secret="bank-secret")


def load(address: str, agent: Agent, sent: list[Message], stopped: threading.Event) -> None:
    """Sends one message after the other, until nobody answers."""
    own = bank(address)
    while not stopped.is_set():
        message = agent.sign(str(uuid.uuid4()).encode())
        sent.append(message)
        try:
            ask(address, own, message)
        except (OSError, http.client.HTTPException):
            return


def leaves(address: str, size: int) -> list[bytes]:
    found: list[bytes] = []
    for n in range(-(-size // 256)):
        width = min(256, size - n * 256)
        path = f"/realms/net/evidence/tile/entries/{n:03}" + ("" if width == 256 else f".p/{width}")
        octets = call(address, "GET", path)
        while octets:
            length = int.from_bytes(octets[:2], "big")
            found.append(octets[2 : 2 + length])
            octets = octets[2 + length :]
    return found


def root(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256().digest()
    middle = split(len(hashes))
    return node(root(hashes[:middle]), root(hashes[middle:]))


def database(engine: str) -> list[str]:
    if engine == "sqlite":
        return []
    return ["--db=postgres", f"--db-url={os.environ['COUNTERSIGN_TEST_PG']}", f"--db-schema=killed_{uuid.uuid4().hex}"]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_was_answered_before_a_kill_is_in_the_ledger_and_each_message_once(engine: str, tmp_path: Path) -> None:
    agent, sent, heads = Agent(), [], []
    own_database = database(engine)
    for round_ in range(ROUNDS):
        server, address = start(tmp_path, *own_database, realm=None if round_ else REALM)
        try:
            if not round_:
                register(address, agent)
            stopped, before = threading.Event(), len(sent)
            callers = [threading.Thread(target=load, args=(address, agent, sent, stopped)) for _ in range(CALLERS)]
            for caller in callers:
                caller.start()
            # The first time not before the log has grown under this load, so that batches of the sequencer are cut off, too.
            while sum(message.entry is not None for message in sent[before:]) < ANSWERS or (not round_ and head(address).size < 9):
                assert any(caller.is_alive() for caller in callers), (tmp_path / "log").read_text()
                time.sleep(0.01)
            heads.append(head(address))
        finally:
            server.kill()
            server.wait(30)
        for caller in callers:
            caller.join(60)
    answered = [message for message in sent if message.entry]
    assert len(answered) >= ROUNDS * ANSWERS
    server, address = start(tmp_path, *own_database, realm=None)
    try:
        own = bank(address)
        # What was under way is asked again, and was recorded or not, but never twice.
        for message in sent:
            before = message.entry
            ask(address, own, message)
            assert before in (None, message.entry), "the same entry again"
        entries = {message.entry for message in sent}
        assert len(entries) == len(sent)
        end = time.monotonic() + 60
        while any(waits(address, entry) for entry in (sent[-1].entry, sent[0].entry)) or head(address).size < len(sent):
            assert time.monotonic() < end, (tmp_path / "log").read_text()
            time.sleep(0.1)
        newest = head(address)
        found = leaves(address, newest.size)
        hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in found]
        assert root(hashes) == newest.root
        for old in heads:
            assert root(hashes[: old.size]) == old.root, "the log goes on from each head that was shown"
        assert len(set(hashes)) == len(hashes)
        messages = [base64url(one) for one, leaf in zip(hashes, found, strict=True) if leaf[1] == 1]
        assert sorted(messages) == sorted(entries)
    finally:
        server.terminate()
        server.wait(30)


def head(address: str) -> Note:
    return Note(call(address, "GET", "/realms/net/evidence/checkpoint").decode())


def waits(address: str, entry: str) -> bool:
    return json.loads(call(address, "GET", f"/realms/net/evidence/entries/{entry}"))["index"] is None
