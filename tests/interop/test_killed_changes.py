"""The server is killed while its registry and its own keys change: what it answered stands in chain and ledger, each once."""
from __future__ import annotations

import base64
import hashlib
import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from desk import base64url
from network import EVIDENCE, Agent, administrator, call, client, register
from server import REALM, postgres, start
from test_killed import head, leaves, root, waits

ROUNDS, ANSWERS, SIGNERS = 3, 12, 2
REGISTRY, SERVICE_KEY = 2, 3


@dataclass
class Changes:
    """What was asked for, and what was answered."""

    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    # Ids of keys that replies came signed with.
    signers: list[str] = field(default_factory=list)
    priorities: count = field(default_factory=lambda: count(1000))

    def add_keys(self, address: str) -> None:
        own = administrator(address)
        while True:
            kid = f"key-{len(self.asked)}"
            self.asked.append(kid)
            path = "/admin/realms/net/participants/org/roles/agent/keys"
            call(address, "POST", path, json.dumps({"jwk": Agent().jwk | {"kid": kid}}).encode(), own)
            self.answered.append(kid)

    def renew_the_servers(self, address: str) -> None:
        """Makes a key that goes before those of before, waits until replies are signed with it, and again."""
        own, bank = administrator(address), client(address, "bank")
        for priority in self.priorities:
            config = {"priority": [str(priority)], "ecdsaEllipticCurveKey": ["P-256"]}
            kind = {"providerId": "ecdsa-generated", "providerType": "org.keycloak.keys.KeyProvider"}
            call(address, "POST", "/admin/realms/net/components", json.dumps({"name": "k", "config": config} | kind).encode(), own)
            before = self.signers[-1:]
            while self.signers[-1:] == before:
                kid = signer(address, bank)
                if kid not in self.signers:
                    self.signers.append(kid)
                time.sleep(0.05)


def signer(address: str, own: dict) -> str:
    """Whose signature a reply has."""
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request("GET", "/realms/net/registry/roles/agent", headers=own)
        answer = connection.getresponse()
        octets = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {octets!r}")
        protected = answer.headers["x-jws-signature"].split(".")[0]
    finally:
        connection.close()
    return json.loads(base64.urlsafe_b64decode(protected + "=="))["kid"]


def until_killed(work: Callable[[str], None], address: str) -> None:
    while True:
        try:
            work(address)
        except (OSError, http.client.HTTPException):
            return
        except RuntimeError as refused:
            # As long as the lease of the one that was killed goes on, nothing gets an index.
            if "503" not in str(refused):
                raise


def patiently(address: str, path: str, **said: dict) -> object:
    """What is there; while the lease of the one that was killed goes on, its newest key can't sign a reply yet."""
    end = time.monotonic() + 60
    while True:
        try:
            return json.loads(call(address, "GET", path, **said))
        except RuntimeError as refused:
            if "503" not in str(refused) or time.monotonic() > end:
                raise
            time.sleep(0.5)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_changes_that_were_answered_before_a_kill_stand_in_chain_and_ledger_once(engine: str, tmp_path: Path) -> None:
    changes, heads = Changes(), []
    own_database = postgres() if engine == "postgres" else []
    for round_ in range(ROUNDS):
        server, address = start(tmp_path, *own_database, realm=None if round_ else REALM)
        try:
            if not round_:
                register(address, Agent())
            answered, signers = len(changes.answered), len(changes.signers)
            works = [changes.add_keys, changes.renew_the_servers]
            workers = [threading.Thread(target=until_killed, args=(work, address)) for work in works]
            for worker in workers:
                worker.start()
            while len(changes.answered) - answered < ANSWERS or len(changes.signers) - signers < SIGNERS:
                assert all(worker.is_alive() for worker in workers), (tmp_path / "log").read_text()
                time.sleep(0.01)
            heads.append(head(address))
        finally:
            server.kill()
            server.wait(30)
        for worker in workers:
            worker.join(60)
    server, address = start(tmp_path, *own_database, realm=None)
    try:
        own = administrator(address)
        histories = [
            patiently(address, f"/admin/realms/net/participants/{path}/history?max=1000", headers=own)
            for path in ("org/roles/agent", "org")
        ]
        for history in histories:
            assert [one["seq"] for one in history] == list(range(1, len(history) + 1))
        added = [one["change"]["kid"] for one in histories[0] if one["change"]["what"] == "key-added"]
        assert len(set(added)) == len(added)
        # What was under way came or didn't.
        assert {"k", *changes.answered} <= set(added) <= {"k", *changes.asked}
        listed = patiently(address, "/realms/net/registry/roles/agent/keys", headers=client(address, "bank"))["keys"]
        assert sorted(key["kid"] for key in listed) == sorted(added)
        keys = patiently(address, f"{EVIDENCE}/keys")["keys"]
        uses = [(key["use"], key["jwk"]["kid"]) for key in keys]
        assert len(set(uses)) == len(uses) and {("reply", kid) for kid in changes.signers} <= set(uses)
        registry = [one["entry"]["id"] for history in histories for one in history]
        own_keys = [key["entry"]["id"] for key in keys]
        end = time.monotonic() + 60
        while any(waits(address, entry) for entry in [*registry, *own_keys]):
            assert time.monotonic() < end, (tmp_path / "log").read_text()
            time.sleep(0.2)
        newest = head(address)
        found = leaves(address, newest.size)
        hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in found]
        assert root(hashes) == newest.root and len(set(hashes)) == len(hashes)
        for old in heads:
            assert root(hashes[: old.size]) == old.root, "the log goes on from each head that was shown"
        entries = [(leaf[1], base64url(one)) for one, leaf in zip(hashes, found, strict=True)]
        assert sorted(entry for kind, entry in entries if kind == REGISTRY) == sorted(registry)
        assert sorted(entry for kind, entry in entries if kind == SERVICE_KEY) == sorted(own_keys)
    finally:
        server.terminate()
        server.wait(30)
