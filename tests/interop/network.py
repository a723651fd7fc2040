"""A participant of the realm `net` by HTTP: registered, signing, and asked about by the bank."""
from __future__ import annotations

import http.client
import json
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from desk import base64url

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


def administrator(address: str) -> dict:
    own = token(address, "master", grant_type="password", client_id="admin-cli", username="admin", password="admin")
    return own | {"content-type": "application/json"}


def register(address: str, agent: Agent) -> None:
    own = administrator(address)
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


def client(address: str, name: str) -> dict:
    return token(address, "net", grant_type="client_credentials", client_id=name, client_secret=f"{name}-secret")
