"""The realm `net` by HTTP: a participant is registered, signs, and is asked about by the bank; a witness cosigns."""
from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from desk import BINARY, base64url

VERIFIER = Path(__file__).resolve().parents[1] / "evidence" / "verify_bundle.py"
sys.path.insert(0, str(VERIFIER.parent))

from verify_bundle import Note, NoteKey  # noqa: E402

EVIDENCE = "/realms/net/evidence"
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


def ask(address: str, own: dict, message: Message) -> bytes:
    stated = {
        "content-type": "application/json", "x-jws-signature": message.signature, "idempotency-key": message.key,
        "x-countersign-sender": "agent", "x-countersign-method": "POST", "x-countersign-target": "/loans",
    }  # fmt: skip
    octets = call(address, "POST", "/realms/net/signing/verify", message.body, own | stated)
    told = json.loads(octets)
    assert told["code"] == "ok", told
    message.entry = told["entry"]["id"]
    return octets


def client(address: str, name: str) -> dict:
    return token(address, "net", grant_type="client_credentials", client_id=name, client_secret=f"{name}-secret")


def proved(bundle: Path, trust: Path) -> None:
    """Holds that both verifiers find a bundle proved."""
    for verifier in ([BINARY, "verify", "bundle"], [sys.executable, str(VERIFIER)]):
        done = subprocess.run([*verifier, str(bundle), f"--trust={trust}"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


class Network:
    """A server whose realm has a witness, and a participant."""

    def __init__(self, address: str, witness: str, key: str, log: str):
        self.address, self.witness, self.key, self.log, self.agent = address, witness, key, log, Agent()
        register(address, self.agent)
        self.set({"countersign.witnesses": f"{key} http://{witness}", "countersign.time-every": "1"})

    def set(self, attributes: dict) -> None:
        """Gives the realm more attributes."""
        own = administrator(self.address)
        realm = json.loads(call(self.address, "GET", "/admin/realms/net", headers=own))
        realm["attributes"] |= attributes
        call(self.address, "PUT", "/admin/realms/net", json.dumps(realm).encode(), own)

    def send(self) -> str:
        """A message's entry."""
        message = self.agent.sign(str(uuid.uuid4()).encode())
        self.verdict(message)
        return message.entry

    def verdict(self, message: Message) -> bytes:
        """The whole answer, with its receipt."""
        return ask(self.address, client(self.address, "bank"), message)

    def evidence(self, entry: str) -> bytes:
        wanted = {"messages": [entry]}
        own = client(self.address, "auditor") | {"content-type": "application/json"}
        return call(self.address, "POST", f"{EVIDENCE}/export", json.dumps(wanted).encode(), own)

    def cosigned(self, entry: str) -> bytes:
        """The message's bundle, once its newest head has a good line of the witness."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                bundle = self.evidence(entry)
            except RuntimeError:
                bundle = b"{}"
            heads = json.loads(bundle).get("bundle", {}).get("checkpoints", [])
            if heads and Note(heads[-1]["note"]).signed_by(NoteKey(self.key)):
                return bundle
            time.sleep(0.2)
        raise AssertionError("no head with the entry was cosigned")

    def head(self) -> tuple[str, Note]:
        text = call(self.address, "GET", f"{EVIDENCE}/checkpoint").decode()
        return text, Note(text)

    def add(self, old: int, proof: list[str], note: str) -> tuple[int, str]:
        """Asks the witness as a log does."""
        lines = [f"old {old}", *proof, "", note]
        try:
            with urlopen(Request(f"http://{self.witness}/add-checkpoint", "\n".join(lines).encode()), timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as answer:
            return answer.code, answer.read().decode()

    def proof(self, old: int, new: int) -> list[str]:
        return call(self.address, "GET", f"{EVIDENCE}/consistency?from={old}&to={new}").decode().split()
