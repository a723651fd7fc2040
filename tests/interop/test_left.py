"""A ledger that was set back and left for another: what commands say of its receipts, its watchers, and its complete range."""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

from desk import BINARY, base64url
from network import EVIDENCE, Network, call, client, proved
from server import serving
from test_rotation import witness

# Seconds within which a receipt promises its entry.
DELAY = 60


def run(*arguments: object, status: int = 0) -> str:
    environment = os.environ | {"SECRET": "agent-secret"}
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def lines(address: str) -> str:
    keys = json.loads(call(address, "GET", f"{EVIDENCE}/keys"))["verifiers"]
    return "".join(f"log {key}\n" for key in keys)


def until_it_grows(address: str) -> None:
    end = time.monotonic() + 60
    while call(address, "GET", f"{EVIDENCE}/checkpoint").splitlines()[1] == b"0":
        assert time.monotonic() < end
        time.sleep(0.2)


def test_commands_tell_what_of_a_ledger_that_was_left_is_honoured_and_what_was_lost(tmp_path: Path) -> None:
    data, saved, trust, receipts = tmp_path / "data", tmp_path / "saved", tmp_path / "trust", []
    with serving(tmp_path) as address:
        old = lines(address)
        origin = old.split()[1].split("+")[0]
        with witness(tmp_path, old.split()[1]) as (place, key):
            network = Network(address, place, key, old)
            members = {name: network.agent.jwk[name] for name in ("crv", "kty", "x", "y")}
            thumbprint = base64url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())
            rest = f"witness w {key}\nquorum w\n#countersign grade operator\n#countersign pin agent k {thumbprint}\n"
            trust.write_text(old + rest)

            def watch(address: str, status: int) -> str:
                own = ["--role=agent", f"--trust={trust}", f"--state={tmp_path / 'watch'}", "--client-id=agent"]
                url = f"--ledger=http://{address}{EVIDENCE}"
                return run("watch", "--once", url, *own, "--client-secret:env=SECRET", status=status)

            def receive(address: str, n: int) -> None:
                network.address = address
                message = network.agent.sign(f"message {n}".encode())
                receipts.append(tmp_path / f"{n}.json")
                receipts[-1].write_bytes(network.verdict(message))
                network.cosigned(message.entry)

            for n in range(2):
                receive(address, n)
            watch(address, 0)
    # A copy of the database; what is remembered beside it is no part of that.
    shutil.copytree(data, saved, ignore=shutil.ignore_patterns("ledger-heads"))
    with serving(tmp_path, realm=None) as address, witness(tmp_path, old.split()[1]) as (network.witness, _):
        network.address = address
        attributes = {"countersign.witnesses": f"{key} http://{network.witness}"}
        network.set(attributes)
        for n in range(2, 4):
            receive(address, n)
    for place in data.iterdir():
        if place.name != "ledger-heads":
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    shutil.copytree(saved, data, dirs_exist_ok=True)
    told = run("ledger", "recover", "--realm=net", "--reason=disk lost", f"--data-dir={data}")
    assert "entries are missing, from index" in told, told
    with serving(tmp_path, realm=None) as address:
        until_it_grows(address)
        trust.write_text(lines(address) + old + rest)
        # Within the delay that a receipt names, what isn't there may still come.
        parts = ["takes no more, at index"] * 2 + ["it is not there yet; it is promised for"] * 2
        for receipt, status, part in zip(receipts, [0, 0, 1, 1], parts, strict=True):
            url = f"--ledger=http://{address}{EVIDENCE}"
            told = run("verify", "receipt", url, f"--trust={trust}", receipt, status=status)
            assert part in told and 'says why: "disk lost"' in told, told
        due = max(json.loads(one.read_bytes())["receipt"]["receivedAt"] for one in receipts)
        due = datetime.fromisoformat(due).timestamp() + DELAY
        time.sleep(max(0.0, due + 1 - time.time()))
        for receipt in receipts[2:]:
            told = run("verify", "receipt", url, f"--trust={trust}", receipt, status=1)
            assert "BROKEN PROMISE" in told and "are not served any more" in told and '"disk lost"' in told, told
        # Nothing of what is left is believed by the log's key alone.
        alone = tmp_path / "alone"
        alone.write_text(trust.read_text().replace("quorum w", "quorum none"))
        told = run("verify", "receipt", url, f"--trust={alone}", receipts[0], status=1)
        assert "no quorum of this trust's witnesses" in told, told
        told = watch(address, 3)
        last = "are lost; by what the server says, the last message of agent that is left there is at index"
        assert "ALARM: the log" in told and last in told, told
        watch(address, 0)
        wanted = json.dumps({"participantRoleId": "agent", "origin": origin}).encode()
        own = client(address, "auditor") | {"content-type": "application/json"}
        bundle = tmp_path / "range.json"
        bundle.write_bytes(call(address, "POST", f"{EVIDENCE}/export", wanted, own))
        proved(bundle, trust)
        told = run("verify", "bundle", bundle, f"--trust={trust}")
        assert f"all messages of agent in the log {origin}, from index 0" in told, told
    # The operator's own command, while no server is at work.
    out = tmp_path / "own.json"
    run("evidence", "export", "--realm=net", "--role=agent", f"--origin={origin}", f"--out={out}", f"--data-dir={data}")
    assert json.loads(out.read_text())["bundle"]["claim"] == json.loads(bundle.read_text())["bundle"]["claim"]
    proved(out, trust)
