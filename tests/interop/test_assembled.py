"""Evidence that whoever received messages puts together, while the operator gives out none: both verifiers judge it."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from desk import BINARY
from network import EVIDENCE, VERIFIER, Network, administrator, call, client, proved
from server import serving
from test_rotation import witness

MAPPINGS = "/admin/realms/net/users/{}/role-mappings/clients/{}"


def run(*arguments: object, status: int = 0, secret: str = "bank-secret") -> str:
    environment = os.environ | {"SECRET": secret}
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def export_is_taken_away(address: str) -> None:
    """Nobody in the realm may have evidence made any more."""
    own = administrator(address)
    roles = json.loads(call(address, "GET", "/admin/realms/net/clients?clientId=message-signing", headers=own))
    users = json.loads(call(address, "GET", "/admin/realms/net/users?username=service-account-auditor", headers=own))
    path = MAPPINGS.format(users[0]["id"], roles[0]["id"])
    held = json.loads(call(address, "GET", path, headers=own))
    assert {role["name"] for role in held} == {"view-evidence", "export-evidence"}
    call(address, "DELETE", path, json.dumps(held).encode(), own)
    try:
        own = client(address, "auditor") | {"content-type": "application/json"}
        call(address, "POST", f"{EVIDENCE}/export", b'{"messages": ["none"]}', own)
    except RuntimeError as error:
        assert ": 403 " in str(error)
    else:
        raise AssertionError("evidence is still given out")


def test_who_kept_the_parts_puts_a_bundle_together_that_both_verifiers_find_proved(tmp_path: Path) -> None:
    trust, older, receipts = tmp_path / "trust", tmp_path / "older.json", tmp_path / "receipts"
    receipts.mkdir()
    with serving(tmp_path) as address:
        keys = json.loads(call(address, "GET", f"{EVIDENCE}/keys"))["verifiers"]
        logs = "".join(f"log {key}\n" for key in keys)
        with witness(tmp_path, keys[0]) as (place, key):
            network = Network(address, place, key, logs)
            # From here on the server keeps no bodies.
            network.set({"countersign.keep-bodies": "false"})
            trust.write_text(f"{logs}witness w {key}\nquorum w\n#countersign grade operator\n")
            first = network.agent.sign(b"what came when they joined")
            network.verdict(first)
            older.write_bytes(network.cosigned(first.entry))
            messages = [network.agent.sign(f"message {n}".encode()) for n in range(2)]
            lines = []
            for message in messages:
                reply = network.verdict(message).decode()
                lines.append(json.dumps({"keptAt": "2026-01-01T00:00:00.000Z", "reply": reply, "signature": "h..s"}, separators=(",", ":")))
            (receipts / "2026-01-01.jsonl").write_text("".join(f"{line}\n" for line in lines))
            for message in messages:
                exported = network.cosigned(message.entry)
            export_is_taken_away(address)
        url = [f"--ledger=http://{address}{EVIDENCE}", f"--trust={trust}"]
        bodies = tmp_path / "bodies"
        bodies.mkdir()
        for n, message in enumerate(messages):
            (bodies / f"{n}.json").write_bytes(message.body)
        own = ["--client-id=bank", "--client-secret:env=SECRET"]
        # By receipts and public files, the chain from an older bundle, or as a participant's client from the registry.
        for name, parts in {"older": [f"--with={older}"], "registry": own}.items():
            out = tmp_path / f"by-{name}.json"
            given = [f"--receipts={receipts}", f"--body={bodies}", f"--out={out}", *parts]
            told = run("evidence", "assemble", *given, *url)
            assert told.startswith("PROVED") and "2 message(s) of ledger.example/net" in told, told
            proved(out, trust)
        # The sender has no receipt, and may ask for the record of its own message.
        out = tmp_path / "own.json"
        agent = ["--client-id=agent", "--client-secret:env=SECRET"]
        given = [f"--entry={messages[0].entry}", f"--body={bodies}", f"--out={out}"]
        run("evidence", "assemble", *given, *agent, *url, secret="agent-secret")
        proved(out, trust)
        stranger = ["--client-id=stranger", "--client-secret:env=SECRET", "--force"]
        told = run("evidence", "assemble", *given, *stranger, *url, status=2, secret="stranger-secret")
        assert "the entry" in told and "refuses (403" in told, told
        # Without the chain nothing is proved, and it is told who has it.
        one = [f"--receipts={receipts}", f"--entry={messages[0].entry}", f"--body={bodies / '0.json'}", "--force", f"--out={out}"]
        told = run("evidence", "assemble", *one, *url, status=1)
        assert "the chain of agent lacks the records from 1" in told and "--client-id" in told, told
        python = subprocess.run([sys.executable, VERIFIER, out, f"--trust={trust}"], capture_output=True, check=False)
        assert python.returncode == 1
        completed = [f"--entry={messages[0].entry}", f"--with={out}", f"--with={older}", "--force", f"--out={out}"]
        run("evidence", "assemble", *completed, *url)
        proved(out, trust)
        # One octet of the body is another one.
        altered = tmp_path / "altered.json"
        altered.write_bytes(messages[0].body + b"\n")
        refused = tmp_path / "refused.json"
        given = [f"--receipts={receipts}", f"--entry={messages[0].entry}", f"--with={older}", f"--body={altered}", f"--out={refused}"]
        told = run("evidence", "assemble", *given, *url, status=1)
        assert "no octet may differ" in told and not refused.exists(), told
        # A receipt that the log doesn't honour.
        receipt = json.loads(json.loads(lines[0])["reply"])
        leaf = receipt["receipt"]["leaf"]
        receipt["receipt"]["leaf"] = leaf[:20] + ("A" if leaf[20] != "A" else "B") + leaf[21:]
        lost = tmp_path / "lost.json"
        lost.write_text(json.dumps(receipt))
        given = [f"--receipts={lost}", f"--with={older}", f"--out={refused}"]
        told = run("evidence", "assemble", *given, *url, status=1)
        assert "NOT PUT TOGETHER" in told and "verify receipt says of it" in told and not refused.exists(), told
        told = run("verify", "receipt", f"--trust={trust}", lost, status=1)
        assert "NOT SHOWN TO BE HONOURED" in told, told
    # Without any server: the bundle that was given out once, and the body that only the receiver has.
    lacking, whole = tmp_path / "lacking.json", tmp_path / "whole.json"
    lacking.write_bytes(exported)
    python = subprocess.run([sys.executable, VERIFIER, lacking, f"--trust={trust}"], capture_output=True, check=False)
    assert python.returncode == 1
    run("evidence", "assemble", f"--with={lacking}", f"--body={bodies / '1.json'}", f"--trust={trust}", f"--out={whole}")
    proved(whole, trust)
