"""Our log before a witness that runs the code of the public ones, in Go, through all that they say to one another."""
from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from desk import BINARY
from golang import built
from network import Agent, administrator, ask, call, client, register
from server import free_port, serving

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "evidence"))

from verify_bundle import Note, NoteKey  # noqa: E402

EVIDENCE = "/realms/net/evidence"


class Network:
    """A server whose realm has a witness, and a participant."""

    def __init__(self, address: str, witness: str, key: str, log: str):
        self.address, self.witness, self.key, self.log, self.agent = address, witness, key, log, Agent()
        register(address, self.agent)
        attributes = {"countersign.witnesses": f"{key} http://{witness}", "countersign.time-every": "1"}
        own = administrator(address)
        realm = json.loads(call(address, "GET", "/admin/realms/net", headers=own))
        realm["attributes"] |= attributes
        call(address, "PUT", "/admin/realms/net", json.dumps(realm).encode(), own)

    def send(self) -> str:
        """A message's entry."""
        message = self.agent.sign(str(uuid.uuid4()).encode())
        ask(self.address, client(self.address, "bank"), message)
        return message.entry

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


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("witness")
    program = built("witness", folder)
    with serving(folder) as address:
        log = json.loads(call(address, "GET", f"{EVIDENCE}/keys"))["verifier"]
        place = f"127.0.0.1:{free_port()}"
        witness = subprocess.Popen([program, place, log], stdout=subprocess.PIPE, text=True)
        try:
            yield Network(address, place, witness.stdout.readline().strip(), log)
        finally:
            witness.kill()
            witness.wait()


def test_it_cosigns_head_after_head_and_bundles_are_proved_by_that(network: Network, tmp_path: Path) -> None:
    (tmp_path / "trust").write_text(f"log {network.log}\nwitness w {network.key}\nquorum w\n#countersign grade operator\n")
    for n in range(3):
        (tmp_path / f"{n}").write_bytes(network.cosigned(network.send()))
        for verifier in ([BINARY, "verify", "bundle"], [sys.executable, str(ROOT / "tests/evidence/verify_bundle.py")]):
            command = [*verifier, str(tmp_path / f"{n}"), f"--trust={tmp_path / 'trust'}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr


def test_the_log_goes_on_by_the_size_that_a_witness_names(network: Network) -> None:
    network.cosigned(network.send())
    # Somebody else brings the witness a newer head, so that it is ahead of where the log left it.
    for _ in range(100):
        entry, (text, new) = network.send(), network.head()
        status, size = network.add(0, [], text)
        assert status == 409 and size == f"{int(size)}\n"
        if int(size) < new.size and network.add(int(size), network.proof(int(size), new.size), text)[0] == 200:
            break
    else:
        raise AssertionError("the log was always faster")
    network.cosigned(entry)
    network.cosigned(network.send())


def test_it_refuses_what_ours_refuses(network: Network) -> None:
    network.cosigned(network.send())
    text, head = network.head()
    size = int(network.add(0, [], text)[1])
    lines = [line for line in text.splitlines() if line.startswith("\u2014")]
    unsigned = "".join(line + "\n" for line in text.splitlines() if line != lines[0])
    for old, note in [(head.size + 1, text), (size, unsigned), (size, text.replace(head.origin, "another.example/log"))]:
        assert network.add(old, [], note)[0] >= 400
