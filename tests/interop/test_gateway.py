"""The gateway beside a real server: messages wait while the server is dead, and bodies without end are no matter to either."""
from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from desk import BINARY, base64url
from network import Agent, administrator, call, client, register
from server import free_port, start

GIBIBYTE, MEBIBYTE = 1 << 30, 1 << 20
SENDER = {"x-countersign-sender": "agent", "x-countersign-method": "POST", "x-countersign-target": "/loans"}


class Service(BaseHTTPRequestHandler):
    """What stands behind the gateway: it says yes, and remembers what it was told."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((dict(self.headers.items()), body))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def service() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def register_bank(address: str, bank: Agent) -> None:
    own = administrator(address)
    role = {"id": "bank", "participantRole": "LENDER", "profile": "strict", "clientId": "bank"}
    for method, path, body in [
        ("POST", "", {"id": "bank-org", "participantName": "Bank"}),
        ("POST", "/bank-org/roles", role | {"baseUrl": "https://bank.example"}),
        ("POST", "/bank-org/roles/bank/keys", {"jwk": bank.jwk}),
        ("PUT", "/bank-org/roles/bank", {"participantRoleStatus": "APPROVED"}),
    ]:
        call(address, method, f"/admin/realms/net/participants{path}", json.dumps(body).encode(), own)


def change_realm(address: str, attributes: dict) -> None:
    own = administrator(address)
    realm = json.loads(call(address, "GET", "/admin/realms/net", headers=own))
    realm["attributes"] |= attributes
    call(address, "PUT", "/admin/realms/net", json.dumps(realm).encode(), own)


@contextmanager
def gateway(folder: Path, realm: str, bank: Agent, upstream: int, logs: list[str]) -> Iterator[SimpleNamespace]:
    """Its address, that of its health, and its process."""
    pem = bank.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    inbound, health = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    (folder / "gateway.toml").write_text(f"""
        [server]
        realm = "http://{realm}/realms/net"
        client_id = "bank"
        client_secret = {{ env = "SECRET" }}
        timeout_seconds = 2
        logs = {json.dumps(logs)}
        [role]
        id = "bank"
        origin = "https://bank.example"
        profile = "strict"
        keys = [{{ file = "{folder}/key.pem", kid = "k", algorithm = "ES256" }}]
        [inbound]
        listen = "{inbound}"
        upstream = "http://127.0.0.1:{upstream}"
        body_seconds = 1
        [receipts]
        directory = "{folder}/receipts"
        [spool]
        directory = "{folder}/spool"
        report_seconds = 1
        [health]
        listen = "{health}"
        """)
    with (folder / "gateway.log").open("ab") as log:
        command = [BINARY, "gateway", f"--config={folder}/gateway.toml"]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"SECRET": "bank-secret"})
    try:
        until(lambda: ready(health)[0] == 200, folder / "gateway.log")
        yield SimpleNamespace(address=inbound, health=health, pid=process.pid)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A server with two participants, and the bank's gateway before its service."""
    port, agent, bank = free_port(), Agent(), Agent()
    server, address = start(tmp_path, port=port)
    scene = SimpleNamespace(server=server, address=address, agent=agent, folder=tmp_path, port=port)
    try:
        register(address, agent)
        register_bank(address, bank)
        with service() as behind:
            scene.seen = behind.seen
            scene.gateway = lambda *logs: gateway(tmp_path, address, bank, behind.server_address[1], list(logs))
            yield scene
    finally:
        scene.server.terminate()
        scene.server.wait(30)


