"""The server is killed while it answers verdicts: what it answered stands in its ledger, and each message once."""
from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
import uuid
from pathlib import Path

import pytest
from desk import base64url
from network import Agent, Message, ask, call, client, register
from server import REALM, postgres, start
from verify_bundle import Note, node, split

ROUNDS, CALLERS, ANSWERS = 3, 4, 100


def load(address: str, agent: Agent, sent: list[Message], stopped: threading.Event) -> None:
    """Sends one message after the other, until nobody answers."""
    own = client(address, "bank")
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


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_was_answered_before_a_kill_is_in_the_ledger_and_each_message_once(engine: str, tmp_path: Path) -> None:
    agent, sent, heads = Agent(), [], []
    own_database = postgres() if engine == "postgres" else []
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
        own = client(address, "bank")
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