def until(is_so: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, log.read_text(errors="replace")
        time.sleep(0.05)


def get(address: str, path: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def ready(health: str) -> tuple[int, dict]:
    try:
        return get(health, "/health/ready")
    except OSError:
        return 0, {}


def send(scene: SimpleNamespace, to: str, own: dict, body: bytes) -> tuple[int, bytes]:
    signed = {"content-type": "application/json", "x-jws-signature": scene.agent.sign(body).signature}
    connection = http.client.HTTPConnection(to, timeout=30)
    try:
        connection.request("POST", "/loans", body, own | signed)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def unique() -> bytes:
    return json.dumps({"loan": str(uuid.uuid4())}).encode()


@pytest.mark.parametrize("is_refused", [False, True], ids=["repetition is judged", "repetition is refused"])
def test_while_the_server_is_dead_messages_wait_where_they_may_and_are_reported(scene: SimpleNamespace, is_refused: bool) -> None:
    change_realm(scene.address, {"countersign.refuse-replays": str(is_refused).lower()})
    spool = scene.folder / "spool"
    with scene.gateway() as gate:
        own = client(scene.address, "agent")
        assert send(scene, gate.address, own, unique())[0] == 200
        assert "x-countersign-entry" in scene.seen[0][0]
        scene.server.kill()
        scene.server.wait(30)
        bodies = [unique() for _ in range(3)]
        answers = [send(scene, gate.address, own, body) for body in bodies]
        if is_refused:
            assert [(status, json.loads(body)["code"]) for status, body in answers] == [(503, "server_away")] * 3
            assert len(scene.seen) == 1 and not list(spool.iterdir())
        else:
            assert [status for status, _ in answers] == [200] * 3, answers
            assert [body for _, body in scene.seen[1:]] == bodies, "they reached the service, octet by octet"
            assert not any("x-countersign-entry" in headers for headers, _ in scene.seen[1:])
            waiting = [json.loads(path.read_bytes()) for path in sorted(spool.iterdir())]
            assert ready(gate.health) == (200, ready(gate.health)[1] | {"status": "UP", "waiting": 3})
        scene.server, _ = start(scene.folder, realm=None, port=scene.port)
        if is_refused:
            until(lambda: send(scene, gate.address, own, unique())[0] == 200, scene.folder / "gateway.log")
            return
        until(lambda: not list(spool.iterdir()), scene.folder / "gateway.log")
        assert ready(gate.health)[1]["waiting"] == 0
    auditor = client(scene.address, "auditor")
    # What was answered has its index within a second, and is found then.
    until(lambda: len(entries(scene, auditor)) == 4, scene.folder / "log")
    ids = [entries(scene, auditor)[base64url(hashlib.sha256(body).digest())] for body in bodies]
    for id_, kept in zip(ids, waiting, strict=True):
        shown = json.loads(call(scene.address, "GET", f"/realms/net/evidence/records/{id_}", headers=auditor))
        record = shown["record"]
        assert (record["kind"], record["verdict"], record["seenAt"]) == ("report", "ok", kept["seenAt"])
        assert record["recordedAt"] > record["seenAt"], "the verdict is of when it was reported"
    lines = [json.loads(line) for path in (scene.folder / "receipts").glob("*.jsonl") for line in path.read_text().splitlines()]
    reports = [json.loads(line["reply"])["messages"] for line in lines if '"messages"' in line["reply"]]
    assert sorted(one["entry"]["id"] for report in reports for one in report) == sorted(ids)


def entries(scene: SimpleNamespace, own: dict) -> dict[str, str]:
    """The ids of messages that are on record, by the digests of their bodies."""
    found = json.loads(call(scene.address, "GET", "/realms/net/evidence/messages", headers=own))
    return {entry["bodySha256"]: entry["entry"]["id"] for entry in found}


def ledger(scene: SimpleNamespace, *task: str) -> None:
    """Does something to the ledger while the server is off."""
    scene.server.terminate()
    scene.server.wait(30)
    command = [BINARY, "ledger", *task, "--realm=net", f"--data-dir={scene.folder / 'data'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    scene.server, _ = start(scene.folder, realm=None, port=scene.port)


def known(scene: SimpleNamespace) -> int:
    """How many keys of the log the gateway keeps."""
    kept = scene.folder / "receipts" / "log-keys.json"
    return len(json.loads(kept.read_text())["keys"]) if kept.exists() else 0


def test_a_log_that_is_named_is_followed_to_its_next_key_and_to_no_other_log(scene: SimpleNamespace) -> None:
    line = json.loads(call(scene.address, "GET", "/realms/net/evidence/keys"))["verifier"]
    own = client(scene.address, "agent")
    with scene.gateway(line) as gate:
        assert send(scene, gate.address, own, unique())[0] == 200
        for turn in range(2):
            ledger(scene, "rotate-key")
            # The head by which a key takes over carries the line before, too.
            until(lambda: send(scene, gate.address, own, unique())[0] == 200 and known(scene) == turn + 2, scene.folder / "gateway.log")
    # A new start knows the way, whatever the server tells.
    with scene.gateway(line) as gate:
        assert send(scene, gate.address, own, unique())[0] == 200
        ledger(scene, "recover", "--even-though-sound", "--reason=stolen")
        until(lambda: ready(gate.health)[0] == 503, scene.folder / "gateway.log")
        until(lambda: "and not ledger.example/net. If" in str(ready(gate.health)), scene.folder / "gateway.log")
        status, refusal = send(scene, gate.address, own, unique())
        assert (status, json.loads(refusal)["code"]) == (503, "server_untrusted")


def test_a_log_that_nobody_named_may_go_on_in_another_that_holds_all_that_was_seen(scene: SimpleNamespace) -> None:
    own = client(scene.address, "agent")
    with scene.gateway() as gate:
        assert send(scene, gate.address, own, unique())[0] == 200
        assert len(ready(gate.health)[1]["warnings"]) == 1
        ledger(scene, "recover", "--even-though-sound", "--reason=stolen")
        until(lambda: send(scene, gate.address, own, unique())[0] == 200, scene.folder / "gateway.log")
        warnings = ready(gate.health)[1]["warnings"]
        assert len(warnings) == 2 and "the log ledger.example/net was left for " in warnings[1], warnings


def head_of(address: str, path: str, headers: dict) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"host: {address}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def flood(address: str, path: str, headers: dict, framing: dict) -> tuple[bytes, int]:
    """The answer to a body of a gibibyte, and how much of it was sent until it came."""
    chunk = b"a" * 0x10000
    if "transfer-encoding" in framing:
        chunk = b"10000\r\n" + chunk + b"\r\n"
    sent = 0
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as stream:
        stream.sendall(head_of(address, path, headers | framing))
        stream.setblocking(False)
        answer = b""
        end = time.monotonic() + 30
        while not answer and sent < GIBIBYTE and time.monotonic() < end:
            try:
                answer = stream.recv(4096)
            except BlockingIOError:
                pass
            except ConnectionError:
                break
            try:
                sent += stream.send(chunk)
            except BlockingIOError:
                time.sleep(0.001)
            except ConnectionError:
                break
        if not answer:
            stream.settimeout(5)
            try:
                answer = stream.recv(4096)
            except OSError:
                pass
    return answer, sent


def resident(pid: int) -> int:
    """Octets at most until now."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


@pytest.mark.parametrize("framing", [{"content-length": str(GIBIBYTE)}, {"transfer-encoding": "chunked"}], ids=["length", "chunked"])
def test_a_gibibyte_is_refused_before_it_came_and_others_are_answered(scene: SimpleNamespace, framing: dict) -> None:
    bank, agent = client(scene.address, "bank"), client(scene.address, "agent")
    with scene.gateway() as gate:
        assert send(scene, gate.address, agent, unique())[0] == 200
        for address, pid, path, headers in [
            (scene.address, scene.server.pid, "/realms/net/signing/verify", bank | SENDER | {"x-jws-signature": "a..b"}),
            (gate.address, gate.pid, "/loans", agent | {"x-jws-signature": "a..b"}),
        ]:
            before = resident(pid)
            for _ in range(5):
                answer, sent = flood(address, path, headers, framing)
                assert answer.startswith(b"HTTP/1.1 413"), (answer, sent)
                assert sent < 64 * MEBIBYTE, sent
            assert resident(pid) - before < 64 * MEBIBYTE
            assert send(scene, gate.address, agent, unique())[0] == 200


def test_slow_bodies_keep_nobody_else_waiting(scene: SimpleNamespace) -> None:
    bank, agent = client(scene.address, "bank"), client(scene.address, "agent")
    with scene.gateway() as gate, ExitStack() as stack:
        assert send(scene, gate.address, agent, unique())[0] == 200
        stalled = []
        for address, path, headers in [
            (scene.address, "/realms/net/signing/verify", bank | SENDER | {"x-jws-signature": "a..b"}),
            (gate.address, "/loans", agent | {"x-jws-signature": "a..b"}),
        ] * 100:
            host, port = address.split(":")
            stream = stack.enter_context(socket.create_connection((host, int(port)), timeout=30))
            stream.sendall(head_of(address, path, headers | {"content-length": str(MEBIBYTE)}) + b"a" * 1000)
            stalled.append(stream)
        before = resident(scene.server.pid), resident(gate.pid)
        for _ in range(10):
            assert send(scene, gate.address, agent, unique())[0] == 200
        # The gateway's time for a body is over, as it was told.
        assert all(stream.recv(12) == b"HTTP/1.1 408" for stream in stalled[1::2])
        for pid, then in zip((scene.server.pid, gate.pid), before, strict=True):
            assert resident(pid) - then < 64 * MEBIBYTE
        assert send(scene, gate.address, agent, unique())[0] == 200
